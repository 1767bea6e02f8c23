"""A cell of the fault matrix: one fault at one moment, what may come of it and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from proof.gate import Ended

KILLED = -9
COLOURS = {True: "red", False: "green", None: "none"}
"""Of the JUnit report, or that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it happens: at the N-th request that is meant."""

    name: str
    meant: str
    nth: int = 1
    run: str = "steps-one-fails"
    arguments: tuple[str, ...] = ("steps-one-fails",)
    code: int = 1
    """The exit code undisturbed."""
    first: bool = False
    """Whether the server has not answered properly before."""
    over: bool = False
    """Whether the verdict is fixed by then."""
    at_once: bool = False
    """Whether the workflow is over before the gate begins: its tree is read for its end alone."""
    told: bool = False
    """Whether reports with the verdict are there by then."""
    lost: int | None = None
    """The exit code where a lasting fault costs what is required."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fault at one moment, and what came of it."""

    fault: str
    moment: Moment
    lasting: bool
    ended: Ended
    came: bool
    allowed: frozenset[int]
    silent: bool = False
    """Whether there need be no report: nobody could write one, or nobody was there yet."""

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong with it."""
        code, red = self.ended.code, self.ended.red()
        if not self.came:
            yield "the moment never came"
        if code is None:
            yield f"it hung for {self.ended.seconds:.0f} s"
            return
        if code not in self.allowed:
            yield f"exit code {code}, not one of {sorted(self.allowed)}: {self.ended.out[:200]!r}"
        if code != 2 and red is None and not self.silent:
            yield "no JUnit report that can be read"
        if red is not None and red is (code == 0) and not self._after_all:
            yield f"exit code {code} beside a {'red' if red else 'green'} JUnit report"
        if self.ended.parts and code != KILLED and not self.silent:
            yield f"half-written: {', '.join(self.ended.parts)}"
        if self.ended.stragglers:
            yield f"{self.ended.stragglers} processes were left"
        if "Traceback" in self.ended.err:
            yield "a traceback"

    @property
    def _after_all(self) -> bool:
        """Whether the verdict was told already when the process was killed."""
        return self.ended.code == KILLED and self.moment.told

    @property
    def word(self) -> str:
        """What came of it, as the table has it: the exit code and the colour of the report."""
        if not self.came:
            return "not tried"
        if self.ended.code is None:
            return "hung"
        return f"{self.ended.code} {COLOURS[self.ended.red()]}"

    def __str__(self) -> str:
        """Say what it is."""
        length = "for good" if self.lasting else "briefly"
        return f"{self.fault}, {length}, at: {self.moment.name}"


def tabulate(found: Iterable[Cell], moments: Sequence[Moment]) -> str:
    """Return them as Markdown: a line for each fault, a column for each moment."""
    words: dict[str, dict[str, list[str]]] = {}
    for cell in found:
        words.setdefault(cell.fault, {}).setdefault(cell.moment.name, []).append(cell.word)
    names = [moment.name for moment in moments]
    lines = [f"| Fault | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    lines += [
        f"| {fault} | {' | '.join(' / '.join(told.get(name, [])) for name in names)} |"
        for fault, told in words.items()
    ]
    return "\n".join(lines) + "\n"
