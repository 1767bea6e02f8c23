"""An Argo Server for a program: the values and rules of the command line, without its printing.

Nothing here is global: no environment is read (but for proxies), no signal taken, nothing printed.
What a workflow did is a value; what stops a request is an `ArgoError`, sorted by remedy
(`argogate.errors`); a `ValueError` says that what was asked for makes no sense.
"""

from __future__ import annotations

import random
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from argogate import gate
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.artifacts import Readers
from argogate.argo.credentials import Asked, Credential, Token
from argogate.argo.secrecy import Secrets
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.client.arguments import (
    LONGEST,
    check_names,
    mistakes_in,
    mistakes_of,
    phases_of,
    refuse,
    switch,
    window_of,
)
from argogate.errors import NotFound
from argogate.evidence.collect import ArtifactWish, Collector, LogWish
from argogate.evidence.logs import WhichLogs, read_tail, read_tails
from argogate.evidence.ports import TimeLeft
from argogate.lookups import status
from argogate.lookups.chosen import chosen
from argogate.lookups.filters import Filters
from argogate.lookups.finding import Finder
from argogate.lookups.node import counting
from argogate.lookups.question import Archived, Bounds, Question
from argogate.lookups.telling import gaps_in, missing_nodes
from argogate.model.selectors import field_requirements, label_requirements
from argogate.model.workflow import LATEST, NodePhase, Phase
from argogate.values import dataclass
from argogate.verdict.endings import Finished
from argogate.verdict.judge import Rules
from argogate.verdict.observation import Observation, Target
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from types import TracebackType

    from argogate.evidence.transfer import Progress
    from argogate.model.workflow import Workflow
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.evidence import ArtifactFile, LogTail
    from argogate.waiting.news import OnNews

