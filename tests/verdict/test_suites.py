from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.model.workflow import LABEL_CRON, NodePhase, NodeType, Workflow
from argogate.verdict.endings import (
    Abandoned,
    AccessDenied,
    Cancelled,
    Crashed,
    Deleted,
    Finished,
    Limit,
    NeverAppeared,
    PartEnded,
    PartMissing,
    Replaced,
    RequestRefused,
    Suspended,
    TimedOut,
    Unfinished,
    Unreachable,
)
from argogate.verdict.evidence import ArtifactFile, LogTail
from argogate.verdict.judge import add_shortfalls
from argogate.verdict.observation import Observation, Target
from argogate.verdict.report import Outcome
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, finished, judged, moment, node, observed, reported, told, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Node
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.endings import Ending
    from argogate.verdict.report import Case

TIMED_OUT = TimedOut(limit=Limit.TIMEOUT, seconds=70)

ENDINGS: tuple[tuple[Ending, str], ...] = (
    (NeverAppeared(waited=30), "NotFound"),
    (Deleted(why_no_result="gone"), "NotFound"),
    (Replaced(new_uid="2"), "NotFound"),
    (AccessDenied(reason="no"), "Denied"),
    (RequestRefused(reason="bad"), "Usage"),
    (Unreachable(reason="down"), "Unreachable"),
    (TIMED_OUT, "Timeout"),
    (Suspended(approvals=("a",)), "Suspended"),
    (Cancelled(signal_name="SIGTERM"), "Cancelled"),
    (Crashed(error="oops"), "Internal"),
    (Unfinished(), "Internal"),
    (Abandoned(because="argo/other"), "Incomplete"),
    (PartMissing(poll=workflow(phase="Succeeded"), patterns=("x",), names=()), "NotFound"),
    (PartMissing(poll=workflow(phase="Failed"), patterns=("x",), names=()), "Error"),
)


def cases(verdict: Verdict) -> list[Case]:
    return [case for suite in make_report(verdict).suites for case in suite.cases]


def outcomes(verdict: Verdict) -> dict[str, tuple[str, str, str]]:
    return {case.name: (case.outcome.value, case.type, case.message) for case in cases(verdict)}


@pytest.mark.parametrize(
    ("phase", "kind", "message", "expected"),
    [
        ("Succeeded", "Pod", "", ("passed", "", "")),
        ("Succeeded", "Suspend", "", ("passed", "", "")),
        ("Failed", "Pod", "exit 3", ("failed", "Failed", "exit 3")),
        ("Failed", "Pod", " ", ("failed", "Failed", "phase Failed")),
        ("Error", "HTTP", "no pod", ("errored", "Error", "no pod")),
        ("Error", "Skipped", "bad when", ("errored", "Error", "bad when")),
        ("Skipped", "Skipped", "when false", ("skipped", "Skipped", "when false")),
        ("Omitted", "Skipped", "depends", ("skipped", "Omitted", "depends")),
        ("Running", "Pod", "", ("errored", "Error", "never finished: phase Running")),
        ("", "Pod", "", ("errored", "Error", "never finished: phase not set")),
    ],
)
def test_a_node_of_a_failed_workflow_is_what_its_phase_says(
    phase: str, kind: str, message: str, expected: tuple[str, str, str]
) -> None:
    verdict = finished(node("a", phase, kind, message=message), node("b", "Failed"))
    assert outcomes(verdict)["a"] == expected


@pytest.mark.parametrize(
    ("phase", "reason"),
    [("Failed", "tolerated: exit 3"), ("Error", "tolerated: exit 3")]
    + [(phase, "tolerated: never finished: exit 3") for phase in ("Pending", "Running")],
)
def test_what_a_passed_workflow_tolerates_is_skipped(phase: str, reason: str) -> None:
    verdict = finished(node("a", phase, message="exit 3"), phase="Succeeded")
    assert outcomes(verdict) == {"a": ("skipped", "Tolerated", reason)}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_daemon_that_still_runs_passes(phase: str) -> None:
    verdict = finished(node("db", "Running", daemoned=True), phase=phase)
    assert outcomes(verdict)["db"] == ("passed", "", "")


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (TIMED_OUT, ("Timeout", "not over when --timeout ran out: pulling")),
        (Cancelled(signal_name="SIGINT"), ("Cancelled", "not over when SIGINT came: pulling")),
        (Unreachable(reason="down"), ("Error", "never finished: pulling")),
    ],
)
def test_what_runs_when_the_wait_ends_bears_the_reason(
    ending: Ending, expected: tuple[str, str]
) -> None:
    seen = workflow(node("a", "Running", message="pulling"), phase="Running")
    case = cases(judged(observed(seen, ending)))[0]
    assert (case.outcome, case.type, case.message) == (Outcome.ERRORED, *expected)
    assert case.seconds == 69


