"""`--logs all` through the gate: each node has its log, or it is said why not."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from argogate.evidence.collect import LogWish
from argogate.evidence.logs import WhichLogs
from argogate.model.workflow import NodeType
from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.verdict.suites import make_report
from argogate.waiting.patience import Limits
from tests.build import rendered
from tests.harness import Play, recorded, recorded_names

ALL = LogWish(which=WhichLogs.ALL, lines=5)
SHORT = [name for name in recorded_names() if name.startswith(("log-", "pod-", "steps", "retry"))]


@pytest.mark.parametrize("name", [*SHORT, "container-set", "on-exit-slow"])
def test_each_node_has_its_log_or_a_reason(name: str) -> None:
    play = Play(run=recorded(name), logs=ALL, limits=Limits(timeout=60))
    report = make_report(play.play().verdict)
    remarks = " ".join(report.deciding.result.observation.remarks)
    for case in report.deciding.cases:
        if case.node and case.node.type is NodeType.POD and not case.shown_as:
            assert case.log or case.no_log
            assert not any(" argo=true" in line for line in case.log)
            assert len(case.log) <= ALL.lines
            assert not case.no_log or case.outcome != "passed" or "no log of" in remarks
    assert rendered(make_report(result.read(render(Format.RESULT, report)))) == rendered(report)


def test_the_log_of_what_passed_stands_in_the_junit_report() -> None:
    report = make_report(Play(run=recorded("steps-one-fails"), logs=ALL).play().verdict)
    outputs = {
        case.get("name"): case.findtext("system-out")
        for case in ET.fromstring(render(Format.JUNIT, report)).iter("testcase")
    }
    assert "assertion failed" in (outputs["integration"] or "")
    assert outputs["unit"]
