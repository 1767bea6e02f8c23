"""What the summary folds: it matters to some, and after what is red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.gantt import gantt
from argogate.reports.markup import markdown_block, markdown_cell, markdown_code
from argogate.reports.tables import MOST_ROWS, folded, table
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.verdict.evidence import ArtifactFile
    from argogate.verdict.report import Case, Suite

LOG_LINES = 50
LONGEST_LINE = 1000
SLOWEST = 5


def folds(found: Sequence[Suite]) -> Iterator[str]:
    """Yield a block for each that has something to tell."""
    yield from _listed(found, "Flaky: passed when retried", _flaky)
    yield from _listed(found, "Tolerated: failed, and the workflow passed", _tolerated)
    yield from _listed(found, "Skipped", _skipped)
    for suite in found:
        yield from _times(suite, named=len(found) > 1)
    yield from _other_logs(found)
    yield from _artifacts(found)
    yield from _parameters(found)


def log_of(case: Case) -> Iterator[str]:
    """Yield the last lines of a node's log."""
    if case.log:
        lines = [text[:LONGEST_LINE] for text in case.log[-LOG_LINES:]]
        counted = spell.counted(len(lines), "last line", "last lines")
        yield folded(f"Log of {case.label}, {counted}", markdown_block(lines))


def _other_logs(found: Sequence[Suite]) -> Iterator[str]:
    """Yield the logs of nodes that are not red: there are some with `--logs all`."""
    logged = [case for suite in found for case in suite.cases if case.log and not case.red]
    for case in logged[:MOST_ROWS]:
        yield from log_of(case)


def _listed(
    found: Sequence[Suite], title: str, chosen: Callable[[Suite], Iterator[tuple[Case, str]]]
) -> Iterator[str]:
    """Yield a folded table of cases, each with a word on it."""
    rows = [
        (markdown_code(f"{suite.name}: {case.label}", in_table=True), markdown_cell(text))
        for suite in found
        for case, text in chosen(suite)
    ]
    for block in table("", ("Node", "Reason"), rows):
        yield folded(f"{title} ({len(rows)})", block)


def _flaky(suite: Suite) -> Iterator[tuple[Case, str]]:
    for case in suite.analysis.flaky:
        tried = spell.counted(len(case.attempts), "failed attempt")
        yield case, f"{tried}, the last: {spell.one_line(case.attempts[-1].message)}"


def _tolerated(suite: Suite) -> Iterator[tuple[Case, str]]:
    return ((case, spell.one_line(case.message)) for case in suite.analysis.tolerated)


def _skipped(suite: Suite) -> Iterator[tuple[Case, str]]:
    for case in suite.cases:
        if case.outcome is Outcome.SKIPPED and not case.tolerated:
            yield case, spell.one_line(case.message)


def _times(suite: Suite, *, named: bool) -> Iterator[str]:
    """Yield where the time went: a table, and beside it a chart where one fits."""
    cases = [case for case in suite.cases if case.node and case.seconds > 0]
    if len(cases) <= 1:
        return
    cases.sort(key=lambda case: case.seconds, reverse=True)
    rows = [
        (
            markdown_code(case.label, in_table=True),
            spell.duration(case.seconds),
            f"{case.seconds / suite.seconds:.0%}" if suite.seconds else "",
        )
        for case in cases[:SLOWEST]
    ]
    blocks = [*table("", ("Node", "Took", "Of the whole"), rows), *gantt(suite)]
    of = f" of {suite.workflow.name}" if named else ""
    yield folded(f"Where the time went{of}: {spell.duration(suite.seconds)}", "\n\n".join(blocks))


def _artifacts(found: Sequence[Suite]) -> Iterator[str]:
    """Yield what was fetched, or should have been; what is only listed says nothing here."""
    rows = [
        (
            markdown_code(f"{item.node_path}/{item.name}", in_table=True),
            "" if item.error else spell.size(item.size),
            _file_cell(item),
        )
        for suite in found
        for item in suite.result.observation.artifacts
        if item.path or item.error
    ]
    for block in table("", ("Artifact", "Size", "File"), rows):
        yield folded(f"Artifacts ({len(rows)})", block)


def _file_cell(item: ArtifactFile) -> str:
    """Return where it lies, and what is wrong with it."""
    trouble = markdown_cell(spell.one_line(item.error or item.warning))
    place = markdown_code(item.path, in_table=True) if item.path else ""
    return ": ".join(filter(None, (place, trouble)))


def _parameters(found: Sequence[Suite]) -> Iterator[str]:
    rows = [
        (
            markdown_code(item.name, in_table=True),
            markdown_code(spell.one_line(item.value), in_table=True),
        )
        for suite in found
        for item in suite.workflow.parameters
    ]
    for block in table("", ("Name", "Value"), rows):
        yield folded(f"Output parameters ({len(rows)})", block)