@pytest.mark.parametrize(("ending", "word"), ENDINGS)
def test_every_other_ending_has_a_case_of_its_own(ending: Ending, word: str) -> None:
    verdict = judged(observed(None, ending))
    assert outcomes(verdict) == {"workflow": ("errored", word, verdict.message)}
    assert [case.classname for case in cases(verdict)] == ["wf"]


def test_a_failed_node_does_not_hide_that_the_server_was_lost() -> None:
    seen = workflow(node("a", "Failed"), phase="Running")
    found = outcomes(judged(observed(seen, Unreachable(reason="down"))))
    assert found["a"][0] == "failed"
    assert found["workflow"][1] == "Unreachable"


def test_a_timeout_that_a_running_node_bears_needs_no_second_case() -> None:
    seen = workflow(node("a", "Running"), phase="Running")
    assert list(outcomes(judged(observed(seen, TIMED_OUT)))) == ["a"]


def test_a_workflow_that_fails_without_a_failed_node_is_red() -> None:
    verdict = judged(observed(workflow(phase="Error", message="spec is invalid")))
    assert outcomes(verdict)["workflow"] == ("errored", "Error", verdict.message)
    assert dict(cases(verdict)[0].details)["workflow message"] == "spec is invalid"


def test_a_frame_that_fails_by_itself_is_a_case() -> None:
    frame = node("steps", "Error", "Steps", message="template not found")
    assert outcomes(finished(node("a"), frame))["steps"][0] == "errored"


def test_a_passed_workflow_without_nodes_is_one_passing_case() -> None:
    verdict = finished(phase="Succeeded")
    assert outcomes(verdict) == {"workflow": ("passed", "", "")}
    assert cases(verdict)[0].note == verdict.message


def test_a_display_name_stands_behind_the_own_name_and_is_no_part_of_the_key() -> None:
    shared = [
        replace(node(name, phase), display_name="Build")
        for name, phase in (("linux", "Failed"), ("windows", "Succeeded"))
    ]
    for order in (shared, shared[::-1]):
        first, second = sorted(cases(finished(*order)), key=lambda case: case.name)
        assert (first.name, second.name) == ("linux", "windows")
        assert (first.label, second.label) == ("linux (Build)", "windows (Build)")
        assert dict(first.details)["display name"] == "Build"
        assert second.note == "display name: Build"


def test_what_the_last_attempt_did_not_reach_is_skipped() -> None:
    inside = [
        ("a(0).x", "Succeeded"),
        ("a(0).y", "Failed"),
        ("a(1).x", "Failed"),
    ]
    verdict = finished(
        node("a", "Failed", "Retry", children=("wf-a(0)", "wf-a(1)")),
        node("a(0)", "Failed", "Steps", retried=True),
        node("a(1)", "Failed", "Steps", retried=True),
        *(node(name, phase, boundary_id=f"wf-{name[:4]}", message="no") for name, phase in inside),
    )
    found = {case.name: case.outcome for case in cases(verdict)}
    assert found == {"a.x": Outcome.FAILED, "a.y": Outcome.SKIPPED}
    (skipped,) = [case for case in cases(verdict) if case.name == "a.y"]
    assert skipped.message == "not reached in the last attempt; once: no"


def test_containers_of_a_pod_that_never_started_bear_its_reason() -> None:
    verdict = finished(
        node("p", "Error", message="ImagePullBackOff: no such image"),
        *(node(f"p.{name}", "Pending", "Container", boundary_id="wf-p") for name in "ab"),
    )
    found = {case.name: (case.outcome, case.message) for case in cases(verdict)}
    skipped = (Outcome.SKIPPED, "it did not run to its end: ImagePullBackOff: no such image")
    assert found == {
        "p.a": skipped,
        "p.b": skipped,
        "p": (Outcome.ERRORED, "ImagePullBackOff: no such image"),
    }


