"""The result on stdout, for a person at three in the morning or for a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import logged_line, terminal_line
from argogate.verdict.endings import Abandoned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.verdict.analysis import Group
    from argogate.verdict.report import Case, Report, Suite

MOST_GROUPS = 10
MOST_SHOWN = 3
"""Cases of a group that are told one by one, with log and link; the others only by name."""
MOST_NAMED = 10
MOST_TESTS = 20
LAST_LINES = 10
LONGEST_LINE = 300
LONGEST_COMPARED = 200
"""Characters: longer messages are cut, here and in the first line."""

_WHEN = r"(?:not over when .{1,40}? (?:ran out|came)|never finished): "
"""What the first line says of all that was not over."""


def render_text(report: Report) -> str:
    """Return a paragraph for each workflow, its conclusion as the first word; what passed is last.

    Logs are marked with `|`, so that no line of them begins a line of the output.
    """
    verdict = report.verdict
    found = sorted(report.suites, key=_place)
    rows = [row for suite in found for row in _suite(suite)]
    if verdict.exit_zero and not verdict.deciding.passed:
        rows.append(f"  exit code {verdict.exit_code}: --exit-zero was given")
    return "".join(f"{row}\n" for row in rows)


def render_name(report: Report) -> str:
    """Return the bare names of the workflows, one a line, as `argo -o name` does.

    What was looked for and not found has none.
    """
    named = (suite for suite in report.suites if suite.result.observation.target.named)
    return "".join(f"{terminal_line(suite.workflow.name)}\n" for suite in named)


def _place(suite: Suite) -> tuple[bool, bool]:
    """Order by what a reader looks for: what was given up because of a failure is none itself."""
    result = suite.result
    return result.passed, isinstance(result.observation.ending, Abandoned)


def _suite(suite: Suite) -> Iterator[str]:
    result, analysis = suite.result, suite.analysis
    name = terminal_line(f"{suite.workflow.namespace}/{suite.workflow.name}")
    message = result.message.removeprefix(str(result.observation.target)).lstrip(": ")
    yield f"{result.conclusion.value}  {name}  {terminal_line(message)}"
    yield from _tests(suite)
    groups = [group for group in analysis.groups if group.cases[0].node]
    for group in groups[:MOST_GROUPS]:
        yield from _group(group, message)
    if len(groups) > MOST_GROUPS:
        count = sum(len(group.cases) for group in groups[MOST_GROUPS:])
        yield f"  … and {spell.counted(count, 'more failed node')} for other reasons"
    yield from _named("not run because of that", analysis.skipped)
    yield from _named("flaky, passed when retried", analysis.flaky)
    for remark in result.observation.remarks:
        yield f"  note: {terminal_line(remark)}"
    for step in analysis.next_steps:
        yield f"  next: {terminal_line(str(step))}"
    if result.observation.target.url:
        yield f"  {terminal_line(result.observation.target.url)}"


def _group(group: Group, headline: str) -> Iterator[str]:
    """Yield the reason, then the earliest cases of it, which are the likeliest root causes."""
    shown = [(case, _case(group, case, headline)) for case in group.cases[:MOST_SHOWN]]
    count = len(group.cases)
    counted = f"{count} × " if count > 1 else ""
    alone = f": {shown[0][1]}" if count == 1 else ""
    yield f"  {counted}{terminal_line(group.reason)}{alone}"
    if group.hint:
        yield f"    hint: {group.hint}"
    for case, told in shown:
        if count > 1:
            yield f"    {told}"
        yield from _evidence(case)
    if more := group.cases[MOST_SHOWN:]:
        yield f"    also {_listed(more)}"


def _case(group: Group, case: Case, headline: str) -> str:
    """Name a case, with what neither the reason of its group nor the first line tells."""
    took = spell.duration(case.seconds)
    count = len(case.attempts) + 1
    tried = f", attempt {count} of {count}" if case.attempts else ""
    message = spell.one_line(case.message)
    own = re.sub(_WHEN, "", message)[:LONGEST_COMPARED].rstrip("…")
    known = group.tells(message) or own in headline
    return terminal_line(f"{case.label} ({took}{tried}){'' if known else f': {message}'}")


def _evidence(case: Case) -> Iterator[str]:
    for text in case.log[-LAST_LINES:]:
        yield f"    {logged_line(text, LONGEST_LINE)}"
    if case.no_log:
        what = "only a part of the log" if case.log else "no log"
        yield f"    {what}: {spell.one_line(terminal_line(case.no_log))}"
    if case.url:
        yield f"    {terminal_line(case.url)}"


def _tests(suite: Suite) -> Iterator[str]:
    """Yield the tests that failed inside of nodes: nothing says better what is wrong."""
    red = list(suite.red_tests())
    for label, case in red[:MOST_TESTS]:
        message = spell.one_line(terminal_line(case.message))
        yield f"  failed test {terminal_line(label)}: {message}"
        for text in case.text[:LAST_LINES]:
            yield f"    {logged_line(text, LONGEST_LINE)}"
    if len(red) > MOST_TESTS:
        yield f"  … and {spell.counted(len(red) - MOST_TESTS, 'more failed test')}"


def _named(title: str, cases: Sequence[Case]) -> Iterator[str]:
    if cases:
        yield f"  {title}: {_listed(cases)}"


def _listed(cases: Sequence[Case]) -> str:
    return spell.listing([terminal_line(case.label) for case in cases], MOST_NAMED)
