"""Reading JSON that may be anything: a member of another kind than expected counts as absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonObject = dict[str, Any]

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
"""What a calendar begins and ends with."""


def text_in(source: Mapping[str, Any], name: str) -> str:
    """Return the string member `name`, or an empty string."""
    value = source.get(name)
    return value if isinstance(value, str) else ""


def flag_in(source: Mapping[str, Any], name: str) -> bool:
    """Return whether the member `name` is `true` and nothing else."""
    return source.get(name) is True


def object_in(source: Mapping[str, Any], name: str) -> JsonObject:
    """Return the object member `name`, or an empty object."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(source: Mapping[str, Any], name: str) -> list[JsonObject]:
    """Return the objects of the list member `name`; what is no object is left out."""
    value = source.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_in(source: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the strings of the list member `name`; what is no string is left out."""
    value = source.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def texts_by_name_in(source: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return the object member `name` with its string members only (labels, annotations)."""
    return {key: value for key, value in object_in(source, name).items() if isinstance(value, str)}


def scalar_in(source: Mapping[str, Any], name: str) -> str:
    """Return the member `name` as text, also where a server sends a number or a boolean."""
    value = source.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def moment_in(source: Mapping[str, Any], name: str) -> datetime | None:
    """Return the RFC 3339 member `name` in UTC, or None where it is null, absent or no time."""
    text = text_in(source, name)
    return _moment(text) if text else None


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    """Read one moment; those of a tree have whole seconds, so that most occur many times."""
    try:
        return read_moment(text)
    except (ValueError, OverflowError):
        return None


def read_moment(text: str) -> datetime:
    """Read a time as RFC 3339 spells it, in UTC where it does not say otherwise.

    Raises ValueError, and OverflowError for what no calendar has in UTC.
    """
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def later(moment: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds later, or the last (or first) that a calendar holds."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return LAST if seconds > 0 else FIRST