Value = TypeVar("Value")


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
        ValueError: the address, the token, a certificate file or the timeout cannot be used.
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
        refuse(
            {
                f"a timeout of {timeout} is not longer than 0, up to a year": not 0
                < timeout
                <= LONGEST
            }
        )
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
            secure=switch(environ, "ARGO_SECURE", otherwise=True),
            verify=not switch(environ, "ARGO_INSECURE_SKIP_VERIFY", otherwise=False),
            base_href=environ.get("ARGO_BASE_HREF", ""),
        )

    def get(self, name: str, *, namespace: str = "", uid: str = "") -> Workflow:
        """Read a workflow with its nodes, as it is now.

        With a `uid` it is this very run, from the archive where it is gone from the cluster.
        Without, it is what bears the name, which may be an older run from the archive: compare
        `workflow.archiving`. `@latest` is the newest of the namespace. Raises ArgoError, and
        ValueError for what is no name.
        """
        check_names(namespace or self.namespace, name)
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

    def list(
        self,
        *,
        labels: str = "",
        fields: str = "",
        phases: Collection[str] = (),
        name: str = "",
        prefix: str = "",
        template: str = "",
        cron: str = "",
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        finished_after: datetime | None = None,
        finished_before: datetime | None = None,
        running: bool = False,
        completed: bool = False,
        node_phases: Collection[str] = (),
        archived: str = "yes",
        namespace: str = "",
        all_namespaces: bool = False,
        on_remark: Callable[[str], None] = lambda _: None,
    ) -> Iterator[Workflow]:
        """Find workflows, live and archived, each once, as it really is; in no order.

        The words are those of `argogate list`, and everything that is given has to hold: `labels`
        and `fields` as Kubernetes selects by them, `name` a glob, `archived` yes, no or only.
        Nothing is asked before the first is taken, and an answer is still being read while they
        are: take a tuple of them, if each is worked on for long. They have no nodes (`get` reads
        these), and `archiving` is `Persisted` where only the archive has one.

        `on_remark` hears a sentence for what could not be told, at the end. Raises ValueError at
        once for what makes no sense, and ArgoError where no more comes, after those that came.
        """
        check_names(namespace or self.namespace)
        refuse(
            {
                "phases are several words: give a tuple of one": isinstance(phases, str),
                "node_phases are several words: give a tuple of one": isinstance(node_phases, str),
                "no run is both running and completed": running and completed,
            }
        )
        labels = labels.strip(" ,")
        question = Question(
            namespace="" if all_namespaces else namespace or self.namespace,
            filters=Filters(
                labels=label_requirements(labels),
                labels_text=labels,
                fields=field_requirements(fields),
                phases=frozenset(Phase(phase) for phase in phases),
                name=name,
                prefix=prefix,
                template=template,
                cron=cron,
                created=window_of(created_after, created_before),
                finished=window_of(finished_after, finished_before),
                running=running,
                completed=completed,
            ),
            archived=Archived(archived),
            node_phases=frozenset(NodePhase(phase) for phase in node_phases),
            lookups=sys.maxsize,
        )
        bounds = Bounds(timeout=self._timeout, whole=self._whole, sleep=self._clock.sleep)
        return _found(Finder(self._server, question, bounds, on_remark), on_remark)

    def status(
        self, *names: str, namespace: str = "", uid: str = "", nodes: Collection[str] = ()
    ) -> Verdict:
        """Look once, and judge as a gate would that looked now; it never waits.

        What is not over is `timed-out` (124), what waits for an approval `suspended` (7): nothing
        passes before its end. With `nodes` it is about these nodes alone, by the patterns that
        `--node` takes. Whatever stops the look is in the verdict. Raises ValueError as `wait`.
        """
        refuse({"no workflow is named": not names} | mistakes_in(names, uid, nodes))
        check_names(namespace or self.namespace, *names)
        space = namespace or self.namespace
        page_of = self._page_of(space)
        request = status.Request(
            namespace=space,
            names=names,
            uid=uid,
            nodes=tuple(nodes),
            timeout=self._timeout,
            whole=self._whole,
        )
        now = datetime.now(UTC)  # noqa: TID251 - the edge

        def target_of(name: str) -> Target:
            return Target(namespace=space, name=name, url=page_of(name))

        seen = status.ask(request, target_of, self._server, self._clock, now)
        return self._cut(seen.verdict)

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
        passing = phases_of(success_phases)
        refuse(
            {
                "workflows are named or selected by labels: give one of both": bool(names)
                == bool(labels),
                f"{LATEST} goes alone": LATEST in names and len(names) > 1,
                "created_after needs a time zone": created_after and not created_after.tzinfo,
            }
            | mistakes_in(names, uid, nodes)
            | mistakes_of(limits)
        )
        check_names(namespace or self.namespace, *names)
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
            rules=Rules(success_phases=passing),
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
        folder: Path | str | None = None,
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
        refuse(
            mistakes_of(limits)
            | {
                f"{jobs} downloads at a time are none": jobs < 1,
                f"{largest} are no bytes": largest < 0,
                "a pattern of artifacts is empty": not all(each.strip() for each in patterns),
            }
        )
        wish = None
        if folder is not None:
            wish = ArtifactWish(
                folder=Path(folder), patterns=patterns, unpacks=extract, jobs=jobs, largest=largest
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

    def logs(self, workflow: Workflow, *nodes: str, lines: int = 100) -> tuple[LogTail, ...]:
        """Read the last lines of nodes: from their pods, or from archived logs.

        The workflow is one that `get` or `wait` returned with its nodes; nodes are named by the
        patterns that `--node` takes, in the order of their start. None means all that have a pod,
        what failed first, and no more than 200. What has been tried several times has the log of
        its last attempt. Why there is no log, or only a part of one, is in `problem`. Never raises
        ArgoError; raises ValueError for a pattern that no node matches.
        """
        refuse({f"{lines} are no last lines": lines < 1} | mistakes_in(("-",), "", nodes))
        time = self._time(Limits())
        reader = Readers(self._server).logs(workflow, time)
        if not nodes:
            return self._cut(read_tails(workflow, WhichLogs.ALL, reader, lines, time))
        found = chosen(workflow, nodes, ())
        if found.missing:
            raise ValueError(missing_nodes(found.missing, found.names))
        meant = {node.id: node for node in (counting(workflow, each) for each in found.nodes)}
        read = (read_tail(workflow, node, reader, lines, time) for node in meant.values())
        return self._cut(tuple(tail for tail in read if tail))

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

    def _time(self, limits: Limits) -> TimeLeft:
        return TimeLeft(
            clock=self._clock,
            until=self._clock.now() + limits.collect_timeout,
            request_timeout=self._timeout,
        )

    def _cut(self, value: Value) -> Value:
        """Return it without what a server may have repeated of our secrets."""
        return Secrets(self._server.credential.secrets()).cut_from(value)

    def _collector(self, limits: Limits) -> Collector:
        return Collector(
            readers=Readers(self._server),
            time=self._time(limits),
            outage_timeout=limits.outage_timeout,
            clean=self._cut,
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


def _found(finder: Finder, on_remark: Callable[[str], None]) -> Iterator[Workflow]:
    """Yield what is found; say at the end, however that comes, what could not be told."""
    try:
        for row in finder.settled(finder.rows()):
            yield row.run
    finally:
        for sentence in gaps_in(finder.tally):
            on_remark(sentence)
