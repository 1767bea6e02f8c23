"""The gate's answer as values: conclusions with their exit codes, results, the verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from argogate.model.tree import Leaf, Tree
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Observation


class Conclusion(StrEnum):
    """What the gate answers, in one word."""

    PASSED = "passed"
    FAILED = "failed"
    USAGE = "usage"
    NOT_FOUND = "not-found"
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    INCOMPLETE = "incomplete"
    SUSPENDED = "suspended"
    INTERNAL = "internal"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"


class Exit(NamedTuple):
    """How a conclusion ends the process."""

    code: int
    meaning: str
    """When it comes, for whoever reads `--help`."""


EXITS = {
    Conclusion.PASSED: Exit(0, "the workflow ended in an allowed phase (Succeeded)"),
    Conclusion.FAILED: Exit(1, "the workflow ended otherwise; nothing else exits 1"),
    Conclusion.USAGE: Exit(2, "bad option or name; nothing was waited for"),
    Conclusion.NOT_FOUND: Exit(3, "it never appeared, was deleted, or was replaced"),
    Conclusion.DENIED: Exit(4, "credentials or permissions were refused"),
    Conclusion.UNREACHABLE: Exit(5, "no trustworthy answer within the outage budget"),
    Conclusion.INCOMPLETE: Exit(6, "it passed, but something asked for is missing"),
    Conclusion.SUSPENDED: Exit(7, "it waits for an approval (--on-suspend fail)"),
    Conclusion.INTERNAL: Exit(70, "a bug in argogate, or its installation"),
    Conclusion.TIMED_OUT: Exit(124, "a limit ran out; the message says which"),
    Conclusion.CANCELLED: Exit(130, "by SIGINT; 143 by SIGTERM or SIGHUP"),
}
"""The one table of exit codes: help and reference are made of it, the README is compared."""

EXIT_CODES = {conclusion: end.code for conclusion, end in EXITS.items()}
SIGTERM_EXIT_CODE = 143

DECIDING_ORDER = (70, 130, 143, 1, 2, 4, 3, 5, 124, 7, 6, 0)
"""Which exit code speaks for several workflows: a definite failure is not worth a retry, and one
name that is refused does not hide it."""


def conclusion_of(code: int) -> Conclusion | None:
    """Return what an exit code of ours stands for; None where it is no such code."""
    if code == SIGTERM_EXIT_CODE:
        return Conclusion.CANCELLED
    return next((word for word, known in EXIT_CODES.items() if known == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One workflow's part of the verdict."""

    conclusion: Conclusion
    message: str
    """One sentence: the thing, what was seen, and what to do where something can be done."""
    exit_code: int
    failures: tuple[Leaf, ...]
    """The nodes that failed, in order of their end; a passed run can have some, tolerated."""
    observation: Observation
    tree: Tree = field(compare=False, repr=False)
    """The nodes of the workflow as last seen, surveyed once for all who tell."""

    @property
    def passed(self) -> bool:
        """Whether this workflow alone would let the gate pass."""
        return self.conclusion is Conclusion.PASSED

    @property
    def workflow(self) -> Workflow | None:
        """The workflow as last seen."""
        return self.observation.workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The gate's answer."""

    results: tuple[Result, ...]
    """One for each workflow, in the order asked for; never empty."""
    exit_zero: bool = False

    @property
    def deciding(self) -> Result:
        """The result whose exit code speaks for all; a failure that is forgiven hides no other."""
        return min(self.results, key=lambda result: self._rank(result.exit_code))

    @property
    def conclusion(self) -> Conclusion:
        """The conclusion of the deciding result."""
        return self.deciding.conclusion

    @property
    def message(self) -> str:
        """The sentence of the deciding result, after how many are like it where there are more."""
        count, bad = len(self.results), self._bad
        if count == 1 or not bad:
            return self.headline
        return f"of {count} workflows {bad} did not pass; {self.deciding.message}"

    @property
    def headline(self) -> str:
        """The answer in short: of several workflows how many did not pass, else why."""
        count, bad = len(self.results), self._bad
        if count == 1:
            return self.deciding.message
        return (
            f"{bad} of {count} workflows did not pass" if bad else f"all {count} workflows passed"
        )

    @property
    def exit_code(self) -> int:
        """What the process exits with; `--exit-zero` turns 1, and only 1, into 0."""
        code = self.deciding.exit_code
        return 0 if self._forgives(code) else code

    @property
    def _bad(self) -> int:
        return sum(not result.passed for result in self.results)

    def _forgives(self, code: int) -> bool:
        return self.exit_zero and code == EXIT_CODES[Conclusion.FAILED]

    def _rank(self, code: int) -> tuple[bool, int]:
        return code == 0 or self._forgives(code), DECIDING_ORDER.index(code)


def join(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the answers of several gates as one; it forgives only what each of them forgives."""
    results = tuple(result for verdict in verdicts for result in verdict.results)
    return Verdict(results=results, exit_zero=all(verdict.exit_zero for verdict in verdicts))


def most_telling(codes: Iterable[int]) -> int:
    """Return the exit code that speaks for several."""
    return min(codes, key=DECIDING_ORDER.index)
