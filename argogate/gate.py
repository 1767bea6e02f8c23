"""One run of the gate, told top to bottom: choose, wait, collect, judge, report, shut down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argogate.collecting import Collector, LogWish
from argogate.errors import Interrupted
from argogate.model import spell
from argogate.observation import (
    Cancelled,
    Crashed,
    Finished,
    Observation,
    PartEnded,
    PartMissing,
    Suspended,
    Target,
    TimedOut,
    Unfinished,
)
from argogate.publishing import NO_REPORTS, Reports, hold_places, publish, rewrite
from argogate.secrecy import Secrets
from argogate.shutdown import shut_down
from argogate.verdict import Rules, Verdict, judge
from argogate.waiting.choice import Chooser, Chosen
from argogate.waiting.waiter import Waiter
from argogate.waiting.watch import Wish
from argogate.wiring import LATEST, choice, ears, levers, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from argogate.argo.api import ArgoServer, Shutdown
    from argogate.artifacts.download import Progress
    from argogate.collecting import ArtifactWish
    from argogate.observation import ArtifactFile
    from argogate.waiting.patience import Pace

SIGNAL_BUDGET = 3.0
"""Seconds for shutting down after a signal: a CI system kills about five seconds after it."""
TIMEOUT_BUDGET = 30.0
MOST_ANNOUNCED = 10
WITH_EVIDENCE = (Finished, PartEnded, PartMissing, Suspended, TimedOut)
"""Endings after which the run can still be asked; a server that is gone would only cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for."""

    namespace: str
    names: tuple[str, ...]
    """`@latest` alone means the newest one; empty where labels select."""
    labels: str = ""
    wish: Wish = Wish()
    rules: Rules = Rules()
    reports: Reports = NO_REPORTS
    artifacts: ArtifactWish | None = None
    logs: LogWish = LogWish()
    listen: bool = True
    fail_fast: bool = False
    on_timeout: Shutdown | None = None
    on_cancel: Shutdown | None = None

    @property
    def described(self) -> str:
        """What is asked for, in one word of a message."""
        return f"-l {self.labels}" if self.labels else ",".join(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the gate works with and does not make itself."""

    server: ArgoServer
    pace: Pace
    tell_artifact: Callable[[ArtifactFile], None]
    say: Callable[[str], None]
    """Says a sentence in the log."""
    page_of: Callable[[str], str]
    """The UI page of a workflow of this name."""
    interruptible: Callable[[], AbstractContextManager[None]]
    """Within this context a signal raises Interrupted; outside it is left pending."""
    glance: Callable[[Progress], None] = lambda _: None
    """Shows how far the downloads are, ten times a second."""
    announce: Callable[[Verdict], None] = lambda _: None
    """Tells the CI system; the reports are written then."""


def run(request: Request, around: Surroundings) -> Verdict:
    """Wait for the workflows, collect the evidence, judge, report, and shut down if asked to."""
    observations = _observe(request, around)
    secrets = Secrets(around.server.credential.secrets())
    verdict = secrets.cut_from(judge(observations, request.rules))
    verdict = publish(verdict, request.reports)
    around.announce(verdict)
    _shut_down(request, around, observations)
    return verdict


def begin(request: Request, page_of: Callable[[str], str], began: datetime) -> str:
    """Let every report say that the gate did not finish; return why one cannot be made to.

    So whatever ends the gate by force leaves that, and nothing of an earlier run.
    """
    return hold_places(_all_ended(request, Unfinished(), page_of, began), request.reports)


def give_up(request: Request, error: Exception) -> Verdict:
    """Report a bug in argogate as far as that is still possible; never raises."""
    ending = Crashed(error=f"{type(error).__name__}: {spell.one_line(str(error))}")
    verdict = _all_ended(request, ending)
    for report in request.reports.paths:
        with suppress(Exception):
            rewrite(report, verdict, request.reports)
    return verdict


def _all_ended(
    request: Request,
    ending: Crashed | Unfinished,
    page_of: Callable[[str], str] = lambda _: "",
    began: datetime | None = None,
) -> Verdict:
    names = request.names or (request.described,)
    observations = [
        Observation(
            target=Target(
                namespace=request.namespace,
                name=name,
                url=page_of(name) if name in request.names and name != LATEST else "",
            ),
            ending=ending,
            began=began,
        )
        for name in names
    ]
    return judge(observations, request.rules)


