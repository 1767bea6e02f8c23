"""The log stream of one workflow, in a thread: opened, and opened again where it broke off."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from math import ceil, inf
from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.errors import ArgoError, Denied, NotFound, Unavailable, worth_repeating
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from argogate.model.answers import Poll
    from argogate.model.pods import PodLine

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two tries to open a stream that broke off or ended; a line starts over."""
REFUSED_PAUSE = 60.0
"""The same of one that is refused for good, as far as one knows."""
CUT_SECOND = 1.0
"""What the server's clock may be ahead of the `Date` it told."""
OVERLAP = 2
"""Seconds that are asked for again: what was under way when the stream broke off."""
WORTH_SAYING = 3.0
"""Seconds of a cut that somebody who reads along may have wondered at."""
PERSISTENT = 3
"""Refusals in a row before one is said: what restarts refuses for a moment."""
LONG_AWAY = 30.0
"""Seconds of an outage before it is said; where the whole server is away, the wait says so."""


class PodLogs(Protocol):
    """Whom the lines come from. Raises ArgoError."""

    def pods(
        self,
        namespace: str,
        name: str,
        *,
        follow: bool,
        since: int = 0,
        timeout: float = ...,
        whole: float | None = None,
    ) -> AbstractContextManager[tuple[datetime | None, Iterator[PodLine | None]]]:
        """Open the log of all pods of a workflow, of the last `since` seconds; 0 for all."""
        ...

    def tree(
        self, namespace: str, name: str, *, timeout: float, whole: float | None = None
    ) -> Poll:
        """Read a workflow with its nodes."""
        ...


class Clock(Protocol):
    """A clock that only goes forward."""

    def now(self) -> float:
        """Return the time."""
        ...

    def pause(self, seconds: float, bell: threading.Event) -> None:
        """Return after that long, or as soon as the bell rings: what the waiting thread does."""
        ...

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Do the same in a thread beside it."""
        ...


class Hearer(Protocol):
    """Whom a tail tells what comes. All of it is called from its thread."""

    def hear(self, tail: Tail, line: PodLine) -> None:
        """Take a line in."""
        ...

    def say(self, text: str) -> None:
        """Say a sentence."""
        ...

    def missing_from(self, tail: Tail) -> float:
        """Return from when on lines may be missing, in seconds since 1970; -inf for all."""
        ...

    def ended(self, tail: Tail) -> None:
        """Take in that it is not followed any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Which run is followed."""

    namespace: str
    name: str
    uid: str


class Tail:
    """Follows the pods of one workflow until it is over, or until it is stopped."""

    def __init__(self, run: Followed, source: PodLogs, clock: Clock, hearer: Hearer) -> None:
        self.run = run
        self.over = False
        """Whether the workflow has ended, so that the stream's end is the end of it."""
        self.complete = False
        """Whether the stream ended by itself after that, so that nothing is left to be read."""
        self.opened = False
        """Whether a stream could be opened at all."""
        self._source = source
        self._clock = clock
        self._hearer = hearer
        self._stop = threading.Event()
        self._ahead: float | None = None
        """What is to be added to our clock to get the server's, in seconds since 1970."""
        self._heard_at = clock.now()
        self._broke_at: float | None = None
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._told: set[str] = set()

    def start(self) -> None:
        """Begin to follow. Raises RuntimeError where no thread is to be had."""
        threading.Thread(target=self._follow, daemon=True, name=f"log {self.run.name}").start()

    def stop(self) -> None:
        """Follow no more; does not wait for a read that is under way."""
        self._stop.set()

    def read_rest(self, start: float, seconds: float) -> None:
        """Read what was printed from a moment on, as far as that many seconds allow.

        What comes twice is known. Raises ArgoError.
        """
        with self._opened(start, follow=False, timeout=seconds, whole=seconds) as lines:
            for line in lines:
                if line:
                    self._hearer.hear(self, line)

    def _follow(self) -> None:
        while not self._stop.is_set():
            asked_for = 0.0
            try:
                self._read()
            except ArgoError as error:
                self.complete = self.over and isinstance(error, NotFound)
                asked_for = self._failed(error)
            else:
                self.complete = self.over
            if self.complete:
                self._hearer.ended(self)
                return
            self._clock.wait(max(self._pause, asked_for), self._stop)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _read(self) -> None:
        asked = self._clock.now()
        start = self._hearer.missing_from(self)
        with self._opened(start, follow=True) as lines:
            for line in lines:
                if self._stop.is_set():
                    return
                if line:
                    self._pause = FIRST_PAUSE
                    self._heard_at = self._clock.now()
                    self._hearer.hear(self, line)
                else:
                    self._came(asked)

    def _came(self, asked: float) -> None:
        """Take in that a stream is open which was asked for at that moment."""
        if self.opened and self._broke_at is not None:
            cut = asked - self._broke_at
            if cut >= WORTH_SAYING:
                how_long = spell.duration(cut)
                self._say(f"the log stream was cut for {how_long}; it goes on where it was")
        self.opened = True
        self._broke_at = None
        self._failures = 0
        self._told.clear()

    def _failed(self, error: ArgoError) -> float:
        """Say what persists, once; return for how long it is not to be asked again."""
        self._failures += 1
        if self._broke_at is None:
            self._broke_at = self._clock.now()
        if isinstance(error, Unavailable):
            persists = self._clock.now() - self._broke_at >= LONG_AWAY
        else:
            persists = self._failures >= PERSISTENT
        why = spell.one_line(error.later)
        if persists and why not in self._told:
            self._told.add(why)
            self._say(f"its pods are not followed: {why}{_remedy(error)}")
        if persists and not worth_repeating(error):
            return REFUSED_PAUSE
        return error.retry_after if isinstance(error, Unavailable) else 0

    def _say(self, text: str) -> None:
        self._hearer.say(f"{self.run.name}: {text}")

    @contextmanager
    def _opened(
        self, start: float, *, follow: bool, **limits: float
    ) -> Iterator[Iterator[PodLine | None]]:
        """Open the log from a moment on: once more where the server's clock shows it began later.

        Clocks drift, and a machine may sleep.
        """
        with ExitStack() as stack:
            lines, missed = self._open(stack, self._since(start), start, follow=follow, **limits)
            if missed:
                stack.close()
                lines, _ = self._open(stack, self._since(start), start, follow=follow, **limits)
            yield lines

    def _open(
        self, stack: ExitStack, since: int, start: float, *, follow: bool, **limits: float
    ) -> tuple[Iterator[PodLine | None], bool]:
        """Open the log of the last `since` seconds; return whether that began too late."""
        run = self.run
        server_time, lines = stack.enter_context(
            self._source.pods(run.namespace, run.name, follow=follow, since=since, **limits)
        )
        if server_time is None:
            return lines, False
        now = server_time.timestamp()
        self._ahead = now + CUT_SECOND - self._clock.now()
        return lines, bool(since) and now - since > start

    def _since(self, start: float) -> int:
        """Return of how many seconds the log is to be read; 0 for all of it.

        By two clocks, as each alone may be wrong: the pods' times by the server's clock, and the
        time since the last line by ours. What is asked for in vain costs little.
        """
        if start == -inf:
            return 0
        now = self._clock.now()
        by_pods = now + self._ahead - start if self._ahead is not None else 0
        return ceil(max(by_pods, now - self._heard_at, 0)) + OVERLAP


def _remedy(error: ArgoError) -> str:
    if isinstance(error, Unavailable):
        return "; asking again"
    if isinstance(error, Denied):
        return "; argogate doctor --follow NAME shows what the Role lacks"
    return ""
