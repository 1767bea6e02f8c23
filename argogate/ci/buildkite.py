"""Buildkite: groups of the log, and an annotation through the program of its agent."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from argogate.ci.plain import Plain
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.verdict.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildkite(Plain):
    """Buildkite."""

    folds: ClassVar[bool] = True
    agent: str = ""
    """The path of buildkite-agent; empty where the job cannot run it, as in many a container."""
    step: str = ""
    """What stays the same when the job is run again, and tells it from others of the build."""

    def folded(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        """Yield a group, which ends where the next one begins."""
        yield f"--- {terminal_line(title)}"
        yield from map(logged_line, lines)

    def unfolded(self) -> Iterator[str]:
        """Yield the heading of what follows."""
        yield "+++ argogate"

    def reader(self, report: Report) -> Sequence[str]:
        """Return the agent's program; what is run again replaces its annotation."""
        if not self.agent:
            return ()
        red = "error" if report.verdict.exit_code else "warning"
        style = "success" if report.verdict.deciding.passed else red
        names = (f"{suite.workflow.namespace}/{suite.workflow.name}" for suite in report.suites)
        context = sha256("\n".join((self.step, *names)).encode(errors="replace")).hexdigest()[:16]
        return (self.agent, "annotate", "--style", style, "--context", f"argogate-{context}")
