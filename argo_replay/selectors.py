"""Label selectors, as Kubernetes reads them."""

import re
from collections.abc import Callable, Mapping

from argo_replay.answers import Refusal

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]

_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUAL = re.compile(r"([^\s=!]+)\s*(==|=|!=)\s*(\S*)")
_EXISTS = re.compile(r"(!?)\s*([^\s=!]+)")
_COMMA = re.compile(r",(?![^(]*\))")


def selector(text: str) -> Selector:
    """Read a selector; Refusal if it is not well formed."""
    requirements = [_requirement(part.strip()) for part in _COMMA.split(text) if part.strip()]
    return lambda labels: all(requirement(labels) for requirement in requirements)


def _requirement(part: str) -> Selector:
    if match := _SET.fullmatch(part):
        key, operator, listed = match.groups()
        values = {value.strip() for value in listed.split(",")}
        return lambda labels: (labels.get(key) in values) == (operator == "in")
    if match := _EQUAL.fullmatch(part):
        key, operator, value = match.groups()
        return lambda labels: (labels.get(key) == value) == (operator != "!=")
    if match := _EXISTS.fullmatch(part):
        absent, key = match.groups()
        return lambda labels: (key in labels) == (not absent)
    found = [*part.split(), "", ""][1]
    expected = "in, notin, =, ==, !=, gt, lt"
    raise Refusal(3, f"unable to parse requirement: found '{found}', expected: {expected}")
