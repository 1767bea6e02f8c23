"""Dataclasses ↔ JSON, by their fields and type hints: `started_at` is `startedAt`.

A member equal to its default is left out. One of several classes is told by its `kind`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast, get_args, get_origin, get_type_hints

from argogate.values import MISSING, Field, fields, is_dataclass

if TYPE_CHECKING:
    from enum import StrEnum

Json = Any
"""What the json module reads and writes."""

Read = Callable[[Json], Any]
Write = Callable[[Any], Json]
Value = TypeVar("Value")

NOTHING: Mapping[str, type] = {}

LARGEST_NUMBER = 10**9
"""Seconds of a wait that is no nonsense: thirty years."""

LARGEST_COUNT = 10**18
"""Bytes of a file that is no nonsense; more than a float can hold cannot be spelled."""


class Codec:
    """Writes and reads dataclasses of one kind of document."""

    def __init__(
        self, kinds: Mapping[str, type] = NOTHING, names: Mapping[str, object] = NOTHING
    ) -> None:
        """`kinds` are the classes of which a member may be any, by the word that tells them.

        `names` is what the modules of the dataclasses import for type checkers only.
        """
        self._kinds = kinds
        self._words = {kind: word for word, kind in kinds.items()}
        self._names = {"datetime": datetime, "Mapping": Mapping, **names}
        self._readers: dict[Any, Read] = {}
        self._writers: dict[type, Write] = {}

    def encode(self, value: object) -> Json:
        """Return the JSON of a value that dataclasses hold."""
        kind = type(value)
        if kind not in self._writers:
            self._writers[kind] = self._make_writer(kind)
        return self._writers[kind](value)

    def decode(self, kind: type[Value], source: Json) -> Value:
        """Return the dataclass that `encode` wrote.

        Raises:
            ValueError: It is not of that form. The message begins with the path inside it:
                `.workflow.phase is none of …`.
        """
        return cast("Value", self._reader(kind)(source))

    def _make_writer(self, kind: type) -> Write:
        """Return what writes values of one type: found once, as a document has a million."""
        if issubclass(kind, str):
            return str
        if issubclass(kind, datetime):
            return spell_moment
        if issubclass(kind, tuple):
            return lambda value: [self.encode(item) for item in value]
        if issubclass(kind, Mapping):
            return lambda value: {key: self.encode(item) for key, item in value.items()}
        return self._object_writer(kind) if is_dataclass(kind) else lambda value: value

    def _object_writer(self, kind: type) -> Write:
        head = {"kind": self._words[kind]} if kind in self._words else {}
        plan = tuple((json_name, default) for _, json_name, default in _plan(kind))
        members_of = _getter([name for name, _, _ in _plan(kind)])
        encode = self.encode

        def write_object(value: object) -> Json:
            found: dict[str, Json] = head.copy()
            for (json_name, default), member in zip(plan, members_of(value), strict=True):
                if member is not default and member != default:
                    found[json_name] = member if type(member) is str else encode(member)
            return found

        return write_object

    def _reader(self, hint: Any) -> Read:  # noqa: ANN401 - any type hint
        if hint not in self._readers:
            self._readers[hint] = self._make_reader(hint)
        return self._readers[hint]

    def _make_reader(self, hint: Any) -> Read:  # noqa: ANN401 - any type hint
        arguments = get_args(hint)
        if NoneType in arguments:
            return _optional_reader(self._reader(arguments[0]))
        match get_origin(hint):
            case origin if origin is tuple:
                reader = _list_reader(self._reader(arguments[0]))
            case origin if origin is Mapping:
                reader = _mapping_reader(self._reader(arguments[1]))
            case origin if origin is UnionType:
                reader = self._read_kind
            case _ if is_dataclass(hint):
                reader = self._object_reader(hint)
            case _:
                reader = _PLAIN.get(hint) or _word_reader(hint)
        return reader

    def _object_reader(self, kind: Any) -> Read:  # noqa: ANN401 - any dataclass
        hints = get_type_hints(kind, localns=self._names)
        plan = _plan(kind)
        known = {json_name: (name, self._reader(hints[name])) for name, json_name, _ in plan}
        required = {json_name for _, json_name, default in plan if default is MISSING}

        def read_object(source: Json) -> object:
            if not isinstance(source, dict):
                _refuse(" is no object")
            if lacking := required - source.keys():
                _refuse(f" has no member `{min(lacking)}`")
            members = {}
            for json_name in source.keys() & known.keys():
                name, reader = known[json_name]
                try:
                    members[name] = reader(source[json_name])
                except ValueError as error:
                    message = f".{json_name}{error}"
                    raise ValueError(message) from None
            return kind(**members)

        return read_object

    def _read_kind(self, source: Json) -> object:
        word = source.get("kind") if isinstance(source, dict) else None
        if not isinstance(word, str) or word not in self._kinds:
            _refuse(f" has no `kind` out of {', '.join(self._kinds)}")
        return self._reader(self._kinds[word])(source)


def _getter(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """Return what takes all these members at once, in half the time of one by one."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@lru_cache(maxsize=4096)
def spell_moment(moment: datetime) -> str:
    """Spell a moment as it is written in JSON: `2026-01-31T12:00:00Z`, with its fractions."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@cache
def _plan(kind: Any) -> tuple[tuple[str, str, object], ...]:  # noqa: ANN401 - any dataclass
    """Return name, JSON name and default of each field; MISSING where there is none."""
    return tuple((field.name, _json_name(field.name), _default(field)) for field in fields(kind))


def _json_name(name: str) -> str:
    """Spell a name as Argo's own JSON does: `boundaryID`, `finishedAt`."""
    return re.sub("_(id$|.)", lambda match: match[1].upper(), name)


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _optional_reader(reader: Read) -> Read:
    return lambda source: None if source is None else reader(source)


