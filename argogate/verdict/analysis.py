"""What went wrong, and what to do: root causes first, worked out once for everybody who tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.model.workflow import NodePhase
from argogate.values import dataclass
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from argogate.model.tree import Tree
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.conclusion import Result
    from argogate.verdict.reasons import Reason
    from argogate.verdict.report import Case

MOST_NAMED = 5
DEEPEST = 20
"""Frames that are climbed: hostile trees are deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One thing to do next."""

    words: str
    command: str = ""
    """To be typed as it stands: names are filled in, and quoted for a shell."""

    def __str__(self) -> str:
        """Spell `words: command`."""
        return f"{self.words}: {self.command}" if self.command else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Red cases that have one reason."""

    cause: str
    """The class of the failure, a word of `reasons.Cause`."""
    reason: str
    """`exit code 1`, `OOMKilled`, `deadline exceeded` …: what is the same of all of them."""
    hint: str = ""
    """A sentence: what that means, or where to look; empty where the reason says it all."""
    consequence: bool = False
    """Whether it follows from something else: what was shut down, what was not waited for."""
    cases: tuple[Case, ...]
    """Never empty; the earliest end first."""

    def tells(self, message: str) -> bool:
        """Whether a message says no more than the reason: `main: Error (exit code 1)`."""
        if message.startswith(f"it {self.reason}"):
            return True
        own = message.rpartition(": ")[2]
        code, phase = self.reason.partition(" (")[0], self.reason.removeprefix("still ")
        same = {self.reason, code, f"Error ({code})", f"phase {phase}"}
        return own in same or own.startswith(f"{self.reason} (exit code ")

    def __str__(self) -> str:
        """Spell `40 × exit code 1: case(58), case(65) and 38 more`; foreign text as it came."""
        names = spell.listing([case.label for case in self.cases], MOST_NAMED)
        return f"{len(self.cases)} × {self.reason}: {names}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One workflow. Its groups have every red case in them exactly once."""

    groups: tuple[Group, ...] = ()
    """Causes before consequences; the commonest first, of equals the earliest."""
    skipped: tuple[Case, ...] = ()
    """What never ran because something before it failed."""
    flaky: tuple[Case, ...] = ()
    """What failed and then passed within this run."""
    tolerated: tuple[Case, ...] = ()
    """Failures in spite of which the workflow passed."""
    stopped_by: str = ""
    """Who or what ended it before its time: `Terminate by alice`; empty where nobody did."""
    next_steps: tuple[NextStep, ...] = ()
    """What to do now, the likeliest first; none after a pass that lacks nothing."""

    @property
    def foremost(self) -> tuple[Case, ...]:
        """The red cases, of each group the first, then of each the second …: for who shows few."""
        found: list[Case] = []
        turn, left = 0, list(self.groups)
        while left:
            found += [group.cases[turn] for group in left]
            turn += 1
            left = [group for group in left if len(group.cases) > turn]
        return tuple(found)


def analyse(result: Result, workflow: Workflow, cases: Sequence[Case]) -> Analysis:
    """Sort the cases of one workflow. Linear in their number."""
    reasons = _reasons(result, workflow, cases)
    groups = _group(cases, reasons)
    return Analysis(
        groups=groups,
        skipped=_skipped(result.tree, cases),
        flaky=tuple(case for case in cases if case.attempts and case.outcome is Outcome.PASSED),
        tolerated=tuple(case for case in cases if case.tolerated),
        stopped_by=_stopped_by(workflow),
        next_steps=_next_steps(result, workflow, groups),
    )


def _reasons(result: Result, workflow: Workflow, cases: Sequence[Case]) -> dict[int, Reason]:
    red = [case for case in cases if case.red]
    if not red:
        return {}
    from argogate.verdict.reasons import reason_for  # noqa: PLC0415 - a pass needs none

    return {id(case): reason_for(case, result, workflow) for case in red}


def _next_steps(
    result: Result, workflow: Workflow, groups: Sequence[Group]
) -> tuple[NextStep, ...]:
    if result.passed:
        return ()
    from argogate.verdict.steps import next_steps  # noqa: PLC0415 - as above

    return next_steps(result, workflow, groups)


def _group(cases: Iterable[Case], reasons: dict[int, Reason]) -> tuple[Group, ...]:
    found: dict[str, list[Case]] = {}
    why: dict[str, Reason] = {}
    for case in cases:
        if reason := reasons.get(id(case)):
            found.setdefault(reason.key, []).append(case)
            why.setdefault(reason.key, reason)
    groups = []
    for key, members in found.items():
        members.sort(key=_end)
        reason = why[key]
        groups.append(
            Group(
                cause=reason.cause,
                reason=reason.words if len(members) == 1 else reason.key,
                hint=reason.hint,
                consequence=reason.consequence,
                cases=tuple(members),
            )
        )
    groups.sort(key=lambda group: (group.consequence, -len(group.cases), _end(group.cases[0])))
    return tuple(groups)


def _end(case: Case) -> tuple[bool, datetime | None]:
    """Order by the end; what has none comes last."""
    end = case.node.finished_at if case.node else None
    return (end is None, end) if end else (True, None)


def _skipped(tree: Tree, cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return what never ran as something before it failed, however much was omitted between.

    What its own condition skips, or a dependency that should have failed, is none of it.
    """
    omitted = {case.node.id for case in cases if case.node and case.node.phase is NodePhase.OMITTED}
    found = _after_a_failure(tree, omitted) if omitted else set()
    return tuple(
        case
        for case in cases
        if case.node
        and case.outcome is Outcome.SKIPPED
        and (case.node.id in found or case.node.not_reached)
    )


def _after_a_failure(tree: Tree, omitted: set[str]) -> set[str]:
    """Follow the order of execution from each failure through what was omitted."""
    todo = [
        child
        for node in tree.nodes.values()
        for child in node.children
        if child in omitted and _ended_badly(tree, node, tree.nodes[child].boundary_id)
    ]
    found: set[str] = set()
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [child for child in tree.nodes[one].children if child in omitted]
    return found


def _ended_badly(tree: Tree, node: Node, within: str) -> bool:
    """Whether a node failed, or a frame around it that is a dependency as a whole.

    `within` is the id of the frame around both it and what waited for it.
    """
    if node.id == within:
        return False
    for _ in range(DEEPEST):
        if node.failed or node.boundary_id in {"", within}:
            break
        node = tree.nodes.get(node.boundary_id, node)
    return node.failed


def _stopped_by(workflow: Workflow) -> str:
    """Return who stopped it, as far as spec and labels tell."""
    by = lifecycle.shut_down_by(workflow)
    return f"{workflow.shutdown or 'shut down'}{by}" if workflow.shutdown or by else ""
