"""One run of the gate, told top to bottom: choose, wait, collect, judge, report, shut down."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.argo.artifacts import Readers
from argogate.argo.secrecy import Secrets
from argogate.argo.selection import Selected
from argogate.ci.numbers import stem_of
from argogate.errors import Interrupted
from argogate.evidence.collect import Collector, LogWish
from argogate.evidence.ports import TimeLeft
from argogate.model.workflow import LATEST
from argogate.publishing import NO_REPORTS, Reports, hold_places, publish, rewrite
from argogate.values import dataclass, replace
from argogate.verdict.endings import (
    Cancelled,
    Crashed,
    Finished,
    PartEnded,
    PartMissing,
    Suspended,
    TimedOut,
    Unfinished,
)
from argogate.verdict.judge import Rules, judge
from argogate.verdict.observation import Observation, Target
from argogate.verdict.suites import make_report
from argogate.waiting.timers import Budget
from argogate.waiting.wait import Wait
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from argogate.argo.api import ArgoServer
    from argogate.argo.secrecy import Value
    from argogate.evidence.collect import ArtifactWish
    from argogate.evidence.transfer import Progress
    from argogate.model.workflow import Shutdown, Workflow
    from argogate.verdict.evidence import ArtifactFile
    from argogate.verdict.report import Report
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
    follow: int = 0
    """How many lines of each pod are told while it runs."""
    merged: tuple[str, ...] = ()
    """Which JUnit files among the artifacts become suites of the reports."""
    listen: bool = True
    fail_fast: bool = False
    suite_name: str = ""
    """What reports call the suite; empty for what stays the same from run to run by itself."""
    numbers: tuple[str, ...] = ()
    """What the CI system may have put at the end of names, and is new in every run."""
    on_timeout: Shutdown | None = None
    on_cancel: Shutdown | None = None

    def targets(self, page_of: Callable[[str], str]) -> tuple[Target, ...]:
        """Return the workflows that are named, or what is to be looked for."""
        if self.labels or self.names == (LATEST,):
            wanted = f"-l {self.labels}" if self.labels else LATEST
            return (
                Target(namespace=self.namespace, name=wanted, named=False, suite=self.suite_name),
            )
        return tuple(self.target(name, page_of) for name in self.names)

    def target(self, name: str, page_of: Callable[[str], str]) -> Target:
        """Return the workflow of a name, with its page."""
        return Target(
            namespace=self.namespace,
            name=name,
            url=page_of(name),
            suite=self.suite_name,
            stem=stem_of(name, self.numbers),
        )


class Log(Protocol):
    """Whom a person follows."""

    def line(self, text: str) -> None:
        """Say a sentence."""
        ...

    def quote(self, source: str, text: str, at: datetime | None) -> None:
        """Write a line of a pod, and whose it is."""
        ...

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Say how the download of one artifact ended."""
        ...

    def show_progress(self, progress: Progress) -> None:
        """Show how far the downloads are, ten times a second."""
        ...


