"""An Argo Server for a program: the values and rules of the command line, without its printing.

Nothing here is global: no environment is read, no signal taken, nothing printed. What a workflow
did is a value; what stops a request is an `ArgoError`, sorted by remedy (`argogate.errors`); a
`ValueError` says that what was asked for makes no sense.
"""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from argogate import gate
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.artifacts import Readers
from argogate.argo.credentials import Asked, Credential, Token
from argogate.argo.secrecy import Secrets
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import NotFound
from argogate.evidence.collect import ArtifactWish, Collector, LogWish
from argogate.evidence.logs import WhichLogs
from argogate.evidence.ports import TimeLeft
from argogate.model.workflow import Phase
from argogate.verdict.judge import Rules
from argogate.verdict.observation import Finished, Observation, Target
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path
    from types import TracebackType

    from argogate.evidence.transfer import Progress
    from argogate.model.workflow import Workflow
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.observation import ArtifactFile
    from argogate.waiting.news import OnNews

TRUE = frozenset({"1", "t", "true"})
"""As Go reads a switch in the environment (strconv.ParseBool), in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifacts:
    """The output artifacts of a run."""

    files: tuple[ArtifactFile, ...]
    """One for each. One that could not be fetched whole has an `error` and no path."""
    remarks: tuple[str, ...] = ()
    """What else is to be known, a sentence each: that bytes may be of another run, say."""


class Client:
    """One Argo Server; the methods may be called from several threads.

    Args:
        server: `host:port` as argo writes it, or a URL.
        token: what `ARGO_TOKEN` holds, with or without `Bearer `; a function is asked before every
            request, so that it can renew; empty for a server that wants none.
        namespace: of the workflows, where a method is not told another one.
        credential: instead of a token, any of `argogate.argo.credentials`.
        secure: False allows plain HTTP, and with it a token that everybody on the way can read.
        base_href: the path under which a proxy offers the server.
        verify: whether the server's certificate is checked.
        ca_file: PEM file that is trusted besides the system's store.
        ui_url: the UI, where it has another address than the server.
        timeout: seconds for one request, and for each pause of a long answer.

    Raises:
        ValueError: the address, the token or a certificate file cannot be used.
    """

    def __init__(
        self,
        server: str,
        *,
        token: str | Callable[[], str] = "",
        namespace: str = "default",
        credential: Credential | None = None,
        secure: bool = True,
        base_href: str = "",
        verify: bool = True,
        ca_file: str = "",
        client_certificate: str = "",
        client_key: str = "",
        ui_url: str = "",
        timeout: float = 30,
    ) -> None:
        self.namespace = namespace
        self._timeout = timeout
        self._ui_url = parse_address(ui_url, what="ui_url").url if ui_url else ""
        self._clock = MonotonicClock()
        self._address = parse_address(server, secure=secure, base_href=base_href)
        who = credential or _credential(token)
        if secure and who.source:
            self._address.refuse_exposure("secure=False")
        trust = Trust(
            verify=verify,
            ca_file=ca_file,
            client_certificate=client_certificate,
            client_key=client_key,
        )
        self._transport = Transport(self._address, who, trust)
        self._server = ArgoServer(self._transport)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return the server that argo's own variables name; pass `os.environ`.

        ARGO_SERVER, ARGO_TOKEN, ARGO_NAMESPACE, ARGO_SECURE, ARGO_INSECURE_SKIP_VERIFY and
        ARGO_BASE_HREF. Raises ValueError where there is no ARGO_SERVER, or one cannot be used.
        """
        server = environ.get("ARGO_SERVER", "")
        if not server:
            msg = "ARGO_SERVER is not set; it names the Argo Server, as host:port or URL"
            raise ValueError(msg)
        return cls(
            server,
            token=environ.get("ARGO_TOKEN", ""),
            namespace=environ.get("ARGO_NAMESPACE") or "default",
            secure=environ.get("ARGO_SECURE", "true").lower() in TRUE,
            verify=environ.get("ARGO_INSECURE_SKIP_VERIFY", "").lower() not in TRUE,
            base_href=environ.get("ARGO_BASE_HREF", ""),
        )

    def get(self, name: str, *, namespace: str = "", uid: str = "") -> Workflow:
        """Read a workflow with its nodes, as it is now.

        With a `uid` it is this very run, from the archive where it is gone from the cluster.
        Without, it is what bears the name, which may be an older run from the archive: compare
        `workflow.archiving`. `@latest` is the newest of the namespace. Raises ArgoError.
        """
        try:
            found = self._server.tree(
                namespace or self.namespace,
                name,
                timeout=self._timeout,
                whole=self._whole,
            ).workflow
        except NotFound:
            if not uid:
                raise
        else:
            if not uid or found.uid == uid:
                return found
        return self._server.archived(uid, timeout=self._timeout, whole=self._whole).workflow

    def wait(
        self,
        *names: str,
        labels: str = "",
        namespace: str = "",
        uid: str = "",
        created_after: datetime | None = None,
        accept_archived: bool = False,
        nodes: Collection[str] = (),
        success_phases: Collection[str] = ("Succeeded",),
        fail_on_suspend: bool = False,
        fail_fast: bool = False,
        limits: Limits = Limits(),
        logs: LogWish = LogWish(),
        on_news: OnNews = lambda _: None,
    ) -> Verdict:
        """Wait until the workflows are really over, and judge, as `argogate wait` does.

        Whatever happens to the wait is in the verdict: whoever wants an exception looks at
        `verdict.exit_code`. `limits` are in seconds. `on_news` hears what happens meanwhile, in
        the thread that waits. Raises ValueError for what contradicts itself.
        """
        if bool(names) == bool(labels):
            msg = "workflows are named or selected by labels: give one of both"
            raise ValueError(msg)
        if uid and len(names) != 1:
            msg = "a uid names one run, so it goes with one name"
            raise ValueError(msg)
        request = gate.Request(
            namespace=namespace or self.namespace,
            names=names,
            labels=labels,
            wish=Wish(
                identity=Identity(
                    uid=uid, created_after=created_after, accept_archived=accept_archived
                ),
                nodes=tuple(nodes),
                fail_on_suspend=fail_on_suspend,
            ),
            rules=Rules(success_phases=frozenset(Phase(phase) for phase in success_phases)),
            logs=logs,
            fail_fast=fail_fast,
        )
        around = gate.Context(
            server=self._server,
            pace=Pace(
                limits=limits,
                clock=self._clock,
                rng=random.Random(),  # noqa: S311 - only jitter
                on_news=on_news,
                began=datetime.now(UTC),  # noqa: TID251 - the edge: time is passed in from here
            ),
            log=_Silence(),
            page_of=self._page_of(request.namespace),
            interruptible=nullcontext,
        )
        return gate.run(request, around).verdict

    def artifacts(
        self,
        workflow: Workflow,
        *patterns: str,
        folder: Path | None = None,
        extract: bool = False,
        jobs: int = 4,
        largest: int = 0,
        limits: Limits = Limits(),
    ) -> Artifacts:
        """Tell which output artifacts a run has, and fetch them where there is a `folder` for them.

        The workflow is one that `get` or `wait` returned with its nodes. A pattern is `artifact`,
        `node/artifact` or `template/artifact` with shell wildcards; none means all. Each file is
        there whole or not at all, and what was there already and is unchanged is not fetched
        again. `largest` bounds one, in bytes. Never raises for one that cannot be had.
        """
        wish = None
        if folder is not None:
            wish = ArtifactWish(
                folder=folder, patterns=patterns, unpacks=extract, jobs=jobs, largest=largest
            )
        seen = Observation(
            target=Target(namespace=workflow.namespace, name=workflow.name),
            ending=Finished(poll=workflow),
            workflow=workflow,
            began=datetime.now(UTC),  # noqa: TID251 - the edge
        )
        collector = self._collector(limits)
        collector.reserve([seen], wish)
        got = collector.collect(seen, LogWish(which=WhichLogs.NONE), wish)
        return Artifacts(files=got.artifacts, remarks=got.remarks)

    def close(self) -> None:
        """Close the connections; whatever is asked later opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _whole(self) -> float:
        """Seconds for all of a tree, which may be large."""
        return Limits().collect_timeout

    def _page_of(self, namespace: str) -> Callable[[str], str]:
        return lambda name: self._address.page_of(namespace, name, self._ui_url)

    def _collector(self, limits: Limits) -> Collector:
        return Collector(
            readers=Readers(self._server),
            time=TimeLeft(
                clock=self._clock,
                until=self._clock.now() + limits.collect_timeout,
                request_timeout=self._timeout,
            ),
            outage_timeout=limits.outage_timeout,
            clean=Secrets(self._server.credential.secrets()).cut_from,
            tell=_Silence().tell_artifact,
        )


class _Silence:
    """A log for whoever looks at values."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def quote(self, source: str, text: str, at: datetime | None) -> None:
        """Say nothing."""

    def tell_artifact(self, file: ArtifactFile) -> None:
        """Say nothing."""

    def show_progress(self, progress: Progress) -> None:
        """Show nothing."""


def _credential(token: str | Callable[[], str]) -> Credential:
    if callable(token):
        return Asked(token, "the token function")
    return Token(token, "the token") if token else Credential()
