"""Several at once: all answers in order, nobody who hangs is waited for."""

from __future__ import annotations

import threading

import pytest

from argogate.errors import Unavailable
from argogate.together import together


def test_answers_come_in_the_order_of_the_things_and_so_many_at_a_time() -> None:
    busy, peak, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2)

    def ask(number: int) -> int:
        nonlocal busy, peak
        with lock:
            busy += 1
            peak = max(peak, busy)
        both.wait(5)
        with lock:
            busy -= 1
        return number * 10

    assert together(ask, range(6), jobs=2, seconds=5) == [0, 10, 20, 30, 40, 50]
    assert peak == 2


def test_nothing_is_the_answer_of_who_hangs() -> None:
    released = threading.Event()

    def ask(number: int) -> int:
        if number:
            released.wait(10)
        return 7

    assert together(ask, [0, 1], jobs=2, seconds=0.1) == [7, None]
    released.set()


def test_an_error_is_raised_and_ends_the_asking() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        msg = "down"
        raise Unavailable(msg)

    with pytest.raises(Unavailable):
        together(ask, range(9), jobs=1, seconds=5)
    assert asked == [0]


def test_without_a_thread_to_be_had_one_is_asked_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: threading.Thread) -> None:
        msg = "can't start new thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert together(str, [1, 2], jobs=2, seconds=5) == ["1", "2"]
