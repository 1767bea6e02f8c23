"""Loaded by the gate's interpreter before anything else: counts what it does to the outside.

The N-th operation fails, or a signal arrives right before it. `proof.gate` sets the variables:

    PROOF_LOG    file that gets a line for each operation: its number, kind and object
    PROOF_AT     number of the operation that something happens to; 0 for none
    PROOF_WHAT   an errno name (`EIO`, `ENOSPC`, …) or a signal (`SIGTERM`, …)

    PROOF_MEANT  what `KIND OBJECT` of an operation looks like at whose PROOF_NTH occurrence a
                 PROOF_FAULT begins: a signal, or what lasts so many PROOF_SECONDS (see `Local`)

What the interpreter reads of programs (modules, shared libraries, certificates of the system) does
not count: a broken installation is another story.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import signal
import socket
import sys
import threading
import time
from typing import Any

LOG = os.environ.pop("PROOF_LOG", "")
AT = int(os.environ.pop("PROOF_AT", "0"))
WHAT = os.environ.pop("PROOF_WHAT", "")
MEANT = os.environ.pop("PROOF_MEANT", "")
NTH = int(os.environ.pop("PROOF_NTH", "1"))
FAULT = os.environ.pop("PROOF_FAULT", "")
SECONDS = float(os.environ.pop("PROOF_SECONDS", "inf"))
HOUR = 3600.0

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


class Local:
    """A fault of this machine that begins at a moment."""

    ERRORS = {  # noqa: RUF012 - nobody changes it
        "disk full": ("create write mkdir", errno.ENOSPC),
        "read-only folder": ("create mkdir rename unlink rmdir", errno.EROFS),
        "stdout and stderr closed": ("print", errno.EPIPE),
    }

    def __init__(self) -> None:
        self._meant = re.compile(MEANT)
        self._left = NTH
        self._until: float | None = None
        self._once = float("inf") > SECONDS

    def came(self, kind: str, about: object) -> bool:
        """Whether the moment has come with this operation."""
        if self._until is not None or not self._meant.match(f"{kind} {about}"):
            return False
        self._left -= 1
        if self._left:
            return False
        self._until = time.monotonic() + SECONDS
        return True

    def strike(self, kind: str) -> None:
        """Let an operation fail, as long as the fault lasts; of files one where it is brief."""
        if self._until is None or FAULT.startswith("SIG"):
            return
        kinds, code = self.ERRORS.get(FAULT, ("", 0))
        if kind in kinds.split():
            if self._once:
                self._until = 0
                self.ERRORS[FAULT] = ("", 0)
            raise OSError(code, os.strerror(code))
        if FAULT == "no name server" and kind == "resolve" and time.monotonic() < self._until:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer of the name server")

    def jump(self) -> float:
        """Return by how much the clock is wrong now."""
        wrong = self._until is not None and time.monotonic() < self._until
        return HOUR if wrong and FAULT == "clock jumps" else 0


class Operations:
    """Counts, logs, and lets one of them fail."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._inside = threading.local()
        self._count = 0
        self.local = Local()
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
        self.moment(kind, about)
        if MEANT:
            self.local.strike(kind)
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

    def moment(self, kind: str, about: object) -> None:
        """See whether something is to happen now."""
        if not MEANT or not self.local.came(kind, about):
            return
        os.write(self._log, f"{MOMENT} {FAULT} at {kind} {about}\n".encode(errors="replace"))
        if FAULT.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, FAULT))


MOMENT = "moment"


def install(operations: Operations) -> None:  # noqa: C901 - a line for each kind
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
        elif event == "import":
            operations.moment("import", arguments[0])
        elif event in AUDITED:
            step(AUDITED[event], arguments[0] if event != "socket.connect" else arguments[1])

    sys.addaudithook(audit)
    _wrap(threading.Thread, "start", lambda thread, *_: step("thread", thread.name))
    for name in ("send", "sendall", "sendto"):
        _wrap(socket.socket, name, lambda _, data, *__: step("send", _request(data)))
    for name in ("recv", "recv_into"):
        _wrap(socket.socket, name, lambda *_: step("recv", "socket"))
    _wrap_files(step)
    if FAULT == "clock jumps":
        _move_clock(operations)
    _Printed.step = staticmethod(step)
    io.FileIO = _Printed  # type: ignore[misc]
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is not None:
            setattr(sys, name, _stream(getattr(sys, name)))


def _request(data: Any) -> str:
    """Return what a request asks for, if this is one."""
    found = re.match(rb"(?:GET|PUT|POST|DELETE) [^ ]+", bytes(data[:500]))
    return found[0].decode(errors="replace") if found else "socket"


def _move_clock(operations: Operations) -> None:
    """Let the time of day jump; what only counts seconds is no clock."""
    import datetime as dt

    class Moved(dt.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return super().now(tz) + dt.timedelta(seconds=operations.local.jump())

    real = time.time
    dt.datetime = Moved  # type: ignore[misc]
    time.time = lambda: real() + operations.local.jump()


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
        if not binary or buffering not in {-1, 0}:
            return original(file, mode, buffering, *args, **kwargs)
        plain = mode.replace("b", "")
        raw = _File(file, plain, kwargs.get("closefd", True), kwargs.get("opener"))
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
