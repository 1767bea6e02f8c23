"""What the last runs tell: how often they pass, how long they take, since when they fail. Pure.

Runs that still go on, and those that somebody stopped, are counted and left out of every rate.
"""

from __future__ import annotations

from enum import StrEnum
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from argogate.lookups.question import Place
from argogate.lookups.rows import seconds_of
from argogate.model.lifecycle import CUT_SHORT, STOPPING, is_terminal
from argogate.model.workflow import LABEL_ACTION, Phase
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from argogate.lookups.nodestats import NodeHistory
    from argogate.lookups.question import Row
    from argogate.model.workflow import Workflow

FEWEST = 5
"""Runs below which a share of them says nothing."""
STRIP = 20


class Outcome(StrEnum):
    """What became of a run."""

    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    UNFINISHED = "unfinished"


COUNTED = frozenset({Outcome.PASSED, Outcome.FAILED})
"""What rates are made of."""


def outcome_of(run: Workflow) -> Outcome:
    """Return it by phase, and by whether somebody stopped it; old releases tell that in words."""
    if not is_terminal(run):
        return Outcome.UNFINISHED
    said = run.message.startswith(CUT_SHORT[:2])
    if run.labels.get(LABEL_ACTION) in STOPPING or run.shutdown or said:
        return Outcome.STOPPED
    return Outcome.PASSED if run.phase is Phase.SUCCEEDED else Outcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run of the history."""

    row: Row
    outcome: Outcome
    seconds: float | None
    """How long it took, or has taken; None where nobody knows."""
    failed: tuple[str, ...] | None = None
    """Paths of the nodes that failed; None where they were not read."""

    @property
    def letter(self) -> str:
        """The phase's first letter; small for what does not count."""
        words = {Outcome.STOPPED: "x", Outcome.UNFINISHED: "r"}
        return words.get(self.outcome) or self.row.run.phase.value[:1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long the runs took that passed: what fails early says nothing about that."""

    count: int
    median: float
    high: float
    """The 95th percentile, by nearest rank."""
    last: float
    """Of the newest of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A row of failures that has not ended."""

    first: Row
    count: int
    last_good: Row | None
    """None where none of the runs that were read passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The last runs, the newest first, and what they tell."""

    what: str
    """What was asked for, in words."""
    entries: tuple[Entry, ...]
    matched: int
    """How many runs there are, those included that are not among the last ones."""
    now: datetime
    nodes: NodeHistory | None = None

    def count(self, outcome: Outcome) -> int:
        """Return how many runs ended so."""
        return sum(entry.outcome is outcome for entry in self.entries)

    @property
    def counted(self) -> tuple[Entry, ...]:
        """The runs that rates are made of."""
        return tuple(entry for entry in self.entries if entry.outcome in COUNTED)

    @property
    def places(self) -> dict[str, int]:
        """How many runs are where."""
        found = [entry.row.place for entry in self.entries]
        return {place.value: found.count(place) for place in Place if place in found}

    @property
    def strip(self) -> str:
        """A letter for each of the last runs, the oldest first."""
        return "".join(entry.letter for entry in reversed(self.entries[:STRIP]))

    @property
    def durations(self) -> Durations | None:
        """How long it takes; None where none passed."""
        passed = [entry for entry in self.entries if entry.outcome is Outcome.PASSED]
        taken = [entry.seconds for entry in passed if entry.seconds is not None]
        if not taken:
            return None
        return Durations(
            count=len(taken), median=median(taken), high=percentile(taken, 95), last=taken[0]
        )

    @property
    def failing(self) -> Failing | None:
        """Since when it fails; None where the last run that counts passed."""
        bad = []
        for entry in self.counted:
            if entry.outcome is Outcome.PASSED:
                break
            bad.append(entry.row)
        if not bad:
            return None
        good = [entry.row for entry in self.counted if entry.outcome is Outcome.PASSED]
        return Failing(first=bad[-1], count=len(bad), last_good=good[0] if good else None)


def entry_of(row: Row, now: datetime, failed: tuple[str, ...] | None = None) -> Entry:
    """Return what a run is in a history."""
    outcome, seconds = outcome_of(row.run), seconds_of(row.run, now)
    return Entry(row=row, outcome=outcome, seconds=seconds, failed=failed)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent of them do not exceed."""
    return sorted(values)[max(ceil(len(values) * percent / 100), 1) - 1]


def share(part: int, whole: int) -> str:
    """Spell `18/20 (90 %)`; where there are too few, that they are."""
    if whole < FEWEST:
        return f"{part}/{whole}, too few runs ({whole}) for a rate"
    return f"{part}/{whole} ({100 * part / whole:.0f} %)"
