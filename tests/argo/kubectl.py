"""A stand-in for kubectl: says and does what a real one was seen to say and do.

Run as `kubectl.py FOLDER …`; the folder tells the port of the server behind (`target`), what is
wrong (`mode`), and that the pod is gone (`gone`): which shows only at the next connection. Each
start is a line in `starts`.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

WORDS = {
    "missing": 'Error from server (NotFound): services "nope" not found',
    "forbidden": 'Error from server (Forbidden): services "argo-server" is forbidden: User "ci" '
    'cannot get resource "services" in API group "" in the namespace "argo"',
    "unconfigured": "The connection to the server localhost:8080 was refused - did you specify "
    "the right host or port?",
    "odd": "error: something that nobody has seen before",
}
LOST = (
    'E1125 12:00:00.000000       1 portforward.go:424] "Unhandled Error" err="an error occurred '
    'forwarding"\nerror: lost connection to pod'
)


def stand_in(folder: Path, url: str) -> Path:
    """Return a program that is called as kubectl is, and forwards to the server of this URL."""
    (folder / "target").write_text(url.rpartition(":")[2])
    program = folder / "kubectl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {__file__} {folder} "$@"\n')
    program.chmod(0o755)
    return program


def main(folder: Path, words: list[str]) -> int:
    with (folder / "starts").open("a") as starts:
        starts.write(f"{os.getpid()} {' '.join(words)}\n")
    mode = (folder / "mode").read_text() if (folder / "mode").exists() else ""
    if mode in WORDS:
        print(WORDS[mode], file=sys.stderr)
        return 1
    if "token" in words:
        print((folder / "token").read_text())
        return 0
    if mode == "silent":
        time.sleep(60)
    return forward(folder, stuck=mode == "stuck", deaf=mode == "deaf")


def forward(folder: Path, *, stuck: bool, deaf: bool) -> int:
    (folder / "gone").unlink(missing_ok=True)  # a new one finds the new pod
    links: list[socket.socket] = []
    threading.Thread(target=cut, args=(folder / "gone", links), daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        print(f"Forwarding from 127.0.0.1:{port} -> 2746", flush=True)
        while True:
            near, _ = listener.accept()
            if (folder / "gone").exists():
                near.close()
                print(LOST, file=sys.stderr)
                return 1
            print(f"Handling connection for {port}", flush=True)
            if stuck:
                near.close()
                continue
            if deaf:
                links.append(near)
                continue
            far = socket.create_connection(("127.0.0.1", int((folder / "target").read_text())))
            links += near, far
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def cut(gone: Path, links: list[socket.socket]) -> None:
    """Cut what goes through as soon as the pod has gone."""
    while True:
        time.sleep(0.01)
        while gone.exists() and links:
            with suppress(OSError):
                links.pop().shutdown(socket.SHUT_RDWR)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