def test_a_container_that_waited_for_a_failed_one_is_no_second_failure() -> None:
    verdict = finished(
        node("p", "Failed", message="b: Error (exit code 1)"),
        node("p.b", "Failed", "Container", boundary_id="wf-p", message="b: Error (exit code 1): "),
        node(
            "p.c",
            "Error",
            "Container",
            boundary_id="wf-p",
            message='c: Error (exit code 64): dependency "b" exited with non-zero code: 1',
        ),
    )
    assert verdict.message.endswith(": p.b (b: Error (exit code 1))")
    assert [case.outcome for case in cases(verdict)] == [Outcome.FAILED, Outcome.SKIPPED]


def test_work_that_was_cut_short_is_red_whatever_its_phase() -> None:
    killed = node("a", message="workflow shutdown with strategy:  Terminate")
    (case,) = cases(finished(killed, phase="Succeeded"))
    assert (case.outcome, case.type) == (Outcome.FAILED, "Failed")
    assert "shutdown" in case.message


def test_what_it_waited_for_is_remembered_in_its_case() -> None:
    seen = workflow(node("a", "Failed", message="workflow shutdown with strategy:  Stop"))
    verdict = judged(observed(seen, pending={"wf-a": "Pending: ErrImagePull: no"}))
    (case,) = cases(verdict)
    assert case.message.endswith("; before that Pending: ErrImagePull: no")
    assert "(workflow shutdown with strategy: Stop; before that Pending: Err" in verdict.message
    same = workflow(node("a", "Failed", message="ErrImagePull: no"))
    (case,) = cases(judged(observed(same, pending={"wf-a": "Pending: ErrImagePull: no"})))
    assert case.message == "ErrImagePull: no"


def test_an_approval_is_one_red_case_that_says_how_to_approve() -> None:
    waiting = node("ok", "Running", "Suspend", supplied=("why",))
    seen = workflow(waiting, node("other", "Running"), phase="Running")
    found = cases(judged(observed(seen, Suspended(approvals=("ok",)))))
    assert [(case.name, case.type) for case in found] == [("ok", "Suspended"), ("other", "Error")]
    assert "it waits for an approval: argo node set -n argo wf" in found[0].message


def test_an_allowed_absence_is_one_passing_case() -> None:
    verdict = judged(observed(None, NeverAppeared(waited=1)), ignore_not_found=True)
    assert outcomes(verdict) == {"workflow": ("passed", "", "")}


def test_an_incomplete_pass_is_red_by_what_is_lacking() -> None:
    seen = workflow(node("a", "Failed"), phase="Succeeded")
    artifact = judged(observed(seen, shortfalls=("no report.xml",)))
    assert {name: found[1] for name, found in outcomes(artifact).items()} == {
        "a": "Tolerated",
        "artifacts": "Incomplete",
    }
    report = add_shortfalls(finished(node("a"), phase="Succeeded"), ["disk full"])
    assert outcomes(report)["reports"][:2] == ("errored", "Incomplete")


def _retried(*phases: str) -> Workflow:
    attempts = tuple(
        replace(node(f"t({at})", phase, message=f"try {at}", retried=True), started_at=moment(at))
        for at, phase in enumerate(phases)
    )
    retry = node("t", phases[-1], "Retry", children=tuple(item.id for item in attempts))
    return workflow(retry, *attempts, phase=phases[-1])


@pytest.mark.parametrize("last", ["Succeeded", "Failed"])
def test_a_retried_node_is_one_case_with_its_failed_attempts(last: str) -> None:
    (case,) = cases(judged(observed(_retried("Failed", "Succeeded", "Error", last))))
    assert (case.name, case.red) == ("t", last == "Failed")
    assert [(attempt.type, attempt.message) for attempt in case.attempts] == [
        ("Failed", "try 0"),
        ("Error", "try 2"),
    ]
    assert dict(case.details).get("attempts") == ("4" if case.red else None)