def _list_reader(reader: Read) -> Read:
    def read_list(source: Json) -> object:
        if not isinstance(source, list):
            _refuse(" is no list")
        found = []
        for at, item in enumerate(source):
            try:
                found.append(reader(item))
            except ValueError as error:
                message = f"[{at}]{error}"
                raise ValueError(message) from None
        return tuple(found)

    return read_list


def _mapping_reader(reader: Read) -> Read:
    def read_mapping(source: Json) -> object:
        if not isinstance(source, dict):
            _refuse(" is no object")
        try:
            return {key: reader(item) for key, item in source.items()}
        except ValueError as error:
            message = f", in one of its members,{error}"
            raise ValueError(message) from None

    return read_mapping


def _word_reader(words: type[StrEnum]) -> Read:
    known = {word.value: word for word in words}

    def read_word(source: Json) -> StrEnum:
        if not isinstance(source, str) or source not in known:
            _refuse(f" is none of {', '.join(filter(None, known))}")
        return known[source]

    return read_word


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


def _text(source: Json) -> str:
    if not isinstance(source, str):
        _refuse(" is no text")
    return source


def _flag(source: Json) -> bool:
    if not isinstance(source, bool):
        _refuse(" is neither true nor false")
    return source


def _number(source: Json) -> float:
    """Return a number that a date can be moved by: `Infinity` and 1e300 are JSON to Python."""
    number = isinstance(source, (int, float)) and not isinstance(source, bool)
    if not number or not 0 <= source <= LARGEST_NUMBER:
        _refuse(f" is no number from 0 to {LARGEST_NUMBER}")
    return cast("float", source)


def _whole_number(source: Json) -> int:
    if isinstance(source, bool) or not isinstance(source, int) or abs(source) > LARGEST_COUNT:
        _refuse(" is no whole number that anything has")
    return source


def _moment(source: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(source))
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    _refuse(" is no time like 2026-01-31T12:00:00Z")


_PLAIN: dict[Any, Read] = {
    str: _text,
    bool: _flag,
    float: _number,
    int: _whole_number,
    datetime: _moment,
}
