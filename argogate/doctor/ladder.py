"""What the doctor is asked to look at, and the ladder that comes of it. Values only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.values import dataclass
from argogate.verdict.conclusion import EXIT_CODES, Conclusion

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from argogate.argo.session import Transport
    from argogate.model.workflow import Shutdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One server, one namespace, and what a wait there would want to do."""

    transport: Transport
    now: Callable[[], datetime]
    """The time of day here."""
    timeout: float
    """Seconds for each request."""
    namespace: str
    name: str = ""
    """A workflow that is there, to try on it what cannot be tried without one."""
    several: bool = False
    """Whether workflows are found by a list: labels, or `@latest`."""
    listen: bool = True
    logs: bool = True
    follow: bool = False
    artifacts: bool = False
    shutdown: Shutdown | None = None


class Standing(StrEnum):
    """How a rung was found."""

    OK = "ok"
    FAILED = "failed"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One thing that was tried."""

    what: str
    standing: Standing
    detail: str
    """What was seen."""
    remedy: str = ""
    """What to do; empty where nothing has to be done."""
    rule: str = ""
    """The lines that a Role lacks, as YAML."""
    conclusion: Conclusion = Conclusion.UNREACHABLE
    """What a wait would come to, where this failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """All rungs, from the address upwards."""

    rungs: tuple[Rung, ...]

    def with_standing(self, standing: Standing) -> tuple[Rung, ...]:
        """Return the rungs that were found so."""
        return tuple(rung for rung in self.rungs if rung.standing is standing)

    @property
    def exit_code(self) -> int:
        """What the process exits with: the lowest broken rung decides."""
        failed = self.with_standing(Standing.FAILED)
        return EXIT_CODES[failed[0].conclusion] if failed else 0

    @property
    def summary(self) -> str:
        """The answer in one sentence."""
        failed = self.with_standing(Standing.FAILED)
        if failed:
            return f"not ready: mend {failed[0].what} first"
        warnings = self.with_standing(Standing.WARNING)
        if warnings:
            return f"ready, but see {', '.join(rung.what for rung in warnings)}"
        return "ready"


def ok(what: str, detail: str) -> Rung:
    """Return a rung that holds."""
    return Rung(what=what, standing=Standing.OK, detail=detail)


def skipped(what: str, detail: str, *, remedy: str = "", rule: str = "") -> Rung:
    """Return a rung that was not tried."""
    return Rung(what=what, standing=Standing.SKIPPED, detail=detail, remedy=remedy, rule=rule)


def warning(what: str, detail: str, remedy: str) -> Rung:
    """Return a rung that holds for now."""
    return Rung(what=what, standing=Standing.WARNING, detail=detail, remedy=remedy)


def failed(what: str, sentence: str, conclusion: Conclusion = Conclusion.UNREACHABLE) -> Rung:
    """Return a broken rung; a sentence of an ArgoError ends with what to do, after a semicolon."""
    detail, _, remedy = sentence.rpartition("; ")
    return Rung(
        what=what,
        standing=Standing.FAILED,
        detail=detail or remedy,
        remedy=remedy if detail else "",
        conclusion=conclusion,
    )
