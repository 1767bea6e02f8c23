"""Pauses and patience."""

from __future__ import annotations

import pytest

from argogate.errors import NotFound, Unavailable
from argogate.waiting.patience import READ_ATTEMPTS, Limits, cut_short, read_patiently
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


@pytest.mark.parametrize(
    ("failures", "seconds", "tries"), [(1, 600, 2), (99, 600, READ_ATTEMPTS), (99, 0.7, 2)]
)
def test_a_read_is_tried_a_few_times_within_its_limit(
    failures: int, seconds: float, tries: int
) -> None:
    clock = SimulatedClock()
    tried: list[float] = []

    def read() -> str:
        tried.append(clock.now())
        if len(tried) <= failures:
            text = "down"
            raise Unavailable(text)
        return "read"

    if failures < tries:
        assert read_patiently(read, clock, seconds) == "read"
    else:
        with pytest.raises(Unavailable):
            read_patiently(read, clock, seconds)
    assert len(tried) == tries
    assert clock.now() <= seconds


def test_what_no_repetition_helps_is_tried_once() -> None:
    def read() -> None:
        text = "gone"
        raise NotFound(text)

    with pytest.raises(NotFound):
        read_patiently(read, SimulatedClock(), 600)
