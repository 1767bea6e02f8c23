"""Loaded by the gate's interpreter before anything else: counts what it does to the outside.

The N-th operation fails, or a signal arrives right before it. `proof.gate` sets the variables:

    PROOF_LOG    file that gets a line for each operation: its number, kind and object
    PROOF_AT     number of the operation that something happens to; 0 for none
    PROOF_WHAT   an errno name (`EIO`, `ENOSPC`, …) or a signal (`SIGTERM`, …)

What the interpreter reads of programs (modules, shared libraries, certificates of the system) does
not count: a broken installation is another story.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import socket
import sys
import threading
from typing import Any

LOG = os.environ.pop("PROOF_LOG", "")
AT = int(os.environ.pop("PROOF_AT", "0"))
WHAT = os.environ.pop("PROOF_WHAT", "")

AUDITED = {
    "os.rename": "rename",
    "os.mkdir": "mkdir",
    "os.remove": "unlink",
    "os.rmdir": "rmdir",
    "socket.connect": "connect",
    "socket.getaddrinfo": "resolve",
    "subprocess.Popen": "child",
}
PROGRAMS = (".py", ".pyc", ".so", ".pth", ".egg-link", ".typed", ".pem", ".zip")


class Operations:
    """Counts, logs, and lets one of them fail."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._inside = threading.local()
        self._count = 0
        self._log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def step(self, kind: str, about: object) -> None:
        """Take part in an operation that is about to happen. Raises OSError in its turn."""
        if getattr(self._inside, "it", False):
            return
        self._inside.it = True
        try:
            with self._lock:
                self._count += 1
                number = self._count
            os.write(self._log, f"{number} {kind} {about}\n".encode(errors="replace"))
        finally:
            self._inside.it = False
        if number != AT:
            return
        if WHAT.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, WHAT))
        elif kind == "thread":
            msg = "can't start new thread"
            raise RuntimeError(msg)
        elif kind == "resolve":
            raise socket.gaierror(socket.EAI_AGAIN, "no answer of the name server")
        else:
            code = getattr(errno, WHAT)
            raise OSError(code, os.strerror(code))


def install(operations: Operations) -> None:
    """Put the counter in front of everything that touches the outside."""
    step = operations.step

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and bool(set(mode) & set("wxa+"))
            writes = writes or (isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)))
            if isinstance(path, int) or (not writes and _of_the_program(str(path))):
                return
            step("create" if writes else "open", path)
        elif event in AUDITED:
            step(AUDITED[event], arguments[0] if event != "socket.connect" else arguments[1])

    sys.addaudithook(audit)
    _wrap(threading.Thread, "start", lambda thread, *_: step("thread", thread.name))
    for name in ("send", "sendall", "sendto"):
        _wrap(socket.socket, name, lambda *_: step("send", "socket"))
    for name in ("recv", "recv_into"):
        _wrap(socket.socket, name, lambda *_: step("recv", "socket"))
    _wrap_files(step)
    _Printed.step = staticmethod(step)
    io.FileIO = _Printed  # type: ignore[misc]
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is not None:
            setattr(sys, name, _stream(getattr(sys, name)))


def _of_the_program(path: str) -> bool:
    prefixes = (sys.prefix, sys.base_prefix, "/usr/lib", "/etc/ssl", "/proc", "/etc/")
    return path.endswith(PROGRAMS) or path.startswith(prefixes) or "site-packages" in path


def _wrap(owner: Any, name: str, before: Any) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        before(*args)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


class _File(io.FileIO):
    """A file whose writes count."""

    step: Any = None

    def write(self, data: Any) -> int:
        self.step("write", self.name)
        return super().write(data)


def _wrap_files(step: Any) -> None:
    _File.step = staticmethod(step)
    original = io.open

    def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **kwargs: Any) -> Any:
        binary = "b" in mode and not set(mode) & set("r+")
        if not binary or buffering not in {-1, 0} or kwargs.get("opener"):
            return original(file, mode, buffering, *args, **kwargs)
        raw = _File(file, mode.replace("b", ""), kwargs.get("closefd", True))
        return raw if buffering == 0 else io.BufferedWriter(raw)

    io.open = opened
    builtins.open = opened


class _Printed(io.FileIO):
    """What prints; it takes the place of `io.FileIO`, so that who mends a stream counts as well."""

    step: Any = None

    def write(self, data: Any) -> int:
        if self.fileno() in {1, 2}:
            self.step("print", {1: "stdout", 2: "stderr"}[self.fileno()])
        return super().write(data)


def _stream(stream: Any) -> Any:
    return io.TextIOWrapper(
        io.BufferedWriter(_Printed(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )


if LOG:
    install(Operations())
