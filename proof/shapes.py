"""Small workflows that a real server is given to run: one of each situation that a gate meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]

DEADLINE = 120
"""Seconds after which none of them runs any more, whatever becomes of us."""
FORGOTTEN = 900
"""Seconds after its end at which the controller removes one that we could not."""
_IMAGE = {"image": "busybox:1.36", "imagePullPolicy": "IfNotPresent"}
_SHELL = _IMAGE | {"command": ["sh", "-c"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One of them."""

    name: str
    spec: Spec
    pods: bool = False
    """Whether the cluster must be able to run pods for it."""
    asks: bool = False
    """Whether it waits for an approval that nobody gives."""
    node: str = ""
    """A node of it that can be waited for."""


def _pod(name: str, script: str, **more: object) -> Spec:
    return {"name": name, "container": _SHELL | {"args": [script]}, **more}


def _sleep(name: str, seconds: int, **more: object) -> Spec:
    return {"name": name, "suspend": {"duration": str(seconds)}, **more}


TEMPLATES: tuple[Spec, ...] = (
    _sleep("blink", 1),
    _sleep("nap", 4),
    _sleep("rest", 12),
    _sleep("night", 60),
    _sleep("retried", 2, retryStrategy={"limit": "2"}),
    {"name": "approval", "suspend": {}},
    _pod("passes", "echo well"),
    _pod("fails", "echo badly; exit 3"),
    _pod("fails-again", "exit 4", retryStrategy={"limit": "1"}),
    {"name": "asks-http", "http": {"url": "https://kubernetes.default.svc/version"}},
    _pod(
        "keeps",
        "echo kept >/tmp/kept.txt",
        outputs={"artifacts": [{"name": "kept", "path": "/tmp/kept.txt"}]},  # noqa: S108 - in the pod
    ),
    {
        "name": "inner",
        "steps": [[{"name": "one", "template": "blink"}], [{"name": "two", "template": "nap"}]],
    },
)


def step(template: str, name: str = "", **more: object) -> Spec:
    """Return a step or a task that calls a template."""
    return {"name": name or template, "template": template, **more}


def _spec(entrypoint: str, *own: Spec, **more: object) -> Spec:
    known = {template["name"]: template for template in (*TEMPLATES, *own)}
    limit = {
        "activeDeadlineSeconds": DEADLINE,
        "ttlStrategy": {"secondsAfterCompletion": FORGOTTEN},
    }
    used = _reached(known, [entrypoint, *([str(more["onExit"])] if "onExit" in more else [])])
    return {"entrypoint": entrypoint, "templates": used, **limit, **more}


def _reached(known: dict[str, Spec], names: list[str]) -> list[Spec]:
    """Return what these templates call, themselves included: a server checks all that it gets."""
    found: dict[str, Spec] = {}
    while names:
        name = names.pop()
        if name not in found:
            found[name] = template = known[name]
            calls = [*template.get("dag", {}).get("tasks", ())]
            calls += [call for group in template.get("steps", ()) for call in group]
            names += [call["template"] for call in calls]
    return list(found.values())


def _steps(*groups: list[Spec], **more: object) -> Spec:
    return _spec("main", {"name": "main", "steps": list(groups)}, **more)


def _dag(*tasks: Spec, **more: object) -> Spec:
    return _spec("main", {"name": "main", "dag": {"tasks": list(tasks)}}, **more)


SHAPES = (
    Shape(name="suspend", spec=_spec("nap")),
    Shape(name="suspend-long", spec=_spec("rest")),
    Shape(name="approval", spec=_spec("approval"), asks=True),
    Shape(name="approval-in-steps", spec=_steps([step("blink")], [step("approval")]), asks=True),
    Shape(name="steps", spec=_steps([step("blink")], [step("nap")]), node="nap"),
    Shape(name="steps-beside", spec=_steps([step("blink"), step("nap"), step("rest")]), node="nap"),
    Shape(name="steps-nested", spec=_steps([step("inner")], [step("blink")]), node="*two"),
    Shape(
        name="dag-diamond",
        spec=_dag(
            step("blink", "a"),
            step("nap", "b", dependencies=["a"]),
            step("nap", "c", dependencies=["a"]),
            step("blink", "d", dependencies=["b", "c"]),
        ),
        node="c",
    ),
    Shape(
        name="dag-depends", spec=_dag(step("blink", "a"), step("nap", "b", depends="a.Succeeded"))
    ),
    Shape(name="dag-omitted", spec=_dag(step("blink", "a"), step("nap", "b", depends="a.Failed"))),
    Shape(name="dag-nested", spec=_dag(step("inner", "a"), step("blink", dependencies=["a"]))),
    Shape(name="when-true", spec=_steps([step("nap", when="a == a")])),
    Shape(name="when-false", spec=_steps([step("nap", when="a == b")])),
    Shape(
        name="when-mixed", spec=_steps([step("blink", when="1 != 2"), step("nap", when="1 == 2")])
    ),
    Shape(name="when-invalid", spec=_steps([step("blink", when="(((")])),
    Shape(name="items", spec=_steps([step("nap", withItems=["a", "b", "c"])]), node="nap(1:b)"),
    Shape(
        name="items-in-dag",
        spec=_dag(step("blink", "a", withItems=[1, 2]), step("nap", depends="a")),
    ),
    Shape(name="items-many", spec=_steps([step("blink", withItems=list(range(20)))])),
    Shape(name="retry-passes", spec=_spec("retried")),
    Shape(name="deadline", spec=_spec("night", activeDeadlineSeconds=6)),
    Shape(
        name="deadline-in-steps",
        spec=_steps([step("blink")], [step("night")], activeDeadlineSeconds=8),
    ),
    Shape(name="exit-handler", spec=_spec("blink", onExit="nap")),
    Shape(name="exit-handler-late", spec=_spec("nap", onExit="rest")),
    Shape(name="pod-passes", spec=_spec("passes"), pods=True),
    Shape(name="pod-fails", spec=_spec("fails"), pods=True),
    Shape(
        name="pod-fails-in-steps",
        spec=_steps([step("passes"), step("fails")]),
        pods=True,
        node="passes",
    ),
    Shape(
        name="pod-fails-in-dag",
        spec=_dag(step("fails"), step("passes", depends="fails.Failed")),
        pods=True,
    ),
    Shape(
        name="pod-failure-borne",
        spec=_steps([step("fails", continueOn={"failed": True})], [step("passes")]),
        pods=True,
        node="fails",
    ),
    Shape(name="retry-exhausted", spec=_spec("fails-again"), pods=True),
    Shape(name="exit-handler-fails", spec=_spec("passes", onExit="fails"), pods=True),
    Shape(name="http", spec=_spec("asks-http"), pods=True),
    Shape(name="artifact", spec=_spec("keeps"), pods=True),
)
