from __future__ import annotations

import re

import pytest

from argogate.reports import text
from argogate.verdict.endings import NeverAppeared, Suspended
from argogate.verdict.evidence import LogTail
from argogate.verdict.observation import Target
from argogate.verdict.suites import make_report
from tests.build import judged, node, observed, reported, told, workflow
from tests.reports.test_junit import VERDICTS

PAGE = "https://argo.example/workflows/argo/wf"


def link(name: str) -> str:
    panel = f"&sidePanel=logs:wf-{name}:main"
    return f"    {PAGE}?tab=workflow&nodeId=wf-{name}{panel}&uid=b1a0"


def test_the_paragraph_of_a_failure_says_what_failed_and_ends_with_the_address() -> None:
    seen = workflow(node("ok"), node("unit", "Failed", message="main: Error (exit code 3)"))
    logs = (LogTail(node_id="wf-unit", lines=("running", "::error::boom", "\x1b[31mred")),)
    shown = text.render_text(reported(observed(seen, logs=logs, remarks=("no archive",))))
    assert shown.splitlines() == [
        "failed  argo/wf  ended Failed after 1m 5s: unit (main: Error (exit code 3))",
        "  exit code 3: unit (2s)",
        "      | running",
        "      | ::error::boom",
        "      | red",
        link("unit"),
        "  note: no archive",
        "  next: run once more what failed: argo retry -n argo wf",
        f"  {PAGE}",
    ]


def test_failures_are_grouped_the_commonest_first_and_a_few_of_each_are_told() -> None:
    exits = [node(f"n{at}", "Failed", message="main: Error (exit code 1)") for at in range(30)]
    killed = node("big", "Failed", message="main: OOMKilled (exit code 137)")
    lines = text.render_text(told(killed, *exits)).splitlines()
    assert lines[1:] == [
        "  30 × exit code 1",
        *(row for at in range(3) for row in (f"    n{at} (2s)", link(f"n{at}"))),
        "    also n3, n4, n5, n6, n7, n8, n9, n10, n11, n12 and 17 more",
        "  OOMKilled: big (2s)",
        "    hint: it used more memory than resources.limits.memory of its template allows",
        link("big"),
        "  next: run once more what failed: argo retry -n argo wf",
        f"  {PAGE}",
    ]


def test_many_reasons_are_counted_not_listed() -> None:
    nodes = [node(f"n{at}", "Failed", message="word" + "x" * at) for at in range(12)]
    lines = text.render_text(told(*nodes, *nodes)).splitlines()
    assert "  … and 2 more failed nodes for other reasons" in lines
    assert len([row for row in lines if row.startswith("  word")]) == text.MOST_GROUPS


def test_a_message_that_says_more_than_the_reason_is_shown() -> None:
    nodes = [node(name, "Failed", message=f"main: Error (exit code 1): {name}!") for name in "ab"]
    shown = text.render_text(told(*nodes))
    assert "    b (2s): main: Error (exit code 1): b!\n" in shown
    assert "    a (2s)\n" in shown, "the first line has it"


def test_what_was_skipped_and_what_is_flaky_is_named() -> None:
    failing = node("bad", "Failed", children=("wf-after",))
    after = node("after", "Omitted", "Skipped")
    retry = node("r", kind="Retry", children=("wf-r0", "wf-r1"))
    attempts = node("r0", "Failed"), node("r1")
    lines = text.render_text(told(failing, after, retry, *attempts)).splitlines()
    assert "  not run because of that: after" in lines
    assert "  flaky, passed when retried: r" in lines


def test_how_to_approve_stands_in_the_next_step_and_the_first_line_alone() -> None:
    seen = workflow(node("gate", "Running", "Suspend"), phase="Running")
    shown = text.render_text(reported(observed(seen, Suspended(approvals=("gate",)))))
    assert "\n  waits for an approval: gate (1m 9s)\n" in shown
    assert shown.count("argo resume") == 2


def test_what_passed_comes_after_what_did_not() -> None:
    passed = observed(workflow(phase="Succeeded"))
    lines = text.render_text(reported(passed, observed(workflow()))).splitlines()
    assert [row.split()[0] for row in lines if row[0] != " "] == ["failed", "passed"]


def test_why_there_is_no_log_stands_where_it_would_be() -> None:
    seen = workflow(node("a", "Failed"), node("b", "Failed"))
    logs = (
        LogTail(node_id="wf-a", problem="the pod is gone"),
        LogTail(node_id="wf-b", lines=("x",), problem="it broke off"),
    )
    shown = text.render_text(reported(observed(seen, logs=logs))).splitlines()
    assert "    no log: the pod is gone" in shown
    at = shown.index("      | x")
    assert shown[at + 1] == "    only a part of the log: it broke off"


def test_a_pass_is_one_line_and_its_address() -> None:
    shown = text.render_text(told(node("a"), phase="Succeeded"))
    assert shown.splitlines()[0] == "passed  argo/wf  ended Succeeded after 1m 5s"
    assert len(shown.splitlines()) == 2


def test_without_an_address_none_is_shown() -> None:
    target = Target(namespace="argo", name="wf")
    shown = text.render_text(reported(observed(workflow(phase="Succeeded"), target=target)))
    assert len(shown.splitlines()) == 1
    failing = text.render_text(reported(observed(workflow(node("a", "Failed")), target=target)))
    assert "https:" not in failing


@pytest.mark.parametrize("name", VERDICTS)
def test_no_line_is_a_command(name: str) -> None:
    for shown in text.render_text(make_report(VERDICTS[name])).splitlines():
        assert not shown.lstrip().startswith("::")
        assert not re.search(r"##\w*\[|[\x00-\x1f\x7f-\x9f]", shown)


def test_a_failure_that_exits_with_zero_says_why() -> None:
    seen = observed(workflow(node("a", "Failed")))
    shown = text.render_text(reported(seen, exit_zero=True))
    assert shown.splitlines()[-1] == "  exit code 0: --exit-zero was given"
    passed = judged(observed(workflow(phase="Succeeded")), exit_zero=True)
    assert "--exit-zero" not in text.render_text(make_report(passed))


def test_names_stand_one_a_line() -> None:
    named = workflow(name="nightly-7f", phase="Succeeded")
    assert text.render_name(reported(observed(named), observed(None))) == "nightly-7f\nwf\n"


def test_what_was_looked_for_in_vain_has_no_name() -> None:
    labels = Target(namespace="argo", name="-l app=web", named=False)
    missing = observed(None, NeverAppeared(waited=1), target=labels)
    assert text.render_name(reported(missing)) == ""
