"""What is sent again is told once."""

from __future__ import annotations

import pytest

from argogate.following.heard import MOST_KNOWN, WINDOW, Heard


def at(second: float) -> str:
    minutes, seconds = divmod(second, 60)
    return f"2026-11-25T16:{int(minutes):02}:{seconds:09.6f}789Z"


def test_each_line_is_new_once() -> None:
    heard = Heard()
    lines = [(at(second / 10), f"line {second % 7}") for second in range(1000)]
    assert all(heard.is_new(*line) for line in lines)
    assert not any(heard.is_new(*line) for line in lines)


def test_equal_lines_are_told_apart_by_their_time_and_equal_times_by_their_lines() -> None:
    heard = Heard()
    lines = [(at(1), "same"), (at(1.5), "same"), (at(1.5), "other")]
    assert [heard.is_new(*line) for line in lines + lines] == [True] * 3 + [False] * 3


def test_a_line_that_comes_a_little_late_is_new() -> None:
    heard = Heard()
    assert heard.is_new(at(5), "out")
    assert heard.is_new(at(4.9), "err")
    assert heard.last == pytest.approx(heard.last)
    assert not heard.is_new(at(4.9), "err")


def test_what_is_older_than_all_that_is_known_was_heard() -> None:
    heard = Heard()
    assert heard.is_new(at(0), "first")
    assert heard.is_new(at(WINDOW + 1), "later")
    assert not heard.is_new(at(0), "first")
    assert heard.is_new(at(2), "late, but not as late as what is known to have been heard")


def test_a_flood_costs_a_bounded_memory() -> None:
    heard = Heard()
    lines = [(at(second / 10000), "x") for second in range(MOST_KNOWN + 100)]
    assert all(heard.is_new(*line) for line in lines)
    assert not any(heard.is_new(*line) for line in lines)
    assert len(heard._known) == MOST_KNOWN  # noqa: SLF001 - its size is the point


@pytest.mark.parametrize(
    "time", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"]
)
def test_a_line_without_a_time_counts_as_printed_with_the_one_before(time: str) -> None:
    heard = Heard()
    assert heard.is_new(time, "before all")
    assert heard.is_new(at(5), "x")
    assert heard.is_new(time, "y")
    assert not heard.is_new(time, "y")
