"""The `fields` parameter, with the quirks of the server's own implementation.

A leading `-` turns the whole list into one of exclusions; entries are not trimmed; a member is kept
if its path is a *string* prefix of an entry, so `metadata.namespace` keeps `metadata.name` too.
"""

from functools import lru_cache
from typing import Any

from argo_replay.run import Object


def clean(document: Object, fields: str) -> Object:
    """Project a JSON document; an empty list keeps everything."""
    if not fields:
        return document
    entries, begun = _entries(fields.removeprefix("-"))
    project = _exclude if fields.startswith("-") else _include
    return dict(project(document, "", entries, begun))


@lru_cache(maxsize=64)
def _entries(fields: str) -> tuple[frozenset[str], frozenset[str]]:
    """The entries of a list, and all that one of them begins with."""
    entries = frozenset(fields.split(","))
    begun = (entry[:end] for entry in entries for end in range(len(entry) + 1))
    return entries, frozenset(begun)


def _include(value: Any, path: str, entries: frozenset[str], begun: frozenset[str]) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, list):
        return [_include(element, path, entries, begun) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, member in value.items():
        inner = f"{path}{key}"
        if inner in entries:
            kept[key] = member
        elif inner in begun:
            kept[key] = _include(member, f"{inner}.", entries, begun)
    return kept


def _exclude(value: Any, path: str, entries: frozenset[str], begun: frozenset[str]) -> Any:  # noqa: ANN401 -- any JSON value
    if path not in begun:  # nothing below is named
        return value
    if isinstance(value, list):
        return [_exclude(element, path, entries, begun) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _exclude(member, f"{path}{key}.", entries, begun)
        for key, member in value.items()
        if f"{path}{key}" not in entries
    }
