from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from argo_replay.golang import restore
from argogate.model.nodes import ended, started
from argogate.model.parse import parse_workflow
from argogate.model.positions import LONGEST_PATH, path_of_name
from argogate.model.tree import Leaf, Tree
from argogate.model.workflow import Node, NodePhase, NodeType, Workflow
from tests.build import moment, node, workflow
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


RECORDED: dict[str, tuple[list[str], list[str]]] = {
    "dag-diamond-fails": (
        ["A Succeeded", "B Succeeded", "C Failed", "D Omitted", "E Omitted"],
        ["C"],
    ),
    "steps-one-fails": (
        ["build Succeeded", "integration Failed", "unit Succeeded"],
        ["integration"],
    ),
    "retry-flaky-succeeds": (["flaky Succeeded after Failed, Failed"], []),
    "retry-exhausted": (["never Failed after Failed"], ["never"]),
    "on-exit-fails": (["main Succeeded", "onExit Failed"], ["onExit"]),
    "older/v3.4.18/on-exit-fails": (["main Succeeded", "onExit Failed"], ["onExit"]),
    "nested-steps-dag": (
        [
            "outer.d1.i1 Succeeded",
            "outer.d1.i2 Succeeded",
            "outer.d2.i1 Succeeded",
            "outer.d2.i2 Failed",
        ],
        ["outer.d2.i2"],
    ),
    "container-set": (["a Succeeded", "b Failed", "main Error"], ["b"]),
    "hooks": (
        [
            "a Succeeded",
            "a.hooks.success Succeeded",
            "a.onExit Succeeded",
            "b Failed",
            "b.hooks.failed Succeeded",
            "hooks.running Succeeded",
            "onExit Succeeded",
        ],
        ["b"],
    ),
    "continue-on": (["after Succeeded", "flaky Failed"], ["flaky"]),
    "deadline-exceeded": (["slow Failed"], ["slow"]),
    "terminated": (["main Failed"], ["main"]),
    "suspend-duration": (["delay Succeeded"], []),
    "http-template": (["get Succeeded"], []),
    "invalid-template": ([], []),
    "manual-retry": (["first Succeeded", "second Succeeded"], []),
}
"""Run → its leaves at the end with phases, and the paths of what failed."""


def final(run: str) -> Workflow:
    """Return the first workflow of a run as it was last seen."""
    changes = next(iter(recorded(run).workflows.values()))
    return parse_workflow(restore([change.object for change in changes if change.object][-1]))


def spelled(leaf: Leaf) -> str:
    attempts = ", ".join(attempt.phase.value for attempt in leaf.attempts)
    return f"{leaf.path} {leaf.node.phase.value}{' after ' if attempts else ''}{attempts}"


def leaves(seen: Workflow) -> list[str]:
    return [spelled(leaf) for leaf in Tree(seen).leaves()]


def failures(seen: Workflow) -> list[str]:
    return [leaf.path for leaf in Tree(seen).failures()]


def frame(name: str, kind: str, phase: str, *children: str, boundary: str = "wf") -> Node:
    ids = tuple(f"wf-{child}" for child in children)
    return node(name, phase, kind, children=ids, boundary_id=boundary)


@pytest.mark.parametrize("run", RECORDED)
def test_recorded_trees_have_these_leaves_and_failures(run: str) -> None:
    expected_leaves, expected_failures = RECORDED[run]
    assert sorted(leaves(final(run))) == expected_leaves
    assert failures(final(run)) == expected_failures


def test_a_fan_out_has_a_leaf_for_each_item() -> None:
    found = Tree(final("with-items"))
    assert len(found.leaves()) == 8
    assert [leaf.path.split(":")[0] for leaf in found.failures()] == ["by-steps.case(3", "by-dag(1"]


def test_leaves_come_in_order_of_their_start_and_those_never_started_last() -> None:
    seen = workflow(
        node("late", started_at=moment(9)),
        node("never", "Pending", started_at=None),
        node("early", started_at=moment(2)),
    )
    assert [leaf.path for leaf in Tree(seen).leaves()] == ["early", "late", "never"]


