"""The gate as it is, against recorded runs on loopback, in simulated time."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import argo_replay
from argo_replay.run import Run, load
from argo_replay.server import DemoServer, SeenRequest
from argogate import gate
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.evidence.collect import ArtifactWish, LogWish
from argogate.publishing import Reports
from argogate.verdict.judge import Rules
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from argo_replay.faults import Fault
    from argogate.argo.credentials import Credential
    from argogate.evidence.transfer import Progress
    from argogate.model.workflow import Shutdown
    from argogate.reports.formats import Format
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.evidence import ArtifactFile
    from argogate.waiting.news import News

HERE = Path(__file__).parent
SHIPPED = Path(argo_replay.__file__).parent / "runs"
RECORDED = HERE / "runs"
TOKEN = "sesame"
LARGE = 4 << 20
"""More than any buffer."""


@cache
def recorded(name: str) -> Run:
    """Load a recorded run by its name, or by `older/VERSION/NAME`.

    What was generated for the recording only to be large is cut to LARGE bytes.
    """
    own = RECORDED / f"{name}.json"
    run = load(own if own.exists() else SHIPPED / f"{name}.json")
    cut = (
        replace(stored, size=min(stored.size, LARGE)) if stored.content is None else stored
        for stored in run.artifacts
    )
    return replace(run, artifacts=tuple(cut))


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
    sentences: list[str]
    """What the gate said besides."""
    quoted: list[tuple[str, str]]
    """What pods printed, and whose it is."""
    requests: list[SeenRequest]
    seconds: float
    """Played seconds from the gate's start to its end."""

    @property
    def said(self) -> list[str]:
        """The kinds of news in order."""
        return [type(news).__name__ for news in self.news]


def _deaf(_: News) -> None:
    """Hear nothing."""


@dataclass(kw_only=True)
class Log:
    """Keeps what the gate says."""

    sentences: list[str] = field(default_factory=list)
    downloads: list[ArtifactFile] = field(default_factory=list)
    quoted: list[tuple[str, str]] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.sentences.append(text)

    def quote(self, source: str, text: str, at: object) -> None:  # noqa: ARG002 - a test sees its text
        self.quoted.append((source, text))

    def tell_artifact(self, file: ArtifactFile) -> None:
        self.downloads.append(file)

    def show_progress(self, progress: Progress) -> None:
        """Show nothing: how much came by then is a matter of chance."""


@dataclass(kw_only=True)
class Play:
    """One run of the gate."""

    run: Run
    names: Sequence[str] = ()
    """Workflows to wait for; by default the first of the run, unless labels select."""
    labels: str = ""
    begin: float = 0
    """Played second at which the gate starts."""
    faults: Sequence[Fault] = ()
    limits: Limits = field(default_factory=Limits)
    identity: Identity = field(default_factory=Identity)
    nodes: tuple[str, ...] = ()
    fail_on_suspend: bool = False
    listen: bool = False
    fail_fast: bool = False
    on_timeout: Shutdown | None = None
    on_cancel: Shutdown | None = None
    rules: Rules = field(default_factory=Rules)
    reports: Mapping[Format, Path] = field(default_factory=dict)
    artifacts: ArtifactWish | None = None
    logs: LogWish = field(default_factory=LogWish)
    follow: int = 0
    merged: tuple[str, ...] = ()
    token: str = TOKEN
    """What the gate sends, unless it has another credential."""
    credential: Callable[[SimulatedClock], Credential] | None = None
    valid: Callable[[], str] | str = TOKEN
    """The token that the server takes."""
    interruptible: Callable[[], AbstractContextManager[None]] = nullcontext
    hear: Callable[[News], None] = _deaf

    settle: float = 0.02
    """Real seconds that streams get to be heard after each step of simulated time."""

    def _credential(self, clock: SimulatedClock) -> Credential:
        if self.credential:
            return self.credential(clock)
        return Token(self.token, "the token of ARGO_TOKEN")

    def play(self) -> Played:
        """Run the gate to its end."""
        clock = SimulatedClock(settle=self.settle if self.listen or self.follow else 0)
        news: list[News] = []
        log = Log()

        def tell(one: News) -> None:
            news.append(one)
            self.hear(one)

        with DemoServer([self.run], token=self.valid, clock=clock, faults=self.faults) as server:
            clock.sleep(self.begin)
            transport = Transport(
                parse_address(server.url),
                self._credential(clock),
                Trust(),
            )
            default = () if self.labels else (next(iter(self.run.workflows)),)
            request = gate.Request(
                namespace=self.run.namespace,
                names=tuple(self.names) or default,
                labels=self.labels,
                wish=Wish(
                    identity=self.identity,
                    nodes=self.nodes,
                    fail_on_suspend=self.fail_on_suspend,
                ),
                rules=self.rules,
                reports=Reports(paths=self.reports),
                artifacts=self.artifacts,
                logs=self.logs,
                follow=self.follow,
                merged=self.merged,
                listen=self.listen,
                fail_fast=self.fail_fast,
                on_timeout=self.on_timeout,
                on_cancel=self.on_cancel,
            )
            around = gate.Context(
                server=ArgoServer(transport),
                pace=Pace(
                    limits=self.limits,
                    clock=clock,
                    rng=random.Random(7),
                    on_news=tell,
                    began=self.run.recorded,
                ),
                log=log,
                page_of=lambda name: f"{server.url}/workflows/{self.run.namespace}/{name}",
                interruptible=self.interruptible,
            )
            report = gate.run(request, around)
            transport.close()  # or the server's threads would stay, and be looked at by each clock
            return Played(
                verdict=report.verdict,
                news=news,
                downloads=log.downloads,
                sentences=log.sentences,
                quoted=log.quoted,
                requests=list(server.requests),
                seconds=clock.now() - self.begin,
            )