def test_a_memoized_node_passes_in_no_time() -> None:
    (case,) = cases(finished(node("a", memoized=True), phase="Succeeded"))
    assert (case.outcome, case.seconds) == (Outcome.PASSED, 0)
    assert case.note.startswith("memoized")


def test_a_red_case_has_log_attachments_and_details() -> None:
    seen = workflow(node("a", "Failed", exit_code="3"), node("b", "Failed"))
    files = (
        ArtifactFile(node_id="wf-a", node_path="a", template="a", name="x", path="out/x"),
        ArtifactFile(node_id="wf-a", node_path="a", template="a", name="y", error="404"),
    )
    logs = (
        LogTail(node_id="wf-a", lines=("one", "two")),
        LogTail(node_id="wf-b", problem="the pod is gone"),
    )
    first, second = cases(judged(observed(seen, artifacts=files, logs=logs)))
    assert first.log == ("one", "two")
    assert first.attachments == ("out/x",)
    assert dict(first.details)["exit code"] == "3"
    assert dict(first.details)["started"] == "2026-01-31T12:00:01Z"
    assert dict(second.details)["log"] == "the pod is gone"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "wf"),
        ({"labels": {LABEL_CRON: "every-night"}}, "every-night"),
        ({"generate_name": "nightly-"}, "nightly"),
        ({"generate_name": "nightly-", "template": "build"}, "build"),
        ({"template": "a\nb\x00"}, "a b\ufffd"),
    ],
)
def test_a_suite_is_named_without_what_was_generated(
    members: dict[str, object], expected: str
) -> None:
    (suite,) = told(node("a"), phase="Succeeded", **members).suites
    assert suite.name == expected
    assert suite.cases[0].classname == f"{expected} / a"


def named(*members: dict[str, str], suite: str = "", stem: str = "") -> list[str]:
    seen = [workflow(node("a"), **each) for each in members]
    target = Target(namespace="argo", name="wf", suite=suite, stem=stem)
    return [
        suite.name for suite in reported(*(observed(each, target=target) for each in seen)).suites
    ]


def test_a_suite_has_the_name_that_was_chosen() -> None:
    assert named({}, suite="nightly") == ["nightly"]
    both = named({"template": "t"}, {"template": "u"}, suite="nightly")
    assert both == ["nightly / t", "nightly / u"]


def test_a_suite_has_no_number_of_the_ci_in_its_name_unless_there_is_a_better_one() -> None:
    assert named({}, stem="nightly") == ["nightly"]
    assert named({"template": "t"}, stem="nightly") == ["t"]


def test_a_node_without_a_template_has_the_suite_as_class() -> None:
    (case,) = cases(finished(node("a", template_name=""), phase="Succeeded"))
    assert case.classname == "wf"


def test_a_long_name_is_cut_and_told_apart_by_its_hash() -> None:
    first, second = cases(finished(node("x" * 300 + "1"), node("x" * 300 + "2")))[:2]
    assert len(first.name) == len(second.name) == 209
    assert first.name != second.name


def test_a_suite_tells_its_workflow_and_what_is_missing() -> None:
    verdict = judged(
        observed(workflow(node("a"), phase="Succeeded"), remarks=("no tree", "no log"))
    )
    properties = dict(make_report(verdict).suites[0].properties)
    assert properties["argo.uid"] == "b1a0"
    assert properties["argo.remarks"] == "no tree; no log"
    assert "argo.template" not in properties


@pytest.mark.parametrize(
    ("seen", "ending", "expected"),
    [
        (workflow(phase="Failed"), None, 65),
        (workflow(phase="Running"), TIMED_OUT, 70),
        (workflow(phase="Failed", finished_at=None), None, 70),
        (workflow(phase="Pending", started_at=None), TIMED_OUT, 70),
        (workflow(phase="Failed", finished_at=moment(-9)), None, 0),
    ],
)
def test_a_suite_lasts_by_the_wall_clock(
    seen: Workflow, ending: Ending | None, expected: float
) -> None:
    assert reported(observed(seen, ending)).suites[0].seconds == expected


def test_a_run_without_any_time_has_none() -> None:
    (suite,) = reported(Observation(target=observed(None).target, ending=TIMED_OUT)).suites
    assert (suite.seconds, suite.timestamp) == (0, None)