def test_items_that_ended_in_the_same_second_come_in_the_order_of_their_numbers() -> None:
    items = [replace(node(f"case({n}:x)", "Failed"), id=f"wf-{99 - n}") for n in (10, 9, 100, 1)]
    assert failures(workflow(*items)) == [f"case({n}:x)" for n in (1, 9, 10, 100)]
    assert [leaf.path for leaf in Tree(workflow(*items)).leaves()] == failures(workflow(*items))


def test_failures_come_in_order_of_their_end_with_frames_last() -> None:
    seen = workflow(
        frame("broken", "DAG", "Error"),
        node("second", "Failed", finished_at=moment(8)),
        node("first", "Error", finished_at=moment(4)),
        node("open", "Failed", finished_at=None),
    )
    assert failures(seen) == ["first", "second", "open", "broken"]


@pytest.mark.parametrize("kind", ["Steps", "DAG", "StepGroup", "TaskGroup", "Retry"])
def test_a_frame_is_no_leaf_even_without_anything_inside(kind: str) -> None:
    assert leaves(workflow(frame("a", kind, "Succeeded"))) == []


@pytest.mark.parametrize("kind", ["Pod", "Suspend", "HTTP", "Plugin", "Skipped", "Unknown", ""])
def test_all_other_types_are_leaves(kind: str) -> None:
    assert leaves(workflow(node("a", kind=kind))) == ["a Succeeded"]


def test_groups_add_nothing_to_a_path() -> None:
    group = frame("[0]", "StepGroup", "Succeeded", "a", "next", boundary="wf-outer")
    following = frame("next", "StepGroup", "Succeeded", "b", boundary="wf-outer")
    seen = workflow(
        frame("outer", "Steps", "Succeeded", "[0]"),
        group,
        following,
        frame("a", "TaskGroup", "Succeeded", "item", boundary="wf-outer"),
        replace(node("item", boundary_id="wf-outer"), display_name="a(0:x)"),
        node("b", boundary_id="wf-outer"),
    )
    assert leaves(seen) == ["outer.b Succeeded", "outer.a(0:x) Succeeded"]
    assert Tree(seen).path(group) == "outer"
    assert Tree(seen).path(following) == "outer"


def retried(*phases: str, name: str = "a", boundary: str = "wf") -> Iterator[Node]:
    """Yield a Retry with attempts that started within the same second."""
    attempts = [f"{name}({number})" for number in range(len(phases))]
    yield frame(name, "Retry", phases[-1], *attempts, boundary=boundary)
    for attempt, phase in zip(attempts, phases, strict=True):
        yield node(attempt, phase, boundary_id=boundary, retried=True)


def test_attempts_are_one_leaf_in_the_order_in_which_they_were_made() -> None:
    phases = ["Failed"] * 11 + ["Error", "Succeeded"]
    seen = workflow(*retried(*phases), phase="Succeeded")
    (leaf,) = Tree(seen).leaves()
    assert leaf.node.phase is NodePhase.SUCCEEDED
    assert [attempt.display_name for attempt in leaf.attempts] == [f"a({n})" for n in range(12)]
    assert failures(seen) == []


def test_a_hook_of_a_retried_node_is_no_attempt() -> None:
    retry, *attempts = retried("Failed", "Succeeded")
    hook = node("a.hooks.failed", hooked=True)
    seen = workflow(replace(retry, children=(*retry.children, hook.id)), *attempts, hook)
    assert sorted(leaves(seen)) == ["a Succeeded after Failed", "a.hooks.failed Succeeded"]


def test_the_attempts_of_a_hook_are_attempts() -> None:
    retry, *attempts = retried("Failed", "Succeeded", name="onExit")
    hooks = [replace(attempt, hooked=True) for attempt in attempts]
    assert leaves(workflow(replace(retry, hooked=True), *hooks)) == [
        "onExit Succeeded after Failed"
    ]


def test_each_item_of_a_fan_out_has_its_own_attempts() -> None:
    items = ["a(0:x)", "a(1:y)"]
    seen = workflow(
        frame("a", "TaskGroup", "Failed", *items),
        *retried("Failed", "Succeeded", name=items[0]),
        *retried("Failed", "Failed", name=items[1]),
    )
    assert sorted(leaves(seen)) == [
        "a(0:x) Succeeded after Failed",
        "a(1:y) Failed after Failed",
    ]
    assert failures(seen) == ["a(1:y)"]


