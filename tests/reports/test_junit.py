from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from argogate.reports import junit
from argogate.verdict.endings import Limit, NeverAppeared, TimedOut
from argogate.verdict.evidence import ArtifactFile, LogTail, MergedFile, MergedSuite, MergedTest
from argogate.verdict.observation import Target
from argogate.verdict.report import Outcome
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, finished, judged, moment, node, observed, reported, told, workflow
from tests.reports.readers import dorny, gitlab, violations

if TYPE_CHECKING:
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.observation import Observation
    from argogate.verdict.report import Report

SCHEMA = Path(__file__).parents[1] / "schemas" / "junit-10.xsd"

GITLAB_CASTS = re.compile("file|integer|array|yaml|symbol|string|float|date|boolean|decimal|base64")


def parsed(document: bytes) -> ET.Element:
    return ET.fromstring(document)


def retried(last: str, attempts: int = 2) -> Verdict:
    found = [
        replace(
            node(f"t({at})", "Failed" if at < attempts else last, message=f"try {at}"),
            started_at=moment(at),
        )
        for at in range(attempts + 1)
    ]
    retry = node("t", last, "Retry", children=tuple(item.id for item in found))
    return finished(retry, *found, phase=last)


def hostile() -> Observation:
    texts = {f"{at}": text for at, text in enumerate(HOSTILE)}
    nodes = [
        node(f"{name} {text[:500]}", phase, message=text, template_name=text[:300], exit_code=text)
        for name, text in texts.items()
        for phase in ("Failed", "Error", "Skipped", "Succeeded", "Running")
    ]
    # Whoever failed printed all of them, the others one each.
    logs = tuple(
        LogTail(node_id=item.id, lines=HOSTILE if item.failed else (str(item.message),))
        for item in nodes
    )
    return observed(
        workflow(*nodes, template=HOSTILE[8]), logs=logs, remarks=HOSTILE, shortfalls=HOSTILE[:5]
    )


def merged() -> Observation:
    """Return a failed workflow with JUnit files of every kind, hostile ones among them."""
    tests = [
        MergedTest(
            name=text,
            classname=text,
            outcome=outcome,
            type=text,
            message=text,
            text=text,
            output=text,
            file=text,
            attempts=(text, ""),
        )
        for text in (*(each[:3000] for each in HOSTILE), "")
        for outcome in Outcome
    ]
    files = (
        MergedFile(
            node_id="wf-a",
            node_path="a",
            name="unit.xml",
            suites=(
                MergedSuite(name="s", tests=tuple(tests), seconds=1.5, timestamp=moment(1)),
                MergedSuite(name="", tests=tuple(tests[:5]), left_out=7),
            ),
        ),
        MergedFile(node_id="wf-a", node_path="a", name="e2e.xml", problem="it is empty"),
        *(MergedFile(node_id=text, node_path=text, name=text, problem=text) for text in HOSTILE),
    )
    return observed(workflow(node("a", "Failed")), merged=files)


VERDICTS = {
    "merged": judged(merged(), merged()),
    "mixed": finished(
        node("a"),
        node("b", "Failed", message="main: Error (exit code 3)\nand more"),
        node("c", "Error"),
        node("d", "Skipped", "Skipped"),
        node("e", "Running"),
    ),
    "flaky": retried("Succeeded"),
    "rerun": retried("Failed"),
    "many attempts": retried("Failed", 60),
    "never seen": judged(observed(None, NeverAppeared(waited=30))),
    "nothing has the labels": judged(
        observed(
            None,
            NeverAppeared(waited=30, found="one is archived"),
            target=Target(namespace="argo", name="-l app=web", named=False),
        )
    ),
    "timed out": judged(
        observed(
            workflow(node("a", "Running"), phase="Running"),
            TimedOut(limit=Limit.TIMEOUT, seconds=70),
        )
    ),
    "two": judged(observed(workflow(node("a"))), observed(workflow(phase="Succeeded"))),
    "memoized": finished(node("a", memoized=True), phase="Succeeded"),
    "hostile": judged(hostile()),
    "before the year 1000": finished(
        node("a"), started_at=moment(0).replace(year=9), phase="Succeeded"
    ),
}


@cache
def document_of(name: str) -> bytes:
    return junit.render(make_report(VERDICTS[name]))


@pytest.mark.parametrize("name", VERDICTS)
def test_every_report_is_valid_and_read_alike_by_every_reader(name: str) -> None:
    verdict = VERDICTS[name]
    document = document_of(name)
    assert violations(document, SCHEMA) == []
    seen = gitlab(document)
    shown = dorny(document)
    assert len(seen) == len(shown) == int(parsed(document).attrib["tests"])
    red = any(status == "failed" for _, status in shown)
    assert red is (verdict.deciding.exit_code != 0)
    assert red is any(case.status in {"failure", "error"} for case in seen)
    assert all(case.shown.strip() for case in seen if case.status != "success")


