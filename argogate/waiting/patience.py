"""Limits and pauses: how long to wait for what, and when to look again."""

from __future__ import annotations

from http import HTTPStatus
from math import inf
from typing import TYPE_CHECKING, TypeVar

from argogate import spell
from argogate.errors import ArgoError, Denied, NotUnderstood, Unavailable
from argogate.values import dataclass, field
from argogate.verdict.endings import Limit, TimedOut
from argogate.waiting.contact import Contact
from argogate.waiting.timers import ROUNDING, Budget

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable
    from datetime import datetime

    import tenacity

    from argogate.waiting.clock import Clock
    from argogate.waiting.news import OnNews

T = TypeVar("T")

GROWTH = 1.25
"""Each pause is this much longer than the one before, up to the maximum."""
JITTER = 0.2
"""A pause is shortened by up to this part, so that many gates do not ask in step."""

READ_ATTEMPTS = 4
"""How often a single read (a tree) is tried; waiting itself is bounded by limits."""
READ_OUTAGE = 20.0
"""Seconds for which it is tried while the server is away."""

SHORTEST_ROUND = 2.0
FIRST_CONTACT_OUTAGE = 60.0
DENIED_AT_FIRST_CONTACT = 5.0
DENIED_AFTER_SUCCESS = 60.0
GARBLED_AT_FIRST_CONTACT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for what, in seconds; 0 means without limit where a limit may be off."""

    timeout: float = 3600
    poll_interval: float = 2
    max_poll_interval: float = 15
    pending_timeout: float = 0
    stall_timeout: float = 0
    appear_timeout: float = 30
    outage_timeout: float = 300
    settle_timeout: float = 30
    request_timeout: float = 30
    collect_timeout: float = 600
    heartbeat: float = 180

    def __str__(self) -> str:
        """Spell those that are always in force."""
        timeout = spell.duration(self.timeout) if self.timeout else "none"
        first, longest = (
            spell.duration(each) for each in (self.poll_interval, self.max_poll_interval)
        )
        return f"timeout {timeout}, looking every {first} to {longest}"

    def round(self, waited: float) -> float:
        """Return how many seconds a round of requests may take, however many they are.

        It begins `waited` seconds after the limits began to run. The last one may exceed the
        timeout a little, so that the last answer is one.
        """
        if not self.timeout:
            return self.request_timeout
        least = max(SHORTEST_ROUND, self.timeout / 10)
        return min(self.request_timeout, max(self.timeout - waited, least))

    def ends(self, began: float) -> float:
        """Return the moment of the timeout, if there is one."""
        return began + self.timeout if self.timeout else inf

    def expired(self, began: float, now: float, reason: str) -> TimedOut | None:
        """Return the ending if the timeout has passed."""
        if now < self.ends(began) - ROUNDING:
            return None
        return TimedOut(limit=Limit.TIMEOUT, seconds=self.timeout, reason=reason)

    def outage_budget(self, *, answered: bool) -> float:
        """Return how long failures in a row are borne; less until the server ever answered."""
        if answered:
            return self.outage_timeout
        return min(self.outage_timeout, FIRST_CONTACT_OUTAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to look and what to say meanwhile."""

    limits: Limits
    clock: Clock
    rng: random.Random
    on_news: OnNews
    began: datetime
    """The wall time at which the wait begins."""
    contact: Contact = field(default_factory=Contact)


def cut_short(pause: float, now: float, deadlines: Iterable[float]) -> float:
    """Return the pause, or less where a deadline comes before its end.

    One that has passed without ending anything (it waits for an answer, say) no longer counts,
    or the wait would become a busy one.
    """
    ahead = (moment - now for moment in deadlines if moment - now > ROUNDING)
    return min(pause, min(ahead, default=pause))


class Pauses:
    """The pauses of one wait: growing, jittered downwards, never beyond what is due."""

    def __init__(self, limits: Limits, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._grown = limits.poll_interval
        self._longest = max(limits.max_poll_interval, limits.poll_interval)
        self._asked_for = 0.0
        self._failed = False

    def look_again(self) -> None:
        """Take in that it is asked anew: what the server asked for before no longer counts."""
        self._asked_for, self._failed = 0, False

    def heed(self, error: ArgoError | None) -> None:
        """Take in how a look went: the server may have asked not to be asked for a while."""
        self._failed = self._failed or error is not None
        if isinstance(error, Unavailable):
            self._asked_for = max(self._asked_for, error.retry_after)

    def next(self, deadlines: Iterable[float], *, told: bool = False) -> float:
        """Return how long to rest: until a limit could run out, at the longest.

        Who is `told` of changes need not look for them before long, unless looks fail.
        """
        longest = self._longest if told and not self._failed else self._grown
        pause = longest * (1 - JITTER * self._rng.random())
        self._grown = min(self._grown * GROWTH, self._longest)
        return cut_short(max(pause, self._asked_for), self._clock.now(), deadlines)


def read_patiently(read: Callable[[], T], within: Budget) -> T:
    """Read something once, trying again where that may help, within a budget.

    What a restart of the server explains is borne for a while; anything else a few times, a
    refusal too, for this was asked by somebody who has just been let in. Raises the last ArgoError.
    """
    clock = within.clock
    until = min(within.until, clock.now() + READ_OUTAGE)
    try:
        return read()
    except (Unavailable, Denied) as error:
        return _read_again(read, error, clock, until)


def _read_again(
    read: Callable[[], T], error: Unavailable | Denied, clock: Clock, until: float
) -> T:
    """Read something of which the first attempt has just ended with an error."""
    import tenacity  # noqa: PLC0415 - what costs as much as click, and is seldom needed

    pause = tenacity.wait_exponential(multiplier=0.5, max=4)
    failed = [error]

    def enough(state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        tried = state.attempt_number >= READ_ATTEMPTS and not is_away(error)
        return tried or clock.now() + pause(state) >= until

    def attempt() -> T:
        if failed:
            raise failed.pop()
        return read()

    retrying = tenacity.Retrying(
        sleep=clock.sleep,
        wait=pause,
        stop=enough,
        retry=tenacity.retry_if_exception_type((Unavailable, Denied)),
        reraise=True,
    )
    return retrying(attempt)


def is_away(error: BaseException | None) -> bool:
    """Whether a restart of the server, or of what stands before it, explains the error."""
    answered = isinstance(error, NotUnderstood) or (
        isinstance(error, Unavailable) and error.status == HTTPStatus.INTERNAL_SERVER_ERROR
    )
    return isinstance(error, Unavailable) and not answered
