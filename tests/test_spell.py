from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from argogate import spell


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "0s"),
        (0, "0s"),
        (0.04, "0s"),
        (0.4, "0.4s"),
        (0.94, "0.9s"),
        (0.97, "1s"),
        (1, "1s"),
        (12.4, "12s"),
        (59.6, "1m"),
        (185, "3m 5s"),
        (7200, "2h"),
        (7261, "2h 1m"),
        (100_800, "1d 4h"),
    ],
)
def test_durations(seconds: float, expected: str) -> None:
    assert spell.duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (65_536, "64.0 KiB"),
        (5 * 1024**2, "5.0 MiB"),
        (1.2 * 1024**3, "1.2 GiB"),
        (5000 * 1024**3, "5000.0 GiB"),
    ],
)
def test_sizes(count: float, expected: str) -> None:
    assert spell.size(count) == expected


@pytest.mark.parametrize(
    ("count", "plural", "expected"),
    [(1, "", "1 match"), (0, "", "0 matchs"), (2, "matches", "2 matches")],
)
def test_counts(count: int, plural: str, expected: str) -> None:
    assert spell.counted(count, "match", plural) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("", ""),
        ("a", "a"),
        ("ab", "a and b"),
        ("abcde", "a, b, c, d and e"),
        ("abcdefgh", "a, b, c, d, e and 3 more"),
    ],
)
def test_listings(names: str, expected: str) -> None:
    assert spell.listing(list(names)) == expected


def test_one_line_folds_white_space_and_cuts() -> None:
    assert spell.one_line(" a\n\t b\u2028c ") == "a b c"
    assert spell.one_line("x" * 300) == "x" * 300
    assert spell.one_line("x" * 301) == "x" * 299 + "…"
    assert spell.one_line("abcdef", 4) == "abc…"


def test_a_moment_is_spelled_in_utc() -> None:
    when = datetime(2026, 1, 31, 12, 0, 5, 900, tzinfo=timezone(timedelta(hours=2)))
    assert spell.moment(when) == "2026-01-31T10:00:05Z"