@pytest.mark.parametrize("name", VERDICTS)
def test_a_type_is_no_word_that_gitlab_takes_for_a_cast(name: str) -> None:
    for element in parsed(document_of(name)).iter():
        assert not GITLAB_CASTS.match(element.get("type", ""))


@pytest.mark.parametrize(
    "broken",
    [
        b'<testsuites disabled="0"/>',
        b'<testsuites time="1e-9"/>',
        b'<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>',
        b"<testsuites><testcase/></testsuites>",
        b"<testsuites>text</testsuites>",
    ],
)
def test_the_check_against_the_schema_finds_what_is_wrong(broken: bytes) -> None:
    assert violations(broken, SCHEMA)


def test_a_red_case_says_first_what_happened_and_then_the_rest() -> None:
    document = parsed(document_of("mixed"))
    failure = document.find(".//failure")
    assert failure is not None
    assert failure.attrib == {"type": "Failed", "message": "main: Error (exit code 3) and more"}
    summed, whole, facts = (failure.text or "").split("\n\n")
    assert summed == "main: Error (exit code 3) and more"
    assert whole == "main: Error (exit code 3)\nand more"
    assert facts.startswith("phase: Failed\n")


def test_only_the_last_lines_of_a_log_stand_in_the_body() -> None:
    log = tuple(f"line {number}" for number in range(50))
    document = parsed(junit.render(_red(log)))
    body = document.findtext(".//failure") or ""
    shown = [text for text in body.splitlines() if text.startswith("line ")]
    assert shown == [*log[-junit.BODY_LINES :]]
    assert body.index("line 49") < body.index("node id: ")
    assert "line 0\n" in (document.findtext(".//system-out") or "")


def test_counts_and_times_are_plain_numbers() -> None:
    root = parsed(document_of("mixed"))
    assert root.attrib == {
        "name": "argogate",
        "tests": "5",
        "failures": "1",
        "errors": "2",
        "time": "65.000",
    }
    suite = root[0]
    assert (suite.get("skipped"), suite.get("timestamp")) == ("1", "2026-01-31T12:00:00")
    assert {case.get("time") for case in suite.iter("testcase")} == {"2.000", "64.000"}


def test_a_memoized_case_has_a_time_and_a_note() -> None:
    case = parsed(document_of("memoized")).find(".//testcase")
    assert case is not None
    assert case.get("time") == "0.000"
    assert "cache" in case.findtext("system-out", "")


@pytest.mark.parametrize(
    ("name", "tag", "count"),
    [
        ("flaky", "flakyFailure", 2),
        ("rerun", "rerunFailure", 2),
        ("many attempts", "rerunFailure", 20),
    ],
)
def test_earlier_attempts_are_told_in_surefires_words(name: str, tag: str, count: int) -> None:
    case = parsed(document_of(name)).find(".//testcase")
    assert case is not None
    attempts = case.findall(tag)
    assert len(attempts) == count
    noted = f"flaky: {count} failed attempts before it passed" in case.findtext("system-out", "")
    assert noted is (tag == "flakyFailure")
    last = attempts[-1]
    assert last.attrib == {"message": last.findtext("stackTrace"), "type": "Failed"}
    assert [child.tag for child in case if child.tag not in {tag, "system-out"}] == (
        [] if tag == "flakyFailure" else ["failure"]
    )


def test_attempts_of_a_tolerated_failure_are_not_told_as_a_rerun() -> None:
    verdict = retried("Failed")
    workflow_seen = verdict.results[0].workflow
    assert workflow_seen is not None
    nodes = workflow_seen.nodes
    document = junit.render(
        told(*(item for item in nodes.values() if item.id != "wf"), phase="Succeeded")
    )
    assert [child.tag for child in parsed(document).iter() if child.tag.startswith("rerun")] == []


def _red(lines: tuple[str, ...], count: int = 1, **members: str) -> Report:
    nodes = [node(f"n{at}", "Failed", **members) for at in range(count)]
    logs = tuple(LogTail(node_id=item.id, lines=lines) for item in nodes)
    files = tuple(
        ArtifactFile(node_id="wf-n0", node_path="n0", template="n0", name="x", path=path)
        for path in ("out/a.png", "out/[b]|.png", "out/\n.png")
    )
    return reported(observed(workflow(*nodes, node("ok")), logs=logs, artifacts=files))


def test_the_log_stands_after_the_attachments_of_a_red_case_only() -> None:
    document = parsed(junit.render(_red(("one", "[[ATTACHMENT|/etc/passwd]]", ""))))
    (output,) = document.iter("system-out")
    assert output.text == "[[ATTACHMENT|out/a.png]]\none\n[ [ATTACHMENT|/etc/passwd]]\n"


