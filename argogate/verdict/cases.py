"""The nodes of one workflow → JUnit's cases, the same for every rendering.

A case is red if and only if the gate is: failures that a passing workflow tolerates are skipped,
and a result that is not a pass has a red case even where no node carries its failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model import lifecycle
from argogate.model.workflow import NodePhase, NodeType
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.details import (
    attempts_of,
    details_of,
    keep_known,
    make_printable,
    note_of,
    reason_of,
    seconds_between,
)
from argogate.verdict.endings import Abandoned, Cancelled, Finished, PartEnded, Suspended, TimedOut
from argogate.verdict.links import Page
from argogate.verdict.report import RED, TOLERATED, Case, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from argogate.model.tree import Leaf
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.conclusion import Result

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


JUDGED = {
    NodePhase.FAILED: (Outcome.FAILED, "Failed"),
    NodePhase.ERROR: (Outcome.ERRORED, "Error"),
    NodePhase.SKIPPED: (Outcome.SKIPPED, "Skipped"),
    NodePhase.OMITTED: (Outcome.SKIPPED, "Omitted"),
}
"""Outcome and type of a node that is final; the rest have passed."""


class CaseMaker:
    """One result on its way to cases."""

    def __init__(
        self, result: Result, workflow: Workflow, name: str, *, end: datetime | None, seconds: float
    ) -> None:
        """`workflow` is as last seen, `name` the suite's; it ended then and lasted so long."""
        observation = result.observation
        self._result = result
        self._workflow = workflow
        self._name = name
        self._end = end
        self._seconds = seconds
        self._abandoned = isinstance(observation.ending, Abandoned)
        self._lacking = result.conclusion is Conclusion.INCOMPLETE and not self._abandoned
        self._tolerant = result.passed or self._lacking
        self._logs = {log.node_id: log for log in observation.logs}
        self._files: dict[str, list[str]] = {}
        for artifact in observation.artifacts:
            if artifact.path and artifact.content != "directory" and not artifact.unpacked:
                self._files.setdefault(artifact.node_id, []).append(artifact.path)
        self._word = WORDS[result.conclusion]
        self._page = Page(url=observation.target.url, uid=workflow.uid)
        self._cut = {leaf.node.id for leaf in result.failures if not leaf.node.failed}

    def make(self) -> Iterator[Case]:
        """Yield the nodes' cases, and one for the workflow where they do not tell its end."""
        result = self._result
        explained, empty = result.passed, True
        finished = isinstance(result.observation.ending, (Finished, PartEnded))
        frames = [leaf for leaf in result.failures if not result.tree.is_leaf(leaf.node)]
        for leaf in (*result.tree.leaves(), *frames):
            case = self._make_case(leaf)
            empty = False
            explained = explained or (case.red and (finished or case.type == self._word))
            yield case
        if empty or not explained:
            yield self._stand_for_all()

    def _stand_for_all(self) -> Case:
        """Make the case of the workflow as a whole."""
        result = self._result
        name = "workflow"
        if self._lacking:
            name = "artifacts" if result.observation.shortfalls else "reports"
        details = {
            "phase": self._workflow.phase_word,
            "workflow message": self._workflow.message,
            "remarks": "; ".join(result.observation.remarks),
            "url": self._page.of_run(),
        }
        return Case(
            classname=self._name,
            name=name,
            outcome=Outcome.PASSED if result.passed else Outcome.ERRORED,
            type="" if result.passed else self._word,
            message="" if result.passed else result.message,
            seconds=self._seconds,
            page=self._page,
            details=keep_known(details),
            note=result.message if result.passed else "",
        )

    def _make_case(self, leaf: Leaf) -> Case:
        node = leaf.node
        outcome, word, message = self._judge(leaf)
        log = self._logs.get(node.id)
        finished = node.finished_at or (None if node.fulfilled else self._end)
        url = self._page.of_node(node) if outcome is not Outcome.PASSED else ""
        return Case(
            classname=make_printable(" / ".join(filter(None, (self._name, node.template_name)))),
            name=make_printable(leaf.path),
            shown_as=leaf.shown_as,
            outcome=outcome,
            type=word,
            message=message,
            seconds=0 if node.memoized else seconds_between(node.started_at, finished, 0),
            node=node,
            page=self._page,
            attempts=attempts_of(leaf),
            details=() if outcome is Outcome.PASSED else details_of(leaf, log, url),
            note=note_of(leaf),
            log=log.lines if log else (),
            no_log=log.problem if log else "",
            attachments=tuple(self._files.get(node.id, ())) if outcome in RED else (),
        )

    def _judge(self, leaf: Leaf) -> tuple[Outcome, str, str]:
        """Return outcome, type and message of a node. The phase goes before the type.

        Argo gives a step whose condition cannot be evaluated type Skipped and phase Error.
        """
        node = leaf.node
        if leaf.superseded:
            reason = self._explain(node)
            return Outcome.SKIPPED, "Superseded", f"not reached in the last attempt; once: {reason}"
        if node.fulfilled or (node.daemoned and node.phase is NodePhase.RUNNING):
            return self._judge_final(node)
        return self._judge_unfinished(node)

    def _judge_final(self, node: Node) -> tuple[Outcome, str, str]:
        phase = NodePhase.FAILED if node.id in self._cut else node.phase
        if phase not in JUDGED:
            return Outcome.PASSED, "", ""
        outcome, word = JUDGED[phase]
        reason = self._explain(node)
        if node.not_reached:
            return Outcome.SKIPPED, "Skipped", f"it did not run: {reason}"
        if outcome in RED and self._tolerant:
            return Outcome.SKIPPED, TOLERATED, f"tolerated: {reason}"
        return outcome, word, reason

    def _judge_unfinished(self, node: Node) -> tuple[Outcome, str, str]:
        pod = self._workflow.nodes.get(node.boundary_id)
        if node.type is NodeType.CONTAINER and pod and pod.fulfilled:
            return Outcome.SKIPPED, "Skipped", f"it did not run to its end: {self._explain(pod)}"
        reason = self._explain(lifecycle.answering(self._workflow, node))
        if self._tolerant:
            return Outcome.SKIPPED, TOLERATED, f"tolerated: never finished: {reason}"
        if self._abandoned:
            return Outcome.SKIPPED, "Abandoned", f"not waited for: {reason}"
        return Outcome.ERRORED, *self._tell_interruption(node, reason)

    def _tell_interruption(self, node: Node, reason: str) -> tuple[str, str]:
        match self._result.observation.ending:
            case TimedOut(limit=limit):
                return self._word, f"not over when {limit} ran out: {reason}"
            case Cancelled(signal_name=signal):
                return self._word, f"not over when {signal} came: {reason}"
            case Suspended() if node.type is NodeType.SUSPEND and not node.timed:
                return self._word, f"it waits for an approval: {self._how_to_approve()}"
            case _:
                return "Error", f"never finished: {reason}"

    def _how_to_approve(self) -> str:
        target = self._result.observation.target
        return lifecycle.how_to_approve(target.namespace, target.name, self._workflow)

    def _explain(self, node: Node) -> str:
        """Return why it is as it is, and what it had to wait for where it never got further."""
        before = self._result.observation.pending.get(node.id, "")
        reason = reason_of(node)
        known = not before or before.removeprefix("Pending: ") in reason
        return reason if known else f"{reason}; before that {before}"
