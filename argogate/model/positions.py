"""Where nodes stand: what contains what, what each is called there, and which attempts it is in.

Argo's `children` is the order of execution and may have several parents; containment is
`boundaryID`, except that a Retry, StepGroup or TaskGroup encloses what its `children` name.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from argogate.model.blueprint import SEPARATOR
from argogate.model.nodes import GROUPS
from argogate.model.workflow import NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.model.workflow import Node, Workflow

GROUP_OR_ATTEMPT = re.compile(r"\[\d+\](?=\.|\Z)|\(\d+\)(?=[.\[]|\Z)")

LONGEST_PATH = 1000
"""Characters; a longer path is cut and ends in a hash, or deep trees would cost the square."""


class Position(NamedTuple):
    """Where a node stands."""

    path: str = ""
    slot: int = -1
    """The same for the same piece of work in each attempt."""
    attempt: str = ""
    """Id of the innermost attempt that the node is or lies in."""
    order: int = 0
    """Later attempts come later, whatever their times; those have whole seconds."""
    depth: int = 0
    superseded: bool = False
    retrying: bool = False
    """Whether a Retry around it may yet make another attempt."""
    wanted: bool = False


class Positions:
    """The positions of one workflow's nodes. Linear in their number; cycles do no harm."""

    def __init__(self, workflow: Workflow, part: Sequence[str]) -> None:
        """`part` holds ids: only those nodes and what lies in them is wanted; empty for all."""
        self._nodes: Mapping[str, Node] = workflow.nodes
        self._part = frozenset(part)
        self._workflow = workflow.name
        self._prefix = f"{workflow.name}."
        self._enclosing = _enclosing(workflow.nodes)
        self._attempts = {
            attempt: number
            for node in workflow.nodes.values()
            if node.type is NodeType.RETRY
            for number, attempt in _counted_back(_inside(node, workflow.nodes))
        }
        """0 for the last attempt of a Retry, -1 for the one before."""
        self._filled = set(self._enclosing.values())
        self._found: dict[str, Position] = {}

    def of(self, node: Node) -> Position:
        """Return where a node stands."""
        if not self._found:
            self._survey()
        return self._found[node.id]

    def is_attempt(self, node: Node) -> bool:
        """Whether the node is one attempt of a Retry."""
        return node.id in self._attempts

    def is_filled(self, node: Node) -> bool:
        """Whether the node is a frame that has something inside."""
        return node.id in self._filled

    def inside(self) -> Mapping[str | None, list[Node]]:
        """Return what lies right inside of each frame, by its id; by None what lies in none."""
        found: dict[str | None, list[Node]] = {}
        for node in self._nodes.values():
            frame = self._enclosing[node.id]
            found.setdefault(frame if frame and frame in self._nodes else None, []).append(node)
        return found

    def frames_around(self, node: Node) -> Iterator[Node]:
        """Yield the frames around a node, the innermost first."""
        seen = {node.id}
        current = self._nodes.get(self._enclosing.get(node.id, ""))
        while current and current.id not in seen:
            yield current
            seen.add(current.id)
            current = self._nodes.get(self._enclosing.get(current.id, ""))

    def path(self, node: Node) -> str:
        """Return the stable path: attempts bear the name of their Retry, groups none."""
        return self.of(node).path or node.template_name or node.display_name

    def own_path(self, node: Node) -> str:
        """Return the path with the name of a fan-out's group; empty for the root."""
        path = self.of(node).path
        return _joined(path, self.own_name(node)) if node.type is NodeType.TASK_GROUP else path

    def own_name(self, node: Node, *, whole: bool = False) -> str:
        """Return the node's name within its template; `whole` keeps the number of its group."""
        template = self._nodes.get(node.boundary_id)
        around = template.name if template else self._workflow
        if len(node.name) <= len(around) or not node.name.startswith(around):
            return node.display_name.removeprefix(self._prefix)
        name = node.name[len(around) :]
        if whole:
            return name
        own = name[1:] if name[0] == "." else SEPARATOR.sub("", name)
        return own or name

    def shown_as(self, node: Node) -> str:
        """Return the display name where it is another than Argo would have made."""
        around = next(self.frames_around(node), None) if node.id in self._attempts else None
        named = around or node
        shown, name = named.display_name, named.name
        if name.endswith(shown) and (shown == name or name[-len(shown) - 1] == "."):
            return ""
        shown = shown.removeprefix(self._prefix)
        return "" if shown in {self.own_name(named), self.path(node)} else shown

    def _survey(self) -> None:
        """Find all positions in one walk from the outside in; what lies in a cycle comes last."""
        inside = self.inside()
        slots: dict[tuple[int, str], int] = {}
        outside = Position(wanted=not self._part)
        for top in (*inside.get(None, ()), *self._nodes.values()):
            if top.id in self._found:
                continue
            todo = [(top, outside)]
            while todo:
                node, around = todo.pop()
                if node.id in self._found:
                    continue
                position = self._locate(node, around, slots)
                self._found[node.id] = position
                if within := inside.get(node.id):
                    # The first attempt comes off the stack first: the numbers rise with them.
                    if node.type is NodeType.RETRY:
                        within.sort(key=self._nth, reverse=True)
                    todo += [(one, position) for one in within]

    def _nth(self, node: Node) -> int:
        return self._attempts.get(node.id, 0)

    def _locate(self, node: Node, around: Position, slots: dict[tuple[int, str], int]) -> Position:
        attempt = node.id in self._attempts
        order = len(self._found)
        slot = around.slot if attempt else order
        if around.attempt and not attempt:
            slot = slots.setdefault((around.slot, self.own_name(node, whole=True)), order)
        own = self._added(node)
        return Position(
            path=_joined(around.path, own) if own else around.path,
            slot=slot,
            attempt=node.id if attempt else around.attempt,
            order=order,
            depth=around.depth + 1,
            superseded=around.superseded or (attempt and self._attempts[node.id] < 0),
            retrying=around.retrying or (node.type is NodeType.RETRY and not node.fulfilled),
            wanted=around.wanted or node.id in self._part,
        )

    def _added(self, node: Node) -> str:
        """Return what the node adds to a path: nothing for the root, groups and attempts."""
        if node.name == self._workflow or node.type in GROUPS or node.id in self._attempts:
            return ""
        return self.own_name(node)


