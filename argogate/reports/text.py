"""The result on stdout, for a person at three in the morning or for a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import logged_line, terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.verdict.report import Case, Report, Suite

MOST_CASES = 20
LAST_LINES = 10
LONGEST_LINE = 300


def render_text(report: Report) -> str:
    """Return a paragraph for each workflow, its conclusion as the first word.

    Logs are marked with `|`, so that no line of them begins a line of the output.
    """
    verdict = report.verdict
    rows = [row for suite in report.suites for row in _suite(suite)]
    if verdict.exit_zero and not verdict.deciding.passed:
        rows.append(f"  exit code {verdict.exit_code}: --exit-zero was given")
    return "".join(f"{row}\n" for row in rows)


def render_name(report: Report) -> str:
    """Return the bare names of the workflows, one a line, as `argo -o name` does.

    What was looked for and not found has none.
    """
    named = (suite for suite in report.suites if suite.result.observation.target.named)
    return "".join(f"{terminal_line(suite.workflow.name)}\n" for suite in named)


def _suite(suite: Suite) -> Iterator[str]:
    result = suite.result
    workflow = suite.workflow
    name = terminal_line(f"{workflow.namespace}/{workflow.name}")
    message = result.message.removeprefix(str(result.observation.target)).lstrip(": ")
    message = terminal_line(message)
    yield f"{result.conclusion.value}  {name}  {message}"
    yield from _tests(suite)
    red = [case for case in suite.cases if case.red and case.node]
    for case in red[:MOST_CASES]:
        yield from _case(case)
    if len(red) > MOST_CASES:
        yield f"  … and {spell.counted(len(red) - MOST_CASES, 'more failed node')}"
    for remark in result.observation.remarks:
        yield f"  note: {terminal_line(remark)}"
    if result.observation.target.url:
        yield f"  {terminal_line(result.observation.target.url)}"


def _tests(suite: Suite) -> Iterator[str]:
    """Yield the tests that failed inside of nodes: nothing says better what is wrong."""
    red = list(suite.red_tests())
    for label, case in red[:MOST_CASES]:
        message = spell.one_line(terminal_line(case.message))
        yield f"  failed test {terminal_line(label)}: {message}"
        for text in case.text[:LAST_LINES]:
            yield f"  {logged_line(text, LONGEST_LINE)}"
    if len(red) > MOST_CASES:
        yield f"  … and {spell.counted(len(red) - MOST_CASES, 'more failed test')}"


def _case(case: Case) -> Iterator[str]:
    message = spell.one_line(terminal_line(case.message))
    yield f"  {terminal_line(case.label)}: {message} ({case.type}, {spell.duration(case.seconds)})"
    for text in case.log[-LAST_LINES:]:
        yield f"  {logged_line(text, LONGEST_LINE)}"
    if case.no_log:
        what = "only a part of the log" if case.log else "no log"
        yield f"    {what}: {spell.one_line(terminal_line(case.no_log))}"
