"""Which rows a list has, and what they show."""

import re
from dataclasses import dataclass

from argo_replay.answers import Refusal
from argo_replay.request import Request
from argo_replay.run import Object
from argo_replay.site import Site

LIMIT, CONTINUE = "listOptions.limit", "listOptions.continue"
LABELS, _FIELDS = "listOptions.labelSelector", "listOptions.fieldSelector"
_REMAINING = "ext.showRemainingItemCount"
SQLITE = (3, 5, 7)
"""Since this version a list is made from a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a field selector asks for."""

    names: tuple[tuple[str, str], ...] = ()
    remaining: bool = False


def reduced(workflow: Object, version: tuple[int, ...]) -> Object:
    """What a list says about an archived workflow: little, except from v3.5.0 to v3.5.6."""
    if (3, 5) <= version < SQLITE:
        return workflow
    metadata, status = workflow["metadata"], workflow["status"]
    kept = ["name", "namespace", "uid", "creationTimestamp"]
    shown = ["phase", "startedAt", "finishedAt"]
    spec: Object = {"arguments": {}}
    if version >= (3, 5):
        kept += ["labels", "annotations"]
        shown += ["estimatedDuration", "progress", "message", "resourcesDuration"]
        # The arguments are in the row since v4 (v3.6 has none; nothing between was recorded).
        members = ("suspend", "arguments") if version >= (4,) else ("suspend",)
        spec |= {name: workflow["spec"][name] for name in members if name in workflow["spec"]}
    return {
        "metadata": {name: metadata[name] for name in kept if name in metadata},
        "spec": spec,
        "status": {name: status[name] for name in shown if name in status},
    }


def offset_of(request: Request) -> int:
    """Where a page begins: a token of this server is an offset."""
    text = request.query.get(CONTINUE, "") or "0"
    if not text.isdigit():
        raise Refusal(3, "listOptions.continue must be int")
    return int(text)


def requirements(request: Request) -> list[tuple[str, str, str]]:
    """The parts of the field selector: key, operator, value."""
    parts = filter(None, request.query.get(_FIELDS, "").split(","))
    found = (re.match(r"([^=!<>]*)(==|!=|=|<|>)(.*)", part) for part in parts)
    return [(match[1], match[2], match[3]) for match in found if match]


def chosen_by(request: Request, namespace: str) -> Chosen:
    """Read the field selector; Refusal if it asks for more than names."""
    names, remaining = [], False
    for key, operator, value in requirements(request):
        if key == "metadata.name":
            names.append((operator, value))
        elif key == _REMAINING:
            remaining = value == "true"
        elif key != "metadata.namespace":
            raise Refusal(3, f"unsupported requirement {key}{operator}{value}")
        elif namespace not in {"", value}:
            raise Refusal(
                3,
                f"'namespace' query param (\"{namespace}\") and fieldselector 'metadata.namespace' "
                f'("{value}") are both specified and contradict each other',
            )
    return Chosen(names=tuple(names), remaining=remaining)


def named(site: Site, request: Request, chosen: Chosen, workflow: Object) -> bool:
    """Whether the name is one of those asked for, the way `nameFilter` says."""
    name = str(workflow["metadata"]["name"])
    how = request.query.get("nameFilter", "") if site.cluster.version >= (3, 6) else ""
    for operator, value in chosen.names:
        match how:
            case "" | "Exact":
                fits = (name == value) == (operator != "!=")
            case "Prefix":
                fits = name.startswith(value)
            case "Contains":
                fits = value in name
            case "NotEquals":
                fits = name != value
            case _:
                fits = True
        if not fits:
            return False
    return True
