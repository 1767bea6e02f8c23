"""What a person sees of nodes: entries, and how several become one. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.workflow import FINE
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.model.workflow import Node, NodePhase

MOST_REASONS = 2
TIMES = "\N{MULTIPLICATION SIGN}"
DEEPEST = 40
"""Frames within each other that are shown at most."""


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
CLOSED = Fold(deepest=0)
"""One line, whatever is inside."""


def lines_of(entries: Sequence[Entry]) -> int:
    """Return how many lines entries take, with what is inside."""
    return sum(1 + lines_of(entry.inside) for entry in entries)


def nodes_in(entries: Sequence[Entry]) -> int:
    """Return how many nodes entries stand for, with what is inside."""
    return sum(entry.count + entry.hidden + nodes_in(entry.inside) for entry in entries)


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
        hidden=sum(entry.hidden + nodes_in(entry.inside) for entry in entries),
    )


def joined(entries: Sequence[Entry], fold: Fold) -> Iterator[Entry]:
    """Yield one line for what is too many of one phase in one frame."""
    kinds: dict[tuple[NodePhase, bool], list[Entry]] = {}
    for entry in entries:
        kinds.setdefault((entry.phase, bool(entry.inside)), []).append(entry)
    for (phase, is_open), alike in kinds.items():
        most = fold.singly if is_open or phase not in FINE else 0
        shown = alike if len(alike) <= most + 1 else alike[:most]
        yield from shown
        if rest := alike[len(shown) :]:
            names = list(dict.fromkeys(entry.name for entry in rest))
            yield together(rest, spell.listing(names, 3))