@pytest.mark.parametrize("kind", ["Steps", "DAG"])
def test_leaves_inside_of_attempts_are_folded_by_path(kind: str) -> None:
    seen = workflow(
        frame("a", "Retry", "Succeeded", "a(0)", "a(1)"),
        frame("a(0)", kind, "Failed"),
        node("a(0).x", boundary_id="wf-a(0)", display_name="x"),
        node("a(0).y", "Failed", boundary_id="wf-a(0)", display_name="y"),
        frame("a(1)", kind, "Succeeded"),
        node("a(1).x", boundary_id="wf-a(1)", display_name="x"),
        node("a(1).y", boundary_id="wf-a(1)", display_name="y"),
        phase="Succeeded",
    )
    assert leaves(seen) == ["a.x Succeeded after Succeeded", "a.y Succeeded after Failed"]
    assert failures(seen) == []


def test_nested_attempts_are_folded_in_order_of_the_outer_ones_first() -> None:
    inner_first = list(retried("Failed", "Error", name="a(0).x", boundary="wf-a(0)"))
    inner_last = list(retried("Failed", "Succeeded", name="a(1).x", boundary="wf-a(1)"))
    seen = workflow(
        frame("a", "Retry", "Succeeded", "a(0)", "a(1)"),
        frame("a(0)", "Steps", "Failed"),
        frame("a(1)", "Steps", "Succeeded"),
        *(replace(item, display_name="x") for item in (*inner_last, *inner_first)),
        phase="Succeeded",
    )
    assert leaves(seen) == ["a.x Succeeded after Failed, Error, Failed"]


def test_what_only_an_earlier_attempt_ran_is_a_leaf_but_no_failure() -> None:
    seen = workflow(
        frame("a", "Retry", "Failed", "a(0)", "a(1)"),
        frame("a(0)", "Steps", "Failed"),
        node("a(0).y", "Failed", boundary_id="wf-a(0)", display_name="y"),
        frame("a(1)", "Steps", "Failed"),
        node("a(1).x", "Failed", boundary_id="wf-a(1)", display_name="x"),
    )
    assert leaves(seen) == ["a.y Failed", "a.x Failed"]
    assert failures(seen) == ["a.x"]


def test_an_attempt_that_is_gone_is_not_counted() -> None:
    retry, first, second = retried("Failed", "Succeeded")
    assert leaves(workflow(retry, second)) == ["a Succeeded"]
    assert leaves(workflow(retry, first)) == ["a Failed"]
    assert failures(workflow(retry, first)) == ["a"]


def test_containers_are_leaves_and_their_pod_is_not() -> None:
    pod = node("p", "Failed")
    inside = [node(f"p.{name}", phase, "Container", boundary_id=pod.id, display_name=name)
              for name, phase in (("a", "Succeeded"), ("b", "Failed"))]  # fmt: skip
    assert leaves(workflow(pod, *inside)) == ["p.a Succeeded", "p.b Failed"]
    assert failures(workflow(pod, *inside)) == ["p.b"]
    assert failures(workflow(pod, inside[0])) == ["p"]


def test_a_failed_frame_is_a_failure_unless_something_inside_explains_it() -> None:
    outer = frame("outer", "Steps", "Failed")
    inner = frame("outer.inner", "DAG", "Error", boundary="wf-outer")
    work = node("outer.inner.work", "Failed", boundary_id=inner.id)
    passing = replace(work, phase=NodePhase.SUCCEEDED)
    assert failures(workflow(outer, inner, work)) == ["outer.inner.work"]
    assert failures(workflow(outer, inner, passing)) == ["outer.inner"]
    assert failures(workflow(outer, passing)) == ["outer"]
    assert failures(workflow(passing)) == ["main"]
    assert failures(workflow(passing, phase="Succeeded")) == []


def test_an_attempt_that_was_made_again_explains_no_failed_frame() -> None:
    outer = frame("outer", "DAG", "Failed")
    retry = retried("Failed", "Succeeded", boundary=outer.id)
    assert failures(workflow(outer, *retry)) == ["outer"]


def test_a_frame_that_failed_in_an_earlier_attempt_is_no_failure() -> None:
    seen = workflow(
        frame("a", "Retry", "Succeeded", "a(0)", "a(1)"),
        frame("a(0)", "Steps", "Error"),
        frame("a(1)", "Steps", "Succeeded"),
        phase="Succeeded",
    )
    assert failures(seen) == []


