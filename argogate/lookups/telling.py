"""What several tell alike: a look's sentence, word and next steps; what a list lacks."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model import lifecycle
from argogate.model.workflow import NodeType
from argogate.verdict.analysis import NextStep
from argogate.verdict.endings import Suspended, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.lookups.look import Sight
    from argogate.lookups.question import Tally
    from argogate.verdict.report import Suite

UNDER_WAY = "running"
"""The word for what a gate would wait for."""
MOST_NAMES = 12
MOST_ROWS = 20


def word_of(sight: Sight, suite: Suite) -> str:
    """Return the gate's conclusion, or that there is none yet."""
    under_way = isinstance(sight.ending, TimedOut) and sight.workflow
    return UNDER_WAY if under_way else suite.result.conclusion.value


def sentence_of(sight: Sight, suite: Suite) -> str:
    """Return the gate's own sentence; of what is under way, why it does not go on."""
    ending, workflow = sight.ending, sight.workflow
    if isinstance(ending, TimedOut) and workflow:
        if workflow.shutdown:
            by = lifecycle.shut_down_by(workflow)
            return f"it is being shut down ({workflow.shutdown}{by})"
        if not ending.reason:
            return workflow.message
        runs = not lifecycle.pending_reason(workflow)
        return f"{'it does not go on' if runs else 'nothing of it runs'}: {ending.reason}"
    if isinstance(ending, Suspended):
        return f"it waits for an approval: {spell.listing(ending.approvals)}"
    return suite.result.message


def missing_nodes(patterns: Sequence[str], names: Sequence[str]) -> str:
    """Return that no node is called so, and what there is instead."""
    there = spell.listing([spell.one_line(name, 60) for name in names], MOST_NAMES) or "none yet"
    return f"no node matches --node {spell.listing(patterns)}; it has: {there}"


def next_steps(sight: Sight, suite: Suite, *, single: bool = False) -> tuple[NextStep, ...]:
    """Return what to do now, the likeliest first; `single` where nodes are shown whole."""
    target = sight.target
    where = f"-n {quote(target.namespace)} {quote(target.name)}"
    steps = suite.analysis.next_steps
    if sight.workflow is None:
        return steps
    if isinstance(sight.ending, TimedOut):
        return (NextStep(words="wait for its end", command=f"argogate wait {where}"),)
    failed = (
        leaf
        for leaf in suite.result.failures
        if leaf.node.type in {NodeType.POD, NodeType.CONTAINER} and leaf.node.failed
    )
    if (first := next(failed, None)) and not single:
        command = f"argogate status {where} --node {quote(first.path)}"
        return (NextStep(words="see how it failed, with its log", command=command), *steps)
    return steps


def gaps_in(tally: Tally, *, remedy: str = "", narrower: str = "") -> Iterator[str]:
    """Yield a sentence for each thing that is missing in an answer about many runs."""
    if tally.unreadable:
        several = spell.counted(len(tally.unreadable), "row")
        verb = "is" if len(tally.unreadable) == 1 else "are"
        names = spell.listing(tally.unreadable, MOST_ROWS)
        yield f"{several} could not be read and {verb} left out: {names}"
    if tally.not_looked_up:
        runs = spell.counted(tally.not_looked_up, "archived run")
        verb = "was" if tally.not_looked_up == 1 else "were"
        yield f"{runs} may be live all the same and {verb} not looked up{remedy}"
    if tally.not_read:
        runs = spell.counted(tally.not_read, "run")
        yield f"the nodes of {runs} were not read{narrower}"
