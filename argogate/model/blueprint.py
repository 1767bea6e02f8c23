"""What a workflow may yet make: its templates, and which of them calls which.

Templates are a graph, not a tree: one may call itself. They are read from three places: the
spec, the spec of a WorkflowTemplate that the controller stored, and single stored templates.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from argogate.model.lenient import flag_in, object_in, objects_in, scalar_in, text_in
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from argogate.model.lenient import JsonObject

DISPLAY_NAME = "workflows.argoproj.io/display-name"
LOOPS = ("withItems", "withParam", "withSequence")
SEPARATOR = re.compile(r"^(\[\d+\])?\.")
"""What stands between the name of a frame and the own name of a step or task in it."""
DEEPEST_INLINE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a template may make a node of: a step, a task, a container or a hook."""

    name: str
    """The node's own name; of a hook, that of what it hangs on."""
    tail: str = ""
    """What a hook adds to it: `.onExit`, `.hooks.NAME`."""
    template: str = ""
    """Key of the template that it calls; empty for what makes nothing further."""
    fans_out: bool = False
    """Whether it makes `name(…)` for each item."""
    group: str = ""
    """`[2]` for a step of the third group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What is of interest in a template."""

    calls: tuple[Call, ...] = ()
    display_name: str = ""
    """What its nodes are displayed as, where it says so itself."""
    daemon: bool = False
    timed: bool = False
    """Whether it suspends for a duration, so that nobody has to approve it."""
    supplied: tuple[str, ...] = ()
    """Output parameters without which nobody can resume it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """The templates of a workflow by key: a local one's is its name."""

    templates: Mapping[str, Template] = field(default_factory=dict)
    top: tuple[Call, ...] = ()
    """Exit handler and hooks of the whole workflow."""
    used: Mapping[str, str] = field(default_factory=dict)
    """Node id → key of its template."""

    def of(self, node_id: str) -> Template | None:
        """Return a node's template; None where it is not known."""
        return self.templates.get(self.used.get(node_id, "?"))


def read_blueprint(spec: JsonObject, status: JsonObject, nodes: Mapping[str, Any]) -> Blueprint:
    """Read the templates, and say which one each of these nodes (JSON by id) has."""
    whole = object_in(status, "storedWorkflowTemplateSpec")
    stored = object_in(status, "storedTemplates")
    todo = [(key, key.rpartition("/")[0], object_in(stored, key)) for key in stored]
    for source in (whole, spec):
        todo += [(text_in(each, "name"), "", each) for each in objects_in(source, "templates")]
    templates: dict[str, Template] = {}
    while todo:
        key, scope, source = todo.pop(0)
        calls = []
        for call, inline in _calls(key, scope, source):
            calls.append(call)
            if inline:
                todo.append((call.template, scope, inline))
        templates[key] = _template(source, tuple(calls))
    top = tuple(_hooks(Call(name=""), "", {**whole, **spec}))
    keys = _Keys(templates, nodes)
    return Blueprint(
        templates=templates,
        top=top,
        used={node_id: key for node_id in nodes if (key := keys.of(node_id))} if templates else {},
    )


class _Keys:
    """Finds the template of a node. One that was written inline is known by its frame only."""

    def __init__(self, templates: Mapping[str, Template], nodes: Mapping[str, Any]) -> None:
        self._templates = templates
        self._nodes = nodes

    def of(self, node_id: str) -> str:
        names: list[str] = []
        for _ in range(DEEPEST_INLINE):
            node = self._nodes.get(node_id)
            if not isinstance(node, dict):
                return ""
            if named := self._named(node):
                return ">".join((named, *reversed(names)))
            frame = self._nodes.get(text_in(node, "boundaryID"))
            around = text_in(frame, "name") if isinstance(frame, dict) else ""
            own = SEPARATOR.sub("", text_in(node, "name").removeprefix(around))
            names.append(own.partition("(")[0])
            node_id = text_in(node, "boundaryID")
        return ""

    def _named(self, node: JsonObject) -> str:
        """Return the key that a node tells itself, which may be of no known template."""
        name = text_in(node, "templateName")
        scope = text_in(node, "templateScope")
        if object_in(node, "templateRef"):
            return _key("", node)
        full = f"{scope}/{name}"
        return full if name and full in self._templates else name


def _template(source: JsonObject, calls: tuple[Call, ...]) -> Template:
    metadata = object_in(source, "metadata")
    shown = {**object_in(metadata, "annotations"), **object_in(source, "annotations")}
    return Template(
        calls=calls,
        display_name=text_in(shown, DISPLAY_NAME),
        daemon=flag_in(source, "daemon"),
        timed=bool(scalar_in(object_in(source, "suspend"), "duration")),
        supplied=supplied_in(object_in(source, "outputs")),
    )


def supplied_in(outputs: JsonObject) -> tuple[str, ...]:
    """Return the parameters whose values a person has to give, and nobody has given yet."""
    return tuple(
        text_in(parameter, "name")
        for parameter in objects_in(outputs, "parameters")
        if "supplied" in (origin := object_in(parameter, "valueFrom"))
        and "default" not in origin
        and "value" not in parameter
    )


def _calls(key: str, scope: str, source: JsonObject) -> Iterator[tuple[Call, JsonObject]]:
    """Yield what a template may make, with the template that is written inline, if any."""
    groups = source.get("steps")
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        for step in objects_in({"steps": group}, "steps"):
            yield from _called(key, scope, step, f"[{number}]")
    for task in objects_in(object_in(source, "dag"), "tasks"):
        yield from _called(key, scope, task, "")
    for container in objects_in(object_in(source, "containerSet"), "containers"):
        yield Call(name=text_in(container, "name")), {}


def _called(
    key: str, scope: str, source: JsonObject, group: str
) -> Iterator[tuple[Call, JsonObject]]:
    inline = object_in(source, "inline")
    name = text_in(source, "name")
    call = Call(
        name=name,
        template=f"{key}>{name}" if inline else _key(scope, source),
        fans_out=any(loop in source for loop in LOOPS),
        group=group,
    )
    yield call, inline
    for hook in _hooks(call, scope, source):
        yield hook, {}


def _hooks(call: Call, scope: str, source: JsonObject) -> Iterator[Call]:
    """Yield the hooks of a step, a task or the workflow; the one called `exit` runs as onExit."""
    hooks = object_in(source, "hooks")
    found = {
        ".onExit" if name == "exit" else f".hooks.{name}": _key(scope, object_in(hooks, name))
        for name in hooks
    }
    if handler := text_in(source, "onExit"):
        found[".onExit"] = _key(scope, {"template": handler})
    for tail, template in found.items():
        yield Call(
            name=call.name,
            tail=tail,
            template=template,
            fans_out=call.fans_out,
            group=call.group,
        )


def _key(scope: str, source: JsonObject) -> str:
    """Return the key of the template that is called, as `storedTemplates` spells it."""
    ref = object_in(source, "templateRef")
    if ref:
        kind = "cluster" if flag_in(ref, "clusterScope") else "namespaced"
        return f"{kind}/{text_in(ref, 'name')}/{text_in(ref, 'template')}"
    name = text_in(source, "template")
    return f"{scope}/{name}" if scope and name else name or "?"
