"""GitLab CI: sections of the log. The rest are reports (`argogate.reports.outputs`)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, ClassVar

from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ERASE = "\x1b[0K"
"""Clears the line, so that the marker itself is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLab(Plain):
    """GitLab CI."""

    folds: ClassVar[bool] = True
    epoch: int = 0
    """Seconds since 1970 at which sections begin and end: the log was there already."""
    numbers: Iterator[int]
    """Sections must not share a name."""

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        """Yield a collapsed section; a line of it cannot hold the escape that would end it."""
        name = f"{self.epoch}:argogate_{next(self.numbers)}"
        yield (f"{ERASE}section_start:{name}[collapsed=true]\r{ERASE}{terminal_line(title)}")
        yield from map(logged_line, lines)
        yield f"{ERASE}section_end:{name}\r{ERASE}"


def sections(epoch: int) -> GitLab:
    """Return GitLab, its sections numbered from 1."""
    return GitLab(epoch=epoch, numbers=count(1))
