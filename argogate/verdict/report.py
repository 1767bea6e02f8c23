"""What everybody tells: the verdict and its suites, made once. No rendering computes its own."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from argogate.values import dataclass
from argogate.verdict.links import NOWHERE, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.analysis import Analysis
    from argogate.verdict.conclusion import Result, Verdict
    from argogate.verdict.timeline import Timeline


class Outcome(StrEnum):
    """What a JUnit reader counts."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"


RED = frozenset({Outcome.FAILED, Outcome.ERRORED})

TOLERATED = "Tolerated"
"""Type of a failure in spite of which the workflow passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A failed attempt before the one that counts."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A leaf node, a frame that failed by itself, or the workflow as a whole.

    `classname` and `name` are printable; every other text is as the server sent it.
    """

    classname: str
    name: str
    """The node's own name path, from which readers know it in the next run."""
    outcome: Outcome
    shown_as: str = ""
    """What Argo displays instead; no part of the key, as two nodes may share it."""
    type: str = ""
    """Word of our own: `Failed`, `Error`, `Timeout` …; empty for a pass."""
    message: str = ""
    """Why it is not a pass: never empty then. May have several lines."""
    seconds: float = 0
    node: Node | None = None
    page: Page = NOWHERE
    attempts: tuple[Attempt, ...] = ()
    text: tuple[str, ...] = ()
    """What a test says besides its message: a trace."""
    details: tuple[tuple[str, str], ...] = ()
    """What else is known, as names and values; none for a pass."""
    note: str = ""
    log: tuple[str, ...] = ()
    no_log: str = ""
    """Why there is no log, or only a part of it."""
    attachments: tuple[str, ...] = ()
    """Paths of the node's downloaded artifacts, if it is red."""

    @property
    def label(self) -> str:
        """The name for a person, with what Argo displays behind it."""
        return f"{self.name} ({self.shown_as})" if self.shown_as else self.name

    @property
    def url(self) -> str:
        """The link to the very node in Argo's UI, or to the run; empty where there is none."""
        return self.page.of_node(self.node) if self.node else self.page.of_run()

    @property
    def tolerated(self) -> bool:
        """Whether it failed, and the workflow passed all the same."""
        return self.type == TOLERATED

    @property
    def red(self) -> bool:
        """Whether a reader counts it as a failure."""
        return self.outcome in RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A suite of a JUnit file that a node left behind; it decides nothing."""

    name: str
    """Of the workflow's suite, the node and the suite itself."""
    prefix: str
    """What the classes of its cases begin with: the workflow's suite and the node."""
    node_id: str
    node_path: str
    cases: tuple[Case, ...]
    """Never empty."""
    properties: tuple[tuple[str, str], ...]
    seconds: float = 0
    timestamp: datetime | None = None

    def label(self, case: Case) -> str:
        """Name a case of it for a person: `calc.AddTest.overflows (node test)`."""
        own = case.classname.removeprefix(self.prefix).lstrip(".")
        return f"{'.'.join(filter(None, (own, case.name)))} (node {self.node_path})"


@dataclass(frozen=True, kw_only=True)  # what is kept when it was asked for has no slot
class Suite:
    """One workflow."""

    name: str
    """Without the generated part of the workflow's name, so that readers can follow it."""
    result: Result
    workflow: Workflow
    """As last seen, its end as the poll that fixed the verdict showed it."""
    cases: tuple[Case, ...]
    """Never empty."""
    properties: tuple[tuple[str, str], ...]
    seconds: float
    """From the start to the end, or to the end of the wait; not the sum of the cases."""
    timestamp: datetime | None
    analysis: Analysis
    merged: tuple[Merged, ...] = ()
    """Tests that ran inside of its nodes (`--junit-merge`)."""

    @cached_property
    def timeline(self) -> Timeline | None:
        """When what ran; None where nothing ever began. Made where the first asks for it."""
        from argogate.verdict.timeline import make_timeline  # noqa: PLC0415 - few need it

        return make_timeline(self)

    def count(self, outcome: Outcome) -> int:
        """Return how many cases have that outcome."""
        return sum(1 for case in self.cases if case.outcome is outcome)

    def red_tests(self) -> Iterator[tuple[str, Case]]:
        """Yield the red cases of merged suites, with what a person calls them."""
        for merged in self.merged:
            for case in merged.cases:
                if case.red:
                    yield merged.label(case), case

    def count_tests(self, outcome: Outcome) -> int:
        """Return how many cases of merged suites have that outcome."""
        return sum(case.outcome is outcome for merged in self.merged for case in merged.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict as everybody tells it."""

    verdict: Verdict
    suites: tuple[Suite, ...]
    """One for each workflow, in the order of the verdict's results."""

    @property
    def deciding(self) -> Suite:
        """The suite of the result whose exit code speaks for all."""
        deciding = self.verdict.deciding
        return next(suite for suite in self.suites if suite.result is deciding)
