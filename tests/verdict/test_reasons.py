"""Messages as Argo, kubelet and scheduler write them, and what they are called."""

from __future__ import annotations

from typing import Any

import pytest

from argogate.model.workflow import LABEL_ACTION, LABEL_ACTOR
from argogate.verdict.endings import Cancelled, Limit, TimedOut
from argogate.verdict.reasons import Cause, spell_exit
from tests.build import node, observed, reported, told, workflow

TERMINATED: dict[str, Any] = {
    "shutdown": "Terminate",
    "labels": {LABEL_ACTION: "Terminate", LABEL_ACTOR: "alice"},
}
PULL = (
    'ImagePullBackOff: Back-off pulling image "nope:1": ErrImagePull: failed to resolve reference '
    '"nope:1": failed to do request: connection refused'
)

MESSAGES = (
    ("main: Error (exit code 1)", Cause.EXIT, "exit code 1"),
    ("Error (exit code 3): assertion failed", Cause.EXIT, "exit code 3"),
    ("main: Error (exit code 143)", Cause.EXIT, "exit code 143 (SIGTERM)"),
    ("main: Error (exit code 139)", Cause.EXIT, "exit code 139 (SIGSEGV)"),
    ("main: StartError (exit code 127)", Cause.EXIT, "exit code 127 (command not found)"),
    ("main: OOMKilled (exit code 137)", Cause.MEMORY, "OOMKilled"),
    ("Pod was active on the node longer than the specified deadline", Cause.DEADLINE, ""),
    ("Step exceeded its deadline", Cause.DEADLINE, "deadline exceeded"),
    ("Max duration limit exceeded", Cause.DEADLINE, "deadline exceeded"),
    ("The node was low on resource: memory. Threshold quantity: 100Mi", Cause.EVICTED, "evicted"),
    ("Preempted in order to admit critical pod", Cause.EVICTED, "evicted"),
    ("Pod was terminated in response to imminent node shutdown.", Cause.LOST, "pod lost"),
    ("pod deleted", Cause.LOST, "pod lost"),
    (PULL, Cause.IMAGE, "image pull failed"),
    ("Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.", Cause.UNSCHEDULABLE, ""),
    (
        'pods "wf-a" is forbidden: exceeded quota: compute, requested: cpu=4, used: cpu=8',
        Cause.QUOTA,
        "quota exceeded",
    ),
    (
        'Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "x" cannot',
        Cause.FORBIDDEN,
        "",
    ),
    ('CreateContainerConfigError: secret "db" not found', Cause.CONFIGURATION, ""),
    ("invalid spec: template name 'does-not-exist' undefined", Cause.TEMPLATE, "template error"),
    ("failed to resolve references: cannot finish template replacement", Cause.TEMPLATE, ""),
    (
        "Failed to acquire the synchronization lock. requested configuration is invalid: cannot",
        Cause.TEMPLATE,
        "",
    ),
    ("Error (exit code 64): failed to put file: Access Denied", Cause.ARTIFACT, ""),
    ("failed to load artifact 'in': The specified key does not exist", Cause.ARTIFACT, ""),
    (
        'pods "a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
        Cause.POLICY,
        "",
    ),
    ("Error (exit code 1): my deadline: evicted, is forbidden", Cause.EXIT, "exit code 1"),
    ("failed to create: context deadline exceeded", Cause.OTHER, ""),
    ("child 'wf-123' failed", Cause.OTHER, "child 'wf-123' failed"),
    ("", Cause.OTHER, "phase Failed"),
)


@pytest.mark.parametrize(("message", "cause", "words"), MESSAGES)
def test_a_message_has_a_reason(message: str, cause: Cause, words: str) -> None:
    (group,) = told(node("a", "Failed", message=message)).suites[0].analysis.groups
    assert group.cause == cause
    assert group.reason == (words or (message if cause is Cause.OTHER else cause.value))
    assert not group.consequence
    if words and cause is not Cause.OTHER:
        assert f"1 × {words}: a" == str(group)


def test_the_exit_code_of_the_node_counts_where_the_message_has_none() -> None:
    codes = {
        exit_code: told(node("a", "Failed", message="boom", exit_code=exit_code))
        .suites[0]
        .analysis.groups[0]
        .reason
        for exit_code in ("2", "0", "", "x", "9" * 5000)
    }
    assert codes.pop("2") == "exit code 2"
    assert set(codes.values()) == {"boom"}


