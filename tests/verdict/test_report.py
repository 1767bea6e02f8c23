"""What is told is made once, however many tell it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from argogate.ci.announce import Announcer
from argogate.ci.github import GitHub
from argogate.model.tree import Tree
from argogate.publishing import Reports, publish
from argogate.reports import text
from argogate.reports.formats import Format
from argogate.verdict.endings import PartEnded
from argogate.verdict.suites import make_report
from argogate.verdict.timeline import make_timeline
from tests.build import judged, node, observed, reported, workflow
from tests.harness import Play, recorded

if TYPE_CHECKING:
    from pathlib import Path
    from types import CodeType, FrameType

    from argogate.verdict.observation import Observation

CUT = workflow(node("a", "Failed", message="workflow shutdown with strategy: Stop"), node("b"))
PART = workflow(node("a"), node("b", "Failed"))


class Calls:
    """How often functions are called within a block."""

    def __init__(self, *functions: object) -> None:
        codes = [getattr(function, "__code__") for function in functions]  # noqa: B009 - untyped
        self._watched: frozenset[CodeType] = frozenset(codes)
        self.counted: Counter[str] = Counter()

    def __enter__(self) -> Counter[str]:
        sys.setprofile(self._hear)
        return self.counted

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _hear(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in self._watched:
            self.counted[frame.f_code.co_qualname] += 1


@pytest.mark.parametrize(
    "seen",
    [
        observed(workflow(node("a"), node("b", "Failed"))),
        observed(workflow(node("a"), phase="Succeeded"), remarks=("one",)),
        observed(CUT),
        observed(PART, PartEnded(poll=PART, nodes=("wf-a",)), part=("wf-a",)),
        observed(None),
    ],
)
def test_all_that_is_told_of_a_run_is_made_once(tmp_path: Path, seen: Observation) -> None:
    paths = {form: tmp_path / f"{form}.out" for form in Format}
    system = GitHub(output=tmp_path / "output", summary=tmp_path / "summary")
    announcer = Announcer(system=system, write=print, warn=print, paths={})
    with Calls(make_report, make_timeline, Tree.__init__) as counted:
        report = publish(make_report(judged(seen)), Reports(paths=paths))
        announcer.announce(report)
        text.render_text(report)
        text.render_name(report)
    assert counted["make_report"] == 1
    assert counted["make_timeline"] == 1
    assert counted["Tree.__init__"] == 1 + (seen.workflow is None)
    assert all(path.stat().st_size for path in paths.values())


def test_a_run_of_the_gate_makes_its_report_once(tmp_path: Path) -> None:
    reports = {form: tmp_path / f"{form}.out" for form in Format}
    with Calls(make_report) as counted:
        Play(run=recorded("steps-one-fails"), reports=reports).play()
    assert counted == {"make_report": 1}


def test_the_deciding_suite_is_that_of_the_deciding_result() -> None:
    report = reported(
        observed(workflow(node("a"), phase="Succeeded")), observed(workflow(node("b", "Failed")))
    )
    assert report.deciding.result is report.verdict.deciding
    assert report.deciding is report.suites[1]


def test_the_headline_is_about_the_whole_gate() -> None:
    good, bad = observed(workflow(phase="Succeeded")), observed(workflow(node("b", "Failed")))
    assert reported(bad).verdict.headline == reported(bad).verdict.message
    assert reported(good, bad, good).verdict.headline == "1 of 3 workflows did not pass"
    assert reported(good, good).verdict.headline == "all 2 workflows passed"
