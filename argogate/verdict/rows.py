"""The rows of a timeline: what lies inside what; when each node could begin, began and ended."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from argogate.model.nodes import started
from argogate.model.workflow import FINE, NEVER_RAN, NodeType
from argogate.values import dataclass
from argogate.verdict.path import SLACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.model.tree import Tree
    from argogate.model.workflow import Node


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


class RowMaker:
    """The nodes of one workflow on their way to rows: linear, and cycles do no harm."""

    def __init__(
        self,
        tree: Tree,
        before: Mapping[str, Sequence[Node]],
        spans: Mapping[str, tuple[float, float]],
        critical: frozenset[str],
    ) -> None:
        """`before` names what each node is a child of, `spans` tells when those ran that began."""
        self._tree = tree
        self._nodes = tree.nodes
        self._before = before
        self._spans = spans
        self._critical = critical
        self._groups: dict[str, float] = {}
        self.count = 0
        """How many rows there would be, but for attempts that share one."""

    def choose(self, most: int) -> Sequence[Node]:
        """Return all nodes, or of many those that tell most: frames, failures, the longest."""
        nodes = [node for node in self._nodes.values() if node.type is not NodeType.STEP_GROUP]
        self.count = len(nodes)
        if self.count <= most:
            return nodes
        chosen = {node.id for node in nsmallest(most, nodes, key=self._need)}
        return [node for node in nodes if node.id in chosen or self._tree.is_attempt(node)]

    def make(self, nodes: Sequence[Node]) -> Iterator[Row]:
        """Yield rows of these nodes from the outside in; what lies in a cycle comes last."""
        inside: dict[str, list[Node]] = {}
        tops = []
        for node in nodes:
            if frame := self._frame(node):
                inside.setdefault(frame.id, []).append(node)
            else:
                tops.append(node)
        seen: set[str] = set()
        for top in (*sorted(tops, key=started), *nodes):
            todo = [(top, 0, "", 0)]
            while todo:
                node, depth, around, number = todo.pop()
                if node.id in seen:
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
                    bars=tuple(self._bars(attempts or [node])),
                )
                numbered = node.type is NodeType.RETRY
                todo += [
                    (each, depth + 1, path, at if numbered else 0)
                    for at, each in reversed([*enumerate(within, 1)])
                ]

    def _need(self, node: Node) -> tuple[bool, bool, bool, float]:
        begin, end = self._spans.get(node.id, (0.0, 0.0))
        fine = node.phase in FINE
        return node.id not in self._critical, self._tree.is_leaf(node), fine, begin - end

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

    def _bars(self, nodes: Sequence[Node]) -> Iterator[Bar]:
        """Yield a bar for each attempt; it waits for the end of the one before."""
        previous: float | None = None
        for number, node in enumerate(nodes, 1):
            if not node.started_at:
                continue
            start, end = self._spans[node.id]
            ready = self._ready(node, start) if previous is None else min(previous, start)
            if node.phase in NEVER_RAN:
                ready = start
            yield Bar(
                node=node,
                ready=ready,
                start=start,
                end=end,
                attempt=number if len(nodes) > 1 else 0,
                critical=node.id in self._critical,
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
                yield self._spans[one.id][self._tree.is_leaf(one)]

    def _group_passed(self, group: Node) -> float:
        """Return when the steps before a group were over: once for all that stand in it."""
        if group.id not in self._groups:
            around = self._before.get(group.id, ())
            ends = [
                self._spans[one.id][1]
                for one in around
                if one.started_at and self._tree.is_leaf(one)
            ]
            self._groups[group.id] = max(ends, default=self._spans.get(group.id, (0.0, 0.0))[0])
        return self._groups[group.id]
