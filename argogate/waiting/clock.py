"""Time, passed in: the tests bring a simulated one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading


class Clock(Protocol):
    """A clock that only goes forward, in seconds since an arbitrary moment."""

    def now(self) -> float:
        """Return the time."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that long."""
        ...

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Return after that long, or as soon as the bell rings: what the waiting thread does."""
        ...

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Do the same in a thread beside it."""
        ...


class MonotonicClock:
    """The real one, which no change of the system's time disturbs."""

    def now(self) -> float:
        """Return the time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread; a signal handler that raises ends it at once."""
        time.sleep(max(seconds, 0))

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Block the calling thread until the bell rings, for so long at most."""
        bell.wait(max(seconds, 0))

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Do the same."""
        wake.wait(max(seconds, 0))