def test_exit_codes_are_spelled_with_what_they_stand_for() -> None:
    spelled = [spell_exit(code) for code in ("1", "126", "137", "255", "9999999999")]
    assert spelled == [
        "exit code 1",
        "exit code 126 (cannot be executed)",
        "exit code 137 (SIGKILL)",
        "exit code 255",
        "exit code 9999999999",
    ]


@pytest.mark.parametrize(
    "message", ["workflow shutdown with strategy:  Terminate", "main: Error (exit code 143)"]
)
def test_what_somebody_shut_down_says_who_did(message: str) -> None:
    report = told(node("a", "Failed", message=message), **TERMINATED)
    analysis = report.suites[0].analysis
    (group,) = analysis.groups
    assert (group.reason, group.consequence) == ("shut down by alice", True)
    assert analysis.stopped_by == "Terminate by alice"


def test_a_workflow_that_was_shut_down_before_any_node_says_so() -> None:
    report = told(message="Stopped with strategy 'Terminate'", **TERMINATED)
    assert [str(group) for group in report.suites[0].analysis.groups] == [
        "1 × shut down by alice: workflow"
    ]


def test_what_kept_a_node_from_running_is_the_reason_not_what_ended_it() -> None:
    message = "workflow shutdown with strategy:  Terminate"
    seen = workflow(node("a", "Failed", message=message), **TERMINATED)
    for before, reason in ((f"Pending: {PULL}", "image pull failed"), ("?", "shut down by alice")):
        report = reported(observed(seen, pending={"wf-a": before}))
        assert report.suites[0].analysis.groups[0].reason == reason


def test_what_kept_a_workflow_from_running_is_the_reason_not_what_ended_it() -> None:
    seen = workflow(message="Stopped with strategy 'Terminate'", **TERMINATED)
    queued = {"wf": "Pending: Waiting for argo/Mutex/deploy lock. Lock status: 0/1"}
    report = reported(observed(seen, pending=queued))
    assert report.suites[0].analysis.groups[0].reason == "waits for a lock"


def test_an_exit_code_that_is_no_choice_of_the_program_has_a_hint() -> None:
    (group,) = (
        told(node("a", "Failed", message="main: Error (exit code 137)")).suites[0].analysis.groups
    )
    assert (group.reason, group.hint) == (
        "exit code 137 (SIGKILL)",
        "it was killed from outside, often for want of memory",
    )


TIMED_OUT = TimedOut(limit=Limit.TIMEOUT, seconds=70)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "still Running"),
        ({"phase": "Pending", "message": PULL}, "image pull failed"),
        ({"phase": "Pending", "waiting_for_lock": "argo/Mutex/a"}, "waits for a lock"),
        ({"kind": "Suspend"}, "waits for an approval"),
        ({"kind": "Suspend", "timed": True}, "still Running"),
    ],
)
def test_what_never_finished_says_what_it_waits_for(members: Any, reason: str) -> None:  # noqa: ANN401
    seen = workflow(node("a", **{"phase": "Running", **members}), phase="Running")
    (group,) = reported(observed(seen, TIMED_OUT)).suites[0].analysis.groups
    assert group.reason == reason
    assert group.consequence is (reason == "still Running")


def test_what_never_finished_in_a_run_that_ended_is_a_cause() -> None:
    groups = told(node("a", "Running")).suites[0].analysis.groups
    group = next(group for group in groups if group.cases[0].label == "a")
    assert (group.reason, group.consequence) == ("never finished (Running)", False)


def test_an_approval_that_was_refused_is_one() -> None:
    (group,) = told(node("a", "Failed", "Suspend", message="not today")).suites[0].analysis.groups
    assert group.reason == "not approved"


def test_what_kept_the_gate_from_a_result_is_named_by_its_conclusion() -> None:
    report = reported(observed(None, Cancelled(signal_name="SIGTERM")))
    assert report.suites[0].analysis.groups[0].reason == "cancelled"


def test_messages_that_differ_in_numbers_alone_are_one_reason() -> None:
    nodes = [node(f"n{at}", "Failed", message=f"row {at} of 1,000 is bad") for at in range(3)]
    (group,) = told(*nodes).suites[0].analysis.groups
    assert str(group) == "3 × row … of … is bad: n0, n1 and n2"
