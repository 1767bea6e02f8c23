"""The edge: what a system is told goes into its log and its files."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from argogate.values import dataclass
from argogate.verdict.conclusion import EXIT_CODES, Conclusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from argogate.ci.plain import Plain
    from argogate.verdict.report import Case, Report

LARGEST_PAGE = 1_000_000
"""Bytes; GitHub drops a summary of 1 MiB as a whole, and one just below in silence."""

LEAST_ROOM = 5000
"""Bytes in which a headline fits."""

LONGEST_VALUE = 8000
"""Characters; Windows takes 32,767 of one variable, Linux 128 KiB."""

UNFINISHED = "the gate did not finish"

MOST_LOGS = 10
LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """Tells the verdict to the CI system; what cannot be told is said, and changes nothing."""

    system: Plain
    write: Callable[[str], None]
    """Writes a line of the log to the letter."""
    warn: Callable[[str], None]
    paths: Mapping[str, str]
    """Outputs that are paths: `junit`, `artifacts-dir`, `result`."""
    folder: Path | None = None
    """Where outputs are files, whatever the system."""
    logs: bool = True

    def hold(self) -> None:
        """Say in the folder that the gate did not finish: what lies there is of another run."""
        if self.folder:
            self._fill(self.folder, _without_a_wait(Conclusion.INTERNAL, UNFINISHED))

    def announce(self, report: Report) -> None:
        """Tell the outputs, the summary, the failures, and the logs of failed nodes."""
        self._hand_on(lambda: _outputs(report, self.paths))
        self.summarise(report)
        # Before the logs: a runner takes only ten of a step, and its matchers make some of logs.
        self._say(self.system.marks(report))
        logged = _list_logged(report) if self.logs and self.system.folds else []
        for title, case in logged:
            self._say(self.system.folded(title, [row[:LONGEST_LINE] for row in case.log]))
        if logged:
            self._say(self.system.unfolded())

    def summarise(self, report: Report) -> None:
        """Add the summary to the page of the run, and hand it to a program that shows it."""
        page = self.system.page()
        if page and self._add(page, lambda size: _summary(report, size)):
            self._say(self.system.posted())
        reader = self.system.reader(report)
        if reader and (why := _feed(reader, _summary(report, 0))):
            self.warn(why)

    def refuse(self, message: str) -> None:
        """Tell that nothing was waited for."""
        self._hand_on(lambda: _without_a_wait(Conclusion.USAGE, message))
        self._say(self.system.refusal(message))

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def _hand_on(self, values: Callable[[], Mapping[str, str]]) -> None:
        if self.folder:
            self._fill(self.folder, values())
        channel = self.system.channel()
        if channel:
            self._add(channel, lambda _: self.system.handed_on(values()))
        elif self.system.assigns:
            text = self.system.handed_on(_bounded(values()))
            self._say(text.removesuffix("\n").split("\n"))

    def _fill(self, folder: Path, values: Mapping[str, str]) -> None:
        from argogate.ci.folder import fill  # noqa: PLC0415 - few need it

        if why := fill(folder, values):
            self.warn(why)

    def _add(self, path: Path, content: Callable[[int], str]) -> bool:
        """Add text to a file; `content` is told how many bytes are there already."""
        try:
            with path.open("a+b") as stream:
                size = stream.tell()
                text = content(size + 1).encode(errors="replace")
                if text and size and not _ends_a_line(stream, size):  # of a step that used printf
                    text = b"\n" + text
                stream.write(text)
        except OSError as error:
            self.warn(f"{path} cannot be written: {error.strerror or error}")
            return False
        return True


def _ends_a_line(stream: IO[bytes], size: int) -> bool:
    stream.seek(size - 1)
    return stream.read(1) == b"\n"


def _outputs(report: Report, paths: Mapping[str, str]) -> Mapping[str, str]:
    from argogate.reports.outputs import outputs  # noqa: PLC0415 - only some systems need it

    return {**outputs(report), **paths}


def _without_a_wait(conclusion: Conclusion, message: str) -> Mapping[str, str]:
    """Return every output, so that what reads them as JSON in a later step can."""
    from argogate.reports.outputs import EMPTY  # noqa: PLC0415 - as above

    code = str(EXIT_CODES[conclusion])
    return {**EMPTY, "conclusion": conclusion.value, "message": message, "exit-code": code}


def _feed(words: Sequence[str], text: str) -> str:
    from argogate.ci.feed import feed  # noqa: PLC0415 - as above

    return feed(words, text)


def _bounded(values: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out what is too long: it is in the environment of every program that follows."""
    from argogate.reports.outputs import EMPTY  # noqa: PLC0415 - as above

    return {
        name: value if len(value) <= LONGEST_VALUE else EMPTY[name]
        for name, value in values.items()
    }


def _summary(report: Report, size: int) -> str:
    """Return Markdown for the room that is left on a page of that size."""
    from argogate.reports import markdown  # noqa: PLC0415 - only some systems need it

    room = min(LARGEST_PAGE - size, markdown.LIMIT)
    return markdown.render(report, room) if room >= LEAST_ROOM else ""


def _list_logged(report: Report) -> list[tuple[str, Case]]:
    """Return what can be folded: the red ones first, of each reason one before the second of any.

    `--logs all` gives others, too.
    """
    red = [(suite, case) for suite in report.suites for case in suite.analysis.foremost]
    others = [(suite, case) for suite in report.suites for case in suite.cases if not case.red]
    logged = [(suite, case) for suite, case in (*red, *others) if case.log]
    return [
        (f"Log of {suite.name}: {case.name} (last {len(case.log)} lines)", case)
        for suite, case in logged[:MOST_LOGS]
    ]
