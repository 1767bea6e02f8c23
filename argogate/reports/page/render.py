"""Report → the page, in the order in which people ask: what, why, where, when, what else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page import nodes
from argogate.reports.page.elements import document, el
from argogate.reports.page.failures import Failures
from argogate.reports.page.header import header
from argogate.reports.page.states import LOOKS, State
from argogate.reports.page.tests import failed_tests
from argogate.reports.page.workflow import LONGEST_NAME, Part, Rooms
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree import ElementTree as ET

    from argogate.verdict.report import Report, Suite

MOST_WORKFLOWS = 100
"""Workflows with a part of their own; of more, those that did not pass come first."""


def render(report: Report, base: str = "") -> bytes:
    """Render the page; `base` leads from its folder to the one where paths of files begin."""
    rooms = Rooms()
    failures = Failures(report, base, rooms.texts, rooms.logs)
    several = len(report.suites) > 1
    shown = sorted(report.suites, key=lambda suite: suite.result.passed)[:MOST_WORKFLOWS]
    chosen = {id(suite) for suite in shown}
    numbered = {
        id(suite): f"w{at}" for at, suite in enumerate(report.suites, 1) if id(suite) in chosen
    }
    title = f"{report.verdict.conclusion.value}: {report.deciding.workflow.name}"
    return document(
        title,
        el("a", "Skip to what went wrong", href="#main", class_="skip"),
        header(report),
        el(
            "main",
            failed_tests(report, rooms.texts),
            failures.section(),
            _workflows(report, numbered) if several else None,
            [
                Part(suite, numbered[id(suite)], base, rooms, several=several).section()
                for suite in report.suites
                if id(suite) in numbered
            ],
            id="main",
        ),
    )


def _workflows(report: Report, numbered: Mapping[int, str]) -> ET.Element:
    rows = [_workflow_row(suite, numbered.get(id(suite))) for suite in report.suites]
    left_out = len(rows) - len(numbered)
    said = f"The page has no more of {spell.counted(left_out, 'workflow')} than the line here."
    columns = ("Workflow", "Conclusion", "Phase", "Took", "Passed", "Failed", "Skipped", "Why")
    return el(
        "section",
        el("h2", f"The {len(report.suites)} workflows"),
        el("p", said, class_="cut") if left_out else None,
        nodes.facts_table("One gate, one verdict for all of them", columns, rows, class_="gate"),
    )


def _workflow_row(suite: Suite, key: str | None) -> ET.Element:
    result, workflow = suite.result, suite.workflow
    state = State.PASSED if result.passed else State.FAILED
    red = suite.count(Outcome.FAILED) + suite.count(Outcome.ERRORED)
    counts = (suite.count(Outcome.PASSED), red, suite.count(Outcome.SKIPPED))
    name = line(f"{workflow.namespace}/{workflow.name}")[:LONGEST_NAME]
    return el(
        "tr",
        el("th", el("a", name, href=f"#{key}") if key else name, scope="row", align="left"),
        el("td", f"{LOOKS[state].sign} {result.conclusion.value}", class_=f"state {state}"),
        el("td", line(workflow.phase_word)),
        el("td", spell.duration(suite.seconds), align="right"),
        [el("td", str(count), align="right") for count in counts],
        el("td", "" if result.passed else spell.one_line(result.message)),
    )
