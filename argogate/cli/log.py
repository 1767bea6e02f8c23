"""The progress log on stderr: one line a change, with the time of day."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zlib import crc32

import click

from argogate import spell
from argogate.cli.output import echo
from argogate.cli.progress import spell_news
from argogate.reports.escape import followed_line, terminal_line
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.news import Unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from argogate.evidence.transfer import Progress
    from argogate.verdict.observation import ArtifactFile
    from argogate.waiting.news import News

COLOURS = {
    "passed": "green",
    "Succeeded": "green",
    "failed": "red",
    "Failed": "red",
    "Error": "red",
    "Running": "cyan",
    "Pending": "yellow",
}
SOURCES = ("cyan", "magenta", "blue", "yellow", "green")
"""Colours of those who are followed: by its name each keeps its own."""
BAR = 30
"""Cells of a progress bar."""
CLEAR = "\x1b[K"
"""Clears the rest of the line."""

NOW = MonotonicClock().now
MOST_AT_ONCE, AT_ONCE = 20, 10.0
"""Lines of one kind within so many seconds; a CI system cuts a log that is too long, and the end,
which matters, is what it cuts."""


@dataclass(slots=True, kw_only=True)
class _Burst:
    """Lines of one kind, one right after the other."""

    began: float
    lines: int = 0
    told: int = 0
    """How many, of those above the most, are accounted for."""
    last: str = ""


class Log:
    """Writes lines to stderr, coloured on a terminal only, and not where NO_COLOR is set."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        quiet: bool = False,
        verbose: bool = False,
        now: Callable[[], float] = NOW,
    ) -> None:
        self.coloured = sys.stderr.isatty() and not environ.get("NO_COLOR")
        self.quiet = quiet
        self._verbose = verbose
        self._drawn = False
        self._now = now
        self._bursts: dict[str, _Burst] = {}
        self._lock = threading.RLock()
        """What is followed speaks from threads of its own."""

    def tell(self, news: News) -> None:
        """Write what happened."""
        if self._verbose or not isinstance(news, Unheard):
            self._one_of_many(type(news).__name__, spell_news(news))

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Write how the download of one artifact ended."""
        name = f"artifact {file.node_path}/{file.name}"
        if file.error:
            self._one_of_many("lost artifact", f"{name} was not downloaded: {file.error}")
        else:
            how = " (unchanged since it was downloaded)" if file.reused else ""
            note = f"; {file.warning}" if file.warning else ""
            size = spell.size(file.size)
            self._one_of_many("artifact", f"{name}: {size} to {file.path}{how}{note}")

    def show_progress(self, progress: Progress) -> None:
        """Draw how far the downloads are, over the last line of a terminal."""
        if self.quiet or not sys.stderr.isatty():
            return
        filled = BAR * progress.done // progress.total
        bar = "█" * filled + "░" * (BAR - filled)
        amount = spell.size(progress.bytes)
        echo(f"\r{bar} {progress.done}/{progress.total}, {amount}{CLEAR}", err=True, end="")
        self._drawn = True

    def line(self, text: str) -> None:
        """Write one line, unless the user wants quiet."""
        with self._lock:
            self.catch_up()
            self._line(text)

    def quote(self, source: str, text: str, at: datetime | None) -> None:
        """Write a line of somebody's log, also where the user wants quiet: it was asked for.

        `at` is when it was printed, which may be a while ago.
        """
        stamp = (at or datetime.now(UTC)).astimezone().strftime("%H:%M:%S")
        shown = followed_line(source, text)
        if self.coloured:
            name = followed_line(source, "")
            colour = SOURCES[crc32(name.encode("utf-8", "replace")) % len(SOURCES)]
            shown = click.style(name, fg=colour) + shown[len(name) :]
        with self._lock:
            self._wipe()
            echo(f"{stamp} {shown}", err=True)

    def _line(self, text: str) -> None:
        self._wipe()
        if not self.quiet:
            stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            echo(f"{stamp} {self._painted(terminal_line(text))}", err=True)

    def letter(self, text: str) -> None:
        """Write text to the letter, for the CI system."""
        self.catch_up()
        self._wipe()
        echo(text, err=True)

    def caution(self, text: str) -> None:
        """Write a warning, also where the user wants quiet."""
        self.catch_up()
        self._wipe()
        echo(f"argogate: {terminal_line(text)}", err=True)

    def advise(self, text: str, block: str) -> None:
        """Write a sentence, and below it lines of our own, to be copied."""
        self.caution(text)
        echo(block.rstrip("\n"), err=True)

    def catch_up(self) -> None:
        """Say how many lines were left out."""
        for burst in self._bursts.values():
            self._count(burst)

    def _one_of_many(self, kind: str, text: str) -> None:
        """Write a line of which there can be thousands: the first ones, and then a count."""
        with self._lock:
            self._in_burst(kind, text)

    def _in_burst(self, kind: str, text: str) -> None:
        now = self._now()
        burst = self._bursts.get(kind)
        if burst is None or now - burst.began >= AT_ONCE:
            if burst:
                self._count(burst)
            burst = self._bursts[kind] = _Burst(began=now)
        burst.lines += 1
        if burst.lines <= MOST_AT_ONCE:
            self._line(text)
        else:
            burst.last = text

    def _count(self, burst: _Burst) -> None:
        """Count what was left out of a burst; the last line stands for itself."""
        more = burst.lines - burst.told - MOST_AT_ONCE
        if more > 1:
            self._line(f"… and {more - 1} more like these; the reports have all")
        if more > 0:
            self._line(burst.last)
            burst.told += more

    def _wipe(self) -> None:
        """Take a drawn progress away, so that a line can be written."""
        if self._drawn:
            echo(f"\r{CLEAR}", err=True, end="")
            self._drawn = False

    def _painted(self, text: str) -> str:
        if not self.coloured:
            return text
        words = text.split(" ")
        return " ".join(
            click.style(word, fg=COLOURS[bare]) if (bare := word.rstrip(":,")) in COLOURS else word
            for word in words
        )
