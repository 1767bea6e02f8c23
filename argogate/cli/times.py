"""Types of options that are moments or spans of time, as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from argogate.model.lenient import read_moment

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
UNIT_WORDS = r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
DURATION_PART = re.compile(rf"(\d+(?:\.\d+)?) *{UNIT_WORDS}(?![a-z])[, ]*")
LONGEST_DURATION = 365 * 86400


class Duration(click.ParamType[float, object]):
    """`90`, `90s`, `5m`, `1h30m`, `1h 30m`, `2d`: seconds as a float."""

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        """`zero` says that 0 is allowed and turns the limit off."""
        self._zero = zero

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a time span."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip().lower()
        seconds = _seconds(text)
        if seconds is None:
            self.fail(f"{value!r} is no time span; write 90s, 5m, 1h30m or 2d", param, ctx)
        if seconds > LONGEST_DURATION:
            self.fail(f"{value!r} is longer than a year", param, ctx)
        if seconds == 0 and not self._zero:
            self.fail("it must be longer than 0", param, ctx)
        return seconds


class TimeOrAge(click.ParamType[datetime | timedelta, object]):
    """An RFC 3339 time in UTC, or an age such as `2h`."""

    name = "time|age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | timedelta:
        """Read a moment or an age."""
        if isinstance(value, datetime | timedelta):
            return value
        text = str(value).strip()
        age = _seconds(text.lower())
        if age is not None:
            return timedelta(seconds=min(age, LONGEST_DURATION * 10))
        try:
            return read_moment(text)
        except ValueError:
            self.fail(
                f"{value!r} is neither a time such as 2026-01-31T12:00:00Z nor an age such as 2h",
                param,
                ctx,
            )
        except OverflowError:
            self.fail(f"{value!r} is no time of this calendar in UTC", param, ctx)


class Moment(click.ParamType[datetime, object]):
    """An RFC 3339 time in UTC, or how long ago it was, such as `2h`."""

    name = "time|age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment."""
        found = TimeOrAge().convert(value, param, ctx)
        return datetime.now(UTC) - found if isinstance(found, timedelta) else found


def _seconds(text: str) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if re.fullmatch(f"({DURATION_PART.pattern})+", text):
        parts = DURATION_PART.findall(text)
        return sum(float(count) * _unit(word) for count, word in parts)
    return None


def _unit(word: str) -> float:
    """Return the seconds of `m`, `min` or `minutes`: they begin with their unit."""
    return UNITS["ms"] if word in {"ms", "millisecond", "milliseconds"} else UNITS[word[0]]
