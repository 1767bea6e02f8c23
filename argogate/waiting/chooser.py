"""Looking for what is meant, as patiently as for a workflow that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate.errors import ArgoError, NotFound
from argogate.values import replace
from argogate.verdict.endings import Ending, NeverAppeared, TimedOut
from argogate.verdict.observation import Observation, Target
from argogate.waiting.absence import Appearing
from argogate.waiting.outage import Outage
from argogate.waiting.patience import Pauses

if TYPE_CHECKING:
    from argogate.waiting.choice import Chosen
    from argogate.waiting.patience import Pace


class Search(Protocol):
    """A way to find what is meant."""

    def find(self, timeout: float) -> tuple[Chosen, ...]:
        """Return what is found in one look; the timeout is that of its requests."""
        ...

    def left_out(self) -> tuple[str, ...]:
        """Return what is there and is not meant, a sentence each."""
        ...


class Chooser:
    """Asks until there is at least one."""

    def __init__(self, wanted: Target, search: Search, pace: Pace, *, began: float) -> None:
        """`wanted` is named in messages: `ci/@latest`, `ci/-l app=web`."""
        self._wanted = wanted
        self._search = search
        self._pace = pace
        self._limits, self._clock = pace.limits, pace.clock
        self._began = began
        pace.contact.open(began)
        self._outage = Outage(wanted, pace.limits, pace.contact, pace.on_news)
        self._appearing = Appearing(wanted, pace.limits, pace.on_news)
        self._pauses = Pauses(pace.limits, pace.clock, pace.rng)
        self._ending: Ending | None = None

    def choose(self) -> tuple[Chosen, ...]:
        """Return what is found; nothing where it ended without: `observed` then says how."""
        while not (found := self._look()) and self._ending is None:
            self._clock.sleep(self._pauses.next(self._deadlines()))
        return found

    def observed(self, otherwise: Ending | None = None) -> tuple[Observation, ...]:
        """Return how the search ended; `otherwise` is its ending where it has none yet."""
        ending = self._ending or otherwise
        if ending is None:
            return ()
        return (
            Observation(
                target=self._wanted,
                ending=ending,
                began=self._pace.began,
                seconds=self._clock.now() - self._began,
            ),
        )

    def _deadlines(self) -> list[float]:
        ends = self._limits.ends(self._began)
        return [ends, *self._appearing.deadlines(), *self._outage.deadlines()]

    def _look(self) -> tuple[Chosen, ...]:
        self._pauses.look_again()
        ending: Ending | None
        try:
            found = self._search.find(self._limits.round(self._clock.now() - self._began))
        except ArgoError as error:
            found = ()
            self._pauses.heed(error)
            ending = self._failed(error, self._clock.now())
        else:
            ending = None if found else self._nothing(self._clock.now())
        if not found:
            self._ending = self._explained(
                ending or self._limits.expired(self._began, self._clock.now(), "")
            )
        return found

    def _failed(self, error: ArgoError, now: float) -> Ending | None:
        self._pace.contact.hear(error.server_time, now)
        if isinstance(error, NotFound) and not error.names_another:
            return self._nothing(now)
        return self._outage.go_on(error, now)

    def _nothing(self, now: float) -> Ending | None:
        """Take in that the server answers, and that nothing is there."""
        self._outage.end(now)
        return self._appearing.not_there("", now)

    def _explained(self, ending: Ending | None) -> Ending | None:
        """Add what was found instead."""
        found = "; ".join(self._search.left_out())
        match ending:
            case NeverAppeared():
                return replace(ending, found=found)
            case TimedOut():
                return replace(ending, reason=found)
            case _:
                return ending
