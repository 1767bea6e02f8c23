"""The streams of one wait: what they bring, and whether they are to be had."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from argogate.waiting.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from argogate.model.answers import Glimpse, NodeWarning
    from argogate.waiting.clock import Clock


class Streams(Protocol):
    """What may be heard of the workflows that are waited for, and listed. Raises ArgoError."""

    def changes(self) -> AbstractContextManager[Iterator[Glimpse | None]]:
        """Open the stream of their changes; None is a sign of life."""
        ...

    def warnings(self) -> AbstractContextManager[Iterator[NodeWarning | None]]:
        """Open the stream of events about nodes that failed."""
        ...

    def unfinished(self, *, timeout: float) -> tuple[Glimpse, ...]:
        """List all that have not ended, within so many seconds."""
        ...


class Hearing:
    """Listens to both streams once there is a workflow to hear of, and until the wait is over."""

    def __init__(self, streams: Streams, clock: Clock, *, listen: bool) -> None:
        """Without `listen` there is nothing to hear, and pauses are only pauses."""
        self._clock = clock
        self._bell = threading.Event()
        self._listen = listen
        self._began = False
        self._told = ""
        self._changes = Listener("changes", streams.changes, clock, self._bell)
        self._warnings = Listener("warnings", streams.warnings, clock, self._bell)

    def begin(self) -> None:
        """Open the streams, if that was not done before."""
        if self._listen and not self._began:
            self._began = True
            self._changes.start()
            self._warnings.start()

    def stop(self) -> None:
        """Listen no more."""
        self._changes.stop()
        self._warnings.stop()

    @property
    def warned(self) -> bool:
        """Whether events name what fails, or still may: their stream is silent until it has some.

        A tree can be a thousand times as large as a poll, so it is not read on suspicion.
        """
        return self._listen and not self._warnings.trouble

    @property
    def tells_changes(self) -> bool:
        """Whether changes are surely heard of, as some were."""
        return self._changes.speaks

    def pause(self, seconds: float) -> None:
        """Return after that long, or as soon as there is something to hear."""
        self._clock.pause(seconds, self._bell)
        self._bell.clear()

    def changes(self) -> Iterator[Glimpse]:
        """Yield what changed since the last call."""
        return self._changes.events()

    def warnings(self) -> Iterator[NodeWarning]:
        """Yield what failed since the last call."""
        return self._warnings.events()

    def new_trouble(self) -> str:
        """Return why changes are not heard, unless it was told before; empty where they are."""
        trouble = self._changes.trouble
        if trouble in {"", self._told}:
            return ""
        self._told = trouble
        return trouble
