"""Pauses and patience."""

from __future__ import annotations

import pytest

from argogate.errors import ArgoError, Denied, NotFound, NotUnderstood, Unavailable
from argogate.waiting.patience import (
    READ_ATTEMPTS,
    READ_OUTAGE,
    Limits,
    cut_short,
    read_patiently,
)
from argogate.waiting.timers import Budget
from tests.clock import SimulatedClock


@pytest.mark.parametrize(
    ("deadlines", "expected"),
    [([], 15), ([103], 3), ([103, 110], 3), ([200], 15), ([99], 15), ([100], 15), ([50, 107], 7)],
)
def test_a_deadline_ahead_cuts_a_pause_short_and_one_that_passed_does_not(
    deadlines: list[float], expected: float
) -> None:
    assert cut_short(15, 100, deadlines) == expected


def test_limits_are_spelled_for_the_first_line_of_the_log() -> None:
    assert str(Limits()) == "timeout 1h, looking every 2s to 15s"
    assert str(Limits(timeout=0)).startswith("timeout none")


BROKEN = Unavailable("broken", status=500)
AWAY = Unavailable("connection refused")
GARBLED = NotUnderstood("an earlier state", passing=True)
REFUSED = Denied("no", status=403, renewable=False)


@pytest.mark.parametrize(
    ("error", "failures", "within", "tries"),
    [
        (BROKEN, 1, 600, 2),
        (BROKEN, 99, 600, READ_ATTEMPTS),
        (BROKEN, 99, 0.7, 2),
        (REFUSED, 1, 600, 2),
        (REFUSED, 99, 600, READ_ATTEMPTS),
        (AWAY, 6, 600, 7),
        (GARBLED, 99, 600, READ_ATTEMPTS),
        (AWAY, 99, 600, 8),
        (AWAY, 99, 9, 5),
    ],
)
def test_a_read_is_tried_longer_where_a_restart_explains_its_failure(
    error: ArgoError, failures: int, within: float, tries: int
) -> None:
    clock = SimulatedClock()
    tried: list[float] = []

    def read() -> str:
        tried.append(clock.now())
        if len(tried) <= failures:
            raise error
        return "read"

    if failures < tries:
        assert read_patiently(read, Budget(clock=clock, until=within)) == "read"
    else:
        with pytest.raises(type(error)):
            read_patiently(read, Budget(clock=clock, until=within))
    assert len(tried) == tries
    assert clock.now() <= min(within, READ_OUTAGE)


def test_what_no_repetition_helps_is_tried_once() -> None:
    def read() -> None:
        text = "gone"
        raise NotFound(text)

    with pytest.raises(NotFound):
        read_patiently(read, Budget(clock=SimulatedClock(), until=600))
