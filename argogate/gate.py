"""One run of the gate, told top to bottom: choose, wait, collect, judge, report, shut down."""

from __future__ import annotations

from contextlib import nullcontext, suppress
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
from argogate.waiting.choice import Chosen
from argogate.waiting.chooser import Chooser
from argogate.waiting.members import Members
from argogate.waiting.waiter import Waiter
from argogate.waiting.watch import Wish
from argogate.wiring import LATEST, ears, levers, members, newest, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from argogate.argo.api import ArgoServer, Shutdown
    from argogate.artifacts.download import Progress
    from argogate.collecting import ArtifactWish
    from argogate.observation import ArtifactFile
    from argogate.waiting.members import Newest
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
        """What is to be looked for, in one word of a message."""
        return f"-l {self.labels}" if self.labels else LATEST

    @property
    def targets(self) -> tuple[Target, ...]:
        """The workflows that are named, or what is to be looked for."""
        if self.labels or self.names == (LATEST,):
            return (Target(namespace=self.namespace, name=self.described, named=False),)
        return tuple(Target(namespace=self.namespace, name=name) for name in self.names)


def _unsettled() -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _: None)


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
    settling: Callable[[], AbstractContextManager[Callable[[int], None]]] = _unsettled
    """Within this context no signal ends the process; from then on, with the code that it hears."""
    glance: Callable[[Progress], None] = lambda _: None
    """Shows how far the downloads are, ten times a second."""
    announce: Callable[[Verdict], None] = lambda _: None
    """Tells the CI system; the reports are written then."""


def run(request: Request, around: Surroundings) -> Verdict:
    """Wait for the workflows, collect the evidence, judge, report, and shut down if asked to."""
    observations = _observe(request, around)
    secrets = Secrets(around.server.credential.secrets())
    verdict = secrets.cut_from(judge(observations, request.rules))
    with around.settling() as settle:
        verdict = publish(verdict, request.reports)
        settle(verdict.exit_code)
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
    observations = [
        Observation(
            target=replace(target, url=page_of(target.name) if target.named else ""),
            ending=ending,
            began=began,
        )
        for target in request.targets
    ]
    return judge(observations, request.rules)


def _observe(request: Request, around: Surroundings) -> tuple[Observation, ...]:
    """Choose, wait and collect; a signal ends that, and what is known then is the observation."""
    run = _Run(request, around)
    try:
        with around.interruptible():
            return run.observe()
    except Interrupted as stop:
        return run.cancelled(stop.signal_name)


class _Run:
    """The part of a run of the gate that a signal may end at any moment."""

    def __init__(self, request: Request, around: Surroundings) -> None:
        self._request = request
        self._around = around
        self._began = around.pace.clock.now()
        around.pace.contact.open(self._began)
        self._search = self._searched()
        self._targets = tuple(map(self._shown, request.targets))
        """What is waited for: the names, at first only what is to be looked for."""
        self._stage: Chooser | Waiter | None = None

    def observe(self) -> tuple[Observation, ...]:
        """Choose, wait and collect."""
        chosen = tuple(Chosen(target=target) for target in self._targets)
        if self._search:
            [wanted] = self._targets
            chooser = self._stage = self._chooser(wanted, self._search)
            chosen = chooser.choose()
            if not chosen:
                return chooser.observed()
            self._targets = tuple(each.target for each in chosen)
        _announce(self._targets, self._around)
        waiter = self._stage = self._waiter(chosen)
        observations = waiter.wait(chosen)
        collector = _collector(self._around)
        collector.reserve(observations, self._request.artifacts)
        return self._remarked([_collected(each, self._request, collector) for each in observations])

    def cancelled(self, signal_name: str) -> tuple[Observation, ...]:
        """Return what is known when a signal came, of each that is waited for.

        What was over already counts as cancelled too when its evidence was still being collected.
        """
        ending = Cancelled(signal_name=signal_name)
        known = self._stage.observed(otherwise=ending) if self._stage else ()
        of = {each.target: each for each in known if each.target.named}
        for target in self._targets:
            of.setdefault(target, Observation(target=target, ending=ending))
        observations = list(of.values())
        if not any(isinstance(each.ending, Cancelled) for each in observations):
            observations = [replace(each, ending=ending) for each in observations]
        return self._remarked(observations)

    def _remarked(self, observations: Sequence[Observation]) -> tuple[Observation, ...]:
        """Add what was left out, which is about all of them, to the first."""
        first, *others = observations
        left_out = self._search.left_out() if self._search else ()
        return (replace(first, remarks=(*first.remarks, *left_out)), *others)

    def _target(self, name: str) -> Target:
        return self._shown(Target(namespace=self._request.namespace, name=name))

    def _shown(self, target: Target) -> Target:
        """Add the page of what has a name."""
        return replace(target, url=self._around.page_of(target.name)) if target.named else target

    def _searched(self) -> Members | Newest | None:
        """Return how to find out which workflows are meant: most often, they are named."""
        request, around = self._request, self._around
        identity, namespace = request.wish.identity, request.namespace
        if request.labels:
            return members(
                around.server,
                namespace,
                request.labels,
                identity,
                self._target,
                clock=around.pace.clock,
                contact=around.pace.contact,
                say=around.say,
            )
        if request.names == (LATEST,):
            return newest(
                around.server,
                namespace,
                identity,
                self._target,
                clock=around.pace.clock,
                contact=around.pace.contact,
            )
        return None

    def _chooser(self, wanted: Target, search: Members | Newest) -> Chooser:
        identity = self._request.wish.identity
        return Chooser(wanted, search, identity, self._around.pace, began=self._began)

    def _waiter(self, chosen: Sequence[Chosen]) -> Waiter:
        request, server = self._request, self._around.server
        names = [each.target.name for each in chosen]
        return Waiter(
            questions(server),
            ears(server, request.namespace, names, request.labels, listen=request.listen),
            self._around.pace,
            request.wish,
            began=self._began,
            is_red=_is_red(request.rules) if request.fail_fast else None,
            members=self._search if isinstance(self._search, Members) else None,
        )


def _announce(targets: Sequence[Target], around: Surroundings) -> None:
    """Say first of all where to look, how long this may take, and by whose leave."""
    for target in targets[:MOST_ANNOUNCED]:
        around.say(f"waiting for {target} at {target.url} ({around.pace.limits})")
    if len(targets) > MOST_ANNOUNCED:
        around.say(f"… and for {len(targets) - MOST_ANNOUNCED} more")
    around.say(f"credentials: {around.server.credential.source or 'none'}")


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
