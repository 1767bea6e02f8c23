"""Whose lines are told next: a pod keeps its turn for a while, so that a log can be read.

What has ended is told first and whole. Pure: time is passed in.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable

S = TypeVar("S")
"""A source of lines."""
L = TypeVar("L")

TURN = 5.0
"""Seconds for which a source that speaks keeps its turn while others wait."""
PAUSE = 1.0
"""Seconds of silence after which it passes the turn on."""
LONGEST_WAIT = 10.0
"""Seconds after which a source is told whoever has the turn."""


@dataclass(slots=True)
class _Queue(Generic[L]):
    since: float
    """When the first line that waits came."""
    lines: list[L] = field(default_factory=list)


class Turns(Generic[S, L]):
    """What waits to be told, by source."""

    def __init__(self) -> None:
        self._waiting: dict[S, _Queue[L]] = {}
        self._ended: set[S] = set()
        self._current: S | None = None
        self._began = self._spoke = -inf

    def add(self, source: S, lines: Iterable[L], now: float) -> None:
        """Take lines in."""
        self._waiting.setdefault(source, _Queue(now)).lines.extend(lines)

    def end(self, source: S) -> None:
        """Take in that a source has nothing more to say, as far as one knows."""
        self._ended.add(source)

    def due(self, now: float) -> list[tuple[S, list[L]]]:
        """Return what is to be told now, and count it as told."""
        told = []
        for source in [source for source in self._waiting if source in self._ended]:
            told.append(self._take(source))
            if source == self._current:
                self._current = None
        if self._current in self._waiting and (now < self._passes_at() or len(self._waiting) == 1):
            told.append(self._speak(self._current, now))
        elif self._waiting and now >= self._passes_at():
            others = [source for source in self._waiting if source != self._current]
            self._current, self._began = (others or [*self._waiting])[0], now
            told.append(self._speak(self._current, now))
        overdue = [
            source for source, queue in self._waiting.items() if now - queue.since >= LONGEST_WAIT
        ]
        return told + [self._take(source) for source in overdue]

    def next_at(self) -> float:
        """Return when something is due that has come already."""
        if not self._waiting:
            return inf
        first = min(queue.since for queue in self._waiting.values())
        return min(self._passes_at(), first + LONGEST_WAIT)

    def rest(self) -> list[tuple[S, list[L]]]:
        """Return all that waits, and count it as told."""
        return [self._take(source) for source in [*self._waiting]]

    def _passes_at(self) -> float:
        """Return when the turn passes to another; at once where nobody has it."""
        if self._current is None:
            return -inf
        return min(self._began + TURN, self._spoke + PAUSE)

    def _speak(self, source: S, now: float) -> tuple[S, list[L]]:
        self._spoke = now
        return self._take(source)

    def _take(self, source: S) -> tuple[S, list[L]]:
        return source, self._waiting.pop(source).lines