def path_of_name(name: str, workflow: str) -> str:
    """Return a node's path as its full name tells; empty for the root and its attempts.

    Only a tree tells for certain what in a name is an attempt, and what an item.
    """
    own = GROUP_OR_ATTEMPT.sub("", name.removeprefix(workflow))
    return own.removeprefix(".")


def _joined(path: str, name: str) -> str:
    whole = f"{path}.{name}" if path and name else path or name
    if len(whole) <= LONGEST_PATH:
        return whole
    return f"{whole[:LONGEST_PATH]}~{zlib.crc32(whole.encode('utf-8', 'replace')):08x}"


def _inside(frame: Node, nodes: Mapping[str, Node]) -> list[str]:
    """Return the ids of a frame's children without its hooks; a hook's own attempts are none.

    What came from the cache has nothing inside: its children are what follows it.
    """
    if frame.memoized and frame.type is NodeType.RETRY:
        return []
    return [
        child
        for child in frame.children
        if child in nodes and (nodes[child].retried or not nodes[child].hooked)
    ]


def _counted_back(attempts: list[str]) -> Iterator[tuple[int, str]]:
    return ((number - len(attempts) + 1, attempt) for number, attempt in enumerate(attempts))


def _enclosing(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return for each node the id of the frame right around it."""
    around = {node.id: node.boundary_id for node in nodes.values()}
    for node in nodes.values():
        if node.type in GROUPS or node.type is NodeType.RETRY:
            for child in _inside(node, nodes):
                if nodes[child].type not in GROUPS or node.type is NodeType.RETRY:
                    around[child] = node.id
    return around
