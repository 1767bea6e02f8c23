"""When what ran: the nodes of one workflow as rows of a chart, and the chain that decided its end.

Argo's `startedAt` is when it made the node, so the time of a pod until its container ran is part
of its bar. What can be told apart is the time before: what a node had to wait for was over, and it
was not made yet (a limit of parallelism, a back-off, the strides of the controller).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from argogate.model.nodes import NEVER, started
from argogate.model.workflow import NodeType
from argogate.verdict.path import SLACK, CriticalPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from argogate.model.nodes import Tree
    from argogate.model.workflow import Node
    from argogate.verdict.report import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One piece of a row; all times are seconds since the chart's begin."""

    node: Node
    ready: float
    """When it could have begun; before `start` where it had to wait."""
    start: float
    end: float
    attempt: int = 0
    """1 for the first of several; 0 where there is only one."""
    critical: bool = False

    @property
    def seconds(self) -> float:
        """How long it took, without the waiting before it."""
        return self.end - self.start

    @property
    def waited(self) -> float:
        """How long it waited before it began."""
        return self.start - self.ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A node, or all attempts of one that was retried."""

    node: Node
    path: str
    """Its stable path, as everywhere; empty for the root and for attempts."""
    name: str
    """Its own name, within the row around it."""
    depth: int
    frame: bool
    """Whether the rows below it that are deeper lie inside."""
    bars: tuple[Bar, ...]
    """None for what never began."""

    @property
    def work(self) -> Node:
        """The node whose end is the row's: the last attempt."""
        return self.bars[-1].node if self.bars else self.node

    @property
    def critical(self) -> bool:
        """Whether it is on the critical path."""
        return any(bar.critical for bar in self.bars)

    @property
    def seconds(self) -> float:
        """From its begin to its end, attempts and the time between them included."""
        return self.bars[-1].end - self.bars[0].start if self.bars else 0


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

    def crowd(self, slots: int) -> tuple[int, ...]:
        """Return how many nodes were at work at most in each of so many equal parts of the time."""
        steps = sorted(
            step
            for row in self.rows
            if not row.frame
            for bar in row.bars
            for step in ((bar.start, 1), (bar.end, -1))
            if bar.seconds
        )
        found = [0] * (slots + 1)
        count = at = 0
        for moment, change in steps:
            place = moment / self.seconds * slots
            slot = min(int(place), slots)
            for between in range(at + 1, slot):
                found[between] = count
            if place > slot:
                found[slot] = max(found[slot], count)
            at, count = slot, count + change
            found[at] = max(found[at], count)
        return tuple(found[:slots])

    @property
    def busy(self) -> float:
        """Seconds in which a node of the critical path ran."""
        return sum(leg.seconds for leg in self.path)

    @property
    def waiting(self) -> float:
        """Seconds in which none of them did."""
        return max(self.seconds - self.busy, 0)


def make_timeline(suite: Suite) -> Timeline | None:
    """Return when what ran; None where nothing ever began."""
    return _Maker(suite).make()


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
            ends.append(workflow.started_at + timedelta(seconds=suite.seconds))
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
        self._groups: dict[str, float] = {}
        self._before: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            for child in node.children:
                self._before.setdefault(child, []).append(node)

    def make(self) -> Timeline | None:
        if self._begin is NEVER:
            return None
        path = tuple(self._legs(CriticalPath(self._tree, self._before, self._span).find()))
        critical = {leg.node.id for leg in path}
        return Timeline(
            begin=self._begin,
            seconds=self._total,
            lead=self._lead,
            rows=tuple(self._rows(critical)),
            path=path,
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
            start, end = self._span(node)
            yield Leg(
                node=node,
                waited=max(start - cursor, 0),
                seconds=max(end - max(start, cursor), 0),
            )
            cursor = max(cursor, end)

    def _rows(self, critical: set[str]) -> Iterator[Row]:
        """Yield rows from the outside in; what lies in a cycle comes last."""
        inside: dict[str, list[Node]] = {}
        tops = []
        for node in self._nodes.values():
            frame = self._frame(node)
            if frame:
                inside.setdefault(frame.id, []).append(node)
            elif node.type is not NodeType.STEP_GROUP:
                tops.append(node)
        seen: set[str] = set()
        for top in (*sorted(tops, key=started), *self._nodes.values()):
            todo = [(top, 0, "", 0)]
            while todo:
                node, depth, around, number = todo.pop()
                if node.id in seen or node.type is NodeType.STEP_GROUP:
                    continue
                seen.add(node.id)
                within = sorted(inside.get(node.id, ()), key=started)
                attempts = within if node.type is NodeType.RETRY else []
                if attempts and all(self._tree.is_leaf(each) for each in attempts):
                    seen.update(each.id for each in attempts)
                    within = []
                else:
                    attempts = []
                path = self._path(node)
                yield Row(
                    node=node,
                    path=path,
                    name=f"attempt {number}" if number else self._name(node, path, around),
                    depth=depth,
                    frame=bool(within),
                    bars=tuple(self._bars(attempts or [node], critical)),
                )
                numbered = node.type is NodeType.RETRY
                todo += [
                    (each, depth + 1, path, at if numbered else 0)
                    for at, each in reversed([*enumerate(within, 1)])
                ]

    def _frame(self, node: Node) -> Node | None:
        """Return the row around a node: steps stand right in their template."""
        frame = self._tree.frame_around(node)
        if frame and frame.type is NodeType.STEP_GROUP:
            return self._tree.frame_around(frame)
        return frame

    def _path(self, node: Node) -> str:
        """Return the path as all reports spell it; a root that is work itself has one too."""
        return self._tree.path(node) if self._tree.is_leaf(node) else self._tree.own_path(node)

    @staticmethod
    def _name(node: Node, path: str, around: str) -> str:
        return path.removeprefix(f"{around}.") or node.display_name or node.name

    def _bars(self, nodes: Sequence[Node], critical: set[str]) -> Iterator[Bar]:
        """Yield a bar for each attempt; it waits for the end of the one before."""
        previous: float | None = None
        for number, node in enumerate(nodes, 1):
            if not node.started_at:
                continue
            start, end = self._span(node)
            ready = self._ready(node, start) if previous is None else min(previous, start)
            yield Bar(
                node=node,
                ready=ready,
                start=start,
                end=end,
                attempt=number if len(nodes) > 1 else 0,
                critical=node.id in critical,
            )
            previous = end

    def _ready(self, node: Node, start: float) -> float:
        """Return when all was over that had to be, or the frame around the node was there."""
        passed = [end for end in self._passed(node) if end <= start + SLACK]
        return min(max(passed, default=start), start)

    def _passed(self, node: Node) -> Iterator[float]:
        """Yield when each of what is right before a node was over, or a frame around it began."""
        for one in self._before.get(node.id, ()):
            if one.type is NodeType.STEP_GROUP:
                yield self._group_passed(one)
            elif one.started_at:
                yield self._span(one)[self._tree.is_leaf(one)]

    def _group_passed(self, group: Node) -> float:
        """Return when the steps before a group were over: once for all that stand in it."""
        if group.id not in self._groups:
            around = self._before.get(group.id, ())
            ends = [
                self._span(one)[1] for one in around if one.started_at and self._tree.is_leaf(one)
            ]
            self._groups[group.id] = max(ends, default=self._span(group)[0])
        return self._groups[group.id]
