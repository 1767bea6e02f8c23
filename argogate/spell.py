"""Numbers and lists in the words of a sentence."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """Spell a time span: `0.4s`, `12s`, `3m 5s`, `2h`, `1d 4h`."""
    if seconds < 0.95:  # noqa: PLR2004 - more is spelled `1s`
        return f"{max(seconds, 0):.1f}s".replace("0.0s", "0s")
    whole = round(seconds)
    parts = []
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def moment(when: datetime) -> str:
    """Spell a moment as RFC 3339 does, in UTC: `2026-01-31T12:00:00Z`."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def size(count: float) -> str:
    """Spell a number of bytes: `17 B`, `64.0 KiB`, `1.2 GiB`."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004 - the unit's own size
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Spell `1 node`, `3 nodes`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def listing(names: Sequence[str], most: int = 5) -> str:
    """Spell a list for a sentence, cut after `most` names: `a, b and 3 more`."""
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else "".join(shown)


def one_line(text: str, most: int = 300) -> str:
    """Fold white space into single blanks and cut, for a sentence or a log line."""
    folded = " ".join(text.split())
    return folded if len(folded) <= most else folded[: most - 1] + "…"
