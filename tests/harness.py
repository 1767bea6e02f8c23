"""The gate as it is, against recorded runs on loopback, in simulated time."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from argogate import gate
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.transport import Transport, Trust
from argogate.demo.run import Run, load
from argogate.demo.server import DemoServer, SeenRequest
from argogate.observation import Target
from argogate.verdict import Rules, Verdict
from argogate.waiting.patience import Limits
from argogate.waiting.track import Identity
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from argogate.demo.faults import Fault
    from argogate.news import News
    from argogate.observation import ArtifactFile
    from argogate.reports.formats import Format

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "argogate" / "demo" / "runs"
RECORDED = HERE / "runs"
TOKEN = "sesame"


@cache
def recorded(name: str) -> Run:
    """Load a recorded run by its name, or by `older/VERSION/NAME`."""
    shipped = SHIPPED / f"{name}.json"
    return load(shipped if shipped.exists() else RECORDED / f"{name}.json")


def recorded_names() -> list[str]:
    """Return the names of all recorded runs."""
    shipped = [path.stem for path in SHIPPED.glob("*.json")]
    others = [str(path.relative_to(RECORDED).with_suffix("")) for path in RECORDED.rglob("*.json")]
    return sorted({*shipped, *others})


@dataclass(kw_only=True)
class Played:
    """What a run of the gate left behind."""

    verdict: Verdict
    news: list[News]
    downloads: list[ArtifactFile]
    requests: list[SeenRequest]
    seconds: float
    """Played seconds from the gate's start to its end."""

    @property
    def said(self) -> list[str]:
        """The kinds of news in order."""
        return [type(news).__name__ for news in self.news]


@dataclass(kw_only=True)
class Play:
    """One run of the gate."""

    run: Run
    names: Sequence[str] = ()
    """Workflows to wait for; by default the first of the run."""
    begin: float = 0
    """Played second at which the gate starts."""
    faults: Sequence[Fault] = ()
    limits: Limits = field(default_factory=Limits)
    identity: Identity = field(default_factory=Identity)
    rules: Rules = field(default_factory=Rules)
    reports: Mapping[Format, Path] = field(default_factory=dict)
    artifacts: gate.ArtifactWish | None = None
    logs: gate.LogWish = field(default_factory=gate.LogWish)
    token: str = TOKEN
    interruptible: Callable[[], AbstractContextManager[None]] = nullcontext
    hear: Callable[[News], None] = lambda news: None

    def play(self) -> Played:
        """Run the gate to its end."""
        clock = SimulatedClock()
        news: list[News] = []
        downloads: list[ArtifactFile] = []

        def tell(one: News) -> None:
            news.append(one)
            self.hear(one)

        with DemoServer([self.run], token=TOKEN, clock=clock, faults=self.faults) as server:
            clock.sleep(self.begin)
            transport = Transport(
                parse_address(server.url),
                Token(self.token, "the token of ARGO_TOKEN"),
                Trust(),
                clock.now,
            )
            names = self.names or [next(iter(self.run.workflows))]
            request = gate.Request(
                targets=tuple(Target(namespace=self.run.namespace, name=name) for name in names),
                identity=self.identity,
                limits=self.limits,
                rules=self.rules,
                reports=self.reports,
                artifacts=self.artifacts,
                logs=self.logs,
            )
            around = gate.Surroundings(
                server=ArgoServer(transport),
                clock=clock,
                tell=tell,
                tell_artifact=downloads.append,
                interruptible=self.interruptible,
                dice=random.Random(7),
            )
            verdict = gate.run(request, around)
            return Played(
                verdict=verdict,
                news=news,
                downloads=downloads,
                requests=list(server.requests),
                seconds=clock.now() - self.begin,
            )
