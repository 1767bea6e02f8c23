"""A stream of events as a model: what changes while the gate pauses, and what is heard of it.

In a pause the oracle may let one thing happen. Its event arrives at once, never, twice, or only in
the next pause, when it may tell of a state that is gone, or of another run of the name.
"""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from argogate.model.answers import Glimpse
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.model.workflow import Workflow

Event = TypeVar("Event")

HOWS = ("", " (event lost)", " (event late)", " (event twice)")
"""How an event arrives."""
SHORTEST = 0.001
"""Seconds of a pause in which anything can happen."""
LONGEST = 5.0
"""Real seconds until a thread that only has to take an event is given up."""


class Stream(Generic[Event]):
    """What one listener reads; it ends when the wait does."""

    def __init__(self) -> None:
        self._frames: queue.SimpleQueue[tuple[Event | None] | None] = queue.SimpleQueue()
        self.is_open = threading.Event()

    @contextmanager
    def opened(self) -> Iterator[Iterator[Event | None]]:
        """Open it, as the server does."""
        yield self._read()

    def _read(self) -> Iterator[Event | None]:
        yield None  # a sign of life
        self.is_open.set()
        while (frame := self._frames.get()) is not None:
            yield frame[0]

    def send(self, event: Event) -> None:
        """Let an event arrive."""
        self._frames.put((event,))

    def end(self) -> None:
        """Let nothing more come."""
        self._frames.put(None)


@dataclass
class Heard:
    """The streams of one wait."""

    changes: Stream[Glimpse] = field(default_factory=Stream)
    warnings: Stream[object] = field(default_factory=Stream)
    _late: list[Glimpse] = field(default_factory=list)

    def tell(self, workflow: Workflow, how: str, *, deleted: bool) -> int:
        """Let the event of a change arrive as it does; return how many arrive now."""
        arriving, self._late = self._late, []
        glimpse = Glimpse(workflow=workflow, deleted=deleted)
        match how.strip(" ()"):
            case "event late":
                self._late = [glimpse]
            case "event twice":
                arriving += [glimpse, glimpse]
            case "":
                arriving.append(glimpse)
        return self._send(arriving)

    def overdue(self) -> int:
        """Let what was late arrive now; return how many that are."""
        arriving, self._late = self._late, []
        return self._send(arriving)

    def _send(self, arriving: list[Glimpse]) -> int:
        for glimpse in arriving:
            self.changes.send(glimpse)
        return len(arriving)

    @property
    def is_open(self) -> bool:
        """Whether the gate listens; it begins to once it has seen a run."""
        return bool(_listeners()) and self.changes.is_open.wait(LONGEST)

    def end(self) -> None:
        """End both streams, so that no thread stays."""
        self.changes.end()
        self.warnings.end()
        for listener in _listeners():
            listener.join(LONGEST)


def _listeners() -> list[threading.Thread]:
    """Return the threads that the gate listens with: of one wait at a time."""
    return [each for each in threading.enumerate() if each.name in {"changes", "warnings"}]


class ModelClock(SimulatedClock):
    """Time of a model: it is asked a hundred times on each path, and never amid a step."""

    def now(self) -> float:
        """Simulated seconds."""
        return self._now


class PausingClock(ModelClock):
    """Time in whose pauses something may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.in_a_pause: Callable[[], int] = lambda: 0
        """Lets something happen; returns how many events arrive."""

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Let half the time pass, then what happens; return early where it is heard."""
        if seconds < SHORTEST:  # what rounding left over: half of it would be nothing
            self.sleep(seconds)
            return
        self.sleep(seconds / 2)
        if self.in_a_pause():
            assert bell.wait(LONGEST), "an event was not taken"
        else:
            self.sleep(seconds / 2)
