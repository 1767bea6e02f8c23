"""The progress log on stderr: one line a change, with the time of day."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from argogate.cli.output import echo
from argogate.model import spell
from argogate.news import Unheard
from argogate.reports.escape import terminal_line
from argogate.reports.progress import spell_news

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.news import News
    from argogate.observation import ArtifactFile

COLOURS = {
    "passed": "green",
    "Succeeded": "green",
    "failed": "red",
    "Failed": "red",
    "Error": "red",
    "Running": "cyan",
    "Pending": "yellow",
}


class Log:
    """Writes lines to stderr, coloured on a terminal only, and not where NO_COLOR is set."""

    def __init__(
        self, environ: Mapping[str, str], *, quiet: bool = False, verbose: bool = False
    ) -> None:
        self.coloured = sys.stderr.isatty() and not environ.get("NO_COLOR")
        self.quiet = quiet
        self._verbose = verbose

    def tell(self, news: News) -> None:
        """Write what happened."""
        if self._verbose or not isinstance(news, Unheard):
            self.line(spell_news(news))

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Write how the download of one artifact ended."""
        name = f"artifact {file.node_path}/{file.name}"
        if file.error:
            self.line(f"{name} was not downloaded: {file.error}")
        else:
            self.line(f"{name}: {spell.size(file.size)} to {file.path}")

    def line(self, text: str) -> None:
        """Write one line, unless the user wants quiet."""
        if not self.quiet:
            stamp = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            echo(f"{stamp} {self._painted(terminal_line(text))}", err=True)

    def caution(self, text: str) -> None:
        """Write a warning, also where the user wants quiet."""
        echo(f"argogate: {terminal_line(text)}", err=True)

    def advise(self, text: str, block: str) -> None:
        """Write a sentence, and lines to be copied below it."""
        self.caution(text)
        echo("\n".join(terminal_line(line) for line in block.splitlines()), err=True)

    def _painted(self, text: str) -> str:
        if not self.coloured:
            return text
        words = text.split(" ")
        return " ".join(
            click.style(word, fg=COLOURS[bare]) if (bare := word.rstrip(":,")) in COLOURS else word
            for word in words
        )
