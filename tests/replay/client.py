"""A client of the replay server, and what it plays."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from argo_replay.library import scenarios
from argo_replay.run import Run
from argo_replay.server import DemoServer
from tests.clock import SimulatedClock

RUNS = Path(__file__).parent.parent / "runs"
SHIPPED = scenarios()
HELLO = "/api/v1/workflows/argo/hello-succeeds"
PHASE = f"{HELLO}?fields=status.phase"
WATCH = "/api/v1/workflow-events/argo"
PROJECTED = "fields=error,result.type,result.object.status.phase"


def shipped(name: str) -> Run:
    return SHIPPED[name][0]


def get(server: DemoServer, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=10, allow_redirects=False)


def put(server: DemoServer, path: str, **body: object) -> requests.Response:
    return requests.put(server.url + path, json=body, timeout=10)


@contextmanager
def flowing(clock: SimulatedClock, step: float = 1.0) -> Iterator[None]:
    """Let simulated time pass whenever somebody waits for it."""
    over = threading.Event()

    def flow() -> None:
        while not over.wait(0.001):
            if clock.waiting:
                clock.sleep(step)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def messages(text: str) -> list[dict[str, Any]]:
    lines = (line.removeprefix("data: ").strip() for line in text.splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]
