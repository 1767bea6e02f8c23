"""Every system that reads JUnit, an exit code and a log, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from argogate.verdict.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Pure text for a system; this one needs none. Each other system is a subclass."""

    folds: ClassVar[bool] = False
    """Whether the system can fold lines of its log."""
    assigns: ClassVar[bool] = False
    """Whether outputs are lines of its log; else they go into the file `channel`."""
    on_stdout: ClassVar[bool] = False
    """Whether it obeys commands on standard output only."""

    def masks(self, secrets: Collection[str]) -> Sequence[str]:  # noqa: ARG002 - a subclass's
        """Return lines that make the system hide these values."""
        return ()

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:  # noqa: ARG002
        """Yield log lines that the system shows folded; nothing where it cannot."""
        yield from ()

    def unfolded(self) -> Iterator[str]:
        """Yield what ends the last of them, where they do not end by themselves."""
        yield from ()

    def marks(self, report: Report) -> Iterator[str]:  # noqa: ARG002
        """Yield lines that put the failures on the page of the run."""
        yield from ()

    def refusal(self, message: str) -> Iterator[str]:  # noqa: ARG002
        """Yield the same where nothing was waited for (exit code 2)."""
        yield from ()

    def handed_on(self, values: Mapping[str, str]) -> str:  # noqa: ARG002
        """Return the outputs as the system wants them."""
        return ""

    def channel(self) -> Path | None:
        """Return the file through which outputs get to the steps that follow."""
        return None

    def page(self) -> Path | None:
        """Return the file whose Markdown the system shows, if there is one."""
        return None

    def posted(self) -> Iterator[str]:
        """Yield lines that make the system show the page, once it is written."""
        yield from ()

    def reader(self, report: Report) -> Sequence[str]:  # noqa: ARG002
        """Return a program and its arguments that takes the summary on its standard input."""
        return ()
