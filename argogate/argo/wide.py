"""Connections that read much at once: half of what a large download costs is asking for more."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket

    from urllib3.poolmanager import PoolManager

BUFFER = 1 << 18
"""Bytes; Python's own buffer has 8 KiB, so that one chunk of Argo's takes several reads."""


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp: Any = sock.makefile("rb", BUFFER)


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def widen(manager: PoolManager) -> None:
    """Let connections that this manager makes from now on read that much at once."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