def _observe(request: Request, around: Surroundings) -> tuple[Observation, ...]:
    """Choose, wait and collect; a signal ends that, and what is known then is the observation."""
    asked = Target(namespace=request.namespace, name=request.described)
    stage: Chooser | Waiter = (chooser := Chooser(asked, around.pace))
    try:
        with around.interruptible():
            chosen = chooser.choose(_choice(request, around))
            if not chosen:
                return chooser.observed()
            targets = _targets(request, around, chosen)
            _announce(targets, around)
            stage = waiter = _waiter(request, around, chosen)
            observations = waiter.wait(targets, _wish(request, chosen))
            collector = _collector(around)
            collector.reserve(observations, request.artifacts)
            return tuple(_collected(each, request, collector) for each in observations)
    except Interrupted as stop:
        return _cancelled(stage, stop.signal_name)


def _choice(request: Request, around: Surroundings) -> Callable[[float], tuple[Chosen, ...]]:
    """Return how to find out which workflows are meant: most often, they are named."""
    if request.labels or request.names == (LATEST,):
        identity = request.wish.identity
        return choice(around.server, request.namespace, request.labels, identity)
    return lambda _: tuple(Chosen(name=name) for name in request.names)


def _waiter(request: Request, around: Surroundings, chosen: Sequence[Chosen]) -> Waiter:
    names = [one.name for one in chosen]
    return Waiter(
        questions(around.server),
        ears(around.server, request.namespace, names, request.labels, listen=request.listen),
        around.pace,
        is_red=_is_red(request.rules) if request.fail_fast else None,
    )


def _targets(
    request: Request, around: Surroundings, chosen: Sequence[Chosen]
) -> tuple[Target, ...]:
    return tuple(
        Target(namespace=request.namespace, name=one.name, url=around.page_of(one.name))
        for one in chosen
    )


def _announce(targets: Sequence[Target], around: Surroundings) -> None:
    """Say first of all where to look, how long this may take, and by whose leave."""
    for target in targets[:MOST_ANNOUNCED]:
        around.say(f"waiting for {target} at {target.url} ({around.pace.limits})")
    if len(targets) > MOST_ANNOUNCED:
        around.say(f"… and for {len(targets) - MOST_ANNOUNCED} more")
    around.say(f"credentials: {around.server.credential.source or 'none'}")


def _wish(request: Request, chosen: Sequence[Chosen]) -> Wish:
    """Return what is waited for; the newest workflow is pinned by the uid it was found with."""
    uid = chosen[0].uid
    if not uid:
        return request.wish
    return replace(request.wish, identity=replace(request.wish.identity, uid=uid))


def _is_red(rules: Rules) -> Callable[[Observation], bool]:
    return lambda observation: judge([observation], rules).exit_code != 0


def _collector(around: Surroundings) -> Collector:
    """Return what collects the evidence of all workflows; its time begins now."""
    limits, clock = around.pace.limits, around.pace.clock
    return Collector(
        server=around.server,
        request_timeout=limits.request_timeout,
        outage_timeout=limits.outage_timeout,
        now=clock.now,
        until=clock.now() + limits.collect_timeout,
        sleep=clock.sleep,
        tell=around.tell_artifact,
        glance=around.glance,
        say=around.say,
    )


def _collected(observation: Observation, request: Request, collector: Collector) -> Observation:
    """Add the evidence of a run that is there to be asked for it."""
    if isinstance(observation.ending, WITH_EVIDENCE):
        return collector.collect(observation, request.logs, request.artifacts)
    return observation


def _cancelled(stage: Chooser | Waiter, signal_name: str) -> tuple[Observation, ...]:
    """Return what is known when a signal came.

    What was over already counts as cancelled too when its evidence was still being collected.
    """
    ending = Cancelled(signal_name=signal_name)
    observations = stage.observed(otherwise=ending)
    if any(isinstance(each.ending, Cancelled) for each in observations):
        return observations
    return tuple(replace(each, ending=ending) for each in observations)


def _shut_down(request: Request, around: Surroundings, observations: Sequence[Observation]) -> None:
    """Stop or terminate what was given up, after the reports, as far as the user wants that."""
    for kind, how, budget in (
        (Cancelled, request.on_cancel, SIGNAL_BUDGET),
        (TimedOut, request.on_timeout, TIMEOUT_BUDGET),
    ):
        given_up = [each for each in observations if isinstance(each.ending, kind)]
        if how and given_up:
            pull = levers(around.server, around.pace.clock, how)
            for sentence in shut_down(given_up, pull, how, budget):
                around.say(sentence)
