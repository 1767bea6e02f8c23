"""Known secrets, cut out of what leaves: once, for every source that could repeat one.

A server may quote the token in a refusal, in the address of a redirect, in a log or in a message
of a workflow. So nobody looks where a text came from: the verdict is cleaned before anything
renders it, and so is every line that is printed.
"""

from __future__ import annotations

import json
from functools import cache
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from argogate.values import fields, is_dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Value = TypeVar("Value")

HIDDEN = "***"
SHORTEST = 8
"""Characters: what is shorter occurs by chance, and protects nothing."""
LONGEST_WORD = 15
"""Letters alone are a word up to here: `production`, or a name in one of our reports."""
TELLING = 6
"""Characters of the beginning of a secret that are hidden where a text was cut short."""
BEGINNING = 16
"""Characters of the beginning of a long secret that are hidden wherever they are."""
CUT = "…"


class Secrets:
    """What must not be shown."""

    def __init__(self, known: Iterable[str]) -> None:
        found = {form for secret in known if _is_one(secret) for form in forms(secret)}
        self._forms = sorted(found, key=lambda form: (-len(form), form))
        """Longest first, so that no part of one is replaced before the whole."""
        self._beginnings = tuple({form[:TELLING] for form in self._forms})

    def cut(self, text: str) -> str:
        """Return a text without secrets, and without beginnings of such that were cut short."""
        for beginning in self._beginnings:
            if beginning in text:
                break
        else:
            return text
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        for form in self._forms:
            text = _without_beginning(text, form)
        return text

    def cut_from(self, value: Value) -> Value:
        """Return a value that holds no secret in any text of it; what holds none is the same."""
        return self._cleaned(value, {}) if self._forms else value

    def _cleaned(self, value: Any, seen: dict[int, Any]) -> Any:  # noqa: ANN401 - any value
        kind: Any = type(value)
        if kind is str:
            return self.cut(value)
        if value is None or kind is bool or kind is int or kind is float:
            return value
        if kind is tuple:
            cleaned = tuple([self._cleaned(each, seen) for each in value])
            return value if all(map(is_, cleaned, value)) else cleaned
        if names := _members(kind):
            if id(value) not in seen:
                seen[id(value)] = self._replaced(value, names, seen)
            return seen[id(value)]
        return self._in_mapping(value, seen) if kind is dict else value

    def _in_mapping(self, value: Mapping[Any, Any], seen: dict[int, Any]) -> Mapping[Any, Any]:
        cleaned = {
            self._cleaned(name, seen): self._cleaned(each, seen) for name, each in value.items()
        }
        same = all(map(is_, cleaned, value)) and all(map(is_, cleaned.values(), value.values()))
        return value if same else cleaned

    def _replaced(self, value: Any, names: tuple[str, ...], seen: dict[int, Any]) -> Any:  # noqa: ANN401
        changes = {}
        for name in names:
            old = getattr(value, name)
            new = self._cleaned(old, seen)
            if new is not old:
                changes[name] = new
        return replace(value, **changes) if changes else value


@cache
def _members(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type, which mypy calls unhashable
    """Return the names of a dataclass's members; none of any other kind of value."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


def _without_beginning(text: str, form: str) -> str:
    """Return a text without the beginning of a secret, as far as it goes."""
    if len(form) > BEGINNING:
        while (start := text.find(form[:BEGINNING])) >= 0:
            end = start + BEGINNING
            while text[end : end + 1] == form[end - start : end - start + 1] != "":
                end += 1
            text = text[:start] + HIDDEN + text[end:]
    if CUT in text:
        for length in range(min(len(form), BEGINNING), TELLING - 1, -1):
            text = text.replace(form[:length] + CUT, HIDDEN + CUT)
    return text


def _is_one(text: str) -> bool:
    is_word = text.isalpha() and len(text) <= LONGEST_WORD
    return len(text) >= SHORTEST and not is_word


def forms(secret: str) -> set[str]:
    """Return a secret as it is written in texts, in JSON and in URLs."""
    return {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}
