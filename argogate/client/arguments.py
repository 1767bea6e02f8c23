"""What a program asks for that makes no sense: a ValueError each, before anything is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.lookups.filters import Window
from argogate.model.lifecycle import TERMINAL
from argogate.model.workflow import LATEST, Phase, is_name, is_namespace
from argogate.values import fields

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from argogate.waiting.patience import Limits

SWITCH = dict.fromkeys(("1", "t", "true", "y", "yes", "on"), True) | dict.fromkeys(
    ("0", "f", "false", "n", "no", "off"), False
)
"""How a switch in the environment is read, as the command line reads it, in small letters."""
LONGEST = 365 * 86400
"""Seconds."""
NEVER_OFF = ("poll_interval", "max_poll_interval", "request_timeout", "collect_timeout")
"""Limits of which 0 does not mean that there is none."""


def check_names(namespace: str, *names: object) -> None:
    """Raise ValueError for what would mean something else in an address."""
    for name in names:
        if name != LATEST and not (isinstance(name, str) and is_name(name)):
            msg = f"{name!r} is no workflow name; it has small letters, digits, '-' and '.'"
            raise ValueError(msg)
    if not is_namespace(namespace):
        msg = f"{namespace!r} is no namespace"
        raise ValueError(msg)


def phases_of(words: Collection[str]) -> frozenset[Phase]:
    """Return the phases that count as passed. Raises ValueError."""
    found = frozenset() if isinstance(words, str) else frozenset(words)
    if not found or not found <= TERMINAL:
        msg = f"success_phases are some of {', '.join(sorted(TERMINAL))}, as a tuple; not {words!r}"
        raise ValueError(msg)
    return frozenset(Phase(word) for word in found)


def window_of(after: datetime | None, before: datetime | None) -> Window:
    """Return the time between two moments. Raises ValueError."""
    for moment in filter(None, (after, before)):
        refuse({f"{moment} needs a time zone": not moment.tzinfo})
    window = Window(after=after, before=before)
    refuse({f"nothing lies between {after} and {before}": window.is_empty})
    return window


def mistakes_in(names: tuple[str, ...], uid: str, nodes: Collection[str]) -> dict[str, object]:
    """Return what is wrong with naming runs and nodes, and whether it is done."""
    return {
        "a uid names one run, so it goes with one name": uid
        and (len(names) != 1 or LATEST in names),
        "nodes are several patterns: give a tuple of one": isinstance(nodes, str),
        "a pattern of nodes is empty": not all(pattern.strip() for pattern in nodes),
    }


def mistakes_of(limits: Limits) -> dict[str, object]:
    """Return what is wrong with limits, as the command line refuses it."""
    seconds = {each.name: getattr(limits, each.name) for each in fields(limits)}
    mistakes: dict[str, object] = {
        f"{name} of {value} are no seconds, up to a year": not 0 <= value <= LONGEST
        or (not value and name in NEVER_OFF)
        for name, value in seconds.items()
    }
    crossed = limits.max_poll_interval < limits.poll_interval
    return mistakes | {"max_poll_interval is shorter than poll_interval": crossed}


def switch(environ: Mapping[str, str], name: str, *, otherwise: bool) -> bool:
    """Read a switch; one that is empty is not set, and nonsense never means less security."""
    word = environ.get(name, "").strip().lower()
    refuse({f"{name} is neither true nor false: {word!r}": word and word not in SWITCH})
    return SWITCH.get(word, otherwise)


def refuse(mistakes: Mapping[str, object]) -> None:
    """Raise ValueError for the first mistake that was made."""
    for msg, made in mistakes.items():
        if made:
            raise ValueError(msg)
