"""Text in columns: how wide it is on a terminal, and cut so that it fits."""

from __future__ import annotations

import unicodedata
from itertools import accumulate, takewhile

ELLIPSIS = "…"


def width(text: str) -> int:
    """Return how many cells a terminal needs for it."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def padded(text: str, cells: int) -> str:
    """Return it with blanks behind it, so that it takes that many cells."""
    return text + " " * (cells - width(text))


def cut(text: str, cells: int) -> str:
    """Return what fits, its end left away where it does not."""
    if width(text) <= cells:
        return text
    return _begin(text, cells - 1) + ELLIPSIS


def squeezed(text: str, cells: int) -> str:
    """Return what fits, its middle left away: the ends of names tell them apart."""
    if width(text) <= cells:
        return text
    tail = _begin(text[::-1], (cells - 1) // 2)[::-1]
    return _begin(text, cells - 1 - width(tail)) + ELLIPSIS + tail


def _begin(text: str, cells: int) -> str:
    fits = takewhile(lambda used: used <= cells, accumulate(map(_cells, text)))
    return text[: sum(1 for _ in fits)]


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
