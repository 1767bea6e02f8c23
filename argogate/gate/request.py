"""What a gate is asked for, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from argogate.ci.numbers import stem_of
from argogate.evidence.collect import LogWish
from argogate.model.workflow import LATEST
from argogate.publishing import NO_REPORTS, Reports
from argogate.verdict.judge import Rules
from argogate.verdict.observation import Target
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.evidence.collect import ArtifactWish
    from argogate.model.workflow import Shutdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for."""

    namespace: str
    names: tuple[str, ...]
    """`@latest` alone means the newest one; empty where labels select."""
    labels: str = ""
    wish: Wish = Wish()
    rules: Rules = Rules()
    reports: Reports = NO_REPORTS
    artifacts: ArtifactWish | None = None
    logs: LogWish = LogWish()
    follow: int = 0
    """How many lines of each pod are told while it runs."""
    merged: tuple[str, ...] = ()
    """Which JUnit files among the artifacts become suites of the reports."""
    listen: bool = True
    fail_fast: bool = False
    suite_name: str = ""
    """What reports call the suite; empty for what stays the same from run to run by itself."""
    numbers: tuple[str, ...] = ()
    """What the CI system may have put at the end of names, and is new in every run."""
    on_timeout: Shutdown | None = None
    on_cancel: Shutdown | None = None

    def targets(self, page_of: Callable[[str], str]) -> tuple[Target, ...]:
        """Return the workflows that are named, or what is to be looked for."""
        if self.labels or self.names == (LATEST,):
            wanted = f"-l {self.labels}" if self.labels else LATEST
            return (
                Target(namespace=self.namespace, name=wanted, named=False, suite=self.suite_name),
            )
        return tuple(self.target(name, page_of) for name in self.names)

    def target(self, name: str, page_of: Callable[[str], str]) -> Target:
        """Return the workflow of a name, with its page."""
        return Target(
            namespace=self.namespace,
            name=name,
            url=page_of(name),
            suite=self.suite_name,
            stem=stem_of(name, self.numbers),
        )
