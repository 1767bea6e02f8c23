"""Nodes → entries, folded so that a person sees a run of any size at a glance. Pure.

What passed is folded first: fan-outs into a line with their number and range, then frames, then
neighbours. What failed or is under way stays single as long as there is room for it.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from argogate import spell
from argogate.lookups.folding import (
    CLOSED,
    LEVELS,
    UNFOLDED,
    Entry,
    Fold,
    joined,
    lines_of,
    together,
)
from argogate.model.lifecycle import root_node, why_pending
from argogate.model.nodes import GROUPS, started
from argogate.model.tree import Tree
from argogate.model.workflow import FAILURES, FINE, NodePhase, NodeType
from argogate.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from argogate.model.workflow import Node, Workflow

ITEM = re.compile(r"(.+?)\(\d+(?::.*)?\)", re.DOTALL)
"""A fan-out's item: `map(7:seven)`."""
HOOK = re.compile(r"\.(onExit|hooks\.[^.\[\]()]+)\Z")
OF_A_CHILD = re.compile(r"child '[^']*' (failed|errored)|No more retries left")


def outline(workflow: Workflow, now: datetime, most: int) -> tuple[Entry, ...]:
    """Return the entries, folded until they are at most so many lines, if that can be done."""
    outliner = Outliner(workflow, now)
    found: tuple[Entry, ...] = ()
    for fold in LEVELS:
        found = outliner.entries(fold)
        if lines_of(found) <= most:
            break
    return found


def took(node: Node, now: datetime) -> float | None:
    """Return the seconds that a node took, or has taken by now."""
    start, end = node.started_at, node.finished_at
    if start is None or (end is None and node.phase is NodePhase.PENDING):
        return None
    return max(((end or now) - start).total_seconds(), 0)


