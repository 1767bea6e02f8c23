"""Clocks for measuring: one that runs faster than real time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading


class FastClock:
    """Real time, so many times faster, for the gate and its server alike."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def now(self) -> float:
        """Return its time."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Return after that long."""
        time.sleep(max(seconds, 0) / self._speed)

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Return after that long, or as soon as the bell rings."""
        bell.wait(max(seconds, 0) / self._speed)

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Do the same."""
        wake.wait(max(seconds, 0) / self._speed)