@pytest.mark.parametrize("kind", ["Pod", "DAG", "Retry", "StepGroup"])
def test_cycles_do_no_harm(kind: str) -> None:
    seen = workflow(
        node("a", "Failed", kind, boundary_id="wf-b", children=("wf-b", "wf-a", "wf-none")),
        node("b", "Failed", kind, boundary_id="wf-a", children=("wf-a",)),
        node("self", "Failed", kind, boundary_id="wf-self", children=("wf-self",)),
        replace(node("root", "Failed", "Retry"), id="wf", children=("wf", "wf-a")),
    )
    tree = Tree(seen)
    assert all(tree.path(item) for item in seen.nodes.values())
    assert len(tree.leaves()) <= len(seen.nodes)
    assert tree.failures()


def test_a_path_names_neither_the_workflow_nor_its_generated_suffix() -> None:
    def paths(name: str) -> list[str]:
        root = Node(id=name, name=name, display_name=name, type=NodeType.STEPS)
        inside: Mapping[str, str] = {"a": f"{name}[0].a", f"{name}.onExit": f"{name}.onExit"}
        nodes = [
            Node(id=f"{name}-{n}", name=full, display_name=shown, boundary_id=name)
            for n, (shown, full) in enumerate(inside.items())
        ]
        nodes[1] = replace(nodes[1], boundary_id="")
        seen = Workflow(name=name, nodes={item.id: item for item in (root, *nodes)})
        return sorted(leaf.path for leaf in Tree(seen).leaves())

    assert paths("build-x7k2q") == paths("build-9zz4b") == ["a", "onExit"]


def test_a_workflow_of_one_pod_is_called_by_its_template() -> None:
    root = Node(id="wf", name="wf", display_name="wf", type=NodeType.POD, template_name="main")
    assert Tree(Workflow(name="wf", nodes={"wf": root})).leaves()[0].path == "main"
    nameless = replace(root, template_name="")
    assert Tree(Workflow(name="wf", nodes={"wf": nameless})).leaves()[0].path == "wf"


def test_nodes_without_times_are_sorted_last() -> None:
    item = node("a")
    nowhere = replace(item, started_at=None, finished_at=None)
    ancient = replace(item, started_at=datetime(1, 1, 1, tzinfo=UTC))
    assert sorted([nowhere, item, ancient], key=started) == [ancient, item, nowhere]
    assert sorted([nowhere, item], key=ended) == [item, nowhere]


class CountingNodes(dict[str, Node]):
    """The nodes of a workflow, with a count of how often one was looked up."""

    lookups = 0

    def get(self, key: str, default: Node | None = None) -> Node | None:  # type: ignore[override]
        self.lookups += 1
        return super().get(key, default)


@pytest.mark.parametrize("count", [100, 1_000])
def test_the_cost_of_a_node_does_not_grow_with_their_number(count: int) -> None:
    items = [
        part
        for number in range(count)
        for part in retried("Failed", "Failed" if number % 100 else "Error", name=f"a({number}:x)")
    ]
    names = (f"a({number}:x)" for number in range(count))
    seen = workflow(frame("a", "TaskGroup", "Failed", *names), *items)
    nodes = CountingNodes(seen.nodes)
    tree = Tree(replace(seen, nodes=nodes))
    assert len(tree.failures()) == count
    assert nodes.lookups < 20 * len(nodes)


def test_a_part_has_only_what_lies_within_it() -> None:
    inside = node("in", "Failed", boundary_id="wf-outer")
    seen = workflow(
        frame("outer", "Steps", "Failed"),
        frame("empty", "DAG", "Error", boundary="wf-outer"),
        frame("other", "DAG", "Error"),
        inside,
        node("out", "Failed"),
    )
    whole, part = Tree(seen), Tree(seen, ["wf-outer"])
    assert {leaf.node.id for leaf in whole.failures()} == {
        "wf-in",
        "wf-out",
        "wf-empty",
        "wf-other",
    }
    assert {leaf.node.id for leaf in part.failures()} == {"wf-in", "wf-empty"}
    assert [leaf.node.id for leaf in part.leaves()] == ["wf-in"]


