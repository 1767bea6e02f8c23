"""`kubectl port-forward` beside the wait: the way to a server that is not exposed.

A forwarding is bound to the one pod that was found at its start; it ends at the next connection
after that pod has gone, and only a new one finds the next pod. So it is started again whenever it
has ended, and what the requests meanwhile see is an outage. It is asked only while it lives, at
the port that its own line named: a port that was freed may be somebody else's.
"""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, cast

from argogate.argo.deadline import current
from argogate.errors import ArgoError, Denied, Malformed, Unavailable
from argogate.spell import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.argo.kubectl import Kubectl, Service

PATIENCE = 30.0
"""Seconds that a forwarding gets to begin, where no request says how long it may take."""
PAUSE = 1.0
"""Seconds between two starts at the least."""
FAILURES = 2
"""Failed requests in a row after which a forwarding that still lives is taken for stuck."""
ENDING = 2.0
"""Seconds that the supervisor gets to end kubectl."""
MOST_LINES = 20
LONGEST_LINE = 4096
"""Bytes of one line that are looked at: a program that never ends its line fills no memory."""

SUPERVISOR = """\
import os, signal, subprocess, sys, threading
try:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, process_group=0)
except OSError as error:
    sys.exit(f"{sys.argv[1]} cannot be run: {error.strerror}")
def end(*_):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (AttributeError, OSError):
        child.kill()
signal.signal(signal.SIGTERM, end)
def watch():
    os.read(0, 1)
    end()
threading.Thread(target=watch, daemon=True).start()
code = child.wait()
end()
os._exit(code & 255)
"""
"""Ends kubectl as soon as its own stdin does: so even kill -9 of the gate leaves no orphan.

It ends a whole group: what is called kubectl may be a script that starts the real one.
"""

_FORWARDING = re.compile(rb"Forwarding from 127\.0\.0\.1:(\d{1,5}) -> ")
_NOISE = re.compile(r"^[EWI]\d{4} ")
"""How klog begins a line; the sentence for people has none of it."""

_UNFIT = (
    "(NotFound)",
    "does not exist",
    "does not have a service port",
    "no context exists",
    "invalid configuration",
    "localhost:8080 was refused",
    "unknown flag",
    "cannot be run: Exec format error",
    "cannot be run: No such file",
    "cannot be run: Permission denied",
)
"""What kubectl says where asking again cannot help: another name, another kubeconfig."""
_REFUSED = {"(Forbidden)": 403, "(Unauthorized)": 401}


class PortForward:
    """Keeps one forwarding alive; several threads may ask for the way."""

    def __init__(self, service: Service, kubectl: Kubectl) -> None:
        """Start nothing yet."""
        self.service = service
        self._kubectl = kubectl
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._failures = 0
        self._encrypted: bool | None = None
        self._served = False
        """Whether there ever was an answer: from then on every failure is an outage."""
        self._closed = False

    @contextmanager
    def way(self) -> Iterator[str]:
        """Give the address of the server for one request. Raises ArgoError.

        What is raised inside is noted: after a few failures the forwarding is begun anew.
        """
        deadline = current(PATIENCE)
        running = self._alive()
        try:
            port = running.port(deadline.left())
            if port is None:
                raise self._why(running)
            if self._encrypted is None:
                self._encrypted = _speaks_tls(port, deadline.left())
            yield f"{'https' if self._encrypted else 'http'}://127.0.0.1:{port}"
        except OSError as error:
            self._doubt(running)
            msg = f"nothing answers through {self._told}: {error.strerror or error}"
            raise Unavailable(msg) from error
        except Unavailable:
            self._doubt(running)
            raise
        self._failures, self._served = 0, True

    def close(self) -> None:
        """End it, and what it started."""
        with self._lock:
            self._closed = True
            running = self._running
        if running:
            running.end()

    @property
    def _told(self) -> str:
        return f"kubectl port-forward to {self.service}"

    def _alive(self) -> _Running:
        """Return the forwarding, started anew if it has ended. Raises Unavailable, Malformed."""
        with self._lock:
            running = self._running
            if running and not running.has_ended:
                return running
            if self._closed or (running and running.age < PAUSE):
                raise self._why(running) if running else Unavailable(f"{self._told} is closed")
            if running:
                running.end()
            command = self._kubectl.words(
                self.service.namespace,
                *("port-forward", "--address", "127.0.0.1"),
                *(f"svc/{self.service.name}", f":{self.service.port}"),
            )
            try:
                self._running = _Running(command)
            except OSError as error:
                msg = f"{self._told} cannot be started: {error.strerror or error}"
                raise Unavailable(msg) from error
            self._failures = 0
            return self._running

    def _doubt(self, running: _Running) -> None:
        """Take in a failure: one that goes on although kubectl lives is its own."""
        self._failures += 1
        if self._failures >= FAILURES:
            running.end()

    def _why(self, running: _Running) -> ArgoError:
        """Return the error that a forwarding without a port, or at its end, is."""
        said = running.said
        if not running.has_ended:
            return Unavailable(
                f"{self._told} has not begun: kubectl says nothing; does a running pod stand "
                "behind that service?"
            )
        msg = f"{self._told} ended: {said or 'kubectl said nothing'}"
        if self._served:
            return Unavailable(msg)
        for sign, status in _REFUSED.items():
            if sign in said:
                needs = "it takes get services, get and list pods, create pods/portforward"
                return Denied(f"{msg}; {needs}", status=status, renewable=False)
        if any(sign in said for sign in _UNFIT):
            given = "--port-forward, --kubectl, --kube-context and KUBECONFIG"
            return Malformed(f"{msg}; check {given}")
        return Unavailable(msg)


