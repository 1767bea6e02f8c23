"""A proxy on loopback that passes HTTP on to a server until a moment comes, and then spoils it."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

BLOCK = 1 << 16
DRIP = 0.15
"""Seconds between two bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiling:
    """What happens to an exchange."""

    name: str
    answer: bytes = b""
    """The whole answer instead of the server's."""
    refuses: bool = False
    """The connection is reset before anything was read."""
    resets: bool = False
    """It is reset once the request was read."""
    closes: bool = False
    """It is closed without an answer."""
    cuts: float = 0
    """The part of the server's answer after which the connection ends, 0 to 1."""
    resets_after: bool = False
    """Whether it is then reset instead of closed."""
    drips: bool = False
    """One byte at a time."""
    stalls: bool = False
    """Nothing more comes, and the connection stays open."""
    interim: bool = False
    """`100 Continue` without end."""
    certificate: bool = False
    """The server bears another certificate."""
    ahead: float = 0
    """Seconds by which its clock goes wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """What a proxy that speaks TLS shows."""

    file: str
    """The authority behind the proper one."""
    proper: ssl.SSLContext
    other: ssl.SSLContext


def answer(status: str, body: bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """Return an HTTP answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + body


class FaultyProxy:
    """Passes requests on; from the first one that is meant, everything is spoilt for a while."""

    def __init__(
        self,
        url: str,
        meant: str,
        *,
        nth: int = 1,
        spoiling: Spoiling | None = None,
        seconds: float = float("inf"),
        identities: Identities | None = None,
    ) -> None:
        """`meant` is searched for in `METHOD target`."""
        server = urlsplit(url)
        self._behind = (server.hostname, server.port)
        self._meant = re.compile(meant)
        self._left = nth
        self._spoiling = spoiling
        self._seconds = seconds
        self._identities = identities
        self._lock = threading.Lock()
        self._ends: float | None = None
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "https" if identities else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.struck = 0
        """Requests that were spoilt."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._listener.close()

    @property
    def came(self) -> bool:
        """Whether the moment came."""
        return self._ends is not None

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._greet, args=(client,), daemon=True).start()

    def _active(self) -> Spoiling | None:
        if self._ends is None or time.monotonic() >= self._ends:
            return None
        return self._spoiling

    def _greet(self, client: socket.socket) -> None:
        """Serve one connection, over TLS where we have a certificate."""
        if not self._identities:
            self._serve(client)
            return
        spoilt = self._active()
        shown = self._identities.other if spoilt else self._identities.proper
        self.struck += bool(spoilt)
        with suppress(OSError), shown.wrap_socket(client, server_side=True) as secured:
            self._serve(secured)

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            spoiling = self._active()
            if spoiling and spoiling.refuses:
                self.struck += 1
                _reset(client)
                return
            head = _head(client)
            if not head:
                return
            self._notice(head.split(b" HTTP/", 1)[0].decode("latin-1"))
            if spoiling := self._active():
                self.struck += 1
                self._spoil(client, head, spoiling)
            else:
                self._pass(client, head)

    def _notice(self, request: str) -> None:
        with self._lock:
            if self._ends is not None or not self._meant.search(request):
                return
            self._left -= 1
            if self._left:
                return
            self._ends = time.monotonic() + self._seconds

    def _upstream(self, head: bytes) -> socket.socket:
        server = socket.create_connection(self._behind)
        lines = [
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith((b"connection:", b"host:"))
        ]
        host = f"Host: {self._behind[0]}:{self._behind[1]}".encode()
        server.sendall(b"\r\n".join([lines[0], host, b"Connection: close", *lines[1:]]))
        return server

    def _pass(self, client: socket.socket, head: bytes) -> None:
        with self._upstream(head) as server:
            told = False
            while block := server.recv(BLOCK):
                spoiling = self._active()
                if spoiling and (spoiling.stalls or spoiling.drips):
                    self._closed.wait(60)
                    return
                if spoiling:
                    _reset(client)
                    return
                # Who is not told asks again where nobody reads any more, and the moment is missed.
                client.sendall(block if told else _closing(block))
                told = True

    def _spoil(  # noqa: C901 - a step for each way to spoil an answer
        self, client: socket.socket, head: bytes, spoiling: Spoiling
    ) -> None:
        if spoiling.refuses or spoiling.resets or spoiling.certificate:
            _reset(client)
            return
        if spoiling.closes:
            return
        if spoiling.stalls and not spoiling.cuts:
            self._hold()
            return
        while spoiling.interim and self._active() and not self._closed.is_set():
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(DRIP)
        whole = spoiling.answer
        if not whole:
            with self._upstream(head) as server:
                server.settimeout(1)
                whole = _whole(server)
        if spoiling.ahead:
            whole = _dated(whole, spoiling.ahead)
        if spoiling.drips:
            for at in range(len(whole)):
                if self._closed.is_set():
                    return
                client.sendall(whole[at : at + 1])
                time.sleep(DRIP)
            return
        client.sendall(whole[: int(len(whole) * spoiling.cuts)] if spoiling.cuts else whole)
        if spoiling.stalls:
            self._hold()
        elif spoiling.resets_after:
            _reset(client)

    def _hold(self) -> None:
        while self._active() and not self._closed.wait(0.05):
            pass


def _dated(whole: bytes, ahead: float) -> bytes:
    """Return an answer that was given by a clock that is wrong."""

    def moved(found: re.Match[bytes]) -> bytes:
        moment = parsedate_to_datetime(found[1].decode()) + timedelta(seconds=ahead)
        return b"Date: " + format_datetime(moment, usegmt=True).encode()

    return re.sub(rb"Date: ([^\r]+)", moved, whole, count=1)


def _head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        block = client.recv(BLOCK)
        if not block:
            return b""
        head += block
    return head


def _closing(start: bytes) -> bytes:
    """Return the start of an answer with the word that no other one follows."""
    status, end, rest = start.partition(b"\r\n")
    return status + end + b"Connection: close\r\n" * bool(end) + rest


def _whole(server: socket.socket) -> bytes:
    found = b""
    with suppress(TimeoutError):
        while block := server.recv(BLOCK):
            found += block
    return found


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
