"""Whether a 404 means that a workflow is not there: Argo has words of its own for that. Pure."""

from __future__ import annotations

import re
from enum import Enum, auto
from urllib.parse import unquote

from argogate.model.workflow import LATEST

OF_ANY_NAME = r'workflows\.argoproj\.io "[^"]+" not found'


class Missing(Enum):
    """What is not there."""

    ASKED_FOR = auto()
    ANOTHER = auto()
    """Argo speaks, but of another workflow."""


def what_is_missing(url: str, message: str) -> Missing | None:
    """Return what a 404 with gRPC's code 5 says is not there; None if Argo has not said it.

    Any gRPC gateway answers a route that it does not know with that code and `Not Found`. Argo
    names the workflow in quotes; 3.5.7 to 3.5.12 and 3.6.0 say no more than `not found`.
    """
    _, _, route = url.rpartition("/api/v1/")
    kind, *place = route.split("/")
    match kind, place:
        case "archived-workflows", _:
            return Missing.ASKED_FOR
        case "workflows", [_, name, *_]:
            return _of_a_name(unquote(name), message)
        case _:
            return None


def _of_a_name(name: str, message: str) -> Missing | None:
    if name == LATEST:
        return Missing.ASKED_FOR if message == "no workflows found" else None
    if f'"{name}"' in message or message == "not found":
        return Missing.ASKED_FOR
    return Missing.ANOTHER if re.fullmatch(OF_ANY_NAME, message) else None
