"""A stand-in for kubectl: says and does what a real one was seen to say and do.

Run as `kubectl.py FOLDER …`; the folder tells the port of the server behind (`target`), what is
wrong (`mode`), and that the pod is gone (`gone`): which shows only at the next connection. Each
start is a line in `starts`. It is started a hundred times, so what only a forwarding needs is
imported there.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # `typing` takes as long as Python's own start
if TYPE_CHECKING:
    import socket
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


def main(place: str, words: list[str]) -> int:
    with open(f"{place}/starts", "a", encoding="utf-8") as starts:  # noqa: PTH123 - see above
        starts.write(f"{os.getpid()} {' '.join(words)}\n")
    mode = told(f"{place}/mode")
    if mode in WORDS:
        print(WORDS[mode], file=sys.stderr)
        return 1
    if "token" in words:
        print(told(f"{place}/token"))
        return 0
    if mode == "silent":
        time.sleep(60)
    return forward(place, stuck=mode == "stuck", deaf=mode == "deaf")


def told(file: str) -> str:
    try:
        with open(file, encoding="utf-8") as opened:  # noqa: PTH123 - see above
            return opened.read()
    except FileNotFoundError:
        return ""


def forward(place: str, *, stuck: bool, deaf: bool) -> int:
    import socket  # noqa: PLC0415
    import threading  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    folder = Path(place)
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
            end(links.pop())


def pump(source: socket.socket, sink: socket.socket) -> None:
    from contextlib import suppress  # noqa: PLC0415

    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    for each in (source, sink):
        end(each)


def end(link: socket.socket) -> None:
    import socket  # noqa: PLC0415
    from contextlib import suppress  # noqa: PLC0415

    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
