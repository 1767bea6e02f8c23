"""Finding the newest run of a namespace: `@latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.model.workflow import LATEST
from argogate.waiting.choice import Chosen, Why, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.answers import Poll
    from argogate.verdict.observation import Target
    from argogate.waiting.identity import Identity
    from argogate.waiting.patience import Pace


class Names(Protocol):
    """A namespace to ask."""

    def poll(self, name: str, *, timeout: float) -> Poll:
        """Look at what has this name now. Raises ArgoError."""
        ...


class Newest:
    """The newest run of a namespace, as long as it is young enough."""

    def __init__(
        self, names: Names, identity: Identity, pace: Pace, target_of: Callable[[str], Target]
    ) -> None:
        self._names = names
        self._identity = identity
        self._clock, self._contact = pace.clock, pace.contact
        self._target_of = target_of
        self._seen = ""

    def find(self, timeout: float) -> tuple[Chosen, ...]:
        """Return it. Raises ArgoError."""
        poll = self._names.poll(LATEST, timeout=timeout)
        self._contact.hear(poll.server_time, self._clock.now())
        run, shown = poll.workflow, self._contact.shown(self._clock.now())
        if why := why_not(run, self._identity, self._contact.began, shown):
            created = why is Why.OLD and run.created_at
            when = f", at {spell.moment(created)}" if created else ""
            self._seen = f"the newest run, {run.name}, was {why}{when}"
            return ()
        target = self._target_of(run.name)
        return (Chosen(target=target, uid=run.uid, attempt=run.started_at),)

    def left_out(self) -> tuple[str, ...]:
        """Return what is there instead."""
        return (self._seen,) if self._seen else ()
