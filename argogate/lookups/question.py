"""What is to be found, and what is found: values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.lookups.filters import Filters
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.workflow import NodePhase, Workflow


class Archived(StrEnum):
    """Which halves are wanted."""

    YES = "yes"
    NO = "no"
    ONLY = "only"


class Place(StrEnum):
    """Where a run is."""

    LIVE = "live"
    ARCHIVE = "archived"
    DOUBTFUL = "archived?"
    """In the archive, and perhaps live all the same."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    run: Workflow
    place: Place
    bare: bool = False
    """Whether it lacks its labels, by which only the server could select."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be found."""

    namespace: str
    """Empty for all of them."""
    filters: Filters = field(default_factory=Filters)
    archived: Archived = Archived.YES
    node_phases: frozenset[NodePhase] = frozenset()
    """Runs that hold such a node."""
    lookups: int = 100
    """How many runs are asked for one by one, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long to wait for the server."""

    timeout: float
    """Seconds for the head of an answer, and for each pause in it."""
    whole: float
    """Seconds for all of one answer."""
    sleep: Callable[[float], None]


@dataclass(kw_only=True)
class Tally:
    """What is missing in an answer."""

    unreadable: list[str] = field(default_factory=list)
    """Names of rows that lack what tells whether they are meant."""
    not_looked_up: int = 0
    """Rows of which only the archive's state is known, though the truth was needed."""
    not_read: int = 0
    """Runs whose nodes were not read, though that was needed."""
