from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from argogate.model.part import names_in, part_of
from tests.build import node, workflow

RETRY = node("flaky", "Running", "Retry", children=("wf-flaky(0)",))
ATTEMPT = node("flaky(0)", "Failed", retried=True)
FAN_OUT = node("case", "Running", "TaskGroup", children=("wf-case(0)", "wf-case(1)"))
ITEMS = (node("case(0)"), node("case(1)", "Failed"))


@pytest.mark.parametrize("name", ["a", "wf.a", "wf-a"])
def test_a_node_is_named_by_display_name_name_or_id(name: str) -> None:
    part = part_of(workflow(node("a"), node("ab"), phase="Running"), [name])
    assert ([item.id for item in part.nodes], part.final) == (["wf-a"], True)


@pytest.mark.parametrize(
    ("phase", "members", "final"),
    [
        ("Succeeded", {}, True),
        ("Failed", {}, True),
        ("Omitted", {}, True),
        ("Running", {}, False),
        ("Pending", {}, False),
        ("Unknown", {}, False),
        ("Succeeded", {"synced": False}, False),
        ("Running", {"daemoned": True}, True),
    ],
)
def test_a_literal_match_is_final_when_its_node_is(
    phase: str, members: dict[str, Any], *, final: bool
) -> None:
    seen = workflow(node("a", phase, **members), node("b", "Running"), phase="Running")
    assert part_of(seen, ["a"]).final is final


def test_a_pattern_waits_for_the_frame_as_a_fan_out_may_grow() -> None:
    seen = workflow(FAN_OUT, *ITEMS, phase="Running")
    part = part_of(seen, ["case(*"])
    assert ([item.display_name for item in part.nodes], part.final) == (
        ["case(0)", "case(1)"],
        False,
    )
    done = workflow(replace(FAN_OUT, phase=ITEMS[0].phase), *ITEMS, phase="Running")
    assert part_of(done, ["case(*"]).final


def test_a_name_with_wildcards_that_exists_is_literal() -> None:
    seen = workflow(node("a[0]"), node("a0", "Running"), phase="Running")
    part = part_of(seen, ["a[0]"])
    assert ([item.display_name for item in part.nodes], part.final) == (["a[0]"], True)


def test_nothing_that_matches_is_not_final() -> None:
    seen = workflow(node("a"), phase="Running")
    for patterns in (["x"], ["a", "x*"], ["A"]):
        assert not part_of(seen, patterns).final


def test_several_patterns_match_each_node_once_and_are_final_together() -> None:
    seen = workflow(node("a"), node("b", "Running"), phase="Running")
    assert len(part_of(seen, ["a", "a", "wf-a"]).nodes) == 1
    assert not part_of(seen, ["a", "b"]).final


def test_attempts_are_matched_by_their_retry_alone() -> None:
    seen = workflow(RETRY, ATTEMPT, phase="Running")
    assert [item.id for item in part_of(seen, ["flaky*"]).nodes] == ["wf-flaky"]
    assert part_of(seen, ["flaky(0)"]).nodes == ()
    assert names_in(seen) == ("wf", "flaky")


def test_the_root_has_no_frame_to_wait_for() -> None:
    seen = workflow(node("a"), phase="Succeeded")
    assert part_of(seen, ["w?"]).final
