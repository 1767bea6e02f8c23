"""Whose lines are told next."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest

from argogate.following.turns import LONGEST_WAIT, PAUSE, TURN, Turns


def played(
    *comes: tuple[float, str], ends: dict[str, float] | None = None
) -> list[tuple[float, str]]:
    """Let sources speak at these seconds; return who was told when, as the clock goes by tenths."""
    turns: Turns[str, float] = Turns()
    left, told = sorted(comes), []
    for tenth in range(600):
        now = tenth / 10
        while left and left[0][0] <= now:
            moment, source = left.pop(0)
            turns.add(source, [moment], now)
        for source, end in (ends or {}).items():
            if end <= now:
                turns.end(source)
        told += [(now, source) for source, lines in turns.due(now) for _ in lines]
    assert turns.next_at() == inf
    return told


def talking(source: str, begin: float, end: float, every: float = 0.5) -> list[tuple[float, str]]:
    """Return a line every half second."""
    return [(begin + number * every, source) for number in range(int((end - begin) / every))]


def blocks(told: list[tuple[float, str]]) -> list[str]:
    """Return who was told, once for lines in a row."""
    sources = [source for _, source in told]
    return [
        source for number, source in enumerate(sources) if sources[number - 1 : number] != [source]
    ]


def test_who_speaks_alone_is_told_at_once() -> None:
    comes = talking("a", 0, 30)
    assert played(*comes) == comes


def test_who_speaks_keeps_its_turn_for_a_while_and_then_the_other_has_it() -> None:
    told = played(*talking("a", 0, 20), *talking("b", 0.1, 20))
    switches = [now for (_, before), (now, source) in pairwise(told) if source != before]
    assert blocks(told)[:4] == ["a", "b", "a", "b"]
    assert switches[:3] == [TURN, 2 * TURN, 3 * TURN]


def test_who_is_silent_passes_its_turn_on() -> None:
    told = played((0, "a"), (0.3, "b"), (30, "a"))
    assert told == [(0, "a"), (PAUSE, "b"), (30, "a")]


def test_nobody_waits_longer_than_ten_seconds_however_many_speak() -> None:
    sources = [f"pod-{number}" for number in range(40)]
    comes = [line for source in sources for line in talking(source, 1, 30)]
    waited: dict[str, float] = {}
    for now, source in played(*comes):
        waited[source] = max(waited.get(source, 0), now - waited.get(f"{source} last", 1))
        waited[f"{source} last"] = now
    longest = max(seconds for source, seconds in waited.items() if not source.endswith("last"))
    assert longest <= LONGEST_WAIT + 0.5 + 0.1


def test_what_has_ended_is_told_first_and_whole() -> None:
    told = played(*talking("a", 0, 4), *talking("b", 0, 2), (2, "b"), ends={"b": 2})
    last_of_b = max(now for now, source in told if source == "b")
    assert last_of_b == 2
    assert blocks(told) == ["a", "b", "a"]


def test_who_ended_leaves_its_turn_at_once() -> None:
    told = played((0, "a"), (0.2, "b"), (0.3, "a"), ends={"a": 0.3})
    assert told == [(0, "a"), (0.3, "a"), (0.3, "b")]


def test_what_waits_at_the_end_is_told() -> None:
    turns: Turns[str, int] = Turns()
    turns.add("a", [1], 0)
    assert turns.due(0) == [("a", [1])]
    turns.add("a", [2], 0.1)
    turns.add("b", [3], 0.1)
    turns.add("b", [4], 0.2)
    assert turns.rest() == [("a", [2]), ("b", [3, 4])]
    assert turns.rest() == []


@pytest.mark.parametrize("now", [0, 100])
def test_nothing_is_due_where_nothing_came(now: float) -> None:
    assert Turns[str, str]().due(now) == []
