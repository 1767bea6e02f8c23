"""TeamCity: service messages in the log.

The agent obeys `##teamcity[name attribute='value' …]`, and reads it on standard output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from argogate import spell
from argogate.ci.marks import joined, marks
from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from argogate.verdict.report import Report

LONGEST_STATUS = 300
"""Characters that the list of builds has room for."""
SPECIAL = {
    **{ord(each): f"|{each}" for each in "|'[]"},
    ord("\n"): "|n",
    ord("\r"): "|r",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCity(Plain):
    """TeamCity."""

    folds: ClassVar[bool] = True
    assigns: ClassVar[bool] = True
    on_stdout: ClassVar[bool] = True

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        """Yield a block; a line of it is no message, as `##` and a word with `[` do not meet."""
        name = terminal_line(title)
        yield message("blockOpened", name=name)
        yield from map(logged_line, lines)
        yield message("blockClosed", name=name)

    def marks(self, report: Report) -> Iterator[str]:
        """Yield the status of the build, and warnings: errors could fail a build by themselves."""
        if report.verdict.exit_code:
            yield _status(report.verdict.headline)
        for title, lines in marks(report):
            yield message("message", text=joined(title, *lines), status="WARNING")

    def refusal(self, message: str) -> Iterator[str]:
        """Yield the status of the build."""
        yield _status(message)

    def handed_on(self, values: Mapping[str, str]) -> str:
        """Return the outputs as parameters of the build; `%name%` in a value is no reference."""
        return "".join(
            f"{message('setParameter', name=f'argogate.{name}', value=value.replace('%', '%%'))}\n"
            for name, value in values.items()
        )


def message(kind: str, /, **attributes: str) -> str:
    """Return a service message."""
    told = "".join(f" {key}='{escaped(value)}'" for key, value in attributes.items())
    return f"##teamcity[{kind}{told}]"


def escaped(text: str) -> str:
    """Escape a value: the agent's encoding of the log is not ours to know."""
    return "".join(each if each.isascii() else _units(each) for each in text.translate(SPECIAL))


def _units(character: str) -> str:
    data = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"|0x{data[at : at + 2].hex()}" for at in range(0, len(data), 2))


def _status(text: str) -> str:
    """Return the text that stands for the build in lists, behind what TeamCity says itself."""
    told = spell.one_line(terminal_line(text), LONGEST_STATUS)
    return message("buildStatus", text=f"{{build.status.text}}; argogate: {told}")