def test_the_log_of_what_is_not_red_is_shorter_and_the_first_to_go() -> None:
    logs = (LogTail(node_id="wf-a", lines=("x" * 50_000, "last")),)
    report = reported(observed(workflow(node("a"), phase="Succeeded"), logs=logs))
    (output,) = parsed(junit.render(report)).iter("system-out")
    assert (output.text or "").startswith("(earlier lines cut) …\nx")
    assert (output.text or "").endswith("x\nlast")
    assert len(output.text or "") < 17_000
    assert list(parsed(junit.render(report, 5000)).iter("system-out")) == []


def test_a_failure_whose_message_is_only_colours_is_no_pass() -> None:
    suite = MergedSuite(
        name="s", tests=(MergedTest(name="t", outcome=Outcome.FAILED, message="\x1b[31m\x1b[0m"),)
    )
    file = MergedFile(node_id="wf-a", node_path="a", name="x", suites=(suite,))
    document = parsed(junit.render(reported(observed(workflow(node("a")), merged=(file,)))))
    [case] = document.iterfind("testsuite[2]/testcase")
    assert [each.get("message") for each in case.iter("failure")] == ["Failed"]


def test_a_log_without_lines_gives_no_output() -> None:
    document = parsed(
        junit.render(
            reported(observed(workflow(node("a", "Failed")), logs=(LogTail(node_id="wf-a"),)))
        )
    )
    assert list(document.iter("system-out")) == []


def test_a_case_is_bounded() -> None:
    document = parsed(junit.render(_red(("漢" * 50_000, "last line"), message="m\n" * 500_000)))
    assert len((document.findtext(".//failure") or "").encode()) < 17 * 1024
    assert "… (cut)" in (document.findtext(".//failure") or "")
    assert "node id: wf-n0" in (document.findtext(".//failure") or "")
    output = document.findtext(".//system-out") or ""
    assert len(output.encode()) < 66 * 1024
    assert "cut" in output
    assert output.endswith("last line")


def test_a_file_that_would_be_too_large_loses_its_logs_and_says_so() -> None:
    document = junit.render(_red(("x" * 30_000,), count=10), 100_000)
    assert len(document) < 100_000
    assert b"x" * 100 not in document
    assert b"the log was left out" in document
    document = junit.render(_red(("x" * 30_000,), count=100, message="y" * 10_000), 100_000)
    assert len(document) < 100_000
    assert len(gitlab(document)) == 101


def test_the_cost_of_many_cases_is_bounded() -> None:
    verdict = finished(*(node(f"item({at})") for at in range(1_000)), phase="Succeeded")
    assert len(junit.render(make_report(verdict))) < 1_000 * 120


@pytest.mark.parametrize("limit", [40_000, 4_000, 100])
def test_above_the_limit_the_least_important_cases_are_counted_instead(limit: int) -> None:
    red = [node(f"bad{at}", "Failed", message="m" * 50) for at in range(40)]
    green = [node(f"good{at}") for at in range(960)]
    other = workflow(node("bad", "Failed"), name="other", uid="u2")
    verdict = judged(observed(workflow(*green, *red)), observed(other))
    document = junit.render(make_report(verdict), limit)
    suite, second = ET.fromstring(document).findall("testsuite")
    names = [str(case.get("name")) for case in suite]
    kept = [name for name in names if name.startswith(("bad", "good"))]
    bad = [name for name in kept if name.startswith("bad")]
    assert len(bad) == len([case for case in suite if case.find("failure") is not None])
    assert bad
    assert len(bad) == len(red) or len(bad) == len(kept)
    assert f"… and {len(green) + len(red) - len(kept)} more cases" in names
    assert f"{len(red) - len(bad)} of them red; the report" in document.decode()
    assert second.get("failures") == "1"
    assert len(document) <= max(limit, 2_000)


def test_the_logs_go_before_the_cases() -> None:
    nodes = [node(f"bad{at}", "Failed") for at in range(10)]
    logs = tuple(LogTail(node_id=f"wf-bad{at}", lines=("x" * 5000,)) for at in range(10))
    document = junit.render(reported(observed(workflow(*nodes), logs=logs)), 20_000)
    assert document.count(b"<failure") == 10
    assert document.count(b"the log was left out") == 10


def test_a_link_to_a_node_is_whole() -> None:
    name = "a-generated-name-" * 12
    report = told(node(name, "Failed"))
    url = report.suites[0].cases[0].url
    assert len(url) > 300
    (body,) = parsed(junit.render(report)).iter("failure")
    assert f"url: {url}" in (body.text or "").splitlines()
