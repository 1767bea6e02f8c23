"""Looking for what is meant, as patiently as for a workflow that is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import tenacity

from argogate.errors import ArgoError, NotFound, Unavailable
from argogate.verdict.observation import Ending, NeverAppeared, Observation, Target, TimedOut
from argogate.waiting.patience import Pauses, cut_short
from argogate.waiting.track import Track

if TYPE_CHECKING:
    from argogate.waiting.choice import Chosen
    from argogate.waiting.identity import Identity
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

    def __init__(
        self, wanted: Target, search: Search, identity: Identity, pace: Pace, *, began: float
    ) -> None:
        """`wanted` is named in messages: `ci/@latest`, `ci/-l app=web`."""
        self._track = Track(
            wanted, identity, pace.limits, began=began, on_news=pace.on_news, contact=pace.contact
        )
        self._search = search
        self._pace = pace
        self._ending: Ending | None = None
        self._asked_to_pause = 0.0

    def choose(self) -> tuple[Chosen, ...]:
        """Return what is found; nothing where it ended without: `observed` then says how."""
        pauses = Pauses(self._pace.limits, self._pace.rng)
        retrying = tenacity.Retrying(
            sleep=self._pace.clock.sleep,
            wait=lambda state: self._pause(pauses.after(state)),
            stop=tenacity.stop_never,
            retry=tenacity.retry_if_result(lambda found: not found and self._ending is None),
        )
        return retrying(self._look)

    def observed(self, otherwise: Ending | None = None) -> tuple[Observation, ...]:
        """Return how the search ended; `otherwise` is its ending where it has none yet."""
        ending = self._ending or otherwise
        if ending is None:
            return ()
        return (
            Observation(
                target=self._track.target,
                ending=ending,
                began=self._pace.began,
                seconds=self._pace.clock.now() - self._track.began,
            ),
        )

    def _pause(self, seconds: float) -> float:
        pause = max(seconds, self._asked_to_pause)
        return cut_short(pause, self._pace.clock.now(), self._track.deadlines())

    def _look(self) -> tuple[Chosen, ...]:
        self._asked_to_pause = 0
        now = self._pace.clock.now
        try:
            found = self._search.find(self._pace.limits.round(now() - self._track.began))
            if not found:
                msg = f"nothing matches {self._track.target}"
                raise NotFound(msg)
        except ArgoError as error:
            if isinstance(error, Unavailable):
                self._asked_to_pause = error.retry_after
            ending = self._track.fail(error, now()) or self._track.expired(now())
            self._ending = self._explained(ending)
            return ()
        return found

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
