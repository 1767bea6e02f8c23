"""The `fields` parameter, with the quirks of the server's own implementation.

A leading `-` turns the whole list into one of exclusions; entries are not trimmed; a member is kept
if its path is a *string* prefix of an entry, so `metadata.namespace` keeps `metadata.name` too.
"""

from typing import Any

from argo_replay.run import Object


def clean(document: Object, fields: str) -> Object:
    """Project a JSON document; an empty list keeps everything."""
    if not fields:
        return document
    excluding = fields.startswith("-")
    entries = frozenset(fields.removeprefix("-").split(","))
    projected = _exclude(document, "", entries) if excluding else _include(document, "", entries)
    return dict(projected)


def _include(value: Any, path: str, entries: frozenset[str]) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, list):
        return [_include(element, path, entries) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, member in value.items():
        inner = f"{path}{key}"
        if inner in entries:
            kept[key] = member
        elif any(entry.startswith(inner) for entry in entries):
            kept[key] = _include(member, f"{inner}.", entries)
    return kept


def _exclude(value: Any, path: str, entries: frozenset[str]) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, list):
        return [_exclude(element, path, entries) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _exclude(member, f"{path}{key}.", entries)
        for key, member in value.items()
        if f"{path}{key}" not in entries
    }