class _Running:
    """One kubectl, and what it said."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it. Raises OSError."""
        self._began = _now()
        self._port: int | None = None
        self._known = threading.Event()
        """Set when its port is known, or will never be."""
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._process = subprocess.Popen(  # noqa: S603 - the user's own kubectl
            [sys.executable, "-I", "-S", "-c", SUPERVISOR, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A Ctrl-C at the terminal is the gate's: this ends last.
            start_new_session=True,
        )
        self._leash = cast("IO[bytes]", self._process.stdin)
        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for read, stream in (
                (self._read_port, self._process.stdout),
                (self._read_words, self._process.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return _now() - self._began

    @property
    def has_ended(self) -> bool:
        """Whether nothing is forwarded any more."""
        return self._process.poll() is not None

    @property
    def said(self) -> str:
        """What it said to people, on one line."""
        for reader in self._readers:
            reader.join(ENDING if self.has_ended else 0)
        lines = [line for line in self._lines if not _NOISE.match(line)] or list(self._lines)
        return one_line(" ".join(lines), 300)

    def port(self, timeout: float) -> int | None:
        """Return its port as soon as it names one, or None: it has ended, or still says nothing."""
        if self._known.wait(timeout) and self._port is None:  # it has said all that it will
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING)
        return None if self.has_ended else self._port

    def end(self) -> None:
        """End it, by the end of the supervisor's stdin, and wait for that."""
        with suppress(OSError):
            self._leash.close()
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(ENDING)

    def _read_port(self, stream: IO[bytes]) -> None:
        with stream:
            for line in _lines(stream):
                if found := _FORWARDING.match(line):
                    self._port = int(found[1])
                    self._known.set()
        self._known.set()

    def _read_words(self, stream: IO[bytes]) -> None:
        with stream:
            for line in _lines(stream):
                self._lines.append(line.decode("utf-8", "replace").strip())


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; one that is too long comes in pieces."""
    return iter(lambda: stream.readline(LONGEST_LINE), b"")


def _speaks_tls(port: int, timeout: float) -> bool:
    """Return whether TLS is spoken there, or else plain HTTP. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # what it shows is verified, or not, by the request
    with socket.create_connection(("127.0.0.1", port), timeout) as plain:
        try:
            with context.wrap_socket(plain):
                return True
        except ssl.SSLEOFError:
            raise
        except ssl.SSLError as error:  # it answered: an alert is TLS too, anything else is none
            return "ALERT" in (error.reason or "")


def _now() -> float:
    return time.monotonic()  # noqa: TID251 - processes live in real time, whatever a test plays
