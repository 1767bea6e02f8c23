"""SIGINT and SIGTERM take the same way: the wait ends, the reports are written."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from argogate.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Signals:
    """Routes both signals. The first ends the wait, a second one the process, at once."""

    def __init__(self) -> None:
        self._armed = False
        self._came = ""

    @contextmanager
    def routed(self) -> Iterator[None]:
        """Take the signals over for a while."""
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(kind, self._arrived) for kind in kinds]
        try:
            yield
        finally:
            for kind, old in zip(kinds, before, strict=True):
                signal.signal(kind, old)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within this context a signal raises Interrupted; one that came before does so at once."""
        self._armed = True
        try:
            if self._came:
                raise Interrupted(self._came)
            yield
        finally:
            self._armed = False

    def _arrived(self, number: int, _frame: FrameType | None) -> None:
        if self._came:
            os._exit(128 + number)
        self._came = signal.Signals(number).name
        if self._armed:
            self._armed = False
            raise Interrupted(self._came)
