"""Reading much at once: half of what a large download costs is asking for more."""

from __future__ import annotations

import http.client
from itertools import cycle
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from urllib3.poolmanager import PoolManager

BLOCK = 1 << 20
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


def blocks(raw: object) -> Iterator[bytes | memoryview]:
    """Yield the body of a chunked answer, read into two buffers in turn.

    It is http.client that takes the chunks apart, and tells one that was cut off; on the way
    through urllib3 every chunk would be copied twice more. An answer that is being recorded
    takes that way. Raises urllib3's errors, OSError.
    """
    if not isinstance(raw, HTTPResponse):
        recorded: Any = raw
        yield from recorded.stream(BLOCK, decode_content=True)
        return
    source: Any = raw._original_response  # noqa: SLF001 - as requests itself does for cookies
    buffers = cycle([memoryview(bytearray(BLOCK)) for _ in range(2)])
    try:
        while size := source.readinto(block := next(buffers)):
            yield block[:size]
    except http.client.HTTPException as error:
        msg = f"Connection broken: {error!r}"
        raise ProtocolError(msg, error) from error
    raw.release_conn()


def widen(manager: PoolManager) -> None:
    """Let connections that this manager makes from now on read that much at once."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
