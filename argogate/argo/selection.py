"""What is asked of the workflows of one namespace together, however many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.argo.query import CHOICE_FIELDS, Selection
from argogate.model.answers import Glimpse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from argogate.argo.api import ArgoServer
    from argogate.model.answers import Listing, NodeWarning, Poll

UNFINISHED = "workflows.argoproj.io/completed!=true"
"""Label selector of all that has not ended; what leaves it is looked at."""


class Selected:
    """The workflows that have these names, or these labels; each method raises ArgoError."""

    def __init__(
        self, server: ArgoServer, namespace: str, names: Sequence[str] = (), labels: str = ""
    ) -> None:
        self._server = server
        self._namespace = namespace
        self._labels = labels
        self._all = Selection(labels=labels)
        self._unfinished = Selection(labels=",".join(filter(None, (UNFINISHED, labels))))
        self._heard = Selection(name=names[0]) if len(names) == 1 else self._unfinished

    def streams(self, names: Sequence[str]) -> Selected:
        """Return what may be heard of those that have these names."""
        return Selected(self._server, self._namespace, names, self._labels)

    def changes(self) -> AbstractContextManager[Iterator[Glimpse | None]]:
        """Open one stream of their changes."""
        return self._server.changes(self._namespace, self._heard)

    def warnings(self) -> AbstractContextManager[Iterator[NodeWarning | None]]:
        """Open one stream of events about nodes of theirs that failed."""
        return self._server.warnings(self._namespace, self._heard.name)

    def unfinished(self, *, timeout: float) -> tuple[Glimpse, ...]:
        """List those that have not ended."""
        listing = self._server.rows(self._namespace, self._unfinished, timeout=timeout)
        return tuple(Glimpse(workflow=row) for row in listing.rows)

    def live(self, *, timeout: float) -> Listing:
        """List those that are live and nothing else, without delay."""
        return self._server.live_rows(self._namespace, self._all, timeout=timeout)

    def every(self, *, timeout: float) -> Listing:
        """List live and archived ones, with what it takes to tell them apart."""
        return self._server.rows(self._namespace, self._all, timeout=timeout, fields=CHOICE_FIELDS)

    def poll(self, name: str, *, timeout: float) -> Poll:
        """Look at what has this name now."""
        return self._server.poll(self._namespace, name, timeout=timeout)
