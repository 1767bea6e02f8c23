"""Downloading: one large file beside curl, many small ones beside one by one; kill -9."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import socketserver
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.artifacts import RunArtifacts
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.evidence.allowance import Allowance, Most, free_space
from argogate.evidence.folder import keep
from argogate.evidence.plan import Wanted
from argogate.evidence.ports import TimeLeft
from argogate.evidence.transfer import Transfer
from argogate.model.workflow import ArchiveForm, Artifact, Node, Workflow
from argogate.waiting.clock import MonotonicClock
from bench.memory import peak as most
from bench.table import Row, Table
from tests.evidence.killing import SIZES, kill_at_random
from tests.evidence.making import tgz

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1 << 20
LARGE = 1024 * MIB
SMALL = 64 * 1024
CHUNK = 32 * 1024
"""Go copies a body in pieces of this size, and sends each as one chunk."""
SLOW = 0.05
ROUNDS = 3
GOAL_LARGE, GOAL_HASHED, GOAL_SMALL = 0.85, 1.3, 3
BIG_OF_MANY, MANY = 256 * MIB, 60
GOAL_MANY = 1.25 / 0.6
"""Times as long as curl needs for the big one: a live server gave the 61 in that."""
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    b'Content-Disposition: filename="x.bin"\r\nTransfer-Encoding: chunked\r\n\r\n'
)


class _Storage(socketserver.StreamRequestHandler):
    """Answers as the artifact server does: chunked, without a length, on a kept connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            name = line.split()[1].rpartition(b"/")[2].decode()
            pause, _, size = name.partition("-")
            time.sleep(float(pause))
            self._send(int(size))

    def _send(self, size: int) -> None:
        piece = bytes(range(256)) * (CHUNK // 256)
        frame = b"%x\r\n%b\r\n" % (CHUNK, piece)
        many = frame * 32
        whole, rest = divmod(size, CHUNK)
        self.wfile.write(HEAD)
        for _ in range(whole // 32):
            self.request.sendall(many)
        self.request.sendall(frame * (whole % 32))
        tail = b"%x\r\n%b\r\n" % (rest, piece[:rest]) if rest else b""
        self.request.sendall(tail + b"0\r\n\r\n")


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _serve(port: multiprocessing.Queue[int]) -> None:
    with _Listener(("127.0.0.1", 0), _Storage) as listener:
        port.put(listener.server_address[1])
        listener.serve_forever()


def _wanted(names: list[str]) -> tuple[Workflow, list[Wanted]]:
    node = Node(id="n", name="w.n")
    workflow = Workflow(name="w", namespace="argo", uid="u", nodes={"n": node})
    return workflow, [
        Wanted(
            workflow=workflow,
            node=node,
            node_path="n",
            names=(),
            artifact=Artifact(name=name, key=name, form=ArchiveForm.NONE),
            place=PurePosixPath("w", "n", f"{number}.bin"),
            folder=PurePosixPath("w", "n", f"{number}"),
        )
        for number, name in enumerate(names)
    ]


def fetch(url: str, names: list[str], jobs: int, folder: Path) -> float:
    """Fetch as the gate does; return the seconds that took."""
    workflow, wanted = _wanted(names)
    transport = Transport(parse_address(url), Token("x", "a token"), Trust())
    clock = MonotonicClock()
    time_left = TimeLeft(clock=clock, until=clock.now() + 600, request_timeout=30)
    transfer = Transfer(
        source=RunArtifacts(ArgoServer(transport), workflow, time_left),
        folder=folder,
        jobs=jobs,
        clock=clock,
        allowance=Allowance(Most(), clock, partial(free_space, folder)),
        moment=lambda: None,
    )
    began = time.monotonic()
    kept = keep(transfer, workflow, wanted, folder / "w" / "manifest.json", lambda _: None)
    seconds = time.monotonic() - began
    if bad := [file.error for file in kept.artifacts if file.error]:
        sys.exit(f"bench: {bad[0]}")
    return seconds


def run() -> Table:
    """Measure, the two in turn, and take the best of each."""
    with tempfile.TemporaryDirectory() as name, _server() as url:
        folder = Path(name)
        large = f"0-{LARGE}"
        ours, curls, bare, hashed, peaks, big, many = [], [], [], [], [], [], []
        for _ in range(ROUNDS):
            bare.append(_curl(f"{url}/{large}", Path(os.devnull)))
            curls.append(_curl(f"{url}/{large}", folder / "curl"))
            (folder / "curl").unlink()
            hashed.append(_piped(f"{url}/{large}"))
            seconds, peak = _in_a_process(url, [large], 4, folder / "ours")
            ours.append(seconds)
            peaks.append(peak)
            big.append(_curl(f"{url}/0-{BIG_OF_MANY}", folder / "curl"))
            (folder / "curl").unlink()
            mixed = [f"0-{BIG_OF_MANY}", *[f"0-{SMALL}"] * MANY]
            seconds, _ = _in_a_process(url, mixed, 4, folder / "ours")
            many.append(seconds)
        small = [f"{SLOW}-{SMALL}"] * 200
        several, peak_of_small = _in_a_process(url, small, 4, folder / "several")
        one_by_one, _ = _in_a_process(url, small, 1, folder / "single")
        met, wrong = kill_at_random(folder, _bodies(), times=50, seed=2, pause=0.001)
    curl, mine = min(curls), min(ours)
    speed = f"{LARGE / MIB / mine:.0f} MiB/s"
    return Table(
        title="Artifacts: 1 GiB at once, and 200 of 64 KiB that take 50 ms each",
        columns=("seconds", "peak memory"),
        rows=(
            Row(
                what="1 GiB: curl to nowhere (what the server can do)", figures=(_s(min(bare)), "")
            ),
            Row(what="1 GiB: curl to a file, no digest", figures=(_s(curl), "")),
            Row(what=r"1 GiB: `curl \| sha256sum`, nothing kept", figures=(_s(min(hashed)), "")),
            Row(
                what=f"1 GiB: argogate, digest and check included ({speed})",
                figures=(_s(mine), f"{max(peaks):.0f} MiB"),
                goal=f"≥ {GOAL_LARGE} of curl ({curl / mine:.2f}), "
                f"≥ {GOAL_HASHED} of the pipe ({min(hashed) / mine:.2f})",
                reached=curl / mine >= GOAL_LARGE and min(hashed) / mine >= GOAL_HASHED,
            ),
            Row(what="256 MiB: curl to a file", figures=(_s(min(big)), "")),
            Row(
                what=f"256 MiB and {MANY} of 64 KiB: argogate",
                figures=(_s(min(many)), ""),
                goal=f"≤ {GOAL_MANY:.1f} times curl's ({min(many) / min(big):.2f})",
                reached=min(many) / min(big) <= GOAL_MANY,
            ),
            Row(what="200 small ones: --jobs 1", figures=(_s(one_by_one), "")),
            Row(
                what="200 small ones: --jobs 4",
                figures=(_s(several), f"{peak_of_small:.0f} MiB"),
                goal=f"≥ 3 times as fast ({one_by_one / several:.1f})",
                reached=one_by_one / several >= GOAL_SMALL,
            ),
            Row(
                what=f"kill -9 at 50 moments ({met} with files there): half ones, failed next runs",
                figures=(str(len(wrong)), ""),
                goal="0",
                reached=not wrong,
            ),
        ),
    )


@contextmanager
def _server() -> Iterator[str]:
    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(port,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{port.get()}"
    process.terminate()


def _curl(url: str, path: Path) -> float:
    began = time.monotonic()
    subprocess.run(["curl", "--silent", "--output", str(path), url], check=True)
    return time.monotonic() - began


def _piped(url: str) -> float:
    began = time.monotonic()
    pipe = 'curl --silent "$1" | sha256sum'
    subprocess.run(["sh", "-c", pipe, "pipe", url], check=True, capture_output=True)
    return time.monotonic() - began


def _in_a_process(url: str, names: list[str], jobs: int, folder: Path) -> tuple[float, float]:
    """Return seconds and the peak of memory in MiB of a process that fetches these."""
    folder.mkdir()
    words = [url, ",".join(names), str(jobs), str(folder)]
    ended = subprocess.run(
        [sys.executable, "-m", "bench.artifacts", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = map(float, ended.stdout.split())
    shutil.rmtree(folder)
    return seconds, peak


def _bodies() -> dict[str, bytes]:
    dice = random.Random(3)
    bodies = {name: dice.randbytes(size) for name, size in SIZES.items()}
    return bodies | {"packed": tgz(*((f"d/{number}", b"x" * number) for number in range(300)))}


def _s(seconds: float) -> str:
    return f"{seconds:.2f}"


def main() -> None:
    """Fetch what the arguments say, and print seconds and the peak of memory in MiB."""
    url, names, jobs, folder = sys.argv[1:]
    seconds = fetch(url, names.split(","), int(jobs), Path(folder))
    print(seconds, most())


if __name__ == "__main__":
    main()