def test_the_frame_right_around_a_node_is_its_retry_group_or_template() -> None:
    retry, first, second = retried("Failed", "Succeeded")
    group = frame("[0]", "StepGroup", "Succeeded", "a")
    tree = Tree(workflow(group, retry, first, second))
    assert tree.frame_around(second) is retry
    assert tree.frame_around(retry) is group
    assert tree.frame_around(group) is tree.nodes["wf"]
    assert tree.frame_around(tree.nodes["wf"]) is None
    assert [tree.is_attempt(item) for item in (group, retry, first, second)] == [
        False,
        False,
        True,
        True,
    ]


def displayed(name: str, shown: str, phase: str = "Succeeded", kind: str = "Pod") -> Node:
    return replace(node(name, phase, kind), display_name=shown)


def test_nodes_that_share_a_display_name_keep_their_own_names() -> None:
    seen = workflow(
        *(replace(one, display_name="Build") for one in retried("Failed", "Failed", name="linux")
          if one.type is NodeType.RETRY),
        *list(retried("Failed", "Failed", name="linux"))[1:],
        *(replace(one, display_name="Build") for one in retried("Succeeded", name="windows")
          if one.type is NodeType.RETRY),
        *list(retried("Succeeded", name="windows"))[1:],
        displayed("plain", "Build", "Failed"),
    )  # fmt: skip
    labels = {leaf.label: len(leaf.attempts) for leaf in Tree(seen).leaves()}
    assert labels == {"linux (Build)": 1, "windows (Build)": 0, "plain (Build)": 0}
    assert failures(seen) == ["linux", "plain"]


@pytest.mark.parametrize("kind", ["Steps", "DAG", "Retry", "Pod"])
def test_what_came_from_the_cache_is_a_leaf(kind: str) -> None:
    cached = replace(frame("a", kind, "Succeeded", "next"), memoized=True)
    seen = workflow(cached, node("next", "Failed"), phase="Failed")
    assert sorted(leaves(seen)) == ["a Succeeded", "next Failed"]
    assert failures(seen) == ["next"]


def test_a_superseded_leaf_is_told_from_one_that_counts() -> None:
    seen = workflow(
        frame("a", "Retry", "Failed", "a(0)", "a(1)"),
        frame("a(0)", "Steps", "Failed"),
        node("a(0).y", "Failed", boundary_id="wf-a(0)", display_name="y"),
        frame("a(1)", "Steps", "Failed"),
        node("a(1).x", "Failed", boundary_id="wf-a(1)", display_name="x"),
    )
    assert {leaf.path: leaf.superseded for leaf in Tree(seen).leaves()} == {
        "a.y": True,
        "a.x": False,
    }


def nested(depth: int, kind: str) -> Workflow:
    """Return frames nested in each other, all of which failed."""
    nodes = [
        replace(
            frame(f"deep{number}", kind, "Failed", f"{number + 1}"),
            id=f"wf-{number}",
            boundary_id="" if kind == "Retry" else f"wf-{number - 1}",
        )
        for number in range(depth)
    ]
    return Workflow(name="wf", nodes={one.id: one for one in nodes})


@pytest.mark.parametrize("kind", ["DAG", "Retry"])
def test_the_cost_of_a_node_does_not_grow_with_its_depth(kind: str) -> None:
    seen = nested(1_500, kind)
    nodes = CountingNodes(seen.nodes)
    tree = Tree(replace(seen, nodes=nodes), part=["wf-0"])
    assert len(tree.failures()) == 1
    assert nodes.lookups < 20 * len(nodes)
    assert max(len(tree.path(one)) for one in seen.nodes.values()) < LONGEST_PATH + 20


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("wf", ""),
        ("wf(2)", ""),
        ("wf[0].outer.d2[0].i2", "outer.d2.i2"),
        ("wf[0].never(0)", "never"),
        ("wf.suite(1)[0].test", "suite.test"),
        ("wf.fan(0:a b)(1)", "fan(0:a b)"),
        ("wf.fan(0:[1])", "fan(0:[1])"),
        ("wf.onExit", "onExit"),
    ],
)
def test_a_full_name_tells_the_path_where_the_tree_was_not_read(name: str, path: str) -> None:
    assert path_of_name(name, "wf") == path
