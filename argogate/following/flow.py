"""What becomes of each line: told in its turn, or counted. Pure: time is passed in."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from argogate import spell
from argogate.following.heard import Heard
from argogate.following.turns import Turns
from argogate.reports.escape import log_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.model.pods import PodLine

MOST_LINES = 10_000
"""Lines that are told in all; a CI system cuts a log that is too long, and cuts its end."""
MOST_TEXT = 2 << 20
"""Characters that are told in all: GitLab keeps 4 MiB of a job."""
LAST_LINES = 10
"""The last lines of a pod that are told where it printed too many: they say how it ended."""
LONGEST_CONTENT = 64 * 1024
"""Characters that are looked at of what a pod printed up to a newline."""
EXITED = "sub-process exited"
"""What Argo's process in a container writes when the work in it is over."""
OVERLAP = 5.0
"""Seconds by which pods may lag behind each other in one stream."""


class Said(NamedTuple):
    """A line to be told."""

    at: str
    text: str


class Source:
    """One pod of one workflow."""

    def __init__(self, workflow: str, pod: str) -> None:
        self.workflow = workflow
        self.pod = pod
        self.heard = Heard()
        self.ended = False
        self.told = 0
        self.left_out = 0
        """Lines that were only counted, and are not told yet to have been."""
        self.last: deque[Said] = deque(maxlen=LAST_LINES)
        """The last of them."""
        self.told_full = False
        """Whether it was told that the rest is only counted."""


class Flow:
    """The lines of all pods on their way into the log."""

    def __init__(self, most_each: int, clean: Callable[[str], str]) -> None:
        """`most_each` is how many lines are told of one pod, `clean` cuts secrets out of a text."""
        self._most_each = most_each
        self._clean = clean
        self._sources: dict[tuple[str, str], Source] = {}
        self._turns: Turns[Source, Said] = Turns()
        self._told = self._length = 0
        self._told_full = False

    def hear(self, workflow: str, line: PodLine, now: float) -> Source | None:
        """Take a line in; return its pod if nothing was heard of it before."""
        place = (workflow, line.pod)
        known = self._sources.get(place)
        source = known or self._sources.setdefault(place, Source(*place))
        if source.heard.is_new(line.at, line.text):
            self._take_in(source, line, now)
        return None if known else source

    def pods(self, workflow: str) -> Iterator[Source]:
        """Yield the pods of a workflow of which something was heard."""
        return (source for source in self._sources.values() if source.workflow == workflow)

    def oldest_end(self, workflow: str, *, within: float = inf) -> float:
        """Return from when on lines may be missing: seconds since 1970, -inf where nothing came.

        What has not ended may have said more since its last line. Only pods count that spoke
        `within` so many seconds before the last line of all.
        """
        heard = list(self.pods(workflow))
        newest = max((source.heard.last for source in heard), default=-inf)
        return min(
            (
                source.heard.last
                for source in heard
                if not source.ended and source.heard.last >= newest - within
            ),
            default=newest,
        )

    def due(self, now: float) -> list[tuple[Source, list[Said]]]:
        """Return what is to be told now."""
        return self._turns.due(now)

    def next_at(self) -> float:
        """Return when something is due that has come already."""
        return self._turns.next_at()

    def rest(self, now: float) -> list[tuple[Source, list[Said]]]:
        """Return all there is to tell, as nothing more is to come."""
        for source in self._sources.values():
            self._count(source, now)
        return self._turns.rest()

    def left_out(self) -> str:
        """Tell what was left out because there were too many lines in all; empty where nothing."""
        silenced = [source.left_out for source in self._sources.values() if source.left_out]
        if not silenced:
            return ""
        lines, pods = spell.counted(sum(silenced), "line"), spell.counted(len(silenced), "pod")
        return f"… {lines} of {pods} left out: {spell.counted(MOST_LINES, 'line')} is the most"

    def _take_in(self, source: Source, line: PodLine, now: float) -> None:
        if line.argo:
            if EXITED in line.text:
                source.ended = True
                self._count(source, now)
                self._turns.end(source)
            return
        if self._is_full(source):
            self._leave_out(source, [Said(line.at, line.text)], now)
            return
        lines = [Said(line.at, text) for text in self._spelled(line.text)]
        room = min(self._most_each - source.told, MOST_LINES - self._told)
        self._tell(source, lines[:room], now)
        source.told += len(lines[:room])
        self._leave_out(source, lines[room:], now)

    def _spelled(self, text: str) -> list[str]:
        return log_lines(self._clean(text[:LONGEST_CONTENT]))

    def _is_full(self, source: Source) -> bool:
        return source.told >= self._most_each or self._all_full()

    def _all_full(self) -> bool:
        return self._told >= MOST_LINES or self._length >= MOST_TEXT

    def _tell(self, source: Source, lines: list[Said], now: float) -> None:
        self._told += len(lines)
        self._length += sum(len(said.text) for said in lines)
        self._turns.add(source, lines, now)

    def _leave_out(self, source: Source, lines: list[Said], now: float) -> None:
        """Count lines; say once that this is done, for a pod or for all."""
        if not lines:
            return
        source.left_out += len(lines)
        source.last.extend(lines)
        if self._told_full or source.told_full:
            return
        source.told_full, self._told_full = True, self._all_full()
        if self._told_full:
            shown = f"{spell.counted(self._told, 'line')} of all pods"
        else:
            shown = f"{spell.counted(source.told, 'line')} (--follow-lines)"
        text = f"… after {shown} the rest is counted"
        self._tell(source, [Said(lines[0].at, text)], now)

    def _count(self, source: Source, now: float) -> None:
        """Tell how many lines of a pod were left out, and the last of them: they say the end."""
        if not source.left_out or self._all_full():
            return
        last = [Said(said.at, self._spelled(said.text)[-1]) for said in source.last]
        more = source.left_out - len(last)
        count = [Said("", f"… {spell.counted(more, 'line')} left out")] if more else []
        self._tell(source, count + last, now)
        source.left_out = 0
        source.last.clear()
