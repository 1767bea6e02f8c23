"""The garbage collector: seldom while much is made, and now and then while it is waited."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

THRESHOLDS = (100_000, 100, 100)
"""Loading and parsing make many objects and no garbage: by default the collector runs whenever
there are 700 more, which is a tenth of the start and a third of the time of a large report."""
PAUSE = 300.0
"""Seconds between two collections: requests that fail leave circles that hold their buffers."""


def spare() -> None:
    """Let the collector run seldom from now on."""
    gc.set_threshold(*THRESHOLDS)


class Sweeper:
    """Collects what such a seldom collector would leave for hours."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._due = now() + PAUSE

    def sweep(self) -> None:
        """Collect, if it is time; called again and again while it is waited."""
        if self._now() >= self._due:
            self._due = self._now() + PAUSE
            gc.collect()
