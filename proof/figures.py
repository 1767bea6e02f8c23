"""What came of a proof, as a line of docs/proof.md: written by `--figures`, never by hand."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run of one proof."""

    name: str
    asked: str
    """The options that repeat it."""
    told: str
    """The last thing that it printed."""
    wrong: int
    seconds: float
    table: tuple[str, ...] = ()
    """The lines of a table that it printed."""

    @property
    def row(self) -> str:
        """Return its line of the table."""
        told = self.told.replace("|", "/")
        return f"| `{self.name}` | `{self.asked}` | {told} | {self.wrong} | {self.seconds:.0f} s |"


def insert(text: str, figures: Figures) -> str:
    """Return the page with this line in place of the one of the same proof, or as the last."""
    known = re.compile(rf"^\| `{figures.name}` \| `--.*$", re.MULTILINE)
    if known.search(text):
        return known.sub(lambda _: figures.row, text)
    return text.rstrip("\n") + f"\n{figures.row}\n"


def insert_table(text: str, figures: Figures) -> str:
    """Return the page with the table below the mark of the proof, where it bears that mark."""
    mark = rf"(<!-- {figures.name} -->\n\n)(?:\|.*\n)*\n?"
    table = "".join(f"{line}\n" for line in (*figures.table, ""))
    return re.sub(mark, lambda found: found[1] + table, text) if figures.table else text


def write(page: Path, figures: Figures) -> None:
    """Put a line into the page, and the table where it has a place for one."""
    text = insert(page.read_text(encoding="utf-8"), figures)
    page.write_text(insert_table(text, figures), encoding="utf-8")


class _Both(io.TextIOBase):
    """Prints, and remembers."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lines: list[str] = [""]

    def write(self, text: str) -> int:
        first, *further = text.split("\n")
        self.lines[-1] += first
        self.lines += further
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()


@contextmanager
def remembered(stream: TextIO) -> Iterator[list[str]]:
    """Remember the lines that are printed meanwhile."""
    both = _Both(stream)
    with redirect_stdout(both):
        yield both.lines
