"""The lower rungs: address, proxy, DNS, TCP, TLS; or kubectl, and what it forwards to."""

from __future__ import annotations

import ipaddress
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from argogate import spell
from argogate.argo.connections import CONNECT_TIMEOUT
from argogate.argo.deadline import Deadline, within
from argogate.argo.failures import translated
from argogate.argo.proxy import port_of, proxy_of
from argogate.argo.tls import certificate_of, verify
from argogate.doctor.ladder import Standing, failed, ok, skipped, warning
from argogate.errors import ArgoError, Denied, Malformed
from argogate.values import replace
from argogate.verdict.conclusion import Conclusion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.argo.portforward import PortForward
    from argogate.argo.proxy import Proxy
    from argogate.doctor.ladder import Rung, Visit

RENEWAL = timedelta(days=14)
"""A certificate that expires sooner is worth a word."""
MEANINGS = {Denied: Conclusion.DENIED, Malformed: Conclusion.USAGE}
"""What a wait would come to, where kubectl leads nowhere for such a reason."""


def network(visit: Visit) -> Iterator[Rung]:
    """Climb until somebody answers; end at the first rung that is broken."""
    address = visit.transport.address
    if visit.transport.forward:
        yield from _forwarded(visit.transport.forward, visit.timeout)
        return
    yield ok("address", address.url)
    try:
        proxy = proxy_of(address.url)
    except ValueError as error:
        yield failed("proxy", str(error))
        return
    yield ok("proxy", proxy.url if proxy else "none")
    near = proxy.url if proxy else address.url
    yield (found := _resolved(proxy.host if proxy else address.host))
    if found.standing is Standing.FAILED:
        return
    yield (reached := _connected(proxy.host if proxy else address.host, near, visit.timeout))
    if reached.standing is Standing.FAILED:
        return
    yield _secured(visit, proxy)


def _forwarded(forward: PortForward, timeout: float) -> Iterator[Rung]:
    """Look whether kubectl leads to a server."""
    yield ok("address", f"{forward.service}, through kubectl port-forward")
    try:
        with within(Deadline(timeout)), forward.way() as way:
            yield ok("kubectl", f"forwards {way} to a pod of that service")
    except ArgoError as error:
        yield failed("kubectl", error.message, MEANINGS.get(type(error), Conclusion.UNREACHABLE))


def _resolved(host: str) -> Rung:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "no host name"
            return failed("dns", f"{host} is unknown here ({reason}); check the address and DNS")
        places = sorted({str(place[0]) for *_, place in found})
        return ok("dns", f"{host} is {spell.listing(places)}")
    return ok("dns", f"{host} needs no look-up")


def _connected(host: str, url: str, timeout: float) -> Rung:
    port, limit = port_of(url), min(timeout, CONNECT_TIMEOUT)
    try:
        with translated(url, "a connection", limit):
            socket.create_connection((host, port), limit).close()
    except ArgoError as error:
        return failed("tcp", error.message)
    return ok("tcp", f"port {port} is open")


def _secured(visit: Visit, proxy: Proxy | None) -> Rung:
    transport = visit.transport
    if not transport.address.encrypted:
        return skipped("tls", "plain HTTP")
    if proxy and proxy.encrypted:
        return skipped("tls", "inside the proxy's own TLS; the next rung needs it")
    url = transport.address.url
    try:
        shown = certificate_of(url, proxy, transport.trust, visit.timeout)
    except ArgoError as error:
        return failed("tls", error.message)
    seen = f"for {spell.listing(shown.names)}, issued by {shown.issuer}"
    until = f"{seen}, until {shown.expires:%Y-%m-%d}"
    if not transport.trust.verify:
        return warning("tls", f"{until}, believed unseen (-k)", "trust its authority by --ca-cert")
    try:
        verify(url, proxy, transport.trust, visit.timeout)
    except ArgoError as error:
        broken = failed("tls", error.message)
        return replace(broken, detail=f"{broken.detail} (it is {until})")
    soon = shown.expires - visit.now() < RENEWAL
    return warning("tls", until, "it must be renewed soon") if soon else ok("tls", until)
