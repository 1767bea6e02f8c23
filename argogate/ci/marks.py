"""What of a report is put on the page of a run: a few titles, each with lines below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import logged_line, terminal_line
from argogate.verdict.conclusion import Conclusion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.verdict.analysis import Group
    from argogate.verdict.report import Case, Report, Suite

MOST = 10
"""GitHub and Azure show as many errors of a step."""
LONGEST_TEXT = 4000
"""Characters; GitHub's runner cuts a message at 4,096."""
LONGEST_ROW = 1000
"""Characters of one line, so that the link at the end is not what is lost."""
LAST_LINES, LONGEST_LINE = 3, 300
"""Of a log."""
MOST_NAMED = 20


def marks(report: Report) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield one for each failed test and node, or, where nodes are many, for each reason.

    Their text is as the server sent it, and empty lines are to be left out.
    """
    red = sum(len(group.cases) for suite in report.suites for group in suite.analysis.groups)
    by_node = red <= MOST
    found = [mark for suite in report.suites for mark in _tests(suite)]
    found += (mark for suite in report.suites for mark in _marks(suite, by_node=by_node))
    most = MOST if len(found) <= MOST else MOST - 1
    yield from found[:most]
    if len(found) > most:
        more = spell.counted(len(found) - most, "more failure")
        yield "argogate", (f"… and {more}; the summary and the reports have all",)


def joined(*lines: str) -> str:
    """Return foreign lines as one harmless text, cut to what systems take; empty ones go."""
    rows = (spell.one_line(terminal_line(line), LONGEST_ROW) for line in lines)
    text = "\n".join(filter(None, rows))
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def _tests(suite: Suite) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield titles and lines of tests that failed inside of nodes: they say best what is wrong."""
    for label, case in suite.red_tests():
        trace = [logged_line(row[:LONGEST_LINE]).strip() for row in case.text[:LAST_LINES]]
        yield f"{suite.name}: {label}", (case.message, *trace)


def _marks(suite: Suite, *, by_node: bool) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield titles and lines: what failed of a workflow, else the workflow itself.

    What to do next stands in the first of them.
    """
    result, analysis = suite.result, suite.analysis
    steps = [f"next: {step}" for step in analysis.next_steps]
    groups = [group for group in analysis.groups if group.cases[0].node]
    if result.conclusion is not Conclusion.FAILED or not groups:
        if not result.passed:
            page = suite.cases[0].page.of_run()
            yield f"argogate: {result.conclusion.value}", (result.message, *steps, page)
        return
    for group in groups:
        if by_node:
            told = [(f"{suite.name}: {case.name}", case, "") for case in group.cases]
        else:
            told = [(f"{suite.name}: {_counted(group)}", group.cases[0], f"in {_listed(group)}")]
        for title, case, names in told:
            yield title, (case.message, names, group.hint, *_last_lines(case), *steps, case.url)
            steps = []


def _counted(group: Group) -> str:
    count = len(group.cases)
    return f"{count} × {group.reason}" if count > 1 else group.reason


def _listed(group: Group) -> str:
    return spell.listing([case.label for case in group.cases], MOST_NAMED)


def _last_lines(case: Case) -> list[str]:
    return [logged_line(row[:LONGEST_LINE]).strip() for row in case.log[-LAST_LINES:]]
