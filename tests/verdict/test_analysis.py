"""What went wrong, grouped: causes, consequences, what was skipped, flaky, tolerated."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import TYPE_CHECKING

from hypothesis import given

from argogate.verdict.analysis import DEEPEST, Analysis
from argogate.verdict.suites import make_report
from tests.build import judged, moment, node, told
from tests.verdict.test_suites import observations

if TYPE_CHECKING:
    from argogate.model.workflow import Node
    from argogate.verdict.observation import Observation

ONE, TWO = "main: Error (exit code 1)", "main: Error (exit code 2)"
DOWN = "workflow shutdown with strategy:  Stop"


def analysed(*nodes: Node, phase: str = "Failed") -> Analysis:
    return told(*nodes, phase=phase).suites[0].analysis


def labels(analysis: Analysis) -> list[list[str]]:
    return [[case.label for case in group.cases] for group in analysis.groups]


@given(observations)
def test_every_red_case_is_in_one_group_and_a_pass_has_no_next_step(found: Observation) -> None:
    (suite,) = make_report(judged(found)).suites
    analysis = suite.analysis
    grouped = [id(case) for group in analysis.groups for case in group.cases]
    assert sorted(grouped) == sorted(id(case) for case in suite.cases if case.red)
    assert sorted(map(id, analysis.foremost)) == sorted(grouped)
    assert bool(analysis.next_steps) is not suite.result.passed


def test_causes_come_first_of_them_the_commonest_and_of_equals_the_earliest() -> None:
    analysis = analysed(
        node("d1", "Failed", message=DOWN),
        node("d2", "Failed", message=DOWN),
        node("d3", "Failed", message=DOWN),
        node("late", "Failed", message="late", finished_at=moment(9)),
        node("early", "Failed", message="early", finished_at=moment(2)),
        node("b", "Failed", message=TWO, finished_at=moment(8)),
        node("a", "Failed", message=TWO, finished_at=moment(7)),
        node("endless", "Failed", message="without an end", finished_at=None),
    )
    assert labels(analysis) == [["a", "b"], ["early"], ["late"], ["endless"], ["d1", "d2", "d3"]]
    assert [group.consequence for group in analysis.groups] == [False] * 4 + [True]
    assert [case.label for case in analysis.foremost[:6]] == [
        *("a", "early", "late", "endless", "d1", "b")
    ]


def test_a_group_names_some_and_counts_the_others() -> None:
    (group,) = analysed(*(node(f"n{at}", "Failed", message=ONE) for at in range(7))).groups
    assert str(group) == "7 × exit code 1: n0, n1, n2, n3, n4 and 2 more"


def test_the_chain_of_frames_around_a_failure_is_no_failure_of_its_own() -> None:
    inner = node("inner", "Failed", "Steps", message="child 'wf-leaf' failed")
    leaf = node("leaf", "Failed", message=ONE, boundary_id="wf-inner")
    assert labels(analysed(inner, leaf)) == [["inner.leaf"]]


def test_what_waited_for_a_failure_never_ran_because_of_it() -> None:
    analysis = analysed(
        node("bad", "Failed", message=ONE, children=("wf-next",)),
        node("next", "Omitted", "Skipped", children=("wf-last",)),
        node("last", "Omitted", "Skipped", children=("wf-next",)),
        node("good", children=("wf-otherwise", "wf-unless")),
        node("otherwise", "Omitted", "Skipped"),
        node("unless", "Skipped", "Skipped"),
    )
    assert [case.label for case in analysis.skipped] == ["last", "next"]


def test_a_frame_that_failed_as_a_whole_is_what_others_waited_for() -> None:
    analysis = analysed(
        node("frame", "Failed", "DAG"),
        node("bad", "Failed", message=ONE, boundary_id="wf-frame"),
        node("good", boundary_id="wf-frame", children=("wf-after",)),
        node("after", "Omitted", "Skipped"),
    )
    assert [case.label for case in analysis.skipped] == ["after"]


def test_frames_are_climbed_to_a_depth() -> None:
    """A dependency is one frame up, or a few; hostile trees are deep."""
    deep = [node(f"f{at}", kind="DAG", boundary_id=f"wf-f{at + 1}") for at in range(DEEPEST)]
    analysis = analysed(
        node(f"f{DEEPEST}", "Failed", "DAG"),
        *deep,
        node("good", boundary_id="wf-f0", children=("wf-after",)),
        node("after", "Omitted", "Skipped"),
    )
    assert not analysis.skipped


def test_containers_after_one_that_failed_never_ran_because_of_it() -> None:
    message = 'main: Error (exit code 64): dependency "b" exited with non-zero code: 1'
    analysis = analysed(
        node("pod", "Failed", message=message),
        node("b", "Failed", "Container", message="b: Error (exit code 1)", boundary_id="wf-pod"),
        node("main", "Failed", "Container", message=message, boundary_id="wf-pod"),
    )
    assert [case.node.display_name for case in analysis.skipped if case.node] == ["main"]


def retried(last: str, message: str = "") -> tuple[Node, ...]:
    return (
        node("r", last, "Retry", children=("wf-r0", "wf-r1")),
        node("r0", "Failed", message=ONE),
        node("r1", last, message=message),
    )


def test_what_failed_and_then_passed_in_one_run_is_flaky() -> None:
    analysis = analysed(*retried("Succeeded"), phase="Succeeded")
    assert [case.label for case in analysis.flaky] == ["r"]
    assert not analysis.groups


def test_what_failed_in_every_attempt_is_one_failure_and_a_cause_unless_it_was_shut_down() -> None:
    for message, consequence in (ONE, False), (DOWN, True):
        analysis = analysed(*retried("Failed", message))
        assert labels(analysis) == [["r"]]
        assert analysis.groups[0].consequence is consequence
        assert not analysis.flaky


def test_what_a_passing_workflow_tolerates_is_no_failure() -> None:
    analysis = analysed(node("a", "Failed", message=ONE), phase="Succeeded")
    assert [case.label for case in analysis.tolerated] == ["a"]
    assert not analysis.groups
    assert not analysis.stopped_by


def test_the_cost_of_many_reasons_beside_a_common_one_is_linear() -> None:
    (group,) = analysed(node("a", "Failed", message=ONE)).groups
    common = replace(group, cases=group.cases * 10_000)
    before = process_time()
    assert len(Analysis(groups=(common, *[group] * 10_000)).foremost) == 20_000
    assert process_time() - before < 1
