"""Verdict → JUnit's view of it: suites of cases, the same for every rendering.

A case is red if and only if the gate is: failures that a passing workflow tolerates are skipped,
and a result that is not a pass has a red case even where no node carries its failure.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.model import lifecycle
from argogate.model.lifecycle import is_terminal
from argogate.model.nodes import Tree
from argogate.model.workflow import LABEL_CRON, NodePhase, NodeType, Workflow
from argogate.verdict.judge import Conclusion
from argogate.verdict.observation import (
    Abandoned,
    Cancelled,
    Finished,
    PartEnded,
    PartMissing,
    Suspended,
    TimedOut,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from argogate.model.nodes import Leaf
    from argogate.model.workflow import Node
    from argogate.verdict.judge import Result, Verdict

LONGEST_NAME = 200
"""Characters; a longer name is cut and ends in a hash of the whole."""

WORDS = {
    Conclusion.PASSED: "Passed",
    Conclusion.FAILED: "Error",
    Conclusion.USAGE: "Usage",
    Conclusion.NOT_FOUND: "NotFound",
    Conclusion.DENIED: "Denied",
    Conclusion.UNREACHABLE: "Unreachable",
    Conclusion.INCOMPLETE: "Incomplete",
    Conclusion.SUSPENDED: "Suspended",
    Conclusion.INTERNAL: "Internal",
    Conclusion.TIMED_OUT: "Timeout",
    Conclusion.CANCELLED: "Cancelled",
}
"""Types of the case that stands for a whole workflow. Never a word of the workflow's own: GitLab
takes some (`file`, `yaml`, `symbol` …) for a type cast."""


class Outcome(StrEnum):
    """What a JUnit reader counts."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"


RED = frozenset({Outcome.FAILED, Outcome.ERRORED})

