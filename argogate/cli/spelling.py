"""The result as it is printed on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from argogate.reports import text

if TYPE_CHECKING:
    from argogate.verdict.report import Report


def spelled(report: Report, output: str, *, coloured: bool) -> str:
    """Return a report in one of the forms of `--output`, without the last line break."""
    if output == "json":
        from argogate.reports import result

        return result.render(report).rstrip("\n")
    if output == "name":
        return text.render_name(report).rstrip("\n")
    spelled = text.render_text(report).rstrip("\n")
    if not coloured:
        return spelled
    first, _, rest = spelled.partition(" ")
    colour = "green" if report.verdict.deciding.passed else "red"
    return f"{click.style(first, fg=colour, bold=True)} {rest}"