class Outliner:
    """Makes entries of the nodes of one workflow."""

    def __init__(self, workflow: Workflow, now: datetime) -> None:
        self._workflow = workflow
        self._now = now
        self._tree = Tree(workflow)
        self._inside = {
            frame: sorted(nodes, key=started) for frame, nodes in self._tree.inside().items()
        }
        self._ids = {node.name: node.id for node in workflow.nodes.values()}
        self._hooks: dict[str, list[Node]] = {}
        for node in workflow.nodes.values():
            if (owner := self._owner(node)) is not None:
                self._hooks.setdefault(owner, []).append(node)
        self._hooking = {node.id for nodes in self._hooks.values() for node in nodes}
        self._sizes: dict[str, tuple[int, bool]] = {}
        self._measure()

    def entries(self, fold: Fold) -> tuple[Entry, ...]:
        """Return the entrypoint, then what stands apart from it: hooks of the whole workflow."""
        root = root_node(self._workflow)
        tops = sorted(self._inside.get(None, ()), key=lambda node: node is not root)
        return tuple(
            self._entry(node, fold, 0)
            for node in tops
            if node.id not in self._hooking and node.type not in GROUPS
        )

    def entry(self, node: Node, most: int | None) -> Entry:
        """Return one node, what is inside folded to so many lines where it can be.

        Of one that lies in a circle of frames nothing inside is shown: there would be no end of it.
        """
        if node.id not in self._sizes:
            return self._entry(node, CLOSED, 0)
        if most is None:
            return self._entry(node, UNFOLDED, 0)
        found = (self._entry(node, fold, 0) for fold in LEVELS)
        fitting = (entry for entry in found if lines_of((entry,)) <= most)
        return next(fitting, None) or self._entry(node, LEVELS[-1], 0)

    @property
    def lost(self) -> int:
        """How many nodes lie in no frame that leads to the outside, so that nothing shows them."""
        return len(self._workflow.nodes) - len(self._sizes)

    def _owner(self, node: Node) -> str | None:
        """Return the id of the step or task that a hook hangs on; the workflow's stand apart."""
        if not node.hooked and node.type is not NodeType.RETRY:
            return None
        match = HOOK.search(node.name)
        if not match or node.name[: match.start()] == self._workflow.name:
            return None
        return self._ids.get(node.name[: match.start()])

    def _measure(self) -> None:
        """Count what lies inside of each, and tell whether all of it is quiet: innermost first."""
        order: list[Node] = []
        todo = [*self._inside.get(None, ())]
        while todo:  # each lies in one frame, and none of a circle is reached
            node = todo.pop()
            order.append(node)
            todo += self._contents(node)
        for node in reversed(order):
            parts = [self._sizes[each.id] for each in self._contents(node)]
            calm = node.phase in FINE and all(quiet for _, quiet in parts)
            own = sum(not self._is_folded(each) for each in self._contents(node))
            size = own + sum(count for count, _ in parts)
            self._sizes[node.id] = size, calm or self._tree.is_superseded(node)

    def _is_folded(self, node: Node) -> bool:
        """Whether a node is no work of its own: it stands for others, or another one for it."""
        return node.type in GROUPS or self._tree.is_attempt(node)

    def _contents(self, node: Node) -> list[Node]:
        within = (each for each in self._inside.get(node.id, ()) if each.id not in self._hooking)
        return [*within, *self._hooks.get(node.id, ())]

    def _is_quiet(self, node: Node) -> bool:
        return self._sizes[node.id][1]

    def _entry(self, node: Node, fold: Fold, depth: int) -> Entry:
        attempts = self._attempts(node)
        shown = attempts[-1] if len(attempts) == 1 else node
        message = (
            _tell(node, attempts)
            if len(attempts) > 1
            else _why(self._workflow, shown) or _why(self._workflow, node)
        )
        size, quiet = self._sizes.get(node.id, (0, False))
        closed = depth >= fold.deepest or (fold.closed and quiet and depth > 0)
        inside: tuple[Entry, ...] = ()
        if not closed and len(attempts) > 1:
            inside = self._tries(node, attempts, fold, depth)
        elif not closed:
            inside = self._within(shown, fold, depth)
        seconds = took(node, self._now)
        return Entry(
            name=self._name(node),
            phase=node.phase,
            node=shown,
            seconds=None if seconds is None else (seconds, seconds),
            message="" if _is_explained(message, inside) else message,
            inside=inside,
            hidden=size if closed else 0,
        )

    def _attempts(self, node: Node) -> list[Node]:
        if node.type is not NodeType.RETRY:
            return []
        return [each for each in self._inside.get(node.id, ()) if self._tree.is_attempt(each)]

    def _tries(self, node: Node, attempts: list[Node], fold: Fold, depth: int) -> tuple[Entry, ...]:
        """Return the attempts, where the line of their Retry does not tell all of them."""
        plain = not any(self._contents(each) for each in attempts)
        if plain and fold is not UNFOLDED and (not node.failed or _alike(attempts)):
            return ()
        entries = []
        for number, each in enumerate(attempts, 1):
            over = fold is not UNFOLDED and each is not attempts[-1]
            entry = self._entry(each, CLOSED if over else fold, depth + 1)
            entries.append(replace(entry, name=f"attempt {number}"))
        hooks = (self._entry(each, fold, depth + 1) for each in self._hooks.get(node.id, ()))
        return (*entries, *hooks)

    def _name(self, node: Node) -> str:
        if node is root_node(self._workflow):
            return self._workflow.name
        if node.id in self._hooking and (match := HOOK.search(node.name)):
            return match[1]
        if node.hooked and node.name.startswith(f"{self._workflow.name}."):
            match = HOOK.fullmatch(node.name.removeprefix(self._workflow.name))
            kind = "exit handler" if match and match[1] == "onExit" else "hook"
            return f"{match[1]} ({kind})" if match else self._tree.own_name(node)
        shown_as = self._tree.leaf(node).shown_as
        name = self._tree.own_name(node)
        return f"{name} ({shown_as})" if shown_as else name

    def _within(self, node: Node, fold: Fold, depth: int) -> tuple[Entry, ...]:
        kin = list(self._kin(node))
        kinds: dict[object, list[Node]] = {}
        for each in kin:
            kinds.setdefault(self._kind(each), []).append(each)
        places = {each.id: number for number, each in enumerate(kin)}
        found = [
            (places[first.id], entry)
            for alike in kinds.values()
            for first, entry in self._folded(alike, fold, depth + 1)
        ]
        entries = [entry for _, entry in sorted(found, key=itemgetter(0))]
        hooks = (self._entry(each, fold, depth + 1) for each in self._hooks.get(node.id, ()))
        return (*(joined(entries, fold) if fold.neighbours else entries), *hooks)

    def _kin(self, node: Node) -> Iterator[Node]:
        """Yield what a frame encloses; of a group only what is in it, where there is something."""
        for each in self._inside.get(node.id, ()):
            group = self._inside.get(each.id, ()) if each.type in GROUPS else ()
            yield from (one for one in group or (each,) if one.id not in self._hooking)

    def _kind(self, node: Node) -> object:
        """Return what is the same for the items of one fan-out that are in the same state."""
        match = ITEM.fullmatch(self._tree.own_name(node))
        return (match[1], node.phase, self._is_quiet(node)) if match else node.id

    def _folded(self, alike: list[Node], fold: Fold, depth: int) -> Iterator[tuple[Node, Entry]]:
        """Yield what fails singly, as far as there is room for it, and one line for the rest."""
        single = alike if len(alike) < fold.fan_out else []
        first = alike[0]
        if not single and first.fulfilled and not self._is_quiet(first):
            single = alike[: fold.singly]
        yield from ((node, self._entry(node, fold, depth)) for node in single)
        if rest := alike[len(single) :]:
            match = ITEM.fullmatch(self._tree.own_name(first))
            entries = [self._entry(node, CLOSED, depth) for node in rest]
            yield rest[0], together(entries, match[1] if match else "")


def _is_explained(message: str, inside: Sequence[Entry]) -> bool:
    """Whether a message says no more than what is shown inside: that something failed there."""
    failed = any(entry.phase in FAILURES or entry.inside for entry in inside)
    return failed and OF_A_CHILD.fullmatch(message) is not None


def _why(workflow: Workflow, node: Node) -> str:
    """Return why a node is as it is, where there is something to say."""
    if node.reason:
        return node.reason
    if node.phase is NodePhase.RUNNING and node.type is NodeType.SUSPEND:
        return "it resumes by itself" if node.timed else "it waits for an approval"
    if node.phase is NodePhase.PENDING and node.waiting_for_lock:
        return why_pending(workflow, node)
    if node.memoized:
        return "from the cache"
    return "a daemon" if node.daemoned else ""


def _tell(node: Node, attempts: Sequence[Node]) -> str:
    """Tell how often a node was tried, and why not once."""
    told = f"{len(attempts)} attempts"
    if _alike(attempts):
        return f"{told}, each: {attempts[0].reason}" if attempts[0].reason else told
    whys = [each.reason or each.phase.value for each in attempts[:-1]]
    before = spell.listing(list(dict.fromkeys(whys)), 2)
    last = attempts[-1].reason or node.reason
    return f"{told}: {last}" if last else f"{told}; before: {before}"


def _alike(attempts: Sequence[Node]) -> bool:
    return len({(each.phase, each.reason) for each in attempts}) == 1
