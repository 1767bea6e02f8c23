"""Time, passed in."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the server needs of time."""

    def now(self) -> float:
        """Seconds since some fixed moment."""

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Return after that many seconds, or as soon as `wake` is set."""


class MonotonicClock:
    """Real time."""

    def now(self) -> float:
        """Seconds of the system's monotonic clock."""
        return time.monotonic()

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Sleep, unless woken."""
        wake.wait(seconds)
