"""The server itself: sockets, headers, faults."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from types import TracebackType
from typing import Any, Self

from argo_replay import routes
from argo_replay.access import Access
from argo_replay.answers import Answer, Broken, too_many
from argo_replay.clock import Clock, MonotonicClock
from argo_replay.cluster import Cluster
from argo_replay.faults import Fault, FaultKind, Faults, recorded
from argo_replay.golang import http_date, next_second
from argo_replay.limiter import Limiter
from argo_replay.playback import Playback
from argo_replay.request import take_apart
from argo_replay.run import Run
from argo_replay.site import Site

_UNCHUNKED = 2048
_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """A request that reached the server, at a played second."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: Message


class DemoServer:
    """An Argo Server on loopback that plays recorded runs; to be used as a context manager.

    Second 0 of every run is when the server starts, or `begin` was called last.

    Args:
        runs: the recordings; all of the same server version, no workflow name twice.
        token: the one valid token, or a function that tells which one is valid now; None
            accepts everybody, as auth mode `server` does.
        clock: real time, unless a test passes its own.
        speed: played seconds per second of the clock.
        faults: what goes wrong in addition to the outages that were recorded.
        port: 0 picks a free one.
        tls: serve https with this context.
        epoch: the wall time of second 0; timestamps are moved to it. None: as recorded.
        resumable: a suspended workflow stays so until a client resumes it, instead of going on
            as recorded.
        rate_limit: requests a second for all clients together (`--api-rate-limit`); a call of
            the API counts twice, as those of all clients on loopback do.
    """

    def __init__(
        self,
        runs: Iterable[Run],
        *,
        token: str | Callable[[], str] | None = None,
        clock: Clock | None = None,
        speed: float = 1.0,
        faults: Iterable[Fault] = (),
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        epoch: datetime | None = None,
        resumable: bool = False,
        rate_limit: int | None = None,
    ) -> None:
        self._token, self._epoch, self._resumable = token, epoch, resumable
        self._rate_limit = rate_limit
        self._clock, self._speed = clock or MonotonicClock(), speed
        self._site = self._furnish(runs, faults)
        self.requests: list[SeenRequest] = []
        self._handler = _handler(self._site, self.requests)
        self._listener = _Listener(("127.0.0.1", port), self._handler, tls)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.server_address[1]}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(_SHARE,), daemon=True
        )

    @property
    def elapsed(self) -> float:
        """The played second."""
        return self._site.playback.now()

    def begin(self) -> None:
        """Play from second 0 again."""
        self._site.cluster.reset()
        self._site.playback.begin()
        self._site.playback.wake()

    def play(self, *runs: Run, faults: Iterable[Fault] = ()) -> None:
        """Play these runs from second 0 instead of those before, whose streams end."""
        before = self._site
        self._site = self._handler.site = self._furnish(runs, faults)
        before.playback.close()
        self.requests.clear()

    def _furnish(self, runs: Iterable[Run], faults: Iterable[Fault]) -> Site:
        cluster = Cluster(runs, self._epoch, resumable=self._resumable)
        outages = chain.from_iterable(recorded(run.outages) for run in cluster.runs)
        return Site(
            cluster=cluster,
            access=Access(self._token, cluster.namespaces, cluster.version),
            playback=Playback(self._clock, self._speed, cluster.epoch),
            faults=Faults([*faults, *outages]),
            limiter=Limiter(self._rate_limit),
        )

    def __enter__(self) -> Self:
        self.begin()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._site.playback.close()
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(address, handler)
        self._tls = tls

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as in the standard library
        # The handshake belongs into the connection's own thread, a slow client must not block.
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as in the standard library
        """A client that went away is no news."""


class _Reset(Exception):
    """Close the connection with an RST."""


def _handler(site: Site, seen: list[SeenRequest]) -> "type[_Handler]":
    return type("Handler", (_Handler,), {"site": site, "seen": seen})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    site: Site
    seen: list[SeenRequest]
    _left: int | None = 999
    """What the limiter has left for this second after this request; None: no more."""

    def handle(self) -> None:
        """Serve the requests of one connection; end it abruptly if a fault says so."""
        if self.site.faults.strike(self.site.playback.now(), None):
            self._abort()
            return
        try:
            super().handle()
        except _Reset:
            self._abort()
        except (Broken, OSError):
            self.close_connection = True

    def _abort(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as in the standard library
        """Nothing is printed; `DemoServer.requests` tells."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        request = take_apart(self.command, self.path, self.headers, body)
        self.seen.append(
            SeenRequest(
                at=self.site.playback.now(),
                method=request.method,
                path=request.path,
                query=request.query,
                headers=self.headers,
            )
        )
        playback = self.site.playback
        fault = self.site.faults.strike(
            playback.now(), request.path, request.target.partition("?")[2]
        )
        match fault and fault.kind:
            case FaultKind.REFUSE:
                raise _Reset
            case FaultKind.HANG:
                assert fault is not None  # noqa: S101 -- for the type checker
                while playback.now() < fault.stop and not playback.closed:
                    playback.wait(fault.stop - playback.now())
                raise Broken
            case FaultKind.SLOW:
                assert fault is not None  # noqa: S101 -- for the type checker
                self._pause(fault.seconds)
            case FaultKind.ANSWER:
                assert fault is not None  # noqa: S101 -- for the type checker
                self._send(Answer(fault.status, fault.headers, fault.body))
                return
            case _:
                pass
        moment = playback.wall(playback.now())
        self._left = self.site.limiter.take(moment)
        if self._left is None:
            self._send(too_many(http_date(next_second(moment), "UTC")))
            return
        answer = routes.answer(self.site, request)
        self._send(answer, fault if fault and fault.kind in _SPOILING else None)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _pause(self, seconds: float) -> None:
        playback = self.site.playback
        until = playback.now() + seconds
        while playback.now() < until and not playback.closed:
            playback.wait(until - playback.now())

    def _send(self, answer: Answer, fault: Fault | None = None) -> None:
        if isinstance(answer.body, bytes):
            chunked = len(answer.body) > _UNCHUNKED
            blocks: Iterator[bytes] = iter([answer.body] if answer.body else [])
            length = None if chunked else len(answer.body)
        else:
            blocks, length = answer.body, None
        first = next(blocks, b"")  # a stream sends no status line before its first message
        self._head(answer, length)
        if self.command == "HEAD":
            return
        sent = 0
        for block in chain((first,), blocks):
            if fault is not None and sent + len(block) > fault.after:
                self._write(block[: fault.after - sent], chunked=length is None)
                raise _Reset if fault.kind is FaultKind.RESET else Broken
            self._write(block, chunked=length is None)
            sent += len(block)
        if length is None:
            self.wfile.write(b"0\r\n\r\n")

    def _head(self, answer: Answer, length: int | None) -> None:
        now = self.site.playback.wall(self.site.playback.now())
        self.send_response_only(answer.status, HTTPStatus(answer.status).phrase)
        limits = (
            ("X-Ratelimit-Limit", str(self.site.limiter.most)),
            ("X-Ratelimit-Remaining", str(self._left or 0)),
            ("X-Ratelimit-Reset", http_date(next_second(now), "UTC")),
            ("Date", http_date(now)),
        )
        size = (
            ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        )
        given = {name.lower() for name, _ in answer.headers}
        for name, value in (*answer.headers, *limits, size):
            if name.lower() not in given or (name, value) in answer.headers:
                self.send_header(name, value)
        self.end_headers()

    def _write(self, block: bytes, *, chunked: bool) -> None:
        if block:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
            self.wfile.flush()


_SPOILING = {FaultKind.RESET, FaultKind.CUT}
