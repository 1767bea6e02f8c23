"""Time, passed in: the tests bring a simulated one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

LONGEST_STRETCH = 1.0
"""Seconds for which nothing is noticed."""


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
    """The real one, which no change of the system's time disturbs.

    Whoever waits or collects keeps asking it, so it is here that a signal is noticed whose
    exception led nowhere.
    """

    def __init__(self, notice: Callable[[], None] = lambda: None) -> None:
        """`notice` raises where the wait is to end."""
        self._notice = notice

    def now(self) -> float:
        """Return the time."""
        self._notice()
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block the calling thread; a signal handler that raises ends it at once."""
        until = time.monotonic() + seconds
        while (left := until - self.now()) > 0:
            time.sleep(min(left, LONGEST_STRETCH))

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Block the calling thread until the bell rings, for so long at most."""
        until = time.monotonic() + seconds
        while (left := until - self.now()) > 0 and not bell.wait(min(left, LONGEST_STRETCH)):
            pass

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Do the same."""
        wake.wait(max(seconds, 0))
