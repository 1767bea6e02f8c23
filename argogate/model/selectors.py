"""Label and field selectors as Kubernetes writes them, applied to a workflow that was read."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.model.lenient import read_moment
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from argogate.model.workflow import Workflow

COMMA = re.compile(r",(?![^()]*\))")
SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^()]*)\)")
COMPARED = re.compile(r"([^\s=!<>]+)\s*(==|=|!=|>|<)\s*(\S*)")
EXISTS = re.compile(r"(!?)\s*([^\s=!<>()]+)")
KEY = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
WHOLE = re.compile(r"-?[0-9]{1,18}")


class Operator(StrEnum):
    """What a requirement asks of a value."""

    IN = "in"
    NOT_IN = "notin"
    EXISTS = "exists"
    ABSENT = "!"
    ABOVE = ">"
    BELOW = "<"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One part of a label selector."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def meets(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels satisfy it; what is absent is unequal to everything."""
        value = labels.get(self.key)
        match self.operator:
            case Operator.IN:
                return value in self.values
            case Operator.NOT_IN:
                return value not in self.values
            case Operator.EXISTS:
                return value is not None
            case Operator.ABSENT:
                return value is None
        if value is None or not WHOLE.fullmatch(value):
            return False
        above = int(value) > int(self.values[0])
        return above if self.operator is Operator.ABOVE else int(value) < int(self.values[0])


def label_requirements(text: str) -> tuple[Requirement, ...]:
    """Read a label selector. Raises ValueError, with what is wrong."""
    return tuple(_requirement(part.strip()) for part in COMMA.split(text) if text.strip())


def _requirement(part: str) -> Requirement:
    if found := SET.fullmatch(part):
        values = tuple(value.strip() for value in found[3].split(","))
        return _checked(part, found[1], Operator(found[2]), values)
    if found := COMPARED.fullmatch(part):
        signs = {"=": Operator.IN, "==": Operator.IN, "!=": Operator.NOT_IN}
        operator = signs.get(found[2]) or Operator(found[2])
        return _checked(part, found[1], operator, (found[3],))
    if found := EXISTS.fullmatch(part):
        return _checked(part, found[2], Operator.ABSENT if found[1] else Operator.EXISTS, ())
    msg = (
        f"{part!r} is no label selector; write key=value, key!=value, key, !key, "
        "'key in (a, b)' or 'key notin (a, b)', with commas between"
    )
    raise ValueError(msg)


def _checked(part: str, key: str, operator: Operator, values: tuple[str, ...]) -> Requirement:
    compared = operator in {Operator.ABOVE, Operator.BELOW}
    if not KEY.fullmatch(key):
        msg = f"{part!r} is no label selector: {key!r} is no key of a label"
        raise ValueError(msg)
    for value in values:
        if not (WHOLE if compared else VALUE).fullmatch(value):
            kind = "whole number" if compared else "value of a label"
            msg = f"{part!r} is no label selector: {value!r} is no {kind}"
            raise ValueError(msg)
    return Requirement(key=key, operator=operator, values=values)


class Field(StrEnum):
    """What a field selector may ask for."""

    NAME = "metadata.name"
    NAMESPACE = "metadata.namespace"
    UID = "metadata.uid"
    PHASE = "status.phase"
    STARTED = "spec.startedAt"
    """Argo's own; of a run that has not started it is later than everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRequirement:
    """One part of a field selector."""

    field: Field
    sign: str
    value: str
    moment: datetime | None = None
    """The value, where it is one."""

    def meets(self, run: Workflow) -> bool:
        """Whether a run satisfies it."""
        if self.moment:
            if self.sign == ">":
                return run.started_at is not None and run.started_at >= self.moment
            return run.started_at is None or run.started_at <= self.moment
        texts = {
            Field.NAME: run.name,
            Field.NAMESPACE: run.namespace,
            Field.UID: run.uid,
            Field.PHASE: run.phase_word,
        }
        return (texts[self.field] == self.value) == (self.sign != "!=")


def field_requirements(text: str) -> tuple[FieldRequirement, ...]:
    """Read a field selector. Raises ValueError, with what is wrong."""
    return tuple(_field(part.strip()) for part in text.split(",") if text.strip())


def _field(part: str) -> FieldRequirement:
    found = COMPARED.fullmatch(part)
    known = {field.value: field for field in Field}
    if not found or found[1] not in known:
        msg = f"{part!r} is no field selector; there are {', '.join(known)}"
        raise ValueError(msg)
    field, sign, value = known[found[1]], found[2], found[3]
    if (field is Field.STARTED) != (sign in "<>"):
        signs = "> and <" if field is Field.STARTED else "= and !="
        msg = f"{part!r} is no field selector: {field} goes with {signs}"
        raise ValueError(msg)
    if field is not Field.STARTED:
        return FieldRequirement(field=field, sign=sign, value=value)
    try:
        moment = read_moment(value)
    except (ValueError, OverflowError):
        msg = f"{part!r} is no field selector: {value!r} is no time such as 2026-01-31T12:00:00Z"
        raise ValueError(msg) from None
    return FieldRequirement(field=field, sign=sign, value=value, moment=moment)