def test_the_poll_fixes_how_it_ended_also_where_the_tree_was_read_before() -> None:
    before = workflow(node("a", "Failed"), phase="Running")
    poll = workflow(node("other"), phase="Failed")
    (suite,) = reported(observed(before, Finished(poll=poll))).suites
    assert dict(suite.properties)["argo.phase"] == "Failed"
    assert suite.seconds == 65
    assert [case.name for case in suite.cases] == ["a"]


def test_several_workflows_stand_each_for_itself() -> None:
    passed = observed(workflow(node("a", "Failed"), phase="Succeeded", template="t"))
    failed = observed(workflow(node("a", "Failed"), template="t"))
    first, second = reported(passed, failed).suites
    assert [case.red for case in (*first.cases, *second.cases)] == [False, True]
    assert (first.name, second.name) == ("t", "t #2")
    assert second.cases[0].classname == "t #2 / a"


def test_equal_names_are_told_apart() -> None:
    twins = tuple(replace(node("a"), id=f"wf-{at}") for at in range(3))
    taken = replace(node("a #2"), id="wf-", template_name="a")
    names = [case.name for case in cases(finished(taken, *twins, phase="Succeeded"))]
    assert sorted(names) == ["a", "a #2", "a #2 #2", "a #3"]


def _part(*found: Node) -> Verdict:
    seen = workflow(*found, node("outside", "Failed"), phase="Running")
    part = tuple(item.id for item in found)
    return judged(observed(seen, PartEnded(poll=seen, nodes=part), part=part))


def test_a_gate_on_some_nodes_has_cases_of_those_only() -> None:
    assert outcomes(_part(node("a"))) == {"a": ("passed", "", "")}
    assert outcomes(_part(node("a", "Failed", message="no"))) == {"a": ("failed", "Failed", "no")}


def test_a_gate_on_an_omitted_node_is_red() -> None:
    found = outcomes(_part(node("a", "Omitted", message="depends")))
    assert {name: case[0] for name, case in found.items()} == {
        "a": "skipped",
        "workflow": "errored",
    }


def test_what_an_abandoned_workflow_still_runs_is_skipped() -> None:
    seen = workflow(node("a", "Running"), node("b", "Failed"), phase="Running")
    found = outcomes(judged(observed(seen, Abandoned(because="argo/other"))))
    assert found["a"][:2] == ("skipped", "Abandoned")
    assert found["b"][0] == "failed"
    assert found["workflow"][:2] == ("errored", "Incomplete")


nodes = st.builds(
    lambda name, phase, kind, boundary, attempts: node(
        name,
        phase.value,
        kind.value,
        boundary_id=boundary,
        children=tuple(f"wf-{child}" for child in attempts),
        message="",
    ),
    st.sampled_from([*"abcdefg", *HOSTILE[:5]]),
    st.sampled_from(NodePhase),
    st.sampled_from(NodeType),
    st.sampled_from(["", "wf", "wf-a", "wf-b", "nowhere"]),
    st.lists(st.sampled_from("abcdefg"), max_size=3),
)
observations = st.builds(
    lambda found, phase, ending, shortfalls: observed(
        workflow(*found, phase=phase), ending, shortfalls=shortfalls
    ),
    st.lists(nodes, max_size=8),
    st.sampled_from(["Succeeded", "Failed", "Error"]),
    st.sampled_from([None, None, None, *(ending for ending, _ in ENDINGS)]),
    st.sampled_from([(), (), ("no artifact",)]),
)


@given(st.lists(observations, min_size=1, max_size=3), st.booleans())
def test_a_case_is_red_if_and_only_if_the_gate_is(found: list[Observation], zero: bool) -> None:  # noqa: FBT001
    verdict = judged(*found, exit_zero=zero)
    for suite in make_report(verdict).suites:
        assert suite.cases
        assert any(case.red for case in suite.cases) is not suite.result.passed
    assert any(case.red for case in cases(verdict)) is (verdict.deciding.exit_code != 0)
    names = [(case.classname, case.name) for case in cases(verdict)]
    assert len(set(names)) == len(names)
    assert all(case.message for case in cases(verdict) if case.outcome is not Outcome.PASSED)
