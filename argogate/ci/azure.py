"""Azure DevOps: commands in the log, for issues, variables and a summary.

The agent obeys `##vso[area.action name=value;…]text` anywhere in a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from argogate.ci.marks import joined, marks
from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from argogate.verdict.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Azure(Plain):
    """Azure Pipelines, services and server."""

    folds: ClassVar[bool] = True
    assigns: ClassVar[bool] = True
    summary: Path | None = None
    """A file that nobody else uses, in the folder that the agent empties after the job."""

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        """Yield a group; no command is obeyed in it, as `##` and `[` do not meet there."""
        yield f"##[group]{terminal_line(title)}"
        yield from map(logged_line, lines)
        yield "##[endgroup]"

    def marks(self, report: Report) -> Iterator[str]:
        """Yield issues, which the page of the run lists."""
        kind = "error" if report.verdict.exit_code else "warning"
        for title, lines in marks(report):
            yield issue(kind, title, *lines)

    def refusal(self, message: str) -> Iterator[str]:
        """Yield an issue."""
        yield issue("error", "argogate", message)

    def handed_on(self, values: Mapping[str, str]) -> str:
        """Return the outputs as variables of the step, for others of the job and other jobs."""
        return "".join(
            f"##vso[task.setvariable variable={name.replace('-', '_')};isOutput=true]"
            f"{escaped(unexpanded(value))}\n"
            for name, value in values.items()
        )

    def page(self) -> Path | None:
        """Return the file that `posted` names."""
        return self.summary

    def posted(self) -> Iterator[str]:
        """Yield the command that makes a tab of the run out of the page."""
        yield f"##vso[task.uploadsummary]{escaped(str(self.summary))}"


def issue(kind: str, title: str, *lines: str) -> str:
    """Return the command for one issue."""
    return f"##vso[task.logissue type={kind}]{escaped(joined(title, *lines))}"


def escaped(text: str) -> str:
    """Escape the data of a command; what stands in its brackets is ours."""
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def unexpanded(value: str) -> str:
    """Break up `$(name)`: another job would put its variable of that name there."""
    return value.replace("$(", r"\u0024(" if value[:1] in "{[" else "$ (")
