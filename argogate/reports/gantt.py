"""A chart of one workflow over time in Mermaid: decoration beside a table that says the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from argogate import spell
from argogate.reports.escape import line
from argogate.verdict.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.verdict.report import Suite
    from argogate.verdict.rows import Row

MOST_BARS, LONGEST_NAME = 30, 80
"""So a chart stays below 5,000 characters, which Gitea draws; GitHub draws 50,000."""

_SYNTAX = re.compile(r"[^\w ./()+=@-]")
"""What Mermaid could take for its own; names come from whoever can push a branch."""
_NAME = "\u200b"
"""What no word of Mermaid's begins with: `excludes`, `ganttly` or `2026-01-31` are names too."""


def gantt(suite: Suite) -> Iterator[str]:
    """Yield a fenced chart of what failed, decided the end, or took longest; none for too little.

    Seconds since the begin are the axis: times of day would wrap after 24 hours.
    """
    timeline = suite.timeline
    if timeline is None or timeline.seconds < 1:
        return
    red = {case.node.id for case in suite.cases if case.node and case.outcome is not Outcome.PASSED}
    rows = [row for row in timeline.rows if row.bars and not row.frame and row.path]
    chosen = {
        id(row)
        for row in sorted(
            rows,
            key=lambda row: (row.work.failed, row.critical, row.seconds),
            reverse=True,
        )[:MOST_BARS]
    }
    shown = [row for row in rows if id(row) in chosen]
    if len(shown) <= 1:
        return
    lines = ["```mermaid", "gantt", "  dateFormat X", "  axisFormat %M:%S"]
    lines += [_bar(row, failed=row.work.failed and row.work.id in red) for row in shown]
    yield "\n".join([*lines, "```"])
    if left_out := len(rows) - len(shown):
        yield f"_{spell.counted(left_out, 'shorter node')} left out of the chart._"


def _bar(row: Row, *, failed: bool) -> str:
    """Return one line: red where it failed, marked where it decided the end."""
    name = _SYNTAX.sub(" ", line(row.path))[:LONGEST_NAME]
    name = " ".join(name.split()) or "node"
    begin, end = row.bars[0].start, row.bars[-1].end
    word = "crit, " if failed else "active, " if row.critical else ""
    seconds = spell.duration(row.seconds)
    return f"  {_NAME}{name} {seconds} :{word}{begin:.0f}, {max(end, begin + 1):.0f}"
