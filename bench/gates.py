"""The gate to be measured: as a process of its own, or in this one on a clock of our own."""

from __future__ import annotations

import os
import random
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argogate import gate
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.waiting.patience import Limits, Pace

if TYPE_CHECKING:
    from argogate.argo.credentials import Credential
    from argogate.evidence.transfer import Progress
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.evidence import ArtifactFile
    from argogate.waiting.clock import Clock

TOKEN = "sesame"


def words(url: str, namespace: str, *more: str) -> list[str]:
    """Return the command line of a wait on a demo server."""
    return [sys.executable, "-m", "argogate", "wait", "-s", url, "-n", namespace, *more]


def environment() -> dict[str, str]:
    """Return the variables of a wait: nothing that would be read by accident."""
    read = ("ARGO", "PYTHON")  # PYTHONDONTWRITEBYTECODE would compile everything each time
    kept = {name: value for name, value in os.environ.items() if not name.startswith(read)}
    return kept | {"ARGO_TOKEN": TOKEN}


class Silent:
    """A log that nobody reads."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def quote(self, source: str, text: str, at: object) -> None:
        """Say nothing."""

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Say nothing."""

    def show_progress(self, progress: Progress) -> None:
        """Show nothing."""


def gate_here(
    url: str,
    request: gate.Request,
    clock: Clock,
    limits: Limits,
    credential: Credential | None = None,
    *,
    rng: random.Random | None = None,
) -> Verdict:
    """Run the gate in this process, on that clock."""
    held = credential or Token(TOKEN, "the token of ARGO_TOKEN")
    around = gate.Context(
        server=ArgoServer(Transport(parse_address(url), held, Trust())),
        pace=Pace(
            limits=limits,
            clock=clock,
            rng=rng or random.Random(7),
            on_news=lambda _: None,
            began=datetime.now(UTC),
        ),
        log=Silent(),
        page_of=lambda name: f"{url}/workflows/{request.namespace}/{name}",
        interruptible=nullcontext,
    )
    return gate.run(request, around).verdict
