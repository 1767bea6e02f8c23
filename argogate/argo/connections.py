"""Connections that keep to the deadline of their request, and read much at once."""

from __future__ import annotations

import http.client
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from argogate.argo.deadline import Deadline, at_most, current, reader, within

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from urllib3.poolmanager import PoolManager

CONNECT_TIMEOUT = 10.0
POOL = 16


class Answering(http.client.HTTPResponse):
    """An answer, or a proxy's to CONNECT, that is read within the deadline of its request."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp: Any = reader(sock, current(CONNECT_TIMEOUT))
        self._source: Any = self.fp.raw

    def begin(self) -> None:
        """Read the head. The library takes one that is cut off for whole, and its body for empty.

        A refusal needs no more than its status line: the rest of Go's plain 400 may be lost.
        """
        super().begin()
        if self._source.has_ended and self.status < http.client.BAD_REQUEST:
            body = b""
            raise http.client.IncompleteRead(body)


class _Connecting(HTTPConnection):
    """Tries the addresses of a host in turn, all of them within the deadline."""

    response_class = Answering

    def _new_conn(self) -> socket.socket:
        deadline, addresses = current(CONNECT_TIMEOUT), self._addresses()
        for ahead in range(len(addresses) - 1, 0, -1):
            share = deadline.left() / (ahead + 1)
            with suppress(HTTPError):
                return self._connected(addresses[-ahead - 1], share, deadline)
        return self._connected(addresses[-1], deadline.left(), deadline)

    def _connected(self, address: str, most: float, deadline: Deadline) -> socket.socket:
        host = self._dns_host
        self._dns_host, self.timeout = address, min(CONNECT_TIMEOUT, most)
        try:
            sock = super()._new_conn()
        finally:
            self._dns_host = host
        sock.settimeout(deadline.left())  # which a TLS handshake keeps to as a whole
        return sock

    def _addresses(self) -> list[str]:
        """Return the addresses in the order in which to try them, or the name of nobody."""
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):  # to be worded where it is tried
            return [self._dns_host]
        return [str(place[0]) for *_, place in found]


class _Connection(_Connecting):
    pass


class _SecureConnection(HTTPSConnection, _Connecting):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class BoundedAdapter(HTTPAdapter):
    """Takes the timeout of a request as one deadline for all of it, or the Deadline itself."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=POOL)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        """Send it, and count from now: what it took to find a credential is not meant."""
        timeout = kwargs["timeout"]
        deadline = timeout if isinstance(timeout, Deadline) else Deadline(at_most(timeout))
        deadline.begin()
        kwargs["timeout"] = (min(CONNECT_TIMEOUT, deadline.timeout), deadline.timeout)
        with within(deadline):
            return super().send(request, *args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Make what makes connections."""
        super().init_poolmanager(*args, **kwargs)
        _bind(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Make what makes connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _bind(manager)
        return manager


def _bind(manager: PoolManager) -> None:
    """Let connections that this manager makes from now on be ours."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
