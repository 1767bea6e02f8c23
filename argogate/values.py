"""Values: what `dataclasses` offers, and its `dataclass` at a seventh of the price.

A wait makes a hundred classes before its first request. For each of them the library writes and
compiles six methods, a third of our start, and most are never called. Here it finds the fields and
makes the slots; what compares, shows, packs and protects values is the same for all, and an
`__init__` is written when it is first asked for. Type checkers see the library's own `dataclass`.

There is no `InitVar` and no `field(init=False)`; whatever else is used, the tests compare.
"""

from __future__ import annotations

import dataclasses
from dataclasses import (
    MISSING,
    Field,
    FrozenInstanceError,
    asdict,
    field,
    fields,
    is_dataclass,
    replace,
)
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(
        *, slots: bool = False, frozen: bool = False, kw_only: bool = False
    ) -> Callable[[type], type]:
        """Return what makes a class one of values."""
        lean = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
        methods = FROZEN if frozen else COMMON

        def decorate(described: type) -> type:
            kind = lean(described)
            for name, method in ({"__init__": _Init(kind)} | methods).items():
                if name not in described.__dict__:
                    setattr(kind, name, method)
            return kind

        return decorate


__all__ = [
    "MISSING",
    "Field",
    "FrozenInstanceError",
    "asdict",
    "dataclass",
    "field",
    "fields",
    "is_dataclass",
    "replace",
]


class _Init:
    """Stands where the `__init__` of a class will be, and puts it there when it is asked for.

    Two threads may both write it; theirs are the same, and nobody waits for anybody. Where it was
    copied to another class (`typing.Protocol` does that), it stays, and is written no second time.
    """

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - what `dataclass` makes
        self._kind = kind
        self._written: Any = None

    def __get__(self, value: object, owner: type) -> Any:  # noqa: ANN401 - a function or method
        if self._written is None:
            self._written = _written_init(self._kind)
            self._kind.__init__ = self._written
        return self._written.__get__(value, owner)


def _written_init(kind: Any) -> Any:  # noqa: ANN401 - as above
    """Return what the library would write."""
    names: dict[str, Any] = {
        "__name__": kind.__module__,
        "_MISSING": MISSING,
        "_set": object.__setattr__,
    }
    parameters, lines = [], []
    keywords = False
    for each in sorted(fields(kind), key=attrgetter("kw_only")):
        if each.kw_only and not keywords:
            parameters.append("*")
            keywords = True
        name, given = each.name, each.name
        if each.default_factory is not MISSING:
            names[f"_make_{name}"] = each.default_factory
            parameters.append(f"{name}=_MISSING")
            given = f"_make_{name}() if {name} is _MISSING else {name}"
        elif each.default is not MISSING:
            names[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        if isinstance(slot := getattr(kind, name, None), MemberDescriptorType):
            names[f"_set_{name}"] = slot.__set__  # in half the time: a tree has millions
            lines.append(f"_set_{name}(self, {given})")
        else:
            lines.append(f"_set(self, {name!r}, {given})")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    head = f"def __init__({', '.join(['self', *parameters])}):"
    exec("\n  ".join([head, *lines, "pass"]), names)  # noqa: S102 - of names of our own
    written = names["__init__"]
    written.__qualname__ = f"{kind.__qualname__}.__init__"
    written.__annotations__ = {each.name: each.type for each in fields(kind)} | {"return": None}
    return written


@cache
def _compared(kind: Any) -> Callable[[object], tuple[object, ...]]:  # noqa: ANN401 - as above
    """Return what takes from a value all that it is compared by."""
    names = [each.name for each in fields(kind) if each.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def _equal(self: Any, other: Any) -> object:  # noqa: ANN401 - values
    if other.__class__ is not self.__class__:
        return NotImplemented
    members = _compared(self.__class__)
    return members(self) == members(other)


def _hash(self: Any) -> int:  # noqa: ANN401 - a value
    return hash(_compared(self.__class__)(self))


@recursive_repr()
def _show(self: Any) -> str:  # noqa: ANN401 - a value
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(_self: object, name: str, _value: object) -> NoReturn:
    msg = f"cannot assign to field {name!r}"
    raise FrozenInstanceError(msg)


def _refuse_to_delete(_self: object, name: str) -> NoReturn:
    msg = f"cannot delete field {name!r}"
    raise FrozenInstanceError(msg)


def _packed(self: Any) -> list[object]:  # noqa: ANN401 - a value
    return [getattr(self, each.name) for each in fields(self)]


def _unpack(self: Any, members: list[object]) -> None:  # noqa: ANN401 - a value
    for each, member in zip(fields(self), members, strict=True):
        object.__setattr__(self, each.name, member)


COMMON = {"__eq__": _equal, "__hash__": None, "__repr__": _show}
FROZEN = COMMON | {
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _packed,
    "__setstate__": _unpack,
}
"""A frozen value with slots is copied and pickled by its members alone."""
