"""`--record`: every exchange as HAR 1.2, for a bug report.

Secrets are removed before anything reaches the disk. The file grows beside its place and is a whole
HAR after every exchange, so that even a killed process leaves what it had.
"""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

from requests.adapters import BaseAdapter

from argogate.argo.har import HEAD, Archive, Exchange
from argogate.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from requests import PreparedRequest, Response, Session

MOST = 50_000_000
"""Bytes of the file; what comes later is counted only."""


class Recorder:
    """Writes what a session exchanges; used by several threads."""

    def __init__(self, path: Path, began: datetime, now: Callable[[], float]) -> None:
        """Open nothing yet: without an exchange there is no file. `now` is at `began` now."""
        self._path = path
        self._began, self._origin, self._now = began, now(), now
        self._lock = threading.Lock()
        self._archive = Archive()
        self._secrets: Callable[[], Iterable[str]] = tuple
        self._open: list[Exchange] = []
        self._place = ExitStack()
        self._file: IO[bytes] | None = None
        self._end = 0
        """Where the next entry goes."""
        self._left_out = 0
        self._problem: OSError | None = None
        self._closed = False

    def attach(self, session: Session, secrets: Callable[[], Iterable[str]]) -> None:
        """Record what this session exchanges from now on; `secrets` are those of the moment."""
        self._secrets = secrets
        for prefix, adapter in list(session.adapters.items()):
            session.mount(prefix, _Recording(adapter, self))

    def close(self) -> None:
        """Write what is still under way, and put the file in its place. Raises OSError."""
        for exchange in list(self._open):
            self.ended(exchange)
        with self._lock:
            self._closed = True
            if self._problem:
                with self._place:  # which takes the unfinished file away
                    raise self._problem
            self._place.close()

    def began(self, request: PreparedRequest) -> Exchange:
        """Note that a request goes out."""
        exchange = Exchange(request=request, began=self._now())
        self._open.append(exchange)
        return exchange

    def answered(self, exchange: Exchange, response: Response) -> Response:
        """Note the headers, and hear what is read of the body."""
        exchange.headed = self._now()
        exchange.response = response
        media_type = response.headers.get("Content-Type", "")
        if "/api/v1/" in (exchange.request.url or "") and media_type.startswith("application/json"):
            exchange.most = MOST
        response.raw = _Tee(response.raw, exchange, self)
        return response

    def ended(self, exchange: Exchange, error: str = "") -> None:
        """Write an exchange, once; what cannot be written is told at the end."""
        with self._lock:
            if exchange not in self._open:
                return
            self._open.remove(exchange)
            exchange.error = error
            try:
                self._archive.learn(self._secrets())
                moment = self._began + timedelta(seconds=exchange.began - self._origin)
                self._write(self._archive.entry(exchange, moment, self._now()))
            except OSError as problem:
                self._problem = self._problem or problem

    def _write(self, entry: dict[str, Any]) -> None:
        if self._problem or self._closed:
            return
        text = json.dumps(entry, separators=(",", ":")).encode()
        if self._file is None:
            self._file = self._place.enter_context(whole_file(self._path))
            self._end = self._file.write(f'{HEAD},"entries":['.encode())
            text = b"\n" + text
        else:
            text = b",\n" + text
        self._file.seek(self._end)
        if self._end + len(text) <= MOST:
            self._end += self._file.write(text)
        else:
            self._left_out += 1
        note = f"{self._left_out} later exchanges were left out" if self._left_out else ""
        self._file.write(f'\n],"comment":{json.dumps(note)}}}}}\n'.encode())
        self._file.flush()


class _Recording(BaseAdapter):
    """Tells the recorder what another adapter does."""

    def __init__(self, adapter: BaseAdapter, recorder: Recorder) -> None:
        super().__init__()
        self._adapter = adapter
        self._recorder = recorder

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        exchange = self._recorder.began(request)
        try:
            response = self._adapter.send(request, *args, **kwargs)
        except BaseException as error:
            self._recorder.ended(exchange, type(error).__name__)
            raise
        return self._recorder.answered(exchange, response)

    def close(self) -> None:
        self._adapter.close()


class _Tee:
    """The body of an answer, noted while it is read."""

    def __init__(self, raw: Any, exchange: Exchange, recorder: Recorder) -> None:  # noqa: ANN401
        self._raw = raw
        self._exchange = exchange
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Be the raw answer in all other respects."""
        return getattr(self._raw, name)

    def read1(self, *args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401
        with self._noted():
            piece: bytes = self._raw.read1(*args, **kwargs)
        self._note(piece)
        if not piece:
            self._whole()
        return piece

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:  # noqa: ANN401
        with self._noted():
            for piece in self._raw.stream(*args, **kwargs):
                self._note(piece)
                yield piece
        self._whole()

    def _note(self, piece: bytes) -> None:
        exchange = self._exchange
        exchange.size += len(piece)
        exchange.body += piece[: exchange.most - len(exchange.body)]

    def _whole(self) -> None:
        self._exchange.complete = True
        self._recorder.ended(self._exchange)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except GeneratorExit:  # the reader has enough
            raise
        except BaseException as error:
            self._recorder.ended(self._exchange, type(error).__name__)
            raise

    def close(self) -> None:
        self._recorder.ended(self._exchange)
        self._raw.close()
