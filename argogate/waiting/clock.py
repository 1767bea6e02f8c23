"""Time, passed in: the tests bring a simulated one."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A clock that only goes forward."""

    def now(self) -> float:
        """Return seconds since an arbitrary moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        ...


class MonotonicClock:
    """The real one, which no change of the system's time disturbs."""

    def now(self) -> float:
        """Return seconds since an arbitrary moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread; a signal handler that raises ends it at once."""
        time.sleep(max(seconds, 0))
