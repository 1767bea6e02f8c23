"""The whole ladder, told from the bottom to the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.doctor.ladder import Ladder, Rung, Standing, skipped
from argogate.doctor.network import network
from argogate.doctor.permissions import permissions
from argogate.doctor.roles import ARTIFACTS, EVENTS, GET, LIST, LOGS, STOP, WATCH
from argogate.doctor.service import service

if TYPE_CHECKING:
    from argogate.doctor.ladder import Visit

WAY = ("address", "proxy", "dns", "tcp", "tls")
KUBECTL_WAY = ("address", "kubectl")
UPPER = (
    *("api", "version", "clock", "credentials"),
    *(GET, LIST, WATCH, EVENTS, LOGS, "read archive", ARTIFACTS, STOP),
)


def climb(visit: Visit) -> Ladder:
    """Try every rung that can be reached; the others are skipped. Never raises ArgoError."""
    found: dict[str, Rung] = {}
    for flight in (network, service, permissions):
        for rung in flight(visit):
            found[rung.what] = rung
        if any(rung.standing is Standing.FAILED for rung in found.values()):
            break
    names = (*(KUBECTL_WAY if visit.transport.forward else WAY), *UPPER)
    return Ladder(rungs=tuple(found.get(what, skipped(what, "not reached")) for what in names))
