"""The tests that failed inside of nodes: nothing says better what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.reports.page.elements import el
from argogate.reports.page.states import LOOKS, State

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from argogate.reports.page.elements import Room
    from argogate.verdict.report import Case, Report

MOST_TESTS = 200
LONGEST_TEXT = 4000
"""Characters of a message, and of a trace."""


def failed_tests(report: Report, texts: Room) -> ET.Element | None:
    """Return the section of failed tests, as far as there is room; None where there are none."""
    red = [(label, case) for suite in report.suites for label, case in suite.red_tests()]
    if not red:
        return None
    shown = [_test(label, case) for label, case in red[:MOST_TESTS] if texts.take(_size(case))]
    more = len(red) - len(shown)
    left_out = f"{spell.counted(more, 'more failed test')}: see the JUnit report" if more else ""
    return el(
        "section",
        el("h2", "Failed tests", id="tests-title"),
        shown,
        el("p", left_out, class_="cut") if left_out else None,
        aria_labelledby="tests-title",
        class_="failures",
    )


def _size(case: Case) -> int:
    return 300 + len(case.message[:LONGEST_TEXT]) + sum(map(len, case.text))


def _test(label: str, case: Case) -> ET.Element:
    trace = "\n".join(case.text)[:LONGEST_TEXT]
    return el(
        "article",
        el(
            "h4",
            el("span", LOOKS[State.FAILED].sign, class_="sign", aria_hidden="true"),
            " ",
            line(label),
        ),
        el("p", case.message[:LONGEST_TEXT], class_="message"),
        el(
            "details",
            el("summary", "Trace"),
            el("pre", trace, tabindex=0, role="region", aria_label="Trace"),
            class_="log",
        )
        if trace
        else None,
        class_=f"failure {State.FAILED}",
    )
