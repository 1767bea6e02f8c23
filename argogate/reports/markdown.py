"""The step summary: GitHub-flavoured Markdown, read as well where it is shown as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from argogate import spell
from argogate.reports.escape import markdown_block, markdown_cell, markdown_code
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from argogate.verdict.observation import ArtifactFile
    from argogate.verdict.report import Case, Report, Suite

LIMIT = 1_000_000
"""Bytes. GitHub drops a summary above 1 MiB as a whole."""

CUT_NOTE = 80
"""Bytes kept free for the sentence that says what was cut."""

LOG_LINES = 50
LONGEST_LINE = 1000
MOST_ROWS = 500
"""Rows of one table, and failed nodes, that anybody would read."""

MARKS = {
    Outcome.PASSED: "✅",
    Outcome.FAILED: "❌",
    Outcome.ERRORED: "❌",
    Outcome.SKIPPED: "⏭️",
}


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
    """Yield what stands or falls as a whole: headline, tables, one failed node each."""
    verdict, found = report.verdict, report.suites
    mark = "✅" if verdict.deciding.passed else "❌"
    message = markdown_cell(spell.one_line(verdict.message, LONGEST_LINE))
    yield f"### {mark} argogate: {verdict.conclusion.value}\n\n{message}"
    if verdict.exit_zero and not verdict.deciding.passed:
        yield f"_Exit code {verdict.exit_code}: `--exit-zero` was given._"
    yield from _tables("", _WORKFLOW_HEAD, [_workflow_row(suite) for suite in found])
    tests = [(label, case) for suite in found for label, case in suite.red_tests()]
    if tests:
        yield "#### Failed tests"
        yield from (_test(label, case) for label, case in tests[:MOST_ROWS])
    if len(tests) > MOST_ROWS:
        yield f"… and {len(tests) - MOST_ROWS} more."
    failed = [(suite, case) for suite in found for case in suite.cases if case.red]
    if failed:
        yield "#### Failed"
        yield from (_failed(suite, case) for suite, case in failed[:MOST_ROWS])
    if len(failed) > MOST_ROWS:
        yield f"… and {len(failed) - MOST_ROWS} more."
    yield from _other_logs(found)
    yield from _skipped(found, "Tolerated", tolerated=True)
    yield from _skipped(found, "Skipped", tolerated=False)
    yield from _artifacts(found)
    yield from _parameters(found)
    remarks = [remark for suite in found for remark in suite.result.observation.remarks]
    if remarks:
        yield "#### Remarks"
        yield "\n".join(f"* {markdown_cell(remark)}" for remark in remarks[:MOST_ROWS])


_WORKFLOW_HEAD = ("Workflow", "Conclusion", "Phase", "Duration", "✅", "❌", "⏭️")


def _workflow_row(suite: Suite) -> tuple[str, ...]:
    workflow = suite.workflow
    name = markdown_code(f"{workflow.namespace}/{workflow.name}")
    return (
        _linked(name, suite.result.observation.target.url),
        suite.result.conclusion.value,
        markdown_cell(workflow.phase_word) or "-",
        spell.duration(suite.seconds),
        str(suite.count(Outcome.PASSED)),
        str(suite.count(Outcome.FAILED) + suite.count(Outcome.ERRORED)),
        str(suite.count(Outcome.SKIPPED)),
    )


def _linked(shown: str, url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return shown
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return shown
    return f"[{shown}](<{quote(url, safe=':/?#@!$&=+,;%~', errors='replace')}>)"


def _failed(suite: Suite, case: Case) -> str:
    where = markdown_code(f"{suite.name}: {case.label}")
    message = markdown_cell(spell.one_line(case.message, LONGEST_LINE))
    text = (
        f"* {MARKS[case.outcome]} {where} {message} ({case.type}, {spell.duration(case.seconds)})"
    )
    return "\n\n".join([text, *_log(case)])


def _log(case: Case) -> Iterator[str]:
    """Yield the log of a node, folded, and why there is none or not all of it."""
    if case.log:
        lines = [text[:LONGEST_LINE] for text in case.log[-LOG_LINES:]]
        shown = spell.counted(len(lines), "last line", "last lines")
        yield f"<details><summary>Log, {shown}</summary>\n\n{markdown_block(lines)}\n\n</details>"
    if case.no_log:
        what = "Only a part of the log" if case.log else "No log"
        yield f"{what}: {markdown_cell(spell.one_line(case.no_log))}"


def _other_logs(found: tuple[Suite, ...]) -> Iterator[str]:
    """Yield the logs of nodes that are not red: there are some with `--logs all`."""
    logged = [
        (suite, case)
        for suite in found
        for case in suite.cases
        if case.log and not case.red and case.type != "Tolerated"
    ]
    if logged:
        yield "#### Logs"
    for suite, case in logged[:MOST_ROWS]:
        where = markdown_code(f"{suite.name}: {case.label}")
        yield "\n\n".join([f"* {MARKS[case.outcome]} {where}", *_log(case)])


def _test(label: str, case: Case) -> str:
    message = markdown_cell(spell.one_line(case.message, LONGEST_LINE))
    text = f"* {MARKS[case.outcome]} {markdown_code(label)} {message}"
    lines = [text[:LONGEST_LINE] for text in case.text[:LOG_LINES]]
    if not lines:
        return text
    return f"{text}\n\n<details><summary>Trace</summary>\n\n{markdown_block(lines)}\n\n</details>"


def _skipped(found: tuple[Suite, ...], title: str, *, tolerated: bool) -> Iterator[str]:
    rows = [
        (markdown_code(f"{suite.name}: {case.label}"), markdown_cell(spell.one_line(case.message)))
        for suite in found
        for case in suite.cases
        if case.outcome is Outcome.SKIPPED and (case.type == "Tolerated") is tolerated
    ]
    yield from _tables(title, ("Node", "Reason"), rows)


def _artifacts(found: tuple[Suite, ...]) -> Iterator[str]:
    rows = [
        (
            markdown_code(f"{item.node_path}/{item.name}"),
            "" if item.error else spell.size(item.size) if item.path else "-",
            _file_cell(item),
        )
        for suite in found
        for item in suite.result.observation.artifacts
    ]
    yield from _tables("Artifacts", ("Artifact", "Size", "File"), rows)


def _file_cell(item: ArtifactFile) -> str:
    """Return where it lies, and what is wrong with it."""
    trouble = markdown_cell(spell.one_line(item.error or item.warning))
    place = markdown_code(item.path) if item.path else ""
    return ": ".join(filter(None, (place, trouble)))


def _parameters(found: tuple[Suite, ...]) -> Iterator[str]:
    rows = [
        (markdown_code(item.name), markdown_code(spell.one_line(item.value)))
        for suite in found
        for item in suite.workflow.parameters
    ]
    yield from _tables("Output parameters", ("Name", "Value"), rows)


def _tables(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield nothing without rows; else one block, with its title."""
    if not rows:
        return
    lines = [f"#### {title}\n", _row(head), _row(["---"] * len(head))]
    lines += [_row(row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"\n… and {len(rows) - MOST_ROWS} more.")
    yield "\n".join(lines[0 if title else 1 :])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
