"""Loopback servers that do what no proper server would, and makers of the client."""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from types import TracebackType

    from argogate.argo.credentials import Credential

SECRET = "sesame-open-5f3a"
SHORT = 0.2
"""Seconds: a timeout that a test waits out."""
PATH = "/api/v1/workflows/argo/wf"
WORKFLOW = b'{"metadata":{"name":"wf","namespace":"argo","uid":"u1"},"status":{"phase":"Running"}}'


def answer(body: bytes, status: str = "200 OK", headers: bytes = b"") -> bytes:
    """Return a whole answer as it goes over the wire."""
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + length + headers + b"\r\n" + body


def transport_to(
    url: str, trust: Trust | None = None, credential: Credential | None = None
) -> Transport:
    """Return a transport on the real clock, with the token SECRET."""
    token = credential or Token(SECRET, "the token of ARGO_TOKEN")
    return Transport(parse_address(url), token, trust or Trust())


def server_at(
    url: str, trust: Trust | None = None, credential: Credential | None = None
) -> ArgoServer:
    """Return an Argo Server to ask."""
    return ArgoServer(transport_to(url, trust, credential))


class Wire:
    """Sends the given bytes for each request on a connection; a number is a pause in seconds.

    The connection is closed afterwards unless `keep_alive`.
    """

    def __init__(
        self,
        *parts: bytes | float,
        tls: ssl.SSLContext | None = None,
        keep_alive: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self.heads: list[str] = []
        """Request line and headers of each request."""
        self.connections = 0
        self.closed = 0
        """How many connections were served and closed."""
        self._parts = parts
        self._tls = tls
        self._keep_alive = keep_alive
        self._over = threading.Event()
        self._host = host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port = self._listener.getsockname()[1]
        place = f"[{host}]" if ":" in host else host
        self.url = f"http{'s' if tls else ''}://{place}:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with suppress(OSError):  # wakes `accept` where closing does not
            socket.create_connection((self._host, self.port), timeout=1).close()
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._over.is_set():
                connection.close()
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            secured = self._tls.wrap_socket(connection, server_side=True) if self._tls else None
            with secured or connection as served:
                self.talk(served)
        self.closed += 1

    def talk(self, connection: socket.socket) -> None:
        """Read requests and answer them."""
        while head := read_head(connection):
            self.heads.append(head)
            for part in self.reply():
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    self._over.wait(part)
            if not self._keep_alive:
                return

    def reply(self) -> Iterable[bytes | float]:
        """Return what is sent for the request that came last."""
        return self._parts


class Tunnel(Wire):
    """A forward proxy: CONNECT to whatever name leads to one port of this machine.

    With `user`, of the form `name:password`, it wants to know who asks.
    """

    def __init__(self, port: int, user: str = "") -> None:
        super().__init__()
        self._target = port
        self._expected = f"Basic {base64.b64encode(user.encode()).decode()}" if user else ""

    def talk(self, connection: socket.socket) -> None:
        """Join the client with the target."""
        self.heads.append(read_head(connection))
        if self._expected not in self.heads[-1]:
            wanted = b'Proxy-Authenticate: Basic realm="ci"\r\n'
            connection.sendall(answer(b"", "407 Proxy Authentication Required", wanted))
            return
        with socket.create_connection(("127.0.0.1", self._target)) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(target, connection), daemon=True)
            back.start()
            _copy(connection, target)
            back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


def read_head(connection: socket.socket) -> str:
    """Return request line and headers, or an empty string at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    return head.decode("latin-1")
