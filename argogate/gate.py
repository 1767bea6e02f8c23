"""One run of the gate, told top to bottom: wait, collect, judge, report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argogate.artifacts.download import Transfer, fetch, listed
from argogate.artifacts.plan import Wanted, plan
from argogate.errors import Interrupted
from argogate.files import write_whole
from argogate.logs import LogSource, WhichLogs, tails
from argogate.model import spell
from argogate.model.lifecycle import from_archive
from argogate.observation import Cancelled, Crashed, Finished, Observation, Target, TimedOut
from argogate.reports.formats import Format, render
from argogate.verdict import Rules, Verdict, judge, lacking
from argogate.waiting.track import Identity
from argogate.waiting.waiter import Questions, Waiter

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argogate.argo.api import ArgoServer
    from argogate.model.workflow import Node, Workflow
    from argogate.news import Tell
    from argogate.observation import ArtifactFile
    from argogate.waiting.clock import Clock
    from argogate.waiting.patience import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactWish:
    """Which artifacts go where."""

    folder: Path
    patterns: tuple[str, ...] = ()
    jobs: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which logs go into the reports, and how much of each."""

    which: WhichLogs = WhichLogs.FAILED
    lines: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for."""

    targets: tuple[Target, ...]
    identity: Identity
    limits: Limits
    rules: Rules
    reports: Mapping[Format, Path]
    artifacts: ArtifactWish | None
    logs: LogWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the gate works with and does not make itself."""

    server: ArgoServer
    clock: Clock
    tell: Tell
    tell_artifact: Callable[[ArtifactFile], None]
    dice: random.Random
    """Where the jitter comes from."""
    interruptible: Callable[[], AbstractContextManager[None]]
    """Within this context a signal raises Interrupted; outside it is left pending."""


def run(request: Request, around: Surroundings) -> Verdict:
    """Wait for the workflows, collect the evidence, judge, and write the reports."""
    waiter = Waiter(
        _questions(around.server), request.limits, around.clock, around.tell, around.dice
    )
    try:
        with around.interruptible():
            observations = waiter.wait(request.targets, request.identity)
            observations = tuple(_collect(each, request, around) for each in observations)
    except Interrupted as stop:
        observations = _cancelled(waiter, stop.signal_name)
    return publish(judge(observations, request.rules), request.reports)


def give_up(request: Request, error: Exception) -> Verdict:
    """Report a bug in argogate as far as that is still possible; never raises."""
    ending = Crashed(error=f"{type(error).__name__}: {spell.one_line(str(error))}")
    observations = [Observation(target=target, ending=ending) for target in request.targets]
    verdict = judge(observations, request.rules)
    for report, path in request.reports.items():
        with suppress(Exception):
            write_whole(path, render(report, verdict))
    return verdict


def publish(verdict: Verdict, reports: Mapping[Format, Path]) -> Verdict:
    """Write every report that was asked for.

    One that cannot be written makes a pass incomplete, and the others are written again, so
    that all say the same.
    """
    shortfalls = _write(verdict, reports)
    if shortfalls:
        verdict = lacking(verdict, shortfalls)
        _write(verdict, reports)
    return verdict


def _write(verdict: Verdict, reports: Mapping[Format, Path]) -> list[str]:
    shortfalls = []
    for report, path in reports.items():
        try:
            write_whole(path, render(report, verdict))
        except OSError as error:
            reason = error.strerror or error
            shortfalls.append(f"the report --{report} {path} could not be written: {reason}")
    return shortfalls


def _questions(server: ArgoServer) -> Questions:
    return Questions(
        poll=lambda target, timeout: server.poll(target.namespace, target.name, timeout=timeout),
        tree=lambda target, timeout: server.tree(target.namespace, target.name, timeout=timeout),
        archived=lambda uid, timeout: server.archived(uid, timeout=timeout),
    )


def _cancelled(waiter: Waiter, signal_name: str) -> tuple[Observation, ...]:
    """Return what is known when a signal came; all that was over already counts as cancelled too,
    as its evidence was not collected."""
    ending = Cancelled(signal_name=signal_name)
    observations = waiter.observed(otherwise=ending)
    if any(isinstance(each.ending, Cancelled) for each in observations):
        return observations
    return tuple(replace(each, ending=ending) for each in observations)


def _collect(observation: Observation, request: Request, around: Surroundings) -> Observation:
    """Add logs and artifacts of a run that was seen; what fails is recorded, not raised."""
    workflow = observation.workflow
    if workflow is None or not isinstance(observation.ending, Finished | TimedOut):
        return observation
    opener = _opener(around.server, request.limits.request_timeout)
    logs = tails(
        workflow,
        request.logs.which,
        _log_source(workflow, observation.target, around.server, request.limits),
        request.logs.lines,
    )
    wish = request.artifacts
    wanted = plan(workflow, wish.patterns if wish else ())
    if wish is None:
        return replace(observation, logs=logs, artifacts=listed(wanted))
    transfer = Transfer(open=opener, folder=wish.folder, jobs=wish.jobs, sleep=around.clock.sleep)
    files = fetch(transfer, wanted, around.tell_artifact)
    return replace(
        observation,
        logs=logs,
        artifacts=files,
        remarks=(*observation.remarks, *_missing_artifacts(files)),
    )


def _missing_artifacts(files: Sequence[ArtifactFile]) -> Iterator[str]:
    for file in files:
        if file.error:
            yield f"artifact {file.node_path}/{file.name} was not downloaded: {file.error}"


def _opener(
    server: ArgoServer, timeout: float
) -> Callable[[Wanted], AbstractContextManager[Iterator[bytes]]]:
    """Return how an artifact is opened: the live and the archive route do not back each other."""

    def opened(one: Wanted) -> AbstractContextManager[Iterator[bytes]]:
        return _open(server, one.workflow, one.node.id, one.artifact.name, timeout)

    return opened


def _log_source(
    workflow: Workflow, target: Target, server: ArgoServer, limits: Limits
) -> LogSource:
    timeout = limits.request_timeout

    def archived(node: Node, name: str) -> AbstractContextManager[Iterator[bytes]]:
        return _open(server, workflow, node.id, name, timeout)

    return LogSource(
        pod=lambda pod, container, lines: server.log(
            target.namespace, target.name, pod, container, lines, timeout=timeout
        ),
        archived=archived,
    )


def _open(
    server: ArgoServer, workflow: Workflow, node_id: str, name: str, timeout: float
) -> AbstractContextManager[Iterator[bytes]]:
    if from_archive(workflow):
        return server.archived_artifact(workflow.uid, node_id, name, timeout=timeout)
    return server.artifact(workflow.namespace, workflow.name, node_id, name, timeout=timeout)
