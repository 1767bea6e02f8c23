"""Listening to the server's streams instead of sleeping, in threads beside the wait.

A stream that is refused, cut, buffered by a proxy or silent costs nothing but the head start:
it is opened again later, after growing pauses, and the polls stay the judge.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from argogate.errors import ArgoError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from argogate.waiting.clock import Clock

Event = TypeVar("Event")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two tries to open a stream that broke; a good event starts over."""
REFUSED_PAUSE = 300.0
"""Seconds before a stream that was refused (403, 404, 501) is tried again."""


class Listener(Generic[Event]):
    """Reads one stream in a daemon thread and rings a bell for each event."""

    def __init__(
        self,
        name: str,
        opens: Callable[[], AbstractContextManager[Iterator[Event | None]]],
        clock: Clock,
        bell: threading.Event,
    ) -> None:
        """`opens` yields events, and None for each sign of life; it raises ArgoError."""
        self.speaks = False
        """Whether it is open and has brought an event, so that nothing on the way holds it back."""
        self.trouble = ""
        """Why the stream is not open; empty where it is, or still may be."""
        self._opens = opens
        self._clock = clock
        self._bell = bell
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._pause = FIRST_PAUSE
        self._thread = threading.Thread(target=self._listen, daemon=True, name=name)

    def start(self) -> None:
        """Begin to listen; where no thread is to be had, the polls go on alone."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self.trouble = str(error)

    def stop(self) -> None:
        """Listen no more; does not wait for a read that is under way."""
        self._stop.set()

    def events(self) -> Iterator[Event]:
        """Yield the events that came since the last call."""
        while True:
            try:
                yield self._events.get_nowait()
            except queue.Empty:
                return

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except Unavailable as error:
                self.trouble = error.message
                pause = self._pause
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            except ArgoError as error:
                self.trouble = error.message
                pause = REFUSED_PAUSE
            else:
                self.trouble = "the stream ended"
                pause = self._pause
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self.speaks = False
            self._clock.wait(pause, self._stop)

    def _read(self) -> None:
        with self._opens() as events:
            for event in events:
                if self._stop.is_set():
                    return
                self.trouble = ""
                if event is not None:
                    self._pause = FIRST_PAUSE
                    self.speaks = True
                    self._events.put(event)
                    self._bell.set()
