"""What the wait may ask, hear and pull, made of the server's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.argo.api import Selection
from argogate.argo.frames import CHOICE_FIELDS
from argogate.shutdown import Levers
from argogate.waiting.choice import Chosen, selected
from argogate.waiting.listener import Source
from argogate.waiting.waiter import Ears
from argogate.waiting.watch import Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.argo.api import ArgoServer, Shutdown
    from argogate.waiting.clock import Clock
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
    warnings = Source(name="warnings", open=lambda: server.warnings(namespace, one.name))
    return Ears(
        changes=changes if listen else None,
        warnings=warnings if listen else None,
        unfinished=lambda timeout: server.rows(namespace, crowd, timeout=timeout),
    )


def choice(
    server: ArgoServer, namespace: str, labels: str, identity: Identity
) -> Callable[[float], tuple[Chosen, ...]]:
    """Return how to find what is meant: the newest workflow, or all with these labels."""

    def latest(timeout: float) -> tuple[Chosen, ...]:
        workflow = server.poll(namespace, LATEST, timeout=timeout).workflow
        return (Chosen(name=workflow.name, uid=workflow.uid),)

    def labelled(timeout: float) -> tuple[Chosen, ...]:
        selection = Selection(labels=labels)
        rows = server.rows(namespace, selection, timeout=timeout, fields=CHOICE_FIELDS)
        return selected(rows, identity)

    return labelled if labels else latest


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
