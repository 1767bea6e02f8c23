"""GitHub Actions: workflow commands in the log, outputs and summary in files.

The runner's side: `src/Runner.Worker/ActionCommandManager.cs` and `FileCommandManager.cs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from argogate import spell
from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.verdict.conclusion import Conclusion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from argogate.verdict.analysis import Group
    from argogate.verdict.report import Case, Report, Suite

MOST_ANNOTATIONS = 10
"""The runner shows as many errors of a step, and all steps of a composite action count as one."""

LONGEST_MESSAGE, LONGEST_TITLE = 4000, 200
"""Characters; the runner cuts a message at 4,096."""
LONGEST_ROW = 1000
"""Characters of one line, so that the link at the end is not what is lost."""
LAST_LINES, LONGEST_LINE = 3, 300
"""Of a log, in an annotation."""
MOST_NAMED = 20

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
        """Yield an annotation for each failed node, or, where they are many, for each reason."""
        kind = "error" if report.verdict.exit_code else "warning"
        red = sum(len(group.cases) for suite in report.suites for group in suite.analysis.groups)
        by_node = red <= MOST_ANNOTATIONS
        found = [mark for suite in report.suites for mark in _tests(suite)]
        found += (mark for suite in report.suites for mark in _marks(suite, by_node=by_node))
        most = MOST_ANNOTATIONS if len(found) <= MOST_ANNOTATIONS else MOST_ANNOTATIONS - 1
        for title, lines in found[:most]:
            yield annotation(kind, title, *lines)
        if len(found) > most:
            more = spell.counted(len(found) - most, "more failure")
            yield annotation(
                kind, "argogate", f"… and {more}; the summary and the reports have all"
            )

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
    rows = (spell.one_line(terminal_line(line), LONGEST_ROW) for line in lines)
    shown = "\n".join(filter(None, rows))
    titled = spell.one_line(terminal_line(title), LONGEST_TITLE)
    return f"::{kind} title={escaped_property(titled)}::{escaped(_cut(shown))}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def escaped(text: str) -> str:
    """Escape the data of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Escape a property of a command."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def _tests(suite: Suite) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield titles and lines of tests that failed inside of nodes: they say best what is wrong."""
    for label, case in suite.red_tests():
        trace = [logged_line(row[:LONGEST_LINE]).strip() for row in case.text[:LAST_LINES]]
        yield f"{suite.name}: {label}", (case.message, *trace)


def _marks(suite: Suite, *, by_node: bool) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield titles and lines: what failed of a workflow, else the workflow itself.

    What to do next stands in the first of them.
    """
    result, analysis = suite.result, suite.analysis
    steps = [f"next: {step}" for step in analysis.next_steps]
    groups = [group for group in analysis.groups if group.cases[0].node]
    if result.conclusion is not Conclusion.FAILED or not groups:
        if not result.passed:
            page = suite.cases[0].page.of_run()
            yield f"argogate: {result.conclusion.value}", (result.message, *steps, page)
        return
    for group in groups:
        if by_node:
            told = [(f"{suite.name}: {case.name}", case, "") for case in group.cases]
        else:
            told = [(f"{suite.name}: {_counted(group)}", group.cases[0], f"in {_listed(group)}")]
        for title, case, names in told:
            yield title, (case.message, names, group.hint, *_last_lines(case), *steps, case.url)
            steps = []


def _counted(group: Group) -> str:
    count = len(group.cases)
    return f"{count} × {group.reason}" if count > 1 else group.reason


def _listed(group: Group) -> str:
    return spell.listing([case.label for case in group.cases], MOST_NAMED)


def _last_lines(case: Case) -> list[str]:
    return [logged_line(row[:LONGEST_LINE]).strip() for row in case.log[-LAST_LINES:]]
