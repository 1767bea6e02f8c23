"""The progress log on stderr: one line a change, with the time of day."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argogate import spell
from argogate.cli.colours import is_coloured, paint, paint_source
from argogate.cli.live import CLEAR, Line, Standings, columns, is_live, spell_downloads
from argogate.cli.output import echo
from argogate.cli.pacing import Bursts, Steps
from argogate.cli.progress import spell_news
from argogate.reports.escape import followed_line, terminal_line
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.news import Standing, Unheard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from argogate.evidence.transfer import Progress
    from argogate.verdict.evidence import ArtifactFile
    from argogate.waiting.news import News

STDERR = 2
NOW = MonotonicClock().now
REDRAWN = 0.1
"""Seconds between two looks whether the drawn line is still true."""


class Log:
    """Writes lines to stderr; on a terminal the last one is drawn anew, and says what runs.

    Lines may come from any thread.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        quiet: bool = False,
        verbose: bool = False,
        now: Callable[[], float] = NOW,
    ) -> None:
        self.coloured = is_coloured(environ, terminal=sys.stderr.isatty(), logged=True)
        self.quiet = quiet
        self._verbose = verbose
        self._now = now
        self._live = Line(on=not quiet and is_live(environ))
        self._standings = Standings(now())
        self._bursts = Bursts(self._line, now)
        self._steps = Steps(now)
        self._artifacts: dict[tuple[str, ...], ArtifactFile] = {}
        self._drawn_at = now()
        self._asked = False
        self._busy = threading.RLock()

    def tell(self, news: News) -> None:
        """Write what happened, and draw how it stands."""
        self._standings.hear(news)
        wanted = self._verbose or not isinstance(news, Unheard)
        if wanted and not isinstance(news, Standing) and self._steps.is_due(news):
            self._write_one_of_many(type(news).__name__, spell_news(news))
        self._redraw()

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Write how the download of one artifact ended, if it is not simply there."""
        self._artifacts[file.node_id, file.name, file.path] = file
        name = f"artifact {file.node_path}/{file.name}"
        if file.error:
            self._write_one_of_many("lost artifact", f"{name} was not downloaded: {file.error}")
        elif self._verbose or file.warning:
            how = " (unchanged since it was downloaded)" if file.reused else ""
            note = f"; {file.warning}" if file.warning else ""
            size = spell.size(file.size)
            self._write_one_of_many("artifact", f"{name}: {size} to {file.path}{how}{note}")

    def sum_up(self, folder: Path | None) -> None:
        """Write how many artifacts there are now, and what was not downloaded."""
        if not self._artifacts:
            return
        there = [file for file in self._artifacts.values() if not file.error]
        lost = len(self._artifacts) - len(there)
        kept = sum(file.reused for file in there)
        size = spell.size(sum(file.size for file in there))
        text = f"{spell.counted(len(there), 'artifact')}, {size}, in {folder}"
        text += f"; {kept} of them unchanged since an earlier download" if kept else ""
        text += f"; {lost} not downloaded" if lost else ""
        self.line(text)

    def show_progress(self, progress: Progress) -> None:
        """Draw how far the downloads are."""
        with self._busy:
            self._live.draw(spell_downloads(progress, sys.stderr.encoding or "utf-8"))
            self._drawn_at = self._now() + 1

    def line(self, text: str) -> None:
        """Write one line, unless the user wants quiet."""
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
            shown = paint_source(name) + shown[len(name) :]
        self._write(f"{stamp} {shown}")

    def letter(self, text: str) -> None:
        """Write text to the letter, for the CI system."""
        self.catch_up()
        self._write(text)

    def caution(self, text: str) -> None:
        """Write a warning, also where the user wants quiet."""
        self.catch_up()
        self._write(f"argogate: {terminal_line(text)}")

    def advise(self, refusal: str) -> None:
        """Show the Role that grants what was refused, where it is known, to be copied."""
        from argogate.doctor.roles import lack_in, role

        if lack := lack_in(refusal):
            self.caution("a Role that would do (kubectl apply -f -):")
            self._write(role(lack).rstrip("\n"))

    def catch_up(self) -> None:
        """Say how many lines were left out."""
        with self._busy:
            self._bursts.catch_up()

    def tick(self) -> None:
        """Draw how much time has passed, and say how it stands to who has asked."""
        if self._asked:
            self._asked = False
            self._line(self._standings.spell(self._now()))
        self._redraw()

    def ask(self) -> None:
        """Have the next tick say how it stands; a signal may come while a line is written."""
        self._asked = True

    def close(self) -> None:
        """Draw nothing any more."""
        with self._busy:
            self._live.close()

    def end(self, text: str) -> None:
        """Write the last line, also where the user wants quiet."""
        self.close()
        echo(text, err=True)

    def break_off(self, text: str) -> None:
        """Write the last line of a process that ends at once, maybe in the middle of another."""
        wiped = CLEAR if self._live.on else ""
        with suppress(OSError):
            os.write(STDERR, f"{wiped}{text}\n".encode())

    def _redraw(self) -> None:
        if not self._live.on or threading.current_thread() is not threading.main_thread():
            return
        with self._busy:
            now = self._now()
            if now - self._drawn_at >= REDRAWN:
                self._drawn_at = now
                self._live.draw(self._standings.spell(now, columns()))

    def _line(self, text: str) -> None:
        if not self.quiet:
            stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            shown = terminal_line(text)
            self._write(f"{stamp} {paint(shown) if self.coloured else shown}")

    def _write_one_of_many(self, kind: str, text: str) -> None:
        with self._busy:
            self._bursts.write(kind, text)

    def _write(self, text: str) -> None:
        with self._busy:
            self._live.above(text)
