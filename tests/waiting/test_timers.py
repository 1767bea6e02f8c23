"""How long something has lasted, and how much time is left."""

from __future__ import annotations

from math import inf

import pytest

from argogate.waiting.timers import ROUNDING, Budget, Since
from tests.clock import SimulatedClock


def test_what_lasts_counts_from_its_first_moment() -> None:
    since = Since()
    assert [since.start(7), since.start(9)] == [True, False]
    assert since.lasted(10) == 3
    assert since.after(5) == [12]


def test_what_is_not_so_lasts_for_no_time_and_reaches_nothing() -> None:
    since = Since(7)
    since.hold(8, so=True)
    assert since.lasted(8) == 1
    since.hold(9, so=False)
    assert since.lasted(99) == 0
    assert since.after(5) == []
    assert not since.reached(99, 0)


@pytest.mark.parametrize(("now", "reached"), [(11.9, False), (12 - ROUNDING / 2, True), (12, True)])
def test_a_pause_that_ends_a_rounding_error_early_has_reached_its_end(
    now: float, *, reached: bool
) -> None:
    assert Since(7).reached(now, 5) is reached


def test_a_budget_is_used_up_and_never_negative() -> None:
    clock = SimulatedClock()
    budget = Budget.lasting(clock, 5)
    assert (budget.left, budget.is_over) == (5, False)
    clock.sleep(9)
    assert (budget.left, budget.is_over) == (0, True)


@pytest.mark.parametrize(
    ("seconds", "most", "least", "share"),
    [(5, 30, 0, 5), (5, 3, 0, 3), (5, 30, 7, 7), (5, 3, 7, 3), (inf, 30, 2, 30), (5, inf, 0, 5)],
)
def test_a_request_gets_what_is_left_within_its_bounds(
    seconds: float, most: float, least: float, share: float
) -> None:
    assert Budget.lasting(SimulatedClock(), seconds).share(most, least=least) == share
