"""The node tree: what contains what, which nodes are leaves, which are attempts of one Retry.

Argo's `children` is the order of execution and may have several parents; containment is
`boundaryID`, except that a Retry, StepGroup or TaskGroup encloses what its `children` name.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from argogate.model.blueprint import SEPARATOR
from argogate.model.nodes import GROUPS, WRAPPERS, ended, started
from argogate.model.workflow import Node, NodePhase, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.model.workflow import Workflow

GROUP_OR_ATTEMPT = re.compile(r"\[\d+\](?=\.|\Z)|\(\d+\)(?=[.\[]|\Z)")

LONGEST_PATH = 1000
"""Characters; a longer path is cut and ends in a hash, or deep trees would cost the square."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One piece of work: a leaf node, with its earlier attempts where it was retried."""

    path: str
    """Stable name: own names from the root down, without the workflow's name."""
    shown_as: str = ""
    """What Argo displays instead of its own name, where its template says so."""
    superseded: bool = False
    """Whether only an earlier attempt of a frame around it came as far as this."""
    node: Node
    """The attempt that counts: the last one."""
    attempts: tuple[Node, ...] = ()
    """Earlier attempts, oldest first."""

    @property
    def label(self) -> str:
        """The path for a sentence, with what Argo displays behind it."""
        return f"{self.path} ({self.shown_as})" if self.shown_as else self.path


class _Place(NamedTuple):
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


