"""Things that go wrong on the way: those of the recording, and those a test adds."""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from argo_replay.run import Outage


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    """No connection: it is reset before anything was read."""
    RESET = "reset"
    """It is reset after `after` bytes of the body, and a stream when the fault starts."""
    CUT = "cut"
    """The body ends after `after` bytes, less than announced, and streams when the fault starts."""
    HANG = "hang"
    """Nothing is answered before the fault is over; open streams are silent, and then catch up."""
    SLOW = "slow"
    """The answer begins `seconds` later."""
    ANSWER = "answer"
    """`status`, `headers` and `body` are answered instead."""


_BREAKING = {FaultKind.REFUSE, FaultKind.RESET, FaultKind.CUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault from `start` to `stop` (played seconds), at most `times` times.

    `match` is a regular expression searched for in the decoded path; None means every path.
    `query` is one searched for in the query as it was sent.
    """

    kind: FaultKind
    start: float = 0.0
    stop: float = inf
    times: int | None = None
    match: str | None = None
    query: str | None = None
    after: int = 0
    seconds: float = 0.0
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def hits(self, at: float, path: str | None, query: str = "") -> bool:
        """Whether it strikes a request for that path (None: not read yet) at that second."""
        known = self.match is None or (path is not None and re.search(self.match, path) is not None)
        asked = self.query is None or re.search(self.query, query) is not None
        return self.start <= at < self.stop and known and asked


def recorded(outages: Iterable[Outage]) -> list[Fault]:
    """The outages of a recording, as faults."""
    return [
        Fault(
            kind=FaultKind.REFUSE if outage.status is None else FaultKind.ANSWER,
            start=outage.start,
            stop=outage.stop,
            match=None if outage.path is None else rf"\A(?:{outage.path})\Z",
            status=outage.status or 0,
            headers=outage.headers,
            body=outage.body,
        )
        for outage in outages
    ]


class Faults:
    """The faults of one server and how often each may still strike."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = tuple(faults)
        self._left = [inf if fault.times is None else fault.times for fault in self._faults]
        self._lock = threading.Lock()

    def strike(self, at: float, path: str | None, query: str = "") -> Fault | None:
        """The first fault that strikes now; it is counted.

        A path of None is a connection that was not read from yet: only a refusal can strike it.
        """
        with self._lock:
            for number, fault in enumerate(self._faults):
                possible = path is not None or fault.kind is FaultKind.REFUSE
                if possible and self._left[number] > 0 and fault.hits(at, path, query):
                    self._left[number] -= 1
                    return fault
        return None

    def silent_until(self, at: float, path: str, query: str) -> float:
        """The second until which an open stream for that path is silent; -inf where it speaks."""
        return max(
            (
                fault.stop
                for fault in self._faults
                if fault.kind is FaultKind.HANG and fault.hits(at, path, query)
            ),
            default=-inf,
        )

    def next_break(self, after: float, path: str) -> float:
        """The first second after that one at which an open stream for that path breaks."""
        return min(
            (
                fault.start
                for fault, left in zip(self._faults, self._left, strict=True)
                if fault.kind in _BREAKING
                and left > 0
                and fault.start > after
                and fault.hits(fault.start, path)
            ),
            default=inf,
        )
