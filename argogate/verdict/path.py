"""The critical path: from the node that ended last back to what each had to wait for."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from argogate.model.nodes import GROUPS
from argogate.model.workflow import NEVER_RAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from argogate.model.tree import Tree
    from argogate.model.workflow import Node

    Spans = Mapping[str, tuple[float, float]]

SLACK = 1.0
"""Seconds by which the one before may seem to end late: Argo's times have whole seconds."""


MOST_TRIED = 50
"""Nodes that end in the same second as one begins."""


class CriticalPath:
    """The chain of leaves that decided when a workflow ended.

    Argo's `children` says what follows what. Where that leads nowhere (exit handlers, hooks, what
    waited for a place among many), time tells: it is what ended last before.
    """

    def __init__(self, tree: Tree, before: Mapping[str, Sequence[Node]], spans: Spans) -> None:
        """`before` names what each node is a child of, `spans` tells when those ran that began."""
        self._tree = tree
        self._before = before
        self._spans = spans
        work = [node for node in tree.nodes.values() if node.started_at and self._works(node)]
        self._ended = _Ended(work, spans)
        self._groups: dict[str, list[Node]] = {}
        for node in work:
            frame = tree.frame_around(node)
            if frame and frame.type in GROUPS:
                self._groups.setdefault(frame.id, []).append(node)
        self._sorted: dict[str, _Ended] = {}
        self._climbed: set[str] = set()

    def find(self) -> tuple[Node, ...]:
        """Return it, oldest first; empty where no leaf ever began."""
        chain: dict[str, Node] = {}
        node = self._ended.last()
        while node and node.id not in chain:
            chain[node.id] = node
            node = self._unlocked_by(node)
        return tuple(reversed(chain.values()))

    def _unlocked_by(self, node: Node) -> Node | None:
        start = self._spans[node.id][0]
        found = self._followed(node, start)
        since = self._spans[found.id][1] if found else 0.0
        return self._made_room(node, since, start) or found or self._ended.until(start, node)

    def _followed(self, node: Node, start: float) -> Node | None:
        """Return what ended last of that which the node, or the frames it opens, follow.

        A frame is climbed once: whoever leaves it never comes back. What was skipped took no time.
        """
        found, todo = [], [node]
        while todo:
            for one in self._before.get(todo.pop().id, ()):
                if self._works(one):
                    if one.started_at and self._spans[one.id][1] <= start + SLACK:
                        found.append(one)
                elif one.id not in self._climbed:
                    self._climbed.add(one.id)
                    todo.append(one)
        return max(found, key=self._span_end, default=None)

    def _works(self, node: Node) -> bool:
        idle = node.phase in NEVER_RAN or node.daemon or node.daemoned
        return self._tree.is_leaf(node) and not idle

    def _made_room(self, node: Node, since: float, start: float) -> Node | None:
        """Return which of the same fan-out ended just before: it may have freed a place."""
        frame = self._tree.frame_around(node)
        if not frame or frame.id not in self._groups:
            return None
        if frame.id not in self._sorted:
            self._sorted[frame.id] = _Ended(self._groups[frame.id], self._spans)
        found = self._sorted[frame.id].until(start, node)
        return found if found and self._spans[found.id][1] > since else None

    def _span_end(self, node: Node) -> tuple[float, float, bool]:
        start, end = self._spans[node.id]
        return end, start, node.failed


class _Ended:
    """Leaves in the order of their end."""

    def __init__(self, nodes: Sequence[Node], spans: Spans) -> None:
        self._spans = spans
        found = [
            (end, begin, node.failed, node.id, node)
            for node in nodes
            for begin, end in (spans[node.id],)
        ]
        self._found = sorted(found)  # ids differ, so that nodes are never compared
        self._ends = [each[0] for each in self._found]

    def last(self) -> Node | None:
        """Return what ended last, of several what began last, of those what failed."""
        return self._found[-1][-1] if self._found else None

    def until(self, moment: float, but: Node) -> Node | None:
        """Return what ended last before a moment, begun before another began."""
        at = bisect_right(self._ends, moment)
        for *_, node in reversed(self._found[max(at - MOST_TRIED, 0) : at]):
            if node.id != but.id and self._spans[node.id][0] < self._spans[but.id][0]:
                return node
        return None
