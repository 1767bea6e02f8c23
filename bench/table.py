"""What a benchmark returns: figures, and the goals they are held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured; a row without a goal is there to compare with."""

    what: str
    figures: tuple[str, ...]
    goal: str = ""
    reached: bool | None = None

    def __str__(self) -> str:
        """Spell a line of the table."""
        verdict = {True: "yes", False: "**no**", None: ""}[self.reached]
        return f"| {' | '.join((self.what, *self.figures, self.goal, verdict))} |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All that one benchmark has found, printed as Markdown."""

    title: str
    columns: tuple[str, ...]
    """Names of the figures."""
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """Spell it."""
        head = ("", *self.columns, "goal", "reached")
        lines = [f"### {self.title}", "", f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
        return "\n".join([*lines, *map(str, self.rows)])
