"""Nodes → entries, folded so that a person sees a run of any size at a glance. Pure.

What passed is folded first: fan-outs into a line with their number and range, then frames, then
neighbours. What failed or is under way stays single as long as there is room for it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.lifecycle import root_node, why_pending
from argogate.model.nodes import GROUPS, Tree, started
from argogate.model.workflow import FAILURES, NodePhase, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from argogate.model.workflow import Node, Workflow

ITEM = re.compile(r"(.+?)\(\d+(?::.*)?\)", re.DOTALL)
"""A fan-out's item: `map(7:seven)`."""
HOOK = re.compile(r"\.(onExit|hooks\.[^.\[\]()]+)\Z")
OF_A_CHILD = re.compile(r"child '[^']*' (failed|errored)|No more retries left")
DEEPEST = 40
"""Frames within each other that are shown at most."""
MOST_REASONS = 2
TIMES = "\N{MULTIPLICATION SIGN}"
QUIET = frozenset({NodePhase.SUCCEEDED, NodePhase.SKIPPED, NodePhase.OMITTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A node, or several alike as one."""

    name: str
    phase: NodePhase
    node: Node | None = None
    """None for several."""
    count: int = 1
    seconds: tuple[float, float] | None = None
    """The shortest and the longest time that one took, as far as that is known."""
    message: str = ""
    inside: tuple[Entry, ...] = ()
    hidden: int = 0
    """How many nodes lie inside that are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """How much is made one line."""

    fan_out: int = 4
    """From so many items of one phase on."""
    singly: int = 10
    """So many failed ones, of a fan-out or among neighbours, stay single."""
    closed: bool = False
    """Whether frames that passed are closed."""
    neighbours: bool = False
    """Whether all that passed in one frame is one line."""
    deepest: int = DEEPEST


EVERYTHING = 1 << 30
UNFOLDED = Fold(fan_out=EVERYTHING, singly=EVERYTHING)
LEVELS = (
    Fold(),
    Fold(fan_out=2, closed=True),
    Fold(fan_out=2, closed=True, singly=5, neighbours=True),
    Fold(fan_out=2, closed=True, singly=2, neighbours=True, deepest=4),
    Fold(fan_out=2, closed=True, singly=1, neighbours=True, deepest=2),
)


def outline(workflow: Workflow, now: datetime, most: int) -> tuple[Entry, ...]:
    """Return the entries, folded until they are at most so many lines, if that can be done."""
    outliner = Outliner(workflow, now)
    found: tuple[Entry, ...] = ()
    for fold in LEVELS:
        found = outliner.entries(fold)
        if lines_of(found) <= most:
            break
    return found


def lines_of(entries: Sequence[Entry]) -> int:
    """Return how many lines entries take, with what is inside."""
    return sum(1 + lines_of(entry.inside) for entry in entries)


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
        tops = [node for node in self._inside.get("", ()) if node is not root]
        first = [root] if root else []
        return tuple(
            self._entry(node, fold, 0)
            for node in (*first, *tops)
            if node.id not in self._hooking and node.type not in GROUPS
        )

    def entry(self, node: Node, most: int | None) -> Entry:
        """Return one node, what is inside folded to so many lines where it can be."""
        found = self._entry(node, UNFOLDED, 0)
        for fold in LEVELS if most else ():
            found = self._entry(node, fold, 0)
            if lines_of((found,)) <= (most or 0):
                break
        return found

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
        todo = [*self._inside.get("", ())]
        while todo:
            node = todo.pop()
            if node.id not in self._sizes:
                self._sizes[node.id] = 0, True
                order.append(node)
                todo += self._contents(node)
        for node in reversed(order):
            parts = [self._sizes[each.id] for each in self._contents(node)]
            folded = node.type in GROUPS or self._tree.is_attempt(node)
            calm = node.phase in QUIET and all(quiet for _, quiet in parts)
            size = sum(count for count, _ in parts) + (0 if folded else 1)
            self._sizes[node.id] = size, calm or self._tree.is_superseded(node)

    def _contents(self, node: Node) -> list[Node]:
        within = (each for each in self._inside.get(node.id, ()) if each.id not in self._hooking)
        return [*within, *self._hooks.get(node.id, ())]

    def _is_quiet(self, node: Node) -> bool:
        return self._sizes[node.id][1]

    def _entry(self, node: Node, fold: Fold, depth: int) -> Entry:
        attempts = self._attempts(node)
        shown = attempts[-1] if len(attempts) == 1 else node
        message = _tell(node, attempts) if len(attempts) > 1 else _why(shown) or _why(node)
        size, quiet = self._sizes[node.id]
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
            hidden=size - 1 if closed else 0,
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
        return (*(_joined(entries, fold) if fold.neighbours else entries), *hooks)

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


CLOSED = Fold(deepest=0)
"""One line, whatever is inside."""


def together(entries: Sequence[Entry], name: str) -> Entry:
    """Return several as one."""
    times = [seconds for entry in entries if entry.seconds for seconds in entry.seconds]
    reasons = Counter(entry.message for entry in entries if entry.message)
    count = sum(entry.count for entry in entries)
    told = [
        reason if number == count else f"{number} {TIMES} {reason}"
        for reason, number in reasons.most_common(MOST_REASONS)
    ]
    if more := len(reasons) - len(told):
        told.append(f"{more} other {'reasons' if more > 1 else 'reason'}")
    return Entry(
        name=name,
        phase=entries[0].phase,
        count=count,
        seconds=(min(times), max(times)) if times else None,
        message="; ".join(told),
        hidden=sum(entry.hidden + lines_of(entry.inside) for entry in entries),
    )


def _is_explained(message: str, inside: Sequence[Entry]) -> bool:
    """Whether a message says no more than what is shown inside: that something failed there."""
    failed = any(entry.phase in FAILURES or entry.inside for entry in inside)
    return failed and OF_A_CHILD.fullmatch(message) is not None


def _why(node: Node) -> str:
    """Return why a node is as it is, where there is something to say."""
    if node.reason:
        return node.reason
    if node.phase is NodePhase.RUNNING and node.type is NodeType.SUSPEND:
        return "it resumes by itself" if node.timed else "it waits for an approval"
    if node.phase is NodePhase.PENDING and node.waiting_for_lock:
        return why_pending(node)
    if node.memoized:
        return "from the cache"
    return "a daemon" if node.daemoned else ""


def _tell(node: Node, attempts: Sequence[Node]) -> str:
    """Tell how often a node was tried, and why not once."""
    told = f"{len(attempts)} attempts"
    if _alike(attempts):
        return f"{told}, each: {attempts[0].reason}" if attempts[0].reason else told
    whys = [f"{each.phase.value}: {each.reason}".rstrip(": ") for each in attempts[:-1]]
    before = spell.listing(list(dict.fromkeys(whys)), 2)
    last = attempts[-1].reason or node.reason
    return f"{told}: {last}" if last else f"{told}; before: {before}"


def _alike(attempts: Sequence[Node]) -> bool:
    return len({(each.phase, each.reason) for each in attempts}) == 1


def _joined(entries: Sequence[Entry], fold: Fold) -> Iterator[Entry]:
    """Yield one line for what is too many of one phase in one frame."""
    kinds: dict[tuple[NodePhase, bool], list[Entry]] = {}
    for entry in entries:
        kinds.setdefault((entry.phase, bool(entry.inside)), []).append(entry)
    for (phase, is_open), alike in kinds.items():
        most = fold.singly if is_open or phase not in QUIET else 0
        shown = alike if len(alike) <= most + 1 else alike[:most]
        yield from shown
        if rest := alike[len(shown) :]:
            names = list(dict.fromkeys(entry.name for entry in rest))
            yield together(rest, spell.listing(names, 3))
