"""Which workflows are meant, where no name says it: the newest one, or all with certain labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tenacity

from argogate.errors import ArgoError, NotFound, Unavailable
from argogate.model.lifecycle import from_archive
from argogate.observation import Ending, Observation, Target
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Pauses, cut_short
from argogate.waiting.track import Track

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.observation import Glimpse
    from argogate.waiting.patience import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A workflow that was found."""

    name: str
    uid: str = ""
    """Empty where the name alone says which run is meant."""


class Chooser:
    """Asks until there is at least one, as patiently as for a workflow that is named."""

    def __init__(self, wanted: Target, pace: Pace) -> None:
        """`wanted` is named in messages: `ci/@latest`, `ci/-l app=web`."""
        self._track = Track(
            wanted,
            Identity(),
            pace.limits,
            began=pace.clock.now(),
            tell=pace.tell,
            contact=pace.contact,
        )
        self._pace = pace
        self._ending: Ending | None = None
        self._asked_to_pause = 0.0

    def choose(self, ask: Callable[[float], tuple[Chosen, ...]]) -> tuple[Chosen, ...]:
        """Return what `ask` finds (the number is its request's timeout).

        Nothing, where it ended without a find: `observed` then says how.
        """
        pauses = Pauses(self._pace.limits, self._pace.dice)
        retrying = tenacity.Retrying(
            sleep=self._pace.clock.sleep,
            wait=lambda state: self._pause(pauses.after(state)),
            stop=tenacity.stop_never,
            retry=tenacity.retry_if_result(lambda found: not found and self._ending is None),
        )
        return retrying(self._look, ask)

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

    def _look(self, ask: Callable[[float], tuple[Chosen, ...]]) -> tuple[Chosen, ...]:
        self._asked_to_pause = 0
        now = self._pace.clock.now
        try:
            found = ask(self._pace.limits.request_timeout)
            if not found:
                msg = f"nothing matches {self._track.target}"
                raise NotFound(msg)
        except ArgoError as error:
            if isinstance(error, Unavailable):
                self._asked_to_pause = error.retry_after
            self._ending = self._track.fail(error, now()) or self._track.expired(now())
            return ()
        return found


def selected(rows: Sequence[Glimpse], identity: Identity) -> tuple[Chosen, ...]:
    """Choose all live workflows of a list, and archived ones only where the user accepts them."""
    names = []
    after = identity.created_after
    for row in rows:
        workflow = row.workflow
        if after and workflow.created_at and workflow.created_at < after:
            continue
        if from_archive(workflow) and not (identity.accept_archived or after):
            continue
        names.append(workflow.name)
    return tuple(Chosen(name=name) for name in dict.fromkeys(names))
