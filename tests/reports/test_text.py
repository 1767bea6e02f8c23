from __future__ import annotations

import re

import pytest

from argogate.reports import text
from argogate.verdict.observation import LogTail, NeverAppeared, Target
from argogate.verdict.suites import make_report
from tests.build import judged, node, observed, reported, told, workflow
from tests.reports.test_junit import VERDICTS


def test_the_paragraph_of_a_failure_says_what_failed_and_ends_with_the_address() -> None:
    seen = workflow(node("ok"), node("unit", "Failed", message="main: Error (exit code 3)"))
    logs = (LogTail(node_id="wf-unit", lines=("running", "::error::boom", "\x1b[31mred")),)
    shown = text.render_text(reported(observed(seen, logs=logs, remarks=("no archive",))))
    assert shown.splitlines() == [
        "failed  argo/wf  ended Failed after 1m 5s: unit (main: Error (exit code 3))",
        "  unit: main: Error (exit code 3) (Failed, 2s)",
        "    | running",
        "    | ::error::boom",
        "    | red",
        "  note: no archive",
        "  https://argo.example/workflows/argo/wf",
    ]


def test_why_there_is_no_log_stands_where_it_would_be() -> None:
    seen = workflow(node("a", "Failed"), node("b", "Failed"))
    logs = (
        LogTail(node_id="wf-a", problem="the pod is gone"),
        LogTail(node_id="wf-b", lines=("x",), problem="it broke off"),
    )
    shown = text.render_text(reported(observed(seen, logs=logs))).splitlines()
    assert shown[2] == "    no log: the pod is gone"
    assert shown[4:6] == ["    | x", "    only a part of the log: it broke off"]


def test_many_failures_are_counted_not_listed() -> None:
    shown = text.render_text(told(*(node(f"n{at}", "Failed") for at in range(30))))
    assert shown.count("(Failed, 2s)") == text.MOST_CASES
    assert "… and 10 more failed nodes" in shown


def test_a_pass_is_one_line_and_its_address() -> None:
    shown = text.render_text(told(node("a"), phase="Succeeded"))
    assert shown.splitlines()[0] == "passed  argo/wf  ended Succeeded after 1m 5s"
    assert len(shown.splitlines()) == 2


def test_without_an_address_none_is_shown() -> None:
    target = Target(namespace="argo", name="wf")
    shown = text.render_text(reported(observed(workflow(phase="Succeeded"), target=target)))
    assert len(shown.splitlines()) == 1


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
