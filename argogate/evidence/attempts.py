"""How often and how long failing transfers are tried. What one of them learns, the others know."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, TypeVar

import tenacity

from argogate import spell
from argogate.errors import ArgoError, Denied, NotUnderstood, Unavailable, worth_repeating
from argogate.evidence.allowance import Exceeded
from argogate.evidence.placing import why

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePosixPath

    from argogate.evidence.allowance import Allowance
    from argogate.evidence.plan import Wanted
    from argogate.evidence.ports import Clock

Found = TypeVar("Found")

ATTEMPTS = 3
HICCUP_ATTEMPTS = 6
"""Where something arrived, of this artifact or another one."""
REFUSED_FOR = 60.0
"""Seconds for which refusals are borne of a server that gave something before."""
LONGEST_PAUSE = 8.0
MOST_SAID = 20
SERVER_ERROR = 500
PERHAPS = "its storage may be down, or the token may not get secrets in the namespace"

FAILURES = (ArgoError, Exceeded, OSError)
"""What is an artifact's own misfortune; anything else is a bug."""


def why_failed(error: Exception) -> str:
    """Return the sentence of an error."""
    if isinstance(error, Unavailable) and error.status == SERVER_ERROR:
        return f"{error}; {PERHAPS}"
    return why(error)


class NotWhole(Unavailable):
    """A good answer whose body is not what was stored, or not all of it."""


AWAY = re.compile(
    r"an HTML page"  # of a proxy: the server itself is away
    r"|dial tcp|no such host|connection re(set|fused)|broken pipe|TLS handshake|timeout|timed out"
    r"|\bEOF\b|SlowDown|reduce your request rate|[Ss]ervice ?[Uu]navailable|try again"
)
"""What a 500 holds where the way to the storage is broken: in the words of Go, S3 and GCS."""


class Endurance:
    """Tells an outage, which is borne as long as --outage-timeout, from an artifact's own fault.

    It is an outage while nothing arrives from anywhere. What fails although other things arrive,
    or breaks off although its own bytes did, has few attempts; so has a plain 500 that never gave
    a byte of this artifact: most often that is a permission, and there to stay.
    """

    def __init__(
        self, allowance: Allowance, clock: Clock, outage_timeout: float, say: Callable[[str], None]
    ) -> None:
        """`say` hears what is asked for again."""
        self._allowance = allowance
        self._budget = outage_timeout
        self._clock = clock
        self._say = say
        self._said = 0
        self._lock = threading.Lock()
        self._gave: set[PurePosixPath] = set()
        self._down_since: float | None = None
        self.arrivals = 0

    def note_arrival(self, one: Wanted) -> None:
        """Hear that the server gave something of an artifact."""
        with self._lock:
            self.arrivals += 1
            self._gave.add(one.place)
            since, self._down_since = self._down_since, None
        if since is not None:
            self._tell(f"downloads go on after {spell.duration(self._clock.now() - since)}")

    def call(self, one: Wanted, function: Callable[..., Found], *args: object) -> Found:
        """Call a function until it succeeds, or it is enough: then its last error is raised."""
        growing = tenacity.wait_exponential(multiplier=0.5, max=LONGEST_PAUSE)
        retrying = tenacity.Retrying(
            sleep=self._pause,
            wait=tenacity.wait_combine(_read_pause, growing, tenacity.wait_random(0, 0.25)),
            retry=tenacity.retry_if_exception(_Attempts(self, one).may_go_on),
        )
        return retrying(function, *args)

    def may_pass(self, error: BaseException) -> bool:
        """Whether asking again may help: a refusal too, of who gave something before."""
        return worth_repeating(error) or (isinstance(error, Denied) and self.arrivals > 0)

    def is_own_fault(self, one: Wanted, error: BaseException, arrivals: int) -> bool:
        """Whether a failure is the artifact's own, and no outage; `arrivals` before it began."""
        if isinstance(error, (NotWhole, NotUnderstood)) or self.arrivals != arrivals:
            return True
        if isinstance(error, Denied):  # roles flap while a cluster restarts
            return not arrivals
        return _is_plain(error) and one.place not in self._gave

    def bears(self, one: Wanted, error: BaseException) -> bool:
        """Whether an outage has not yet lasted too long."""
        budget = min(self._budget, REFUSED_FOR) if isinstance(error, Denied) else self._budget
        with self._lock:
            is_new = self._down_since is None
            now = self._clock.now()
            self._down_since = since = now if self._down_since is None else self._down_since
        if is_new:
            self.tell_again(one, error, f" for up to {spell.duration(budget)}")
        return now - since < budget

    def tell_again(self, one: Wanted, error: BaseException, how_long: str = "") -> None:
        """Say that an artifact is asked for again."""
        why = spell.one_line(str(error))
        self._tell(f"artifact {one.node_path}/{one.artifact.name}: {why}; asking again{how_long}")

    def _tell(self, sentence: str) -> None:
        self._said += 1
        if self._said <= MOST_SAID:
            self._say(sentence)

    def _pause(self, seconds: float) -> None:
        longest = self._allowance.left()
        if (since := self._down_since) is not None:
            longest = min(longest, max(since + self._budget - self._clock.now(), 0))
        self._clock.sleep(min(seconds, longest))


class _Attempts:
    """Those of one artifact, or of one file in it."""

    def __init__(self, endurance: Endurance, one: Wanted) -> None:
        self._endurance = endurance
        self._one = one
        self._arrivals = endurance.arrivals
        self._counted = 0

    def may_go_on(self, error: BaseException) -> bool:
        """Take in a failure; return whether it is asked again."""
        if not self._endurance.may_pass(error):
            return False
        is_own = self._endurance.is_own_fault(self._one, error, self._arrivals)
        self._arrivals = self._endurance.arrivals
        if not is_own:
            return self._endurance.bears(self._one, error)
        self._counted += 1
        if self._counted == 1:
            self._endurance.tell_again(self._one, error)
        is_hopeless = isinstance(error, Denied) or (_is_plain(error) and not self._arrivals)
        return self._counted < (ATTEMPTS if is_hopeless else HICCUP_ATTEMPTS)


def _is_plain(error: BaseException) -> bool:
    """Return whether it is a 500 of the Argo Server that does not say that the storage is away."""
    is_internal = isinstance(error, Unavailable) and error.status == SERVER_ERROR
    return is_internal and not AWAY.search(str(error))


def _read_pause(retry_state: tenacity.RetryCallState) -> float:
    """Return what the server wishes; tenacity 9.0 hands the state over by this very name."""
    error = retry_state.outcome.exception() if retry_state.outcome else None
    return error.retry_after if isinstance(error, Unavailable) else 0