def _unsettled() -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the gate works with and does not make itself."""

    server: ArgoServer
    pace: Pace
    log: Log
    page_of: Callable[[str], str]
    """The UI page of a workflow of this name."""
    interruptible: Callable[[], AbstractContextManager[None]]
    """Within this context a signal raises Interrupted; outside it is left pending."""
    settling: Callable[[], AbstractContextManager[Callable[[int], None]]] = _unsettled
    """Within this context no signal ends the process; from then on, with the code that it hears."""
    announce: Callable[[Report], None] = lambda _: None
    """Tells the CI system; the reports are written then."""

    def cut_secrets_from(self, value: Value) -> Value:
        """Return a value without any secret that was sent so far."""
        return Secrets(self.server.credential.secrets()).cut_from(value)


def run(request: Request, around: Context) -> Report:
    """Wait for the workflows, collect the evidence, judge, report, and shut down if asked to."""
    observations = _given_up(request, _observe(request, around))
    verdict = judge(around.cut_secrets_from(observations), request.rules)
    with around.settling() as settle:
        report = publish(make_report(verdict), request.reports)
        settle(report.verdict.exit_code)
    around.announce(report)
    _shut_down(request, around, observations)
    return report


def begin(request: Request, page_of: Callable[[str], str], began: datetime) -> str:
    """Let every report say that the gate did not finish; return why one cannot be made to.

    So whatever ends the gate by force leaves that, and nothing of an earlier run.
    """
    if not request.reports.paths:
        return ""
    return hold_places(_all_ended(request, Unfinished(), page_of, began), request.reports)


def give_up(request: Request, error: Exception) -> Report:
    """Report a bug in argogate as far as that is still possible; never raises."""
    ending = Crashed(error=f"{type(error).__name__}: {spell.one_line(str(error))}")
    report = _all_ended(request, ending)
    for form in request.reports.paths:
        with suppress(Exception):
            rewrite(form, report, request.reports)
    return report


def break_off(request: Request, stop: Interrupted) -> Report:
    """Report that a signal came before it was known who is meant."""
    report = _all_ended(request, Cancelled(signal_name=stop.signal_name))
    return publish(report, request.reports)


def _all_ended(
    request: Request,
    ending: Crashed | Unfinished | Cancelled,
    page_of: Callable[[str], str] = lambda _: "",
    began: datetime | None = None,
) -> Report:
    observations = [
        Observation(target=target, ending=ending, began=began)
        for target in request.targets(page_of)
    ]
    return make_report(judge(observations, request.rules))


def _observe(request: Request, around: Context) -> tuple[Observation, ...]:
    """Wait and collect; a signal ends that, and what is known then is the observation."""
    with _followed(request, around) as (pace, read_last_lines):
        wait = _wait(request, replace(around, pace=pace))
        try:
            with around.interruptible():
                observations = wait.observe()
                read_last_lines(_that_can_be_asked(observations))
                collector = _collector(around)
                collector.reserve(observations, request.artifacts)
                return wait.remarked([_collect(each, request, collector) for each in observations])
        except Interrupted as stop:
            return wait.cancelled(stop.signal_name)


def _followed(
    request: Request, around: Context
) -> AbstractContextManager[tuple[Pace, Callable[[Iterable[Workflow]], None]]]:
    """Follow the logs of pods beside the wait, if that was asked for."""
    if not request.follow:
        return nullcontext((around.pace, lambda _: None))
    from argogate.followed import followed  # noqa: PLC0415 - seldom asked for

    return followed(
        around.pace,
        around.server,
        around.log,
        most_lines=request.follow,
        clean=around.cut_secrets_from,
        several=bool(request.labels) or len(request.names) > 1,
    )


def _that_can_be_asked(observations: Sequence[Observation]) -> list[Workflow]:
    """Return the runs whose last lines can still be read."""
    return [
        each.workflow
        for each in observations
        if each.workflow and isinstance(each.ending, WITH_EVIDENCE)
    ]


def _wait(request: Request, around: Context) -> Wait:
    return Wait(
        request.targets(around.page_of),
        request.wish,
        around.pace,
        server=around.server,
        workflows=Selected(around.server, request.namespace, labels=request.labels),
        target_of=lambda name: request.target(name, around.page_of),
        say=around.log.line,
        on_chosen=lambda targets: _announce(targets, around),
        listen=request.listen,
        is_red=_is_red(request.rules) if request.fail_fast else None,
    )


def _announce(targets: Sequence[Target], around: Context) -> None:
    """Say first of all where to look, how long this may take, and by whose leave."""
    for target in targets[:MOST_ANNOUNCED]:
        where = f" at {target.url}" if target.url else ""
        around.log.line(f"waiting for {target}{where} ({around.pace.limits})")
    if len(targets) > MOST_ANNOUNCED:
        around.log.line(f"… and for {len(targets) - MOST_ANNOUNCED} more")
    around.log.line(f"credentials: {around.server.credential.source or 'none'}")


def _is_red(rules: Rules) -> Callable[[Observation], bool]:
    return lambda observation: judge([observation], rules).exit_code != 0


def _collector(around: Context) -> Collector:
    """Return what collects the evidence of all workflows; its time begins now."""
    limits, clock = around.pace.limits, around.pace.clock
    return Collector(
        readers=Readers(around.server),
        time=TimeLeft(
            clock=clock,
            until=clock.now() + limits.collect_timeout,
            request_timeout=limits.request_timeout,
        ),
        outage_timeout=limits.outage_timeout,
        clean=around.cut_secrets_from,
        tell=around.log.tell_artifact,
        glance=around.log.show_progress,
        say=around.log.line,
    )


def _collect(observation: Observation, request: Request, collector: Collector) -> Observation:
    """Add the evidence of a run that is there to be asked for it."""
    if isinstance(observation.ending, WITH_EVIDENCE):
        return collector.collect(observation, request.logs, request.artifacts, request.merged)
    return observation


def _given_up(request: Request, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Note what will be done with what was given up: the reports come first, and tell of it."""
    how = {Cancelled: request.on_cancel, TimedOut: request.on_timeout}
    return tuple(
        replace(each, shutting_down=(how.get(type(each.ending)) or "")) for each in observations
    )


def _shut_down(request: Request, around: Context, observations: Sequence[Observation]) -> None:
    """Stop or terminate what was given up, after the reports, as far as the user wants that."""
    for kind, how, budget in (
        (Cancelled, request.on_cancel, SIGNAL_BUDGET),
        (TimedOut, request.on_timeout, TIMEOUT_BUDGET),
    ):
        given_up = [each for each in observations if isinstance(each.ending, kind)]
        if how and given_up:
            from argogate.waiting.shutdown import shut_down  # noqa: PLC0415 - seldom asked for

            within = Budget.lasting(around.pace.clock, budget)
            for sentence in shut_down(given_up, around.server, how, within):
                around.log.line(sentence)
