"""`--junit-merge` through the gate: the tests that ran inside of a recorded run's node."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.ci.github import GitHub
from argogate.evidence.collect import ArtifactWish
from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.reports.text import render_text
from argogate.verdict.suites import make_report
from tests.build import rendered
from tests.evidence.making import files_in
from tests.harness import Play, recorded
from tests.reports.readers import GitLabCase, gitlab, violations
from tests.reports.test_junit import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.verdict.report import Report

RUN = recorded("junit-artifact")
LAST_MOMENT = 9.0
"""A second before its end: nothing is fetched sooner."""
MESSAGE = "expected 3 but was 4"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where temporary folders are made."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def played(*patterns: str, **members: Any) -> Report:  # noqa: ANN401
    play = Play(run=RUN, merged=patterns, begin=LAST_MOMENT, **members)
    return make_report(play.play().verdict)


def broken(content: bytes) -> Fault:
    return Fault(
        kind=FaultKind.ANSWER,
        match="/artifacts/.*/junit$",
        status=200,
        headers=(("Content-Disposition", 'filename="junit.xml"'),),
        body=content,
    )


PATTERNS = ["junit", "*.xml", "test/junit", "reports", "reports/*", "*"]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        *((pattern, False) for pattern in PATTERNS),
        ("*.xml", True),
        *(
            pytest.param(pattern, True, marks=pytest.mark.thorough)
            for pattern in PATTERNS
            if pattern != "*.xml"
        ),
    ],
)
def test_the_tests_become_a_suite_beside_the_node(
    tmp_path: Path, scratch: Path, pattern: str, *, kept: bool
) -> None:
    artifacts = ArtifactWish(folder=tmp_path / "out") if kept else None
    report = played(pattern, artifacts=artifacts)
    document = render(Format.JUNIT, report)
    assert violations(document, SCHEMA) == []
    root = ET.fromstring(document)
    assert [root.get(each) for each in ("tests", "failures", "errors")] == ["4", "2", "0"]
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [
        ("junit-artifact", "1"),
        ("junit-artifact / test / calc", "3"),
    ]
    assert files_in(scratch) == []
    assert bool(report.deciding.result.observation.artifacts[0].path) is kept


def test_the_failing_test_stands_in_every_system_and_first_in_the_text() -> None:
    report = played("*.xml")
    [of_github, of_node] = GitHub().marks(report)
    assert f"calc.AddTest.overflows (node test)::{MESSAGE}" in of_github
    assert "title=junit-artifact%3A test::" in of_node
    seen = gitlab(render(Format.JUNIT, report))
    assert (
        GitLabCase(
            suite="junit-artifact / test / calc",
            classname="junit-artifact.test.calc.AddTest",
            name="overflows",
            status="failure",
            shown=f"{MESSAGE}\n\nat calc.AddTest:17 <x>\n\ntype: AssertionError",
        )
        in seen
    )
    lines = render_text(report).splitlines()
    assert lines[1:3] == [
        f"  failed test calc.AddTest.overflows (node test): {MESSAGE}",
        "      | at calc.AddTest:17 <x>",
    ]
    summary = render(Format.SUMMARY, report).decode()
    assert summary.index("#### Failed tests") < summary.index("#### Failed\n")
    assert MESSAGE in summary


def test_a_report_of_the_result_shows_the_same_tests() -> None:
    report = played("*.xml")
    again = make_report(result.read(render(Format.RESULT, report)))
    assert rendered(again) == rendered(report)
    assert MESSAGE in render_text(again)


def passing() -> Any:  # noqa: ANN401 - a run
    """Return the run as it would have passed."""
    [(name, changes)] = RUN.workflows.items()
    last = changes[-1].object
    assert last
    nodes = {key: {**each, "phase": "Succeeded"} for key, each in last["status"]["nodes"].items()}
    state = {**last, "status": {**last["status"], "phase": "Succeeded", "nodes": nodes}}
    return replace(RUN, workflows={name: (replace(changes[0], object=state),)})


@pytest.mark.parametrize(
    ("pattern", "content", "code", "says"),
    [
        ("junit", b"<testsuite><testcase name='t'><failure/></testcase></testsuite>", 0, "ended"),
        ("junit", b"<testsuite", 6, "the JUnit file test/junit could not be merged: it is no XML"),
        ("junit", b"<!DOCTYPE testsuite><testsuite/>", 6, "it has a DOCTYPE"),
        ("junit", b"<coverage/>", 0, "ended Succeeded"),
        ("nothing", b"", 0, "ended Succeeded"),
    ],
)
def test_merged_tests_never_decide_and_a_broken_file_turns_0_into_6(
    tmp_path: Path, pattern: str, content: bytes, code: int, says: str
) -> None:
    play = Play(run=passing(), begin=15, merged=(pattern,), faults=[broken(content)])
    played = replace(play, artifacts=ArtifactWish(folder=tmp_path, patterns=("junit",))).play()
    report = make_report(played.verdict)
    assert report.verdict.exit_code == code
    assert says in report.verdict.message
    own = [case for case in report.deciding.cases if case.red]
    assert bool(own) is (code != 0), "our own suite is red if and only if the gate is"
    told = [case.message for _, case in report.deciding.red_tests()]
    assert len(told) == (1 if "failure" in content.decode() or code else 0)


def test_a_broken_file_changes_no_failure_and_is_told_beside_it() -> None:
    report = played("junit", faults=[broken(b"")])
    assert report.verdict.exit_code == 1
    assert "besides, the JUnit file test/junit could not be merged" in report.verdict.message
    root = ET.fromstring(render(Format.JUNIT, report))
    [error] = root.findall(".//error")
    assert error.get("message", "").startswith("this JUnit file could not be merged")


@pytest.mark.parametrize("kept", [False, True])
def test_what_cannot_be_fetched_is_told_once_and_red(tmp_path: Path, *, kept: bool) -> None:
    gone = Fault(kind=FaultKind.ANSWER, match="/artifacts/.*/junit$", status=403, body=b"{}")
    artifacts = ArtifactWish(folder=tmp_path / "out", patterns=("junit",)) if kept else None
    ended = Play(run=RUN, merged=("junit",), faults=[gone], artifacts=artifacts).play()
    [told] = ended.downloads
    [(label, case)] = make_report(ended.verdict).deciding.red_tests()
    assert label == "junit (node test)"
    assert told.error in case.message
