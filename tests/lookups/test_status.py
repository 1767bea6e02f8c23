"""Several looks at once: who hangs is left behind, and told as unreachable."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.lookups.drawing import Layout
from argogate.lookups.status import Request, ask
from argogate.waiting.clock import MonotonicClock
from tests.lookups.captures import target
from tests.lookups.test_look import NOW

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
