"""A wait of hours keeps nothing of the requests that failed."""

from __future__ import annotations

import gc
import weakref

from argogate.cli.memory import PAUSE, THRESHOLDS, Sweeper, spare


class Circle:
    def __init__(self) -> None:
        self.own = self


def test_circles_are_gone_after_a_while_although_the_collector_runs_seldom() -> None:
    before, moment = gc.get_threshold(), 0.0
    try:
        spare()
        assert gc.get_threshold() == THRESHOLDS
        sweeper = Sweeper(lambda: moment)
        left = weakref.ref(Circle())
        for moment in (1.0, PAUSE - 1):  # noqa: B007 - the sweeper reads it
            sweeper.sweep()
            assert left()
        moment = PAUSE
        sweeper.sweep()
        assert left() is None
        again = weakref.ref(Circle())
        sweeper.sweep()
        assert again()
    finally:
        gc.set_threshold(*before)
