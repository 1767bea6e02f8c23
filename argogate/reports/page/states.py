"""What a node counts as on the page: a word, a sign and a colour, and the filter's token."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from argogate.model.workflow import NodePhase
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.model.workflow import Node
    from argogate.verdict.report import Case
    from argogate.verdict.rows import Bar


class State(StrEnum):
    """What a person counts; the worst first."""

    FAILED = "failed"
    UNFINISHED = "unfinished"
    FLAKY = "flaky"
    TOLERATED = "tolerated"
    SKIPPED = "skipped"
    PASSED = "passed"


class Look(NamedTuple):
    """How a state is shown where no style sheet is; the style sheet knows dark colours too."""

    sign: str
    colour: str


LOOKS = {
    State.FAILED: Look("✕", "#cf3a3a"),
    State.UNFINISHED: Look("…", "#3b73d9"),
    State.FLAKY: Look("↻", "#c98a12"),
    State.TOLERATED: Look("!", "#c98a12"),
    State.SKIPPED: Look("-", "#8b95a3"),
    State.PASSED: Look("✓", "#3a9463"),
}
FRAMED = "#9aa5b4"
"""Colour of what only encloses others."""

PHASES = {
    NodePhase.SUCCEEDED: State.PASSED,
    NodePhase.FAILED: State.FAILED,
    NodePhase.ERROR: State.FAILED,
    NodePhase.SKIPPED: State.SKIPPED,
    NodePhase.OMITTED: State.SKIPPED,
}


def state_of(case: Case) -> State:
    """Return what a case counts as."""
    if case.red:
        open_ended = case.node is not None and not case.node.fulfilled
        return State.UNFINISHED if open_ended else State.FAILED
    if case.outcome is Outcome.SKIPPED:
        return State.TOLERATED if case.tolerated else State.SKIPPED
    return State.FLAKY if case.attempts else State.PASSED


def state_of_node(node: Node, cases: Mapping[str, Case]) -> State:
    """Return what a node counts as; what only encloses others is no case, and has its phase."""
    case = cases.get(node.id)
    return state_of(case) if case else PHASES.get(node.phase, State.UNFINISHED)


def state_of_bar(bar: Bar, last: Bar, cases: Mapping[str, Case]) -> State:
    """Return the colour of an attempt: an earlier one that failed is a failure, or only flaky."""
    state = state_of_node(last.node, cases)
    if bar is last:
        return State.PASSED if state is State.FLAKY else state
    if not bar.node.failed:
        return PHASES.get(bar.node.phase, State.UNFINISHED)
    return State.FAILED if state is State.FAILED else State.FLAKY
