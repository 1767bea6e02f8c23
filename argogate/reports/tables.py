"""Tables and folds of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.reports.markup import markdown_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_ROWS = 500
"""Rows of one table that anybody would read."""


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield nothing without rows; else one block, with its title."""
    if not rows:
        return
    lines = [f"#### {title}\n", _row(head), _row(["---"] * len(head))]
    lines += [_row(row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"\n… and {len(rows) - MOST_ROWS} more.")
    yield "\n".join(lines[0 if title else 1 :])


def folded(title: str, block: str) -> str:
    """Return a block that is closed at first. It stands alone: inside a list it would end that."""
    return f"<details><summary>{markdown_html(title)}</summary>\n\n{block}\n\n</details>"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