JUDGED = {
    NodePhase.FAILED: (Outcome.FAILED, "Failed"),
    NodePhase.ERROR: (Outcome.ERRORED, "Error"),
    NodePhase.SKIPPED: (Outcome.SKIPPED, "Skipped"),
    NodePhase.OMITTED: (Outcome.SKIPPED, "Omitted"),
}
"""Outcome and type of a node that is final; the rest have passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A failed attempt before the one that counts."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A leaf node, a frame that failed by itself, or the workflow as a whole.

    `classname` and `name` are printable; every other text is as the server sent it.
    """

    classname: str
    name: str
    """The node's own name path, from which readers know it in the next run."""
    outcome: Outcome
    shown_as: str = ""
    """What Argo displays instead; no part of the key, as two nodes may share it."""
    type: str = ""
    """Word of our own: `Failed`, `Error`, `Timeout` …; empty for a pass."""
    message: str = ""
    """Why it is not a pass: never empty then. May have several lines."""
    seconds: float = 0
    node: Node | None = None
    attempts: tuple[Attempt, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    """What else is known, as names and values; none for a pass."""
    note: str = ""
    log: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """Paths of the node's downloaded artifacts, if it is red."""

    @property
    def label(self) -> str:
        """The name for a person, with what Argo displays behind it."""
        return f"{self.name} ({self.shown_as})" if self.shown_as else self.name

    @property
    def red(self) -> bool:
        """Whether a reader counts it as a failure."""
        return self.outcome in RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One workflow."""

    name: str
    """Without the generated part of the workflow's name, so that readers can follow it."""
    result: Result
    cases: tuple[Case, ...]
    """Never empty."""
    properties: tuple[tuple[str, str], ...]
    seconds: float
    """By the wall clock, not the sum of the cases."""
    timestamp: datetime | None

    def count(self, outcome: Outcome) -> int:
        """Return how many cases have that outcome."""
        return sum(1 for case in self.cases if case.outcome is outcome)


def suites(verdict: Verdict) -> tuple[Suite, ...]:
    """Return a suite for each workflow; (classname, name) is unique among all their cases.

    Those of the last verdict are kept: each report asks for the same ones.
    """
    if _last.verdict is not verdict:
        _last.verdict, _last.suites = verdict, _suites(verdict)
    return _last.suites


@dataclass(slots=True)
class _Last:
    verdict: Verdict | None = None
    suites: tuple[Suite, ...] = ()


_last = _Last()


def _suites(verdict: Verdict) -> tuple[Suite, ...]:
    suite_names, names = _Unique(), _Unique()
    found = []
    for result in verdict.results:
        view = _View(result, suite_names.named("", _suite_name(seen(result))))
        cases = tuple(
            replace(case, name=name) if name != case.name else case
            for case in view.cases()
            for name in (names.named(case.classname, case.name),)
        )
        found.append(view.suite(cases))
    return tuple(found)


def seen(result: Result) -> Workflow:
    """Return the workflow as last seen, its end as the poll that fixed the verdict showed it.

    One that was never seen has the name and namespace that were asked for, and nothing else.
    """
    target = result.observation.target
    workflow = result.workflow or Workflow()
    match result.observation.ending:
        case Finished(poll=poll) | PartEnded(poll=poll) | PartMissing(poll=poll):
            workflow = replace(
                result.workflow or replace(poll, nodes={}),
                phase=poll.phase,
                phase_word=poll.phase_word,
                message=poll.message,
                started_at=poll.started_at,
                finished_at=poll.finished_at,
            )
        case _:
            pass
    name, namespace = workflow.name or target.name, workflow.namespace or target.namespace
    return replace(workflow, name=name, namespace=namespace)


def elapsed(result: Result) -> float:
    """Return the seconds from the workflow's start to its end, or to the end of the wait."""
    workflow = seen(result)
    return _between(workflow.started_at, _end(result, workflow), result.observation.seconds)


class _View:
    """One result on its way to a suite."""

    def __init__(self, result: Result, name: str) -> None:
        self.result = result
        self.name = name
        self.workflow = seen(result)
        self.tree = Tree(self.workflow, result.observation.part)
        self.abandoned = isinstance(result.observation.ending, Abandoned)
        self.lacking = result.conclusion is Conclusion.INCOMPLETE and not self.abandoned
        self.tolerant = result.passed or self.lacking
        self.end = _end(result, self.workflow)
        self.logs = {log.node_id: log for log in result.observation.logs}
        self.files: dict[str, list[str]] = {}
        for artifact in result.observation.artifacts:
            if artifact.path and artifact.content != "directory" and not artifact.unpacked:
                self.files.setdefault(artifact.node_id, []).append(artifact.path)
        self.word = WORDS[result.conclusion]
        self.cut = {leaf.node.id for leaf in result.failures if not leaf.node.failed}

    def suite(self, cases: tuple[Case, ...]) -> Suite:
        workflow, observation = self.workflow, self.result.observation
        properties = {
            "argo.workflow": workflow.name,
            "argo.namespace": workflow.namespace,
            "argo.uid": workflow.uid,
            "argo.phase": workflow.phase_word,
            "argo.template": workflow.template or workflow.entrypoint,
            "argo.url": observation.target.url,
            "argo.remarks": "; ".join(observation.remarks),
        }
        return Suite(
            name=self.name,
            result=self.result,
            cases=cases,
            properties=_known(properties),
            seconds=elapsed(self.result),
            timestamp=workflow.started_at or workflow.created_at or observation.began,
        )

    def cases(self) -> Iterator[Case]:
        """Yield the nodes' cases, and one for the workflow where they do not tell its end."""
        explained, empty = self.result.passed, True
        finished = isinstance(self.result.observation.ending, (Finished, PartEnded))
        frames = [leaf for leaf in self.result.failures if not self.tree.is_leaf(leaf.node)]
        for leaf in (*self.tree.leaves(), *frames):
            case = self._case(leaf)
            empty = False
            explained = explained or (case.red and (finished or case.type == self.word))
            yield case
        if empty or not explained:
            yield self._whole()

    def _whole(self) -> Case:
        result = self.result
        name = "workflow"
        if self.lacking:
            name = "artifacts" if result.observation.shortfalls else "reports"
        details = {
            "phase": self.workflow.phase_word,
            "workflow message": self.workflow.message,
            "remarks": "; ".join(result.observation.remarks),
            "url": result.observation.target.url,
        }
        return Case(
            classname=self.name,
            name=name,
            outcome=Outcome.PASSED if result.passed else Outcome.ERRORED,
            type="" if result.passed else self.word,
            message="" if result.passed else result.message,
            seconds=elapsed(result),
            details=_known(details),
            note=result.message if result.passed else "",
        )

    def _case(self, leaf: Leaf) -> Case:
        node = leaf.node
        outcome, word, message = self._judged(leaf)
        log = self.logs.get(node.id)
        finished = node.finished_at or (None if node.fulfilled else self.end)
        return Case(
            classname=_printable(".".join(filter(None, (self.name, node.template_name)))),
            name=_printable(leaf.path),
            shown_as=leaf.shown_as,
            outcome=outcome,
            type=word,
            message=message,
            seconds=0 if node.memoized else _between(node.started_at, finished, 0),
            node=node,
            attempts=_failed_attempts(leaf),
            details=() if outcome is Outcome.PASSED else self._details(leaf),
            note=_note(leaf),
            log=log.lines if log else (),
            attachments=tuple(self.files.get(node.id, ())) if outcome in RED else (),
        )

    def _judged(self, leaf: Leaf) -> tuple[Outcome, str, str]:
        """Return outcome, type and message of a node. The phase goes before the type.

        Argo gives a step whose condition cannot be evaluated type Skipped and phase Error.
        """
        node = leaf.node
        reason = self._reason(node)
        if leaf.superseded:
            return Outcome.SKIPPED, "Superseded", f"not reached in the last attempt; once: {reason}"
        if node.fulfilled or (node.daemoned and node.phase is NodePhase.RUNNING):
            outcome, word = JUDGED.get(node.phase, (Outcome.PASSED, ""))
            if node.not_reached:
                return Outcome.SKIPPED, "Skipped", f"it did not run: {reason}"
            if node.id in self.cut:
                outcome, word = JUDGED[NodePhase.FAILED]
            if outcome in RED and self.tolerant:
                return Outcome.SKIPPED, "Tolerated", f"tolerated: {reason}"
            return outcome, word, "" if outcome is Outcome.PASSED else reason
        return self._unfinished(node)

    def _unfinished(self, node: Node) -> tuple[Outcome, str, str]:
        pod = self.workflow.nodes.get(node.boundary_id)
        if node.type is NodeType.CONTAINER and pod and pod.fulfilled:
            return Outcome.SKIPPED, "Skipped", f"it did not run to its end: {self._reason(pod)}"
        reason = self._reason(lifecycle.answering(self.workflow, node))
        if self.tolerant:
            return Outcome.SKIPPED, "Tolerated", f"tolerated: never finished: {reason}"
        if self.abandoned:
            return Outcome.SKIPPED, "Abandoned", f"not waited for: {reason}"
        return Outcome.ERRORED, *self._interrupted(node, reason)

    def _interrupted(self, node: Node, reason: str) -> tuple[str, str]:
        match self.result.observation.ending:
            case TimedOut(limit=limit):
                return self.word, f"not over when {limit} ran out: {reason}"
            case Cancelled(signal_name=signal):
                return self.word, f"not over when {signal} came: {reason}"
            case Suspended() if node.type is NodeType.SUSPEND and not node.timed:
                return self.word, f"it waits for an approval: {self._how_to_approve()}"
            case _:
                return "Error", f"never finished: {reason}"

    def _how_to_approve(self) -> str:
        target = self.result.observation.target
        return lifecycle.how_to_approve(target.namespace, target.name, self.workflow)

    def _reason(self, node: Node) -> str:
        """Return why it is as it is, and what it had to wait for where it never got further."""
        before = self.result.observation.pending.get(node.id, "")
        reason = _reason(node)
        known = not before or before.removeprefix("Pending: ") in reason
        return reason if known else f"{reason}; before that {before}"

    def _details(self, leaf: Leaf) -> tuple[tuple[str, str], ...]:
        node = leaf.node
        log = self.logs.get(node.id)
        lines = {
            "phase": node.phase.value,
            "template": node.template_name,
            "display name": leaf.shown_as,
            "node id": node.id,
            "exit code": node.exit_code,
            "host": node.host_node_name,
            "started": _spelled(node.started_at),
            "finished": _spelled(node.finished_at),
            "attempts": str(len(leaf.attempts) + 1) if leaf.attempts else "",
            "url": self.result.observation.target.url,
            "log": log.problem if log else "",
        }
        return _known(lines)


class _Unique:
    """Names given once; a second one of the same group is called `name #2`."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def named(self, group: str, name: str) -> str:
        key = (group, name)
        while key in self._counts:
            self._counts[group, name] += 1
            key = (group, f"{name} #{self._counts[group, name]}")
        self._counts[key] = 1
        return key[1]


def _suite_name(workflow: Workflow) -> str:
    """Return a name that stays the same from run to run, as far as there is one."""
    return _printable(
        workflow.template
        or workflow.generate_name.rstrip("-")
        or workflow.labels.get(LABEL_CRON, "")
        or workflow.name,
    )


def _printable(text: str) -> str:
    text = " ".join(text.split()) or "?"
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    if len(text) > LONGEST_NAME:
        return f"{text[:LONGEST_NAME]}~{zlib.crc32(text.encode()):08x}"
    return text


def _failed_attempts(leaf: Leaf) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(type=attempt.phase.value, message=_reason(attempt))
        for attempt in leaf.attempts
        if attempt.failed
    )


def _note(leaf: Leaf) -> str:
    """Return what a case says in any outcome."""
    notes = ["memoized: the outputs come from the cache"] if leaf.node.memoized else []
    notes += [f"display name: {_printable(leaf.shown_as)}"] if leaf.shown_as else []
    return "\n".join(notes)


def _known(pairs: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs.items() if value)


def _reason(node: Node) -> str:
    return node.reason or f"phase {node.phase.value or 'not set'}"


def _spelled(moment: datetime | None) -> str:
    return f"{moment.isoformat(timespec='seconds')[:19]}Z" if moment else ""


def _end(result: Result, workflow: Workflow) -> datetime | None:
    """Return when the workflow ended, or else when the gate stopped waiting for it."""
    observation = result.observation
    if workflow.finished_at or is_terminal(workflow) or not observation.began:
        return workflow.finished_at
    return observation.began + timedelta(seconds=observation.seconds)


def _between(start: datetime | None, end: datetime | None, otherwise: float) -> float:
    return max((end - start).total_seconds(), 0) if start and end else otherwise
