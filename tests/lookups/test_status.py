"""Several looks at once: who hangs is left behind, and told as unreachable."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.lookups.drawing import Layout
from argogate.lookups.status import Request, ask
from argogate.waiting.clock import MonotonicClock
from tests.clock import SimulatedClock
from tests.harness import TOKEN, recorded, recorded_names
from tests.lookups.captures import target
from tests.lookups.test_look import NOW
from tests.recorded_runs import shared

if TYPE_CHECKING:
    from argogate.argo.documents import Document


def test_whoever_hangs_beyond_all_limits_is_unreachable() -> None:
    over = threading.Event()

    class Hanging(ArgoServer):
        def document(
            self, namespace: str, name: str, *, timeout: float, whole: float | None = None
        ) -> Document:
            over.wait()
            return super().document(namespace, name, timeout=timeout, whole=whole)

    transport = Transport(parse_address("http://127.0.0.1:1"), Token("t", "x"), Trust())
    request = Request(namespace="ci", names=("w",), timeout=0.01, whole=0.01)
    status = ask(request, target, Hanging(transport), MonotonicClock(), NOW)
    over.set()
    assert status.exit_code(mirrored=False) == 5
    assert "no answer within 0.1s" in next(status.lines(Layout()))


@pytest.mark.parametrize("run", shared(recorded_names()))
def test_every_recorded_run_fits_on_a_screen_and_is_whole_as_json(run: str) -> None:
    played = recorded(run)
    for name in played.workflows:
        clock = SimulatedClock(settle=0)
        with DemoServer([played], token=TOKEN, clock=clock) as server:
            clock.sleep(played.ends / 2 + 1)
            transport = Transport(parse_address(server.url), Token(TOKEN, "x"), Trust())
            request = Request(namespace=played.namespace, names=(name,), timeout=5)
            status = ask(request, target, ArgoServer(transport), clock, played.recorded)
        lines = list(status.lines(Layout(width=80)))
        assert len(lines) <= 40, run
        assert status.exit_code(mirrored=False) in {0, 3, 5}, run
        [found] = json.loads(status.document())["workflows"]
        workflow = status.answers[0].sight.workflow
        assert len(found.get("nodes", ())) == len(workflow.nodes if workflow else ()), run
