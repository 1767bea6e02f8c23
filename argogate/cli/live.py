"""The line at the end of a terminal, drawn anew: what runs, how long, what may end it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from argogate import spell
from argogate.cli.colours import NO
from argogate.cli.output import echo
from argogate.cli.progress import MOST_RUNNING, listed, spell_state
from argogate.reports.escape import terminal_line
from argogate.values import replace
from argogate.waiting.news import Changed, Recovered, Standing, Troubled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.evidence.transfer import Progress
    from argogate.waiting.news import News

NARROWEST, USUAL = 20, 80
"""Columns of a terminal: the least that are reckoned with, and where it does not tell."""
CLEAR = "\r\x1b[K"
"""Clears the line."""
BAR = 30
"""Cells of a progress bar."""


def is_live(environ: Mapping[str, str]) -> bool:
    """Whether stderr is a terminal with somebody before it."""
    in_ci = environ.get("CI", "").lower() not in NO
    return sys.stderr.isatty() and environ.get("TERM") != "dumb" and not in_ci


class Line:
    """The drawn line; whoever writes another one writes it `above`."""

    def __init__(self, *, on: bool) -> None:
        """Without `on` nothing is ever drawn."""
        self.on = on
        self._drawn = ""

    def draw(self, text: str) -> None:
        """Draw the text in the place of what is drawn, cut to the width of the terminal."""
        if not self.on:
            return
        shown = cut(terminal_line(text), columns() - 1)
        if shown != self._drawn:
            self._drawn = shown
            echo(f"\r{shown}{CLEAR[1:]}" if shown else CLEAR, err=True, end="")

    def above(self, text: str) -> None:
        """Write a line that stays, to the letter, and what was drawn below it again."""
        if self._drawn:
            echo(f"{CLEAR}{text}\n{self._drawn}", err=True, end="")
        else:
            echo(text, err=True)

    def close(self) -> None:
        """Clear it for good."""
        self.draw("")
        self.on = False


class Standings:
    """What the line says: the last that was heard of every workflow."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._standings: dict[str, Standing] = {}
        self._trouble = ""

    def hear(self, news: News) -> None:
        """Take news in."""
        match news:
            case Standing():
                self._standings[str(news.target)] = news
            case Changed(target=target, workflow=workflow) if str(target) in self._standings:
                known = self._standings[str(target)]
                self._standings[str(target)] = replace(known, workflow=workflow, nodes=(), held="")
            case Troubled(reason=reason):
                self._trouble = reason
            case Recovered():
                self._trouble = ""
            case _:
                pass

    def spell(self, now: float, width: int = USUAL * 4) -> str:
        """Say it in one line; of what does not fit, names are counted."""
        unfinished = [each for each in self._standings.values() if not each.over]
        waited = f"waiting for {spell.duration(int(now - self._began))}"
        if not self._standings:
            return waited
        if not unfinished:
            return "it is over; collecting logs and artifacts"
        if len(self._standings) == 1:
            head, names = _one(unfinished[0], waited)
        else:
            head = f"{len(unfinished)} of {len(self._standings)} not over, {waited}"
            names = tuple(_brief(each) for each in unfinished)
        tail = self._tail(unfinished, now)
        if self._trouble:
            return f"{head}; no answer: {self._trouble}{tail}"
        return f"{head}{_fitted(names, width - cells(head) - cells(tail))}{tail}"

    def _tail(self, standings: list[Standing], now: float) -> str:
        first = min(standings, key=lambda each: each.ends)
        left = first.ends - now
        return f"; {first.limit} in {spell.duration(int(left))}" if 0 < left < 10**9 else ""


def spell_downloads(progress: Progress, encoding: str) -> str:
    """Spell how far the downloads are, with a bar."""
    filled = BAR * progress.done // progress.total
    full, empty = "█░" if encoding.lower().startswith("utf") else "#-"
    bar = full * filled + empty * (BAR - filled)
    return f"{bar} {progress.done}/{progress.total} artifacts, {spell.size(progress.bytes)}"


def cells(text: str) -> int:
    """Return how many columns a text takes; East Asian letters take two, marks none."""
    return len(text) if text.isascii() else sum(_cells(letter) for letter in text)


def cut(text: str, width: int) -> str:
    """Return as much of a text as fits into so many columns."""
    if cells(text) <= width:
        return text
    room, kept = width - 1, 0
    while (room := room - _cells(text[kept])) >= 0:
        kept += 1
    return f"{text[:kept]}…"


def columns() -> int:
    """Return how wide stderr is, as it is now."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return USUAL
    return max(width, NARROWEST) if width else USUAL


def _cells(letter: str) -> int:
    import unicodedata  # a megabyte, for names that are not ASCII

    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _one(standing: Standing, waited: str) -> tuple[str, tuple[str, ...]]:
    workflow = standing.workflow
    if workflow is None:
        return f"not seen yet, {waited}", ()
    usual = ""
    if workflow.estimated_seconds:
        usual = f" (usually {spell.duration(workflow.estimated_seconds)})"
    head = f"{spell_state(workflow)}, {waited}{usual}"
    if standing.held and not standing.nodes:
        return f"{head}; {standing.held}", ()
    return head, standing.nodes


def _brief(standing: Standing) -> str:
    known = standing.workflow
    how = f"{known.phase_word} {known.progress}".strip() if known else "not seen yet"
    return f"{standing.target.name} {how}"


def _fitted(names: tuple[str, ...], room: int) -> str:
    """Return as many names as there is room for, at least one."""
    for most in range(min(len(names), MOST_RUNNING), 0, -1):
        spelled = f"; now: {listed(names, most)}"
        if cells(spelled) <= room or most == 1:
            return spelled
    return ""
