"""Many gates at one server that limits their rate, in short."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from argogate.waiting.patience import Limits
from bench.crowd import LATE, TOKENS, CrowdClock, Loaded, simulated

GATES = 16
ENDS = [60.0] * (GATES // 2) + [60.0 + 3 * number for number in range(GATES // 2)]
LIMIT = 8
"""Tokens: four calls a second, where all of them need a little more than one."""
PLENTY = 1000


def test_a_crowd_that_is_refused_at_first_passes_and_spreads_over_the_seconds() -> None:
    crowd = simulated(ENDS, LIMIT, Limits())

    assert crowd.codes == {0: GATES}
    assert crowd.trees == GATES
    assert crowd.busiest(0, 1) == GATES > LIMIT // TOKENS
    assert crowd.mean(30, 60) < LIMIT // TOKENS
    assert max(crowd.delays) <= LATE * Limits().max_poll_interval


def test_without_jitter_the_crowd_would_ask_in_step() -> None:
    in_step = simulated(ENDS, PLENTY, Limits(), dice=lambda _: Loaded())
    spread = simulated(ENDS, PLENTY, Limits())

    assert in_step.busiest(30, 60) == GATES
    assert spread.busiest(30, 60) < GATES


def test_the_clock_of_a_crowd_goes_on_when_all_rest_to_the_next_moment_of_one() -> None:
    clock = CrowdClock(2)
    seen: list[tuple[str, float]] = []

    def sleeper(name: str, pauses: list[float]) -> None:
        for pause in pauses:
            clock.pause(pause, threading.Event())
            seen.append((name, clock.now()))
        clock.leave()

    with ThreadPoolExecutor() as pool:
        for task in [pool.submit(sleeper, "a", [3, 4]), pool.submit(sleeper, "b", [5])]:
            task.result()

    assert sorted(seen, key=lambda one: one[1]) == [("a", 3), ("b", 5), ("a", 7)]