class Tree:
    """The nodes of one workflow. Linear in their number; cycles in hostile data do no harm."""

    def __init__(self, workflow: Workflow, part: Sequence[str] = ()) -> None:
        """`part` holds ids: leaves and failures outside of those nodes are then left out."""
        self._part = frozenset(part)
        self.nodes: Mapping[str, Node] = workflow.nodes
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
        self._containing = {node.boundary_id for node in workflow.nodes.values()}
        self._filled = set(self._enclosing.values())
        self._found: dict[str, _Place] = {}
        self._leaves: tuple[Leaf, ...] | None = None

    def is_leaf(self, node: Node) -> bool:
        """Whether the node is work itself, not a frame around other nodes.

        What came from the cache is: a memoized frame has nothing inside.
        """
        cached = node.memoized and node.type not in GROUPS
        return (node.type not in WRAPPERS or cached) and node.id not in self._containing

    def is_attempt(self, node: Node) -> bool:
        """Whether the node is one attempt of a Retry."""
        return node.id in self._attempts

    def is_superseded(self, node: Node) -> bool:
        """Whether the node is or lies in an attempt that was followed by another one."""
        return self._place(node).superseded

    def is_retrying(self, node: Node) -> bool:
        """Whether a Retry around the node is unfinished, so that another attempt may come."""
        return self._place(node).retrying

    def frame_around(self, node: Node) -> Node | None:
        """Return the frame right around a node: Retry, group or template invocation."""
        return next(self._frames_around(node), None)

    def inside(self) -> Mapping[str | None, list[Node]]:
        """Return what lies right inside of each frame, by its id; by None what lies in none."""
        found: dict[str | None, list[Node]] = {}
        for node in self.nodes.values():
            frame = self._enclosing[node.id]
            found.setdefault(frame if frame and frame in self.nodes else None, []).append(node)
        return found

    def own_name(self, node: Node) -> str:
        """Return the node's name within its template, as it is spelled in paths."""
        return self._name(node)

    def path(self, node: Node) -> str:
        """Return the stable path: attempts bear the name of their Retry, groups none."""
        return self._place(node).path or node.template_name or node.display_name

    def own_path(self, node: Node) -> str:
        """Return the path with the name of a fan-out's group; empty for the root."""
        path = self._place(node).path
        return _joined(path, self._name(node)) if node.type is NodeType.TASK_GROUP else path

    def leaf(self, node: Node, attempts: Sequence[Node] = ()) -> Leaf:
        """Return a node as a leaf, named as all reports name it."""
        place = self._place(node)
        return Leaf(
            path=place.path or self.path(node),
            shown_as=self._shown_as(node),
            superseded=place.superseded,
            node=node,
            attempts=tuple(attempts),
        )

    def open_ends(self) -> tuple[Node, ...]:
        """Return what is unfinished and has nothing inside: leaves, and frames not begun yet.

        A template that waits for a lock has the type of a frame. Daemons that run are no work, and
        superseded attempts no longer matter.
        """
        return tuple(
            node
            for node in self.nodes.values()
            if not (node.fulfilled or _serves(node))
            and (self.is_leaf(node) or node.id not in self._filled)
            and not self.is_superseded(node)
        )

    def counts(self, node: Node) -> bool:
        """Whether the node did work that counts: a pod, or what has nothing inside."""
        works = self.is_leaf(node) or node.type is NodeType.POD or node.id not in self._filled
        place = self._place(node)
        return works and not (node.daemon or node.daemoned or place.superseded) and place.wanted

    def leaves(self) -> tuple[Leaf, ...]:
        """Return all leaves in order of their start, the attempts of a Retry as one."""
        if self._leaves is None:
            self._leaves = tuple(self._folded())
        return self._leaves

    def failed_frames(self) -> tuple[Leaf, ...]:
        """Return failed frames (Steps, DAG, Retry …) that no failed node inside explains.

        A template that cannot be resolved or a deadline fails a frame by itself. An attempt that
        was followed by another one neither explains nor counts.
        """
        explained: set[str] = set()
        for leaf in self._failed_leaves():
            self._explain(leaf.node, explained)
        frames = [
            node
            for node in self.nodes.values()
            if node.failed and not self.is_leaf(node) and not self.is_superseded(node)
        ]
        found = []
        for node in sorted(frames, key=lambda frame: -self._place(frame).depth):
            if node.id not in explained and self._wanted(node):
                found.append(self.leaf(node))
                self._explain(node, explained)
        return tuple(found)

    def failures(self) -> tuple[Leaf, ...]:
        """Return what failed, in order of its end: leaves, then frames that fail by themselves."""
        failed = sorted(self._failed_leaves(), key=lambda leaf: ended(leaf.node))
        return (*failed, *self.failed_frames())

    def _folded(self) -> Iterator[Leaf]:
        """Yield leaves; what stands at the same place in several attempts is one."""
        if not self._found:
            self._survey()
        leaves = (node for node in self.nodes.values() if self.is_leaf(node))
        found: dict[int | str, list[Node]] = {}
        for node in sorted(leaves, key=started):
            place = self._found[node.id]
            if place.wanted:
                found.setdefault(place.slot if place.attempt else node.id, []).append(node)
        for nodes in found.values():
            if len(nodes) > 1:
                nodes.sort(key=lambda one: self._place(one).order)
            yield self.leaf(nodes[-1], nodes[:-1])

    def _failed_leaves(self) -> list[Leaf]:
        return [
            leaf
            for leaf in self.leaves()
            if leaf.node.failed and not leaf.superseded and not leaf.node.not_reached
        ]

    def _wanted(self, node: Node) -> bool:
        return self._place(node).wanted

    def _explain(self, node: Node, explained: set[str]) -> None:
        for frame in self._frames_around(node):
            if frame.id in explained:
                return
            explained.add(frame.id)

    def _frames_around(self, node: Node) -> Iterator[Node]:
        seen = {node.id}
        current = self.nodes.get(self._enclosing.get(node.id, ""))
        while current and current.id not in seen:
            yield current
            seen.add(current.id)
            current = self.nodes.get(self._enclosing.get(current.id, ""))

    def _place(self, node: Node) -> _Place:
        if not self._found:
            self._survey()
        return self._found[node.id]

    def _survey(self) -> None:
        """Find all places in one walk from the outside in; what lies in a cycle comes last."""
        inside = self.inside()
        slots: dict[tuple[int, str], int] = {}
        outside = _Place(wanted=not self._part)
        for top in (*inside.get(None, ()), *self.nodes.values()):
            if top.id in self._found:
                continue
            todo = [(top, outside)]
            while todo:
                node, around = todo.pop()
                if node.id in self._found:
                    continue
                place = self._placed(node, around, slots)
                self._found[node.id] = place
                if within := inside.get(node.id):
                    # The first attempt comes off the stack first: the numbers rise with them.
                    if node.type is NodeType.RETRY:
                        within.sort(key=self._nth, reverse=True)
                    todo += [(one, place) for one in within]

    def _nth(self, node: Node) -> int:
        return self._attempts.get(node.id, 0)

    def _placed(self, node: Node, around: _Place, slots: dict[tuple[int, str], int]) -> _Place:
        attempt = node.id in self._attempts
        order = len(self._found)
        slot = around.slot if attempt else order
        if around.attempt and not attempt:
            slot = slots.setdefault((around.slot, self._name(node, whole=True)), order)
        own = self._own_name(node)
        return _Place(
            path=_joined(around.path, own) if own else around.path,
            slot=slot,
            attempt=node.id if attempt else around.attempt,
            order=order,
            depth=around.depth + 1,
            superseded=around.superseded or (attempt and self._attempts[node.id] < 0),
            retrying=around.retrying or (node.type is NodeType.RETRY and not node.fulfilled),
            wanted=around.wanted or node.id in self._part,
        )

    def _own_name(self, node: Node) -> str:
        """Return what the node adds to a path: nothing for the root, groups and attempts."""
        if node.name == self._workflow or node.type in GROUPS or node.id in self._attempts:
            return ""
        return self._name(node)

    def _name(self, node: Node, *, whole: bool = False) -> str:
        """Return the node's name within its template; `whole` keeps the number of its group."""
        template = self.nodes.get(node.boundary_id)
        around = template.name if template else self._workflow
        if len(node.name) <= len(around) or not node.name.startswith(around):
            return node.display_name.removeprefix(self._prefix)
        name = node.name[len(around) :]
        if whole:
            return name
        own = name[1:] if name[0] == "." else SEPARATOR.sub("", name)
        return own or name

    def _shown_as(self, node: Node) -> str:
        """Return the display name where it is another than Argo would have made."""
        around = self.frame_around(node) if node.id in self._attempts else None
        named = around or node
        shown, name = named.display_name, named.name
        if name.endswith(shown) and (shown == name or name[-len(shown) - 1] == "."):
            return ""
        shown = shown.removeprefix(self._prefix)
        return "" if shown in {self._name(named), self.path(node)} else shown


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


def _serves(node: Node) -> bool:
    """Whether it is a daemon at work; until it is ready, others wait for it as for any pod."""
    return node.daemoned or (node.daemon and node.phase is not NodePhase.PENDING)


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
