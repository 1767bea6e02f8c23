"""What the wait may ask, hear and pull, made of the server's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.argo.api import Selection
from argogate.argo.frames import CHOICE_FIELDS
from argogate.verdict.observation import Glimpse
from argogate.waiting.listener import Source
from argogate.waiting.members import Lists, Members, Newest
from argogate.waiting.shutdown import Levers
from argogate.waiting.waiter import Ears
from argogate.waiting.watch import Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.argo.api import ArgoServer
    from argogate.model.workflow import Shutdown
    from argogate.verdict.observation import Listing, Poll, Target
    from argogate.waiting.clock import Clock
    from argogate.waiting.contact import Contact
    from argogate.waiting.identity import Identity

UNFINISHED = "workflows.argoproj.io/completed!=true"
"""Label selector of all that has not ended; what leaves it is looked at."""
LATEST = "@latest"


def questions(server: ArgoServer) -> Questions:
    """Return what may be asked about one workflow."""
    return Questions(
        poll=lambda target, timeout: server.poll(target.namespace, target.name, timeout=timeout),
        tree=lambda target, timeout: server.tree(target.namespace, target.name, timeout=timeout),
        archived=lambda uid, timeout: server.archived(uid, timeout=timeout),
    )


def ears(
    server: ArgoServer, namespace: str, names: Sequence[str], labels: str, *, listen: bool
) -> Ears:
    """Return what may be heard of these workflows: one stream, however many there are."""
    crowd = Selection(labels=",".join(filter(None, (UNFINISHED, labels))))
    one = Selection(name=names[0]) if len(names) == 1 else crowd
    changes = Source(name="changes", open=lambda: server.changes(namespace, one))

    def unfinished(timeout: float) -> tuple[Glimpse, ...]:
        listing = server.rows(namespace, crowd, timeout=timeout)
        return tuple(Glimpse(workflow=row) for row in listing.rows)

    warnings = Source(name="warnings", open=lambda: server.warnings(namespace, one.name))
    return Ears(
        changes=changes if listen else None,
        warnings=warnings if listen else None,
        unfinished=unfinished,
    )


def members(
    server: ArgoServer,
    namespace: str,
    labels: str,
    identity: Identity,
    target_of: Callable[[str], Target],
    *,
    clock: Clock,
    contact: Contact,
    say: Callable[[str], None],
) -> Members:
    """Return how to find all workflows that have these labels."""
    select = Selection(labels=labels)

    def every(timeout: float) -> Listing:
        return server.rows(namespace, select, timeout=timeout, fields=CHOICE_FIELDS)

    lists = Lists(
        live=lambda timeout: server.live_rows(namespace, select, timeout=timeout),
        every=every,
        poll=lambda name, timeout: server.poll(namespace, name, timeout=timeout),
    )
    return Members(lists, identity, target_of, clock, contact, say)


def newest(
    server: ArgoServer,
    namespace: str,
    identity: Identity,
    target_of: Callable[[str], Target],
    *,
    clock: Clock,
    contact: Contact,
) -> Newest:
    """Return how to find the newest workflow."""

    def poll(timeout: float) -> Poll:
        return server.poll(namespace, LATEST, timeout=timeout)

    return Newest(poll, identity, target_of, clock, contact)


def levers(server: ArgoServer, clock: Clock, how: Shutdown) -> Levers:
    """Return what it takes to shut a workflow down."""
    return Levers(
        poll=lambda target, timeout: (
            server.poll(target.namespace, target.name, timeout=timeout).workflow
        ),
        put=lambda target, timeout: server.shut_down(
            target.namespace, target.name, how, timeout=timeout
        ),
        now=clock.now,
        sleep=clock.sleep,
    )
