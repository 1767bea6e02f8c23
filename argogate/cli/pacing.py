"""How much of what comes in hundreds is written: a CI system cuts a log that is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.cli.progress import MOST_RUNNING
from argogate.values import dataclass
from argogate.waiting.news import Changed, Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.workflow import Workflow
    from argogate.waiting.news import News

MOST_AT_ONCE, AT_ONCE = 20, 10.0
"""Lines of one kind within so many seconds."""
STEPS = 10
"""Progress is told in so many steps, or as often as that, whichever is more."""


@dataclass(slots=True, kw_only=True)
class _Burst:
    """Lines of one kind, one right after the other."""

    began: float
    lines: int = 0
    told: int = 0
    """How many, of those above the most, are accounted for."""
    last: str = ""


class Bursts:
    """Lets the first lines of a kind through, and counts the others."""

    def __init__(self, write: Callable[[str], None], now: Callable[[], float]) -> None:
        self._write = write
        self._now = now
        self._bursts: dict[str, _Burst] = {}

    def write(self, kind: str, text: str) -> None:
        """Write a line of which there can be thousands: the first ones, and then a count."""
        now = self._now()
        burst = self._bursts.get(kind)
        if burst is None or now - burst.began >= AT_ONCE:
            if burst:
                self._count(burst)
            burst = self._bursts[kind] = _Burst(began=now)
        burst.lines += 1
        if burst.lines <= MOST_AT_ONCE:
            self._write(text)
        else:
            burst.last = text

    def catch_up(self) -> None:
        """Say how many lines were left out."""
        for burst in self._bursts.values():
            self._count(burst)

    def _count(self, burst: _Burst) -> None:
        """Count what was left out of a burst; the last line stands for itself."""
        more = burst.lines - burst.told - MOST_AT_ONCE
        if more > 1:
            self._write(f"… and {more - 1} more like these; the reports have all")
        if more > 0:
            self._write(burst.last)
            burst.told += more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    at: float
    mark: tuple[str, ...]
    done: int = 0
    total: int = 0


class Steps:
    """Tells the progress of large fan-outs in steps."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: dict[str, _Step] = {}
        self._named: dict[str, float] = {}

    def is_due(self, news: News) -> bool:
        """Whether news are to be told: all that is no mere progress of many is."""
        match news:
            case Changed(target=target, workflow=workflow):
                return self._is_a_step(str(target), workflow)
            case Running(target=target) if len(news.nodes) + len(news.starting) > MOST_RUNNING:
                return self._are_names_due(str(target))
            case _:
                return True

    def _is_a_step(self, name: str, workflow: Workflow) -> bool:
        step = _step(workflow, self._now())
        last = self._told.get(name)
        if last and last.mark == step.mark and step.at - last.at < AT_ONCE:
            gained = max(abs(step.done - last.done), abs(step.total - last.total))
            if gained * STEPS < step.total:
                return False
        self._told[name] = step
        return True

    def _are_names_due(self, name: str) -> bool:
        now = self._now()
        if now - self._named.get(name, now - AT_ONCE) < AT_ONCE:
            return False
        self._named[name] = now
        return True


def _step(workflow: Workflow, now: float) -> _Step:
    mark = (workflow.phase_word, workflow.message, workflow.shutdown, str(workflow.suspended))
    if workflow.counts:
        done, total = workflow.counts
        return _Step(at=now, mark=mark, done=done, total=total)
    return _Step(at=now, mark=(*mark, workflow.progress))
