"""Where the play stands: played seconds, the wall time that goes with them, and waiting."""

import threading
from datetime import datetime, timedelta

from argo_replay.clock import Clock

_LONGEST = 3600.0
_SHORTEST = 1e-6
"""Played seconds: a float more, since now plus what is left may fall short of the moment."""


class Playback:
    """The position in the recordings; second 0 is when the server began."""

    def __init__(self, clock: Clock, speed: float, epoch: datetime) -> None:
        self._clock = clock
        self._speed = speed
        self._epoch = epoch
        self._waiting: set[threading.Event] = set()
        self._lock = threading.Lock()
        self.closed = False
        self.begin()

    def begin(self) -> None:
        """Start again at second 0."""
        self._begun = self._clock.now()

    def now(self) -> float:
        """Played seconds."""
        return (self._clock.now() - self._begun) * self._speed

    def wall(self, at: float) -> datetime:
        """The wall time that belongs to a played second."""
        return self._epoch + timedelta(seconds=at)

    def wait(self, seconds: float) -> None:
        """Wait that many played seconds, or until something changed that nobody could foresee."""
        wake = threading.Event()
        with self._lock:
            if self.closed:
                return
            self._waiting.add(wake)
        self._clock.wait(min(max(seconds, _SHORTEST), _LONGEST) / self._speed, wake)
        with self._lock:
            self._waiting.discard(wake)

    def wake(self) -> None:
        """End every wait."""
        with self._lock:
            for event in self._waiting:
                event.set()

    def close(self) -> None:
        """End every wait, now and from now on."""
        with self._lock:
            self.closed = True
        self.wake()
