"""One deadline for a whole request: whatever drips, it ends.

The timeout of a socket bounds one read. A server that sends a byte a second never meets it: in a
header, in `100 Continue` for ever, in the size of a chunk, in the lines after the body. So no read
gets more time than is left of the whole.
"""

from __future__ import annotations

import io
import math
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

BUFFER = 1 << 18
"""Bytes; Python's own buffer has 8 KiB, so that one chunk of Argo's takes several reads."""


class Deadline:
    """How long one request may take; it serves one request at a time."""

    def __init__(self, timeout: float) -> None:
        """`timeout` in seconds bounds every pause and, until it is relaxed, the whole."""
        self.timeout = timeout
        self._began = self._until = 0.0
        self.begin()

    def begin(self) -> None:
        """Count from now: the credential is there, and the request goes out."""
        self._began = _now()
        self._until = self._began + self.timeout

    def relax(self, within: float | None) -> None:
        """Bound only pauses from now on, and the whole by `within` seconds, if by any."""
        self._until = math.inf if within is None else self._began + within

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return _now() >= self._until

    def left(self) -> float:
        """Return the seconds that the next step gets. Raises TimeoutError where none are left."""
        left = min(self.timeout, self._until - _now())
        if left <= 0:
            msg = "timed out"
            raise TimeoutError(msg)
        return left


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current(otherwise: float) -> Deadline:
    """Return the deadline of the request that this thread is making, or a new one."""
    return _CURRENT.get() or Deadline(otherwise)


def at_most(seconds: float) -> float:
    """Return how long a request may take that another one needs: no longer than that one."""
    deadline = _CURRENT.get()
    return min(seconds, deadline.timeout) if deadline else seconds


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Let connections keep to this deadline, for the time of a call in this thread."""
    before = _CURRENT.set(deadline)
    try:
        yield
    finally:
        _CURRENT.reset(before)


def reader(sock: socket.socket, deadline: Deadline) -> io.BufferedReader:
    """Return what is read of a socket within a deadline, much at once."""
    return io.BufferedReader(_Bounded(sock, deadline), BUFFER)


class _Bounded(io.RawIOBase):
    """Gives every single read no more time than is left."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline
        self.has_ended = False
        """Whether the other side has said all that it will."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any buffer, as in the library
        self._sock.settimeout(self._deadline.left())
        size = self._raw.readinto(buffer)
        self.has_ended = size == 0
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


def _now() -> float:
    return time.monotonic()  # noqa: TID251 - sockets live in real time, whatever a test plays
