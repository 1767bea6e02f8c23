"""SIGINT, SIGTERM and SIGHUP take the same way: the wait ends, the reports are written."""

from __future__ import annotations

import os
import signal
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from argogate.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SAME_REQUEST = 1.0
"""Seconds. `timeout`, `make` and runners pass on what the group of processes has got already."""

ASKED = {
    getattr(signal, name): code
    for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143))
    if hasattr(signal, name)
}
"""Signals and the exit code that each asks for: a terminal that is gone cancels like SIGTERM."""


@contextmanager
def asked_for_state(show: Callable[[], None]) -> Iterator[None]:
    """Within this context SIGUSR1, which would end the process, asks how it stands."""
    kind = getattr(signal, "SIGUSR1", None)
    if kind is None or signal.getsignal(kind) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(kind, lambda *_: show())
    try:
        yield
    finally:
        signal.signal(kind, before)


class Signals:
    """Routes the signals. The first ends the wait, another request the process, at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        # At the very start there is no clock of the wait yet.
        self._now = now
        self._before: dict[int, Any] = {}
        self._inside = False
        self._came = 0
        self._came_at = 0.0
        self._writing = False
        self._hurry = 0
        """The exit code that a request to end at once asked for while reports were written."""
        self._told: int | None = None
        """The exit code that the reports tell, once they are written."""
        self._raised: Callable[[], Interrupted | None] = lambda: None
        self.on_end: Callable[[int], None] = lambda _: None
        """Told the exit code where the process ends at once, in the middle of anything."""

    def take(self) -> None:
        """Take the signals over; one that is ignored stays so (nohup)."""
        for kind in ASKED:
            if signal.getsignal(kind) is not signal.SIG_IGN:
                self._before[kind] = signal.signal(kind, self._arrived)

    @contextmanager
    def routed(self) -> Iterator[None]:
        """Take the signals over for a while."""
        self.take()
        try:
            yield
        finally:
            self._give_back()

    def ignore(self) -> None:
        """Heed no signal any more: all is said, and Python on its way out would die of one."""
        for kind in self._before:
            signal.signal(kind, signal.SIG_IGN)

    def decline(self) -> None:
        """Leave the signals to Python: a command without reports ends as any program does."""
        self._give_back()
        if self._came:
            signal.raise_signal(self._came)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within this context a signal raises Interrupted; one that came before does so at once."""
        self._inside = True
        try:
            self.notice()
            yield
        finally:
            self._inside = False

    @contextmanager
    def settling(self) -> Iterator[Callable[[int], None]]:
        """Within this context reports are written whole; what it yields hears their exit code.

        A request to end at once waits for that. From then on it ends with this code: another one
        would contradict them.
        """
        self._writing = True
        try:
            yield self._settle
        finally:
            self._writing = False
            if self._hurry:
                self._end(self._hurry)

    def notice(self) -> None:
        """Raise Interrupted where a signal came and what its handler raised led nowhere.

        Python drops what is raised in a finalizer. An exception that is still on its way, through
        handlers that clean up, is alive; of one that was dropped only the weak reference is left.
        """
        if not self._came or not self._inside or self._raised():
            return
        if threading.current_thread() is threading.main_thread():
            self._interrupt()

    def _give_back(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    def _arrived(self, number: int, _frame: FrameType | None) -> None:
        now = self._now()
        if self._came:
            if ASKED[number] == ASKED[self._came] and now - self._came_at < SAME_REQUEST:
                return
            self._hurry = ASKED[number]
            if not self._writing:
                self._end(self._hurry)
            return
        self._came, self._came_at = number, now
        if self._inside:
            self._interrupt()

    def _settle(self, code: int) -> None:
        self._told = code

    def _end(self, code: int) -> NoReturn:
        code = code if self._told is None else self._told
        self.on_end(code)
        os._exit(code)

    def _interrupt(self) -> None:
        stop = Interrupted(signal.Signals(self._came).name)
        self._raised = weakref.ref(stop)
        try:
            raise stop
        finally:
            del stop  # this frame would keep it alive
