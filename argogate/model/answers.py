"""What the server answered about workflows, as values: a look, a list, an event of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from argogate.model.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One answer about one workflow."""

    workflow: Workflow
    server_time: datetime | None = None
    """The server's clock (`Date` header) when it answered."""
    size: int = 0
    """Bytes of the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """An event of a stream, or a row of a list: a reason to look, never to judge."""

    workflow: Workflow
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All workflows of a kind, as one answer shows them: rows may repeat, lag and lack fields."""

    rows: tuple[Workflow, ...]
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWarning:
    """A Kubernetes event about a node that failed."""

    workflow: str
    uid: str
    node_id: str
    node_name: str
    message: str
