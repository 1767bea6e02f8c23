"""Which nodes `--node` means, and when they are final."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argogate.model.blueprint import Blueprint, Template
from argogate.model.part import names_in, part_of
from tests.build import node, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Node

RETRY = node("flaky", kind="Retry", children=("wf-flaky(0)", "wf-flaky(1)"))
ATTEMPTS = (node("flaky(0)", "Failed", retried=True), node("flaky(1)", retried=True))
DONE = Blueprint(
    templates={"main": Template(), "t": Template()}, used={"wf": "main", "wf-fan": "t"}
)
"""Templates that make nothing but what is there."""
GROUP = node("fan", "Running", kind="TaskGroup", children=("wf-fan(0:a)", "wf-fan(1:b)"))
FAN = (node("fan(0:a)"), node("fan(1:b)"))


@pytest.mark.parametrize(
    ("nodes", "patterns", "matched", "final"),
    [
        ([node("a")], ["a"], ["a"], True),
        ([node("a")], ["wf.a"], ["a"], True),
        ([node("a")], ["wf-a"], ["a"], True),
        ([node("a", "Running")], ["a"], ["a"], False),
        ([node("a", synced=False)], ["a"], ["a"], False),
        ([node("a", "Running", daemoned=True)], ["a"], ["a"], True),
        ([node("a")], ["b"], [], False),
        ([node("a")], ["b*"], [], False),
        ([node("a"), node("b", "Running")], ["a", "b"], ["a", "b"], False),
        ([node("a"), node("ab")], ["a*"], ["a", "ab"], True),
        ([RETRY, *ATTEMPTS], ["flaky"], ["flaky"], True),
        ([RETRY, *ATTEMPTS], ["flaky(0)"], [], False),
        ([GROUP, *FAN], ["fan(0:a)"], ["fan(0:a)"], False),
        ([GROUP, *FAN], ["wf.fan(0:a)"], ["fan(0:a)"], True),
        ([GROUP, *FAN], ["fan(*"], ["fan(0:a)", "fan(1:b)"], False),
        ([replace(GROUP, phase=FAN[0].phase), *FAN], ["fan(*"], ["fan(0:a)", "fan(1:b)"], True),
        ([node("x[0]")], ["x[0]"], ["x[0]"], True),
    ],
)
def test_a_part_is_final_when_nothing_of_it_can_change_any_more(
    nodes: list[Node], patterns: list[str], matched: list[str], *, final: bool
) -> None:
    part = part_of(workflow(*nodes, phase="Running", blueprint=DONE), patterns)
    assert [one.display_name for one in part.nodes] == matched
    assert part.final == final


def test_a_pattern_at_the_top_waits_for_no_frame() -> None:
    seen = workflow(node("a"), phase="Succeeded")
    assert part_of(seen, ["w?"]).final


def test_the_names_that_could_have_matched_leave_attempts_out() -> None:
    assert names_in(workflow(RETRY, *ATTEMPTS, node("a"))) == ("wf", "flaky", "a")


def test_a_pattern_without_a_match_keeps_what_the_others_match_from_being_final() -> None:
    seen = workflow(node("a"), phase="Running")
    assert part_of(seen, ["wf.a"]).final
    both = part_of(seen, ["wf.a", "wf.b"])
    assert (both.missing, both.final) == (("wf.b",), False)
