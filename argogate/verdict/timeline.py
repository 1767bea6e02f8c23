"""When what ran: the nodes of one workflow as rows of a chart, and the chain that decided its end.

Argo's `startedAt` is when it made the node, so the time of a pod until its container ran is part
of its bar. What can be told apart is the time before: what a node had to wait for was over, and it
was not made yet (a limit of parallelism, a back-off, the strides of the controller).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lenient import later
from argogate.model.nodes import NEVER
from argogate.values import dataclass
from argogate.verdict.path import CriticalPath
from argogate.verdict.rows import RowMaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from argogate.model.tree import Tree
    from argogate.model.workflow import Node
    from argogate.verdict.report import Suite
    from argogate.verdict.rows import Row

MOST_ROWS = 3000
SLOTS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A node of the critical path, and how much of the whole time is its part."""

    node: Node
    waited: float
    """From the end of the one before to its begin."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One workflow over time."""

    begin: datetime
    seconds: float
    lead: float
    """From its creation to its start, as far as that is part of the chart."""
    rows: tuple[Row, ...]
    """What lies inside a row follows it; what lies side by side comes in order of its start."""
    path: tuple[Leg, ...]
    """The chain of nodes that decided when it ended, oldest first."""

    crowd: tuple[int, ...]
    """How many nodes were at work at most in each of SLOTS equal parts of the time."""
    left_out: int = 0
    """Nodes that have no row, as there are too many."""

    @property
    def busy(self) -> float:
        """Seconds in which a node of the critical path ran."""
        return sum(leg.seconds for leg in self.path)

    @property
    def waiting(self) -> float:
        """Seconds in which none of them did."""
        return max(self.seconds - self.busy, 0)


def make_timeline(suite: Suite, most: int = MOST_ROWS) -> Timeline | None:
    """Return when what ran; None where nothing ever began. Of many nodes `most` have a row."""
    return _Maker(suite).make(most)


def crowd(spans: Iterable[tuple[float, float]], seconds: float) -> tuple[int, ...]:
    """Return how many of these ran at most in each of SLOTS equal parts of the time."""
    busy = [(begin, end) for begin, end in spans if end > begin]
    begins = sorted(begin for begin, _ in busy)
    ends = sorted(end for _, end in busy)
    found = []
    begun = over = 0
    for slot in range(SLOTS):
        while over < len(ends) and ends[over] <= seconds / SLOTS * slot:
            over += 1
        most = begun - over
        while begun < len(begins) and begins[begun] < seconds / SLOTS * (slot + 1):
            while ends[over] <= begins[begun]:
                over += 1
            begun += 1
            most = max(most, begun - over)
        found.append(most)
    return tuple(found)


class _Maker:
    """One workflow on its way to a chart: linear in its nodes, cycles do no harm."""

    def __init__(self, suite: Suite) -> None:
        self._tree: Tree = suite.result.tree
        self._nodes: Mapping[str, Node] = self._tree.nodes
        workflow = suite.workflow
        times = [node.started_at for node in self._nodes.values() if node.started_at]
        ends = [node.finished_at for node in self._nodes.values() if node.finished_at]
        if workflow.started_at:
            times.append(workflow.started_at)
            ends.append(later(workflow.started_at, suite.seconds))
        begin = min(times, default=NEVER)
        end = max(*times, *ends, begin) if times else begin
        self._lead = 0.0
        if workflow.created_at and workflow.created_at < begin:
            # Argo's retry keeps the time of creation: then it says nothing of this attempt.
            lead = begin - workflow.created_at
            if lead <= end - begin:
                begin, self._lead = workflow.created_at, lead.total_seconds()
        self._begin = begin
        self._total = (end - begin).total_seconds()
        self._spans = {
            node.id: self._span(node) for node in self._nodes.values() if node.started_at
        }
        self._before: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            for child in node.children:
                self._before.setdefault(child, []).append(node)

    def make(self, most: int) -> Timeline | None:
        if self._begin is NEVER:
            return None
        path = tuple(self._legs(CriticalPath(self._tree, self._before, self._spans).find()))
        critical = frozenset(leg.node.id for leg in path)
        rows = RowMaker(self._tree, self._before, self._spans, critical)
        chosen = rows.choose(most)
        work = (span for each, span in self._spans.items() if self._tree.is_leaf(self._nodes[each]))
        return Timeline(
            begin=self._begin,
            seconds=self._total,
            lead=self._lead,
            rows=tuple(rows.make(chosen)),
            path=path,
            crowd=crowd(work, self._total),
            left_out=rows.count - len(chosen),
        )

    def _span(self, node: Node) -> tuple[float, float]:
        """Return begin and end of a node that began; one that is not over ends with the chart."""
        start = self._since(node.started_at or self._begin)
        if node.finished_at:
            return start, max(self._since(node.finished_at), start)
        return start, start if node.fulfilled else max(self._total, start)

    def _since(self, when: datetime) -> float:
        return (when - self._begin).total_seconds()

    def _legs(self, chain: Iterable[Node]) -> Iterator[Leg]:
        """Share the whole time out, so that what ran and what waited add up to it."""
        cursor = 0.0
        for node in chain:
            start, end = self._spans[node.id]
            yield Leg(
                node=node,
                waited=max(start - cursor, 0),
                seconds=max(end - max(start, cursor), 0),
            )
            cursor = max(cursor, end)
