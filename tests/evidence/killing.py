"""Ending a download with `kill -9` at any moment, and looking at what it left."""

from __future__ import annotations

import hashlib
import json
import os
import random
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {"large": 2 << 20, "packed": 0, "a": 200_000, "b": 70_000, "c": 0}
PIECE = 32 * 1024
WORKFLOW = {
    "metadata": {
        "name": "w",
        "namespace": "argo",
        "uid": "u",
        "creationTimestamp": "2026-01-31T12:00:00Z",
    },
    "spec": {},
    "status": {
        "phase": "Succeeded",
        "startedAt": "2026-01-31T12:00:00Z",
        "finishedAt": "2026-01-31T12:00:09Z",
        "nodes": {
            "w": {
                "id": "w",
                "name": "w",
                "type": "Pod",
                "phase": "Succeeded",
                "startedAt": "2026-01-31T12:00:00Z",
                "finishedAt": "2026-01-31T12:00:09Z",
                "outputs": {
                    "artifacts": [
                        {
                            "name": name,
                            "s3": {"key": f"k/{name}" + (".tgz" if name == "packed" else "")},
                            "archive": {"tar": {}} if name == "packed" else {"none": {}},
                        }
                        for name in SIZES
                    ]
                },
            }
        },
    },
}


class _Slow(socketserver.StreamRequestHandler):
    """An Argo Server that has one finished workflow and takes its time with artifacts."""

    bodies: ClassVar[dict[str, bytes]] = {}
    pause: ClassVar[float] = 0.0
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(OSError):
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                self._answer(line.split()[1].decode())

    def _answer(self, path: str) -> None:
        head = "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 12:01:00 GMT\r\n"
        if path.startswith("/api/"):
            body = json.dumps(WORKFLOW).encode()
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.request.sendall(head.encode() + body)
            return
        body = self.bodies[path.rpartition("/")[2]]
        head += 'Content-Disposition: filename="x"\r\nTransfer-Encoding: chunked\r\n\r\n'
        self.request.sendall(head.encode())
        for start in range(0, len(body), PIECE):
            piece = body[start : start + PIECE]
            self.request.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            time.sleep(self.pause)
        self.request.sendall(b"0\r\n\r\n")


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def slow_server(bodies: dict[str, bytes], pause: float) -> Iterator[str]:
    """Serve these artifacts of the workflow `w`, with a pause after each piece."""
    handler = type("Handler", (_Slow,), {"bodies": bodies, "pause": pause})
    with _Listener(("127.0.0.1", 0), handler) as listener:
        threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.server_address[1]}"
        listener.shutdown()


def started(url: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start the gate on it."""
    words = ["wait", "w", "-n", "argo", "-s", url, "--auth", "none", "--logs", "none", "-q"]
    words += ["--no-watch", "--extract", "--artifacts", str(folder)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGO")}
    return subprocess.Popen(
        [sys.executable, "-m", "argogate", *words],
        env=kept,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finals(folder: Path) -> dict[str, str]:
    """Return the digest of each file that has a final name, also while others come and go."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if ".part" not in name]
        for name in files:
            if ".part" not in name and name != "manifest.json":
                path = Path(place, name)
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path.relative_to(folder))] = digest
    return found


def _wait_for_a_file(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Return when there is something to break: under load, nobody knows when that is."""
    while process.poll() is None and not finals(folder):
        time.sleep(0.005)


def kill_at_random(
    folder: Path, bodies: dict[str, bytes], times: int, seed: int, pause: float
) -> tuple[int, list[str]]:
    """Kill the gate so many times; return how often files were there, and what was wrong."""
    dice = random.Random(seed)
    wrong: list[str] = []
    met = 0
    with slow_server(bodies, pause) as url:
        began = time.monotonic()
        if started(url, folder / "whole").wait(60):
            wrong.append("it does not even work undisturbed")
        took = time.monotonic() - began
        expected = finals(folder / "whole")
        for number in range(times):
            place = folder / f"{number}"
            process = started(url, place)
            if number % 2:
                _wait_for_a_file(process, place)
            time.sleep(dice.uniform(0, took / 4) if number % 2 else dice.uniform(0.2, took))
            process.kill()
            process.wait(10)
            found = finals(place)
            met += bool(found)
            wrong += [f"{number}: {name}" for name in found if found[name] != expected.get(name)]
            if number % 8 == 0:
                if started(url, place).wait(60):
                    wrong.append(f"{number}: the next run failed")
                if finals(place) != expected or [*place.rglob("*.part")]:
                    wrong.append(f"{number}: the next run did not complete")
    return met, wrong
