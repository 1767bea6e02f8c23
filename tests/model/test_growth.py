"""What may still be made: `--node` must not end before it, nor wait for what cannot come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from argogate.model.growth import Growth, overlaps
from argogate.model.parse import parse_workflow
from argogate.model.part import part_of
from argogate.model.tree import Tree

Json = dict[str, Any]

WORK: Json = {"name": "work", "container": {}}
TEST: Json = {"name": "test", "template": "work"}


def dag(name: str, *tasks: Json, **members: Any) -> Json:  # noqa: ANN401 - JSON
    return {"name": name, "dag": {"tasks": list(tasks)}, **members}


def call(name: str, template: str = "work", **members: Any) -> Json:  # noqa: ANN401 - JSON
    return {"name": name, "template": template, **members}


def seen(
    templates: list[Json],
    nodes: list[str],
    *,
    spec: Json | None = None,
    **status: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401 - a workflow
    """Return a Running workflow of nodes such as `a.test Pod Succeeded work in a`."""
    found: Json = {}
    for row in ["wf DAG Running main", *nodes]:
        name, kind, phase, template, *frame = row.split()
        full = name if name == "wf" else f"wf{'' if name[0] in '[(' else '.'}{name}"
        found[full] = {
            "id": full,
            "name": full,
            "displayName": name.rpartition(".")[2],
            "type": kind,
            "phase": phase,
            "templateName": "" if template == "-" else template,
            "boundaryID": "" if name == "wf" else f"wf.{frame[1]}" if frame else "wf",
        }
        for parent in found.values():
            if parent["type"] == "Retry" and full.partition(f"{parent['name']}(")[2][1:] == ")":
                parent.setdefault("children", []).append(full)
                found[full]["nodeFlag"] = {"retried": True}
    return parse_workflow(
        {
            "metadata": {"name": "wf"},
            "spec": {"entrypoint": "main", "templates": [*templates, WORK], **(spec or {})},
            "status": {"phase": "Running", "nodes": found, **status},
        }
    )


FIRST = ["a DAG Succeeded suite", "a.test Pod Succeeded work in a"]
TWO = [dag("main", call("a", "suite"), call("b", "suite")), dag("suite", TEST)]
OTHER = [dag("main", call("a", "suite"), call("b", "other")), dag("suite", TEST)]
REF = {"name": "b", "templateRef": {"name": "lib", "template": "suite"}}
BY_REF = [dag("main", call("a", "suite"), REF), dag("suite", TEST)]
HOOKED = [dag("main", call("a", hooks={"exit": {"template": "suite"}})), dag("suite", TEST)]
FANS = [dag("main", call("fan", withParam="x"), call("b"))]
STEPS = [{"name": "main", "steps": [[call("a")], [call("fan", withItems=[1]), call("b")]]}]
LOOP = [dag("main", call("a", "suite"), call("b", "loop")), dag("suite", TEST),
        dag("loop", call("again", "loop"))]  # fmt: skip
INLINE = [dag("main", call("a", "suite"), {"name": "b", "inline": dag("", call("c"))}),
          dag("suite", TEST)]  # fmt: skip

MAY_COME = {
    "a second frame has not made its task": (TWO, [*FIRST, "b DAG Running suite"], "test"),
    "a second frame has not begun": (TWO, FIRST, "test"),
    "a glob": (TWO, FIRST, "te?t"),
    "a glob of full names": (TWO, FIRST, "wf.*.test"),
    "a path": ([*OTHER, dag("other", call("a", "x"))], FIRST, "*.a"),
    "the template is not known": (OTHER, FIRST, "test"),
    "the stored template is not known": (BY_REF, FIRST, "test"),
    "the frame has no template": (TWO, [*FIRST, "b DAG Running -"], "test"),
    "an exit hook of a task": (HOOKED, ["a Pod Succeeded work"], "a*"),
    "below an exit hook": (HOOKED, ["a Pod Succeeded work", "x.test Pod Succeeded work"], "test"),
    "an item of a fan-out": (
        FANS,
        ["fan TaskGroup Running work", "fan(0:x) Pod Succeeded work"],
        "fan(*",
    ),
    "an item of a step": (
        STEPS,
        ["a Pod Succeeded work", "[1] StepGroup Running -", "[1].fan(0:x) Pod Succeeded work"],
        "fan(0:*)",
    ),
    "a Retry may make it again": (
        [dag("main", call("a", "suite"), call("r", "suite")), dag("suite", TEST)],
        [*FIRST, "r Retry Running suite", "r(0) DAG Failed suite"],
        "test",
    ),
    "a frame that nobody displays as it is called": (
        [dag("main", call("test"), call("b", "shown")),
         {**WORK, "name": "shown", "annotations": {"workflows.argoproj.io/display-name": "test"}}],
        ["test Pod Succeeded work"],
        "test",
    ),
    "a display name that is not known yet": (
        [dag("main", call("test"), call("b", "shown")),
         {**WORK, "name": "shown",
          "metadata": {"annotations": {"workflows.argoproj.io/display-name": "{{item}}"}}}],
        ["test Pod Succeeded work"],
        "test",
    ),
    "an inline template": (INLINE, [*FIRST, "b DAG Running -", "x.c Pod Succeeded work"], "c"),
    "a hook of each item": (
        [dag("main", call("fan", withItems=[1], hooks={"exit": {"template": "work"}}))],
        ["fan TaskGroup Succeeded work", "fan(0:1) Pod Succeeded work",
         "x.onExit Pod Succeeded work"],
        "*.onExit",
    ),
    "an unknown type": (TWO, [*FIRST, "b Wonder Running -"], "test"),
}  # fmt: skip

CANNOT_COME = {
    "another task is left": (
        [dag("main", call("a", "suite"), call("b")), dag("suite", TEST)],
        FIRST,
        "test",
    ),
    "two calls of one template": (
        [dag("main", call("x"), call("a", "suite"), call("b", "suite")), dag("suite", TEST)],
        ["x Pod Succeeded work"],
        "x",
    ),
    "the second frame is done": (
        TWO, [*FIRST, "b DAG Running suite", "b.test Pod Succeeded work in b"], "test"),
    "a template that calls itself": (LOOP, [*FIRST, "b DAG Running loop"], "test"),
    "a path of another frame": (TWO, [*FIRST, "b DAG Running suite"], "a.test"),
    "the full name": (TWO, [*FIRST, "b DAG Running suite"], "wf.a.test"),
    "another fan-out": (FANS, ["b Pod Succeeded work"], "b"),
    "a step that has no items left": (
        STEPS,
        ["a Pod Succeeded work", "[1] StepGroup Succeeded -", "[1].fan(0:x) Pod Succeeded work",
         "[1].b Pod Running work"],
        "fan(*)"),
    "a handler that is there": (
        [dag("main", call("a"))], ["a Pod Succeeded work", "onExit Pod Running work"], "a"),
    "the containers of a pod": (
        [dag("main", call("a", "set"), call("b")),
         {"name": "set", "containerSet": {"containers": [{"name": "c"}]}}],
        ["a Pod Succeeded set", "a.c Container Succeeded set in a", "b Pod Running work"],
        "c"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAY_COME)
def test_a_match_is_not_final_while_another_may_come(name: str) -> None:
    templates, nodes, pattern = MAY_COME[name]
    part = part_of(seen(templates, nodes), [pattern])
    assert part.nodes
    assert not part.final


@pytest.mark.parametrize("name", CANNOT_COME)
def test_a_match_is_final_when_no_other_can_come(name: str) -> None:
    templates, nodes, pattern = CANNOT_COME[name]
    part = part_of(seen(templates, nodes, spec={"onExit": "work"} if "handler" in name else None),
                   [pattern])  # fmt: skip
    assert part.nodes
    assert part.final


def test_what_a_task_does_at_its_end_may_match_by_its_full_name() -> None:
    found = seen([dag("main", call("a", onExit="work"))], ["a Pod Running work"])
    assert Growth(found, Tree(found)).may_make("wf.a.onExit")
    assert not Growth(found, Tree(found)).may_make("wf.a.hooks.late")


@pytest.mark.parametrize(
    "spec",
    [
        {"onExit": "suite"},
        {"hooks": {"exit": {"template": "suite"}}},
        {"hooks": {"late": {"expression": "x", "template": "suite"}}},
        {"onExit": "unknown"},
    ],
)
def test_what_the_workflow_does_at_its_end_may_match(spec: Json) -> None:
    found = seen([dag("main", call("a", "suite")), dag("suite", TEST)], FIRST, spec=spec)
    assert not part_of(found, ["test"]).final
    assert part_of(found, ["wf.a.test"]).final


def test_an_id_that_nobody_knows_yet_may_match() -> None:
    found = seen([dag("main", call("a"), call("b"))], ["a Pod Succeeded work"])
    named = {"wf.a": "wf-1724711926"}
    renamed = [replace(node, id=named.get(node.id, node.id)) for node in found.nodes.values()]
    found = replace(found, nodes={node.id: node for node in renamed})
    assert not part_of(found, ["wf-*"]).final
    assert part_of(found, ["wf-1724711926"]).final
    assert part_of(found, ["?f.a"]).final


def test_the_exit_handler_is_found_by_its_path_and_its_name() -> None:
    found = seen([dag("main")], ["onExit Pod Succeeded work"], spec={"onExit": "work"})
    assert part_of(found, ["onExit"]).final
    assert part_of(found, ["wf.onExit"]).final


@pytest.mark.parametrize(
    "stored",
    [
        {"storedTemplates": {"namespaced/lib/suite": dag("suite", call("deep", "more")),
                             "namespaced/lib/more": dag("more", TEST),
                             "namespaced/lib/work": WORK}},
        {"storedWorkflowTemplateSpec": {"templates": [dag("other", TEST)]}},
    ],
)  # fmt: skip
def test_stored_templates_are_searched_too(stored: Json) -> None:
    templates = BY_REF if "storedTemplates" in stored else OTHER
    found = seen(templates, [*FIRST, "other Pod Succeeded work"], **stored)
    assert not part_of(found, ["test"]).final
    assert part_of(found, ["other"]).final


def test_an_attempt_that_was_made_again_is_no_match() -> None:
    nodes = [
        "r Retry Running suite",
        "r(0) DAG Failed suite",
        "r(0).test Pod Succeeded work in r(0)",
        "r(1) DAG Running suite",
    ]
    templates = [dag("main", call("r", "suite")), dag("suite", TEST)]
    assert part_of(seen(templates, nodes), ["test"]).missing == ("test",)
    assert not part_of(seen(templates, nodes), ["wf.r(0).test"]).nodes
    made = [*nodes, "r(1).test Pod Succeeded work in r(1)"]
    assert not part_of(seen(templates, made), ["wf.r(1).test"]).final
    over = ["r Retry Succeeded suite", *made[1:3], "r(1) DAG Succeeded suite", made[4]]
    assert part_of(seen(templates, over), ["wf.r(1).test"]).final
    assert part_of(seen(templates, over), ["r.test"]).final


def test_a_workflow_without_its_first_node_may_make_anything() -> None:
    found = parse_workflow(
        {
            "metadata": {"name": "wf"},
            "status": {
                "phase": "Running",
                "nodes": {"x": {"name": "wf.x", "type": "Pod", "phase": "Succeeded"}},
            },
        }
    )
    assert part_of(found, ["wf.x"]).final
    assert not part_of(found, ["?f.x"]).final


def test_each_pattern_has_to_match_by_itself() -> None:
    part = part_of(seen(TWO, FIRST), ["a", "tset"])
    assert [one.name for one in part.nodes] == ["wf.a"]
    assert part.missing == ("tset",)


@pytest.mark.parametrize(
    ("pattern", "head", "tail", "expected"),
    [
        ("*", "wf.", ".test", True),
        ("wf.*.test", "wf.a", ".test", True),
        ("wf.b*", "wf.a", ".test", False),
        ("*.te?t", "wf.a", ".test", True),
        ("*.[st]est", "wf", ".test", True),
        ("*.[!t]est", "wf", ".test", False),
        ("wf", "wf.a", "", False),
        ("t(0:[x])", "t(", ")", True),
        ("t(0:y", "t(", ")", False),
    ],
)
def test_a_pattern_is_compared_with_the_ends_of_a_name(
    pattern: str, head: str, tail: str, *, expected: bool
) -> None:
    assert overlaps(pattern, head, tail) is expected


@pytest.mark.parametrize("frame", ["", "nowhere", "wf.a", "wf.list"])
def test_a_node_whose_frame_leads_nowhere_may_be_of_any_template(frame: str) -> None:
    nodes = {
        "wf.a": {"id": "wf.a", "name": "wf.a", "boundaryID": frame},
        "wf.list": ["no node"],
    }
    document = {
        "metadata": {"name": "wf"},
        "spec": {"entrypoint": "main", "templates": [dag("main", TEST), WORK]},
        "status": {"phase": "Running", "nodes": nodes},
    }
    assert "wf.a" not in parse_workflow(document).blueprint.used
