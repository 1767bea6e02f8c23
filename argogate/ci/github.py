"""GitHub Actions: workflow commands in the log, outputs and summary in files.

The runner's side: `src/Runner.Worker/ActionCommandManager.cs` and `FileCommandManager.cs`.
"""

from __future__ import annotations

import re
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from argogate import spell
from argogate.ci.marks import joined, marks
from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from argogate.verdict.report import Report

LONGEST_TITLE = 200

SHORTEST_SECRET = 4
"""Characters: to hide less would hide half the log."""

HARMLESS = {
    *("accept", "accept-language", "cache-control", "content-type", "origin", "referer"),
    *("user-agent", "x-request-id", "x-requested-by", "x-requested-with"),
}
"""Headers whose values are ordinary words."""

_HEADER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?:\s*:\s*|=)(?P<value>.+)")
_SCHEME = re.compile(r"(?:basic|bearer)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub(Plain):
    """GitHub Actions, and what works like it (Gitea, Forgejo)."""

    folds: ClassVar[bool] = True
    output: Path | None = None
    """The file GITHUB_OUTPUT."""
    summary: Path | None = None
    """The file GITHUB_STEP_SUMMARY."""

    def masks(self, secrets: Collection[str]) -> Sequence[str]:
        """Return `::add-mask::` commands for tokens, passwords and `Name: value` of headers.

        The runner hides these texts in the rest of the job, and drops outputs that hold one: so
        they are whole values, and no words of them.
        """
        known = {part for text in secrets for row in text.splitlines() for part in _secret(row)}
        return [
            f"::add-mask::{escaped(text)}" for text in sorted(known) if len(text) >= SHORTEST_SECRET
        ]

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        """Yield a group; between `stop-commands` and its token no command is obeyed."""
        token = token_hex()
        yield f"::group::{escaped(terminal_line(title))}"
        yield f"::stop-commands::{token}"
        yield from map(logged_line, lines)
        yield f"::{token}::"
        yield "::endgroup::"

    def marks(self, report: Report) -> Iterator[str]:
        """Yield annotations; all steps of a composite action count as one, which has ten."""
        kind = "error" if report.verdict.exit_code else "warning"
        for title, lines in marks(report):
            yield annotation(kind, title, *lines)

    def refusal(self, message: str) -> Iterator[str]:
        """Yield an annotation."""
        yield annotation("error", "argogate", message)

    def handed_on(self, values: Mapping[str, str]) -> str:
        """Return the outputs, each between delimiters of its own: no value can end early."""
        return "".join(self._assignment(name, value) for name, value in values.items())

    def channel(self) -> Path | None:
        """Return the file of the outputs."""
        return self.output

    def page(self) -> Path | None:
        """Return the step summary."""
        return self.summary

    def _assignment(self, name: str, value: str) -> str:
        delimiter = f"ghadelimiter_{token_hex()}"
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _secret(row: str) -> Iterator[str]:
    """Yield what is to be hidden of a line: all of it, and what stands behind name and scheme."""
    header = _HEADER.fullmatch(row.strip())
    if header and header["name"].lower() in HARMLESS:
        return
    value = header["value"] if header else row.strip()
    yield row.strip()
    yield value
    yield _SCHEME.sub("", value)


def annotation(kind: str, title: str, *lines: str) -> str:
    """Return the command for one annotation; an empty line is left out."""
    titled = spell.one_line(terminal_line(title), LONGEST_TITLE)
    return f"::{kind} title={escaped_property(titled)}::{escaped(joined(*lines))}"


def escaped(text: str) -> str:
    """Escape the data of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Escape a property of a command."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
