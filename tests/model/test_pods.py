from __future__ import annotations

from dataclasses import replace

import pytest

from argogate.model.parse import parse_workflow
from argogate.model.pods import pod_and_container
from argogate.model.workflow import Node, NodeType
from tests.build import node, workflow
from tests.harness import recorded, recorded_names

NAME_FORMAT = "workflows.argoproj.io/pod-name-format"
V1, V2 = {NAME_FORMAT: "v1"}, {NAME_FORMAT: "v2"}


@pytest.mark.parametrize(
    ("annotations", "template", "expected"),
    [
        (V2, "work", "wf-work-1335831723"),
        ({}, "work", "wf-work-1335831723"),
        ({NAME_FORMAT: "v9"}, "work", "wf-work-1335831723"),
        (V1, "work", "wf-1"),
        (V2, "", "wf-1335831723"),
        (V2, "t" * 300, f"wf-{'t' * 239}-1335831723"),
        (V2, "t" * 239, f"wf-{'t' * 239}-1335831723"),
        (V2, "t" * 238, f"wf-{'t' * 238}-1335831723"),
    ],
)
def test_a_pod_is_named_after_workflow_template_and_node(
    annotations: dict[str, str], template: str, expected: str
) -> None:
    item = Node(id="wf-1", name="hello", type=NodeType.POD, template_name=template)
    assert pod_and_container(workflow(item, annotations=annotations), item) == (expected, "main")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wf", "wf"),
        ("world", "wf-933488787"),
        ("こんにちは", "wf-486186189"),
        ("🚀✨🔥", "wf-2133319838"),
        ("\ud800", "wf-1973925784"),
    ],
)
def test_the_hash_is_fnv_1a_of_the_name_of_the_node(name: str, expected: str) -> None:
    item = Node(id="wf-1", name=name, type=NodeType.POD)
    assert pod_and_container(workflow(item), item)[0] == expected


def test_a_container_has_the_pod_around_it() -> None:
    pod = replace(node("p"), id="p", name="wf")
    inside = node("a", kind="Container", boundary_id="p")
    assert pod_and_container(workflow(pod, inside), inside) == ("wf", "a")
    assert pod_and_container(workflow(inside), inside) == ("", "")


@pytest.mark.parametrize("kind", ["Retry", "Steps", "Skipped", "Suspend", "HTTP", "Unknown"])
def test_what_runs_no_pod_has_no_log(kind: str) -> None:
    item = node("a", kind=kind)
    assert pod_and_container(workflow(item), item) == ("", "")


def test_what_came_from_the_cache_ran_no_pod() -> None:
    item = node("a", memoized=True)
    assert pod_and_container(workflow(item), item) == ("", "")


@pytest.mark.parametrize("run", [name for name in recorded_names() if recorded(name).logs])
def test_every_recorded_pod_is_found(run: str) -> None:
    for name, changes in recorded(run).workflows.items():
        states = [parse_workflow(change.object) for change in changes]
        found = {
            pod_and_container(state, item) for state in states for item in state.nodes.values()
        }
        logs = {(log.pod, log.container) for log in recorded(run).logs if log.workflow == name}
        seen = any(state.nodes for state in states)
        assert logs <= found or not seen
