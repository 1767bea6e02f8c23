"""The step summary: GitHub-flavoured Markdown, read as well where it is shown as plain text.

What is red comes first, grouped by its reason; what only matters to some is folded. Each block
stands or falls as a whole, so that a summary that is cut is still Markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.workflow import LABEL_CREATOR
from argogate.reports.folds import LOG_LINES, LONGEST_LINE, folds, log_of
from argogate.reports.markup import markdown_block, markdown_cell, markdown_code, markdown_link
from argogate.reports.tables import MOST_ROWS, folded, table
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.model.workflow import Workflow
    from argogate.verdict.analysis import Group
    from argogate.verdict.report import Case, Report, Suite

LIMIT = 1_000_000
"""Bytes. GitHub drops a summary above 1 MiB as a whole."""

CUT_NOTE = 80
"""Bytes kept free for the sentence that says what was cut."""

MOST_GROUPS = 20
MOST_CASES = 10
"""Cases of a group that are told one by one; the others only by name."""
MOST_NAMED = 50
MOST_TESTS = 100


def render(report: Report, limit: int = LIMIT) -> str:
    """Render in at most `limit` bytes; what does not fit is left out whole.

    A limit below 1,000 bytes may be exceeded by the headline.
    """
    blocks = list(_blocks(report))
    spent = 0
    for at, block in enumerate(blocks):
        spent += len(block.encode()) + 2
        if spent + CUT_NOTE > limit and at:
            left_out = spell.counted(len(blocks) - at, "section")
            blocks[at:] = [f"_The summary was cut here: {left_out} left out._"]
            break
    return "\n\n".join(blocks) + "\n"


def _blocks(report: Report) -> Iterator[str]:
    found = report.suites
    yield from _headline(report)
    yield from table("", _HEAD, [_row(suite) for suite in found])
    if len(found) == 1:
        yield from _facts(found[0].workflow)
    yield from _tests(found)
    for suite in found:
        yield from _failed(suite, named=len(found) > 1)
    yield from folds(found)
    remarks = [remark for suite in found for remark in suite.result.observation.remarks]
    if remarks:
        rows = "\n".join(f"* {markdown_cell(remark)}" for remark in remarks[:MOST_ROWS])
        yield f"#### Remarks\n\n{rows}"


def _headline(report: Report) -> Iterator[str]:
    """Yield what happened, and what to do now."""
    verdict = report.verdict
    mark = "✅" if verdict.deciding.passed else "❌"
    message = markdown_cell(spell.one_line(verdict.message, LONGEST_LINE))
    yield f"### {mark} argogate: {verdict.conclusion.value}\n\n{message}"
    if verdict.exit_zero and not verdict.deciding.passed:
        yield f"_Exit code {verdict.exit_code}: `--exit-zero` was given._"
    steps = dict.fromkeys(step for suite in report.suites for step in suite.analysis.next_steps)
    for step in list(steps)[:MOST_CASES]:
        command = f": {markdown_code(step.command)}" if step.command else ""
        yield f"Next: {markdown_cell(step.words)}{command}"


_HEAD = (
    *("Workflow", "Conclusion", "Phase", "Started", "Took"),
    *("Passed", "Failed", "Flaky", "Skipped", "Exit code"),
)


def _row(suite: Suite) -> tuple[str, ...]:
    """Return a row of counts; what is 0 is left blank, so that the rest is seen."""
    workflow, result = suite.workflow, suite.result
    name = markdown_code(f"{workflow.namespace}/{workflow.name}", in_table=True)
    counts = (
        suite.count(Outcome.PASSED),
        suite.count(Outcome.FAILED) + suite.count(Outcome.ERRORED),
        len(suite.analysis.flaky),
        suite.count(Outcome.SKIPPED),
    )
    return (
        markdown_link(name, result.observation.target.url),
        result.conclusion.value,
        markdown_cell(workflow.phase_word) or "-",
        spell.moment(workflow.started_at) if workflow.started_at else "-",
        spell.duration(suite.seconds),
        *(str(count or "") for count in counts),
        str(result.exit_code),
    )


def _facts(workflow: Workflow) -> Iterator[str]:
    """Yield what the table has no room for."""
    creator = workflow.labels.get(LABEL_CREATOR, "")
    facts = [
        f"ended {spell.moment(workflow.finished_at)}" if workflow.finished_at else "",
        f"made by {markdown_code(creator)}" if creator else "",
        f"uid {markdown_code(workflow.uid)}" if workflow.uid else "",
    ]
    if told := "; ".join(filter(None, facts)):
        yield f"{told[0].upper()}{told[1:]}."


def _tests(found: Sequence[Suite]) -> Iterator[str]:
    """Yield the tests that failed inside of nodes: nothing says better what is wrong."""
    red = [(label, case) for suite in found for label, case in suite.red_tests()]
    if not red:
        return
    yield "#### Failed tests"
    for label, case in red[:MOST_TESTS]:
        message = markdown_cell(spell.one_line(case.message, LONGEST_LINE))
        yield f"* ❌ {markdown_code(label)} {message}"
        if lines := [text[:LONGEST_LINE] for text in case.text[:LOG_LINES]]:
            yield folded(f"Trace of {label}", markdown_block(lines))
    if len(red) > MOST_TESTS:
        yield f"… and {spell.counted(len(red) - MOST_TESTS, 'more failed test')}."


def _failed(suite: Suite, *, named: bool) -> Iterator[str]:
    """Yield what failed by reason: the causes first, then what only followed from them."""
    groups = [group for group in suite.analysis.groups if group.cases[0].node]
    if not groups:
        return
    of = f" in {markdown_code(suite.workflow.name)}" if named else ""
    by = f" ({markdown_cell(suite.analysis.stopped_by)})" if suite.analysis.stopped_by else ""
    yield f"#### Failed{of}{by}"
    for group in groups[:MOST_GROUPS]:
        yield from _group(group)
    if more := groups[MOST_GROUPS:]:
        count = sum(len(group.cases) for group in more)
        yield f"… and {spell.counted(count, 'more failed node')} for other reasons."


def _group(group: Group) -> Iterator[str]:
    count = len(group.cases)
    hint = f": {markdown_cell(group.hint)}" if group.hint else ""
    yield f"**{f'{count} × ' if count > 1 else ''}{markdown_cell(group.reason)}**{hint}"
    shown = "\n".join(_bullet(group, case) for case in group.cases[:MOST_CASES])
    more = group.cases[MOST_CASES:]
    if more:
        names = ", ".join(markdown_code(case.label) for case in more[:MOST_NAMED])
        rest = f" and {len(more) - MOST_NAMED} more" if len(more) > MOST_NAMED else ""
        shown += f"\n* … and {names}{rest}"
    yield shown
    for case in group.cases[:MOST_CASES]:
        message = case.message.strip()
        if "\n" in message:
            lines = message[: LONGEST_LINE * 4].splitlines()
            yield folded(f"Message of {case.label}", markdown_block(lines))
    for case in group.cases[: MOST_CASES if count <= MOST_CASES else 1]:
        yield from log_of(case)


def _bullet(group: Group, case: Case) -> str:
    message = spell.one_line(case.message, LONGEST_LINE)
    told = "" if group.tells(message) else f" {markdown_cell(message)}"
    took = f"{case.type}, {spell.duration(case.seconds)}"
    if case.attempts:
        took += f", attempt {len(case.attempts) + 1}"
    link = markdown_link("open in Argo", case.url)
    text = f"* ❌ {markdown_code(case.label)}{told} ({took}{f', {link}' if case.url else ''})"
    if case.no_log:
        what = "only a part of the log" if case.log else "no log"
        text += f"; {what}: {markdown_cell(spell.one_line(case.no_log))}"
    return text
