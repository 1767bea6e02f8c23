"""The Argo Server's API: one method = one request = one typed answer, or one ArgoError."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from argogate.argo.answers import list_document, server_time_in, workflow_document
from argogate.argo.browsing import directory_of, entries_in, leads_to_index
from argogate.argo.frames import (
    LIST_FIELDS,
    LIVE_FIELDS,
    WARNING_FIELDS,
    WATCH_FIELDS,
    glimpse_of,
    is_whole,
    live_rows_of,
    rows_of,
    warning_of,
)
from argogate.argo.missing import LATEST
from argogate.argo.streams import frames, last, log_entries, messages
from argogate.errors import Impossible, NotUnderstood, Unavailable
from argogate.model.parse import parse_workflow
from argogate.model.spell import one_line
from argogate.observation import Listing, Poll

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from argogate.argo.answers import Answer
    from argogate.argo.browsing import Where
    from argogate.argo.credentials import Credential
    from argogate.argo.transport import Transport
    from argogate.model.lenient import JsonObject
    from argogate.model.workflow import Workflow
    from argogate.observation import Glimpse, NodeWarning

POLL_FIELDS = (
    "metadata.name,metadata.namespace,metadata.uid,metadata.resourceVersion,"
    "metadata.generateName,metadata.creationTimestamp,metadata.deletionTimestamp,metadata.labels,"
    "spec.suspend,spec.shutdown,spec.ttlStrategy,"
    "status.phase,status.message,status.progress,status.startedAt,status.finishedAt"
)
"""`finishedAt: null` is ambiguous unless asked for, so every member used is named here."""

TREE_FIELDS = "-metadata.managedFields"
"""All but what can be larger than everything else. Never `-status.nodes…`: the server would
then skip reading compressed and offloaded nodes (util/fields/fields.go:50-67)."""


SILENCE = 45.0
"""Seconds after which a stream counts as dead: the server gives a sign of life every 15 s."""
INITIAL_SECONDS = 2
"""Seconds after which the server ends a watch whose Kubernetes knows no mark of the end."""

Frame = TypeVar("Frame")


class Shutdown(StrEnum):
    """What can be done to a workflow that is not over, by the name of its route."""

    STOP = "stop"
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which workflows of a namespace are meant."""

    name: str = ""
    labels: str = ""
    """A label selector as Kubernetes writes it."""

    def query(self) -> dict[str, str]:
        """Return the parameters that select them."""
        options = {
            "listOptions.fieldSelector": f"metadata.name={self.name}" if self.name else "",
            "listOptions.labelSelector": self.labels,
        }
        return {name: value for name, value in options.items() if value}


class ArgoServer:
    """What argogate asks an Argo Server. Timeouts are in seconds and bound one request."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def credential(self) -> Credential:
        """Who asks, and which secrets that takes."""
        return self._transport.credential

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at a workflow without its nodes: a few hundred bytes. Raises ArgoError."""
        return self._named(namespace, name, POLL_FIELDS, timeout)

    def tree(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Read a workflow with its nodes. Raises ArgoError."""
        return self._named(namespace, name, TREE_FIELDS, timeout)

    def archived(self, uid: str, *, timeout: float) -> Poll:
        """Read a run from the archive by its uid, with its nodes. Raises ArgoError.

        The archive knows no `fields`. Without an archive the server answers 500 "not supported".
        """
        path = f"/api/v1/archived-workflows/{quote(uid, safe='')}"
        poll = self._workflow(path, {}, f"archived run {uid}", timeout)
        require_same(poll.workflow.uid, uid)
        return poll

    @contextmanager
    def artifact(
        self,
        where: Where,
        node_id: str,
        artifact: str,
        inside: str = "",
        *,
        timeout: float,
        whole: float | None = None,
    ) -> Iterator[Iterator[bytes | memoryview]]:
        """Open an output artifact, or a file inside of one that is a directory; yields its chunks.

        `timeout` bounds the time to the first of them and each pause, `whole` all together.
        Raises ArgoError; Impossible where the artifact is a directory.
        """
        what = f"artifact {artifact}"
        path = where.file(node_id, artifact, inside)
        with ExitStack() as stack:
            try:
                opened = self._transport.bulk(path, what=what, timeout=timeout, whole=whole)
                headers, chunks = stack.enter_context(opened)
            except Unavailable as error:
                raise (directory_of(error) or error) from None
            require_file(headers, what)
            yield chunks

    def entries(
        self, where: Where, node_id: str, artifact: str, inside: str, *, timeout: float
    ) -> tuple[str, ...] | None:
        """List a folder of a directory artifact: names of files, and of folders with a `/`.

        None where the server shows the folder's own index page instead. Raises ArgoError.
        """
        path = where.file(node_id, artifact, inside or "/")
        answer = self._transport.get(path, {}, what=f"artifact {artifact}", timeout=timeout)
        if leads_to_index(answer):
            return None
        return entries_in(self._good(answer))

    def log(
        self,
        namespace: str,
        name: str,
        pod: str,
        container: str,
        lines: int,
        *,
        timeout: float,
        whole: float | None = None,
    ) -> list[str]:
        """Return the last lines that a container of a pod printed. Raises ArgoError.

        Raises CutShort, with the lines that came, where it breaks off or lasts longer than `whole`.
        The container is always named: without any option one request can end the server's
        process (util/logs/workflow-logger.go:165). A pod that is gone gives no lines at all.
        """
        query = {
            "podName": pod,
            "logOptions.container": container,
            "logOptions.tailLines": str(lines),
        }
        what = f"log of pod {pod}"
        path = f"{_live(namespace, name)}/log"
        with self._transport.stream(path, query, what=what, timeout=timeout, whole=whole) as (
            _,
            chunks,
        ):
            return last(log_entries(chunks, what), lines)

    @contextmanager
    def changes(
        self, namespace: str, select: Selection, *, seconds: int = 0, timeout: float = SILENCE
    ) -> Iterator[Iterator[Glimpse | None]]:
        """Open the event stream of workflows; yields frames, and None as a sign of life.

        What exists comes first. The stream does not end when a workflow does, but after `seconds`
        where they are given (as Unavailable, if nothing came before). Raises ArgoError.
        """
        query = {**select.query(), "listOptions.resourceVersion": "0", "fields": WATCH_FIELDS}
        query |= _ending(seconds)
        path = f"/api/v1/workflow-events/{quote(namespace, safe='')}"
        with self._frames(path, query, "event stream", glimpse_of, timeout) as frames:
            yield frames

    @contextmanager
    def warnings(
        self, namespace: str, name: str, *, seconds: int = 0, timeout: float = SILENCE
    ) -> Iterator[Iterator[NodeWarning | None]]:
        """Open the stream of Kubernetes events about failed nodes; an empty name means all.

        Events of earlier runs of the name come first: compare the uid. Raises ArgoError.
        """
        about = f",involvedObject.name={name}" if name else ""
        query = {
            "listOptions.fieldSelector": f"involvedObject.kind=Workflow{about},type=Warning",
            "fields": WARNING_FIELDS,
            **_ending(seconds),
        }
        path = f"/api/v1/stream/events/{quote(namespace, safe='')}"
        what = "stream of Kubernetes events"
        with self._frames(path, query, what, warning_of, timeout) as frames:
            yield frames

    def rows(
        self, namespace: str, select: Selection, *, timeout: float, fields: str = LIST_FIELDS
    ) -> Listing:
        """List workflows: live ones, then archived ones. Raises ArgoError.

        Rows may repeat, lag and lack fields. No limit is sent: pages lose and double runs even
        where nothing changes, as their order has ties. An answer that is only a page is none.
        """
        path = f"/api/v1/workflows/{quote(namespace, safe='')}"
        query = {**select.query(), "fields": fields}
        answer = self._transport.get(path, query, what="list of workflows", timeout=timeout)
        document = list_document(self._good(answer))
        if not is_whole(document):
            msg = f"{answer.url} gave a part of the list of workflows, though all were asked for"
            raise Unavailable(msg)
        return Listing(rows=rows_of(document), server_time=answer.server_time)

    def live_rows(self, namespace: str, select: Selection, *, timeout: float) -> Listing:
        """List what is live, and nothing else, by a watch that begins with all there is.

        It needs no database of the server's, lags behind nothing and doubles nothing. Raises
        ArgoError; Impossible where the server has no such watch.
        """
        query = {
            **select.query(),
            "listOptions.sendInitialEvents": "true",
            "listOptions.resourceVersionMatch": "NotOlderThan",
            "listOptions.allowWatchBookmarks": "true",
            "fields": LIVE_FIELDS,
            **_ending(INITIAL_SECONDS),
        }
        path = f"/api/v1/workflow-events/{quote(namespace, safe='')}"
        what = "watch that begins with all workflows"
        rows: list[Workflow] = []
        with self._transport.stream(path, query, what=what, timeout=timeout, whole=timeout) as (
            headers,
            chunks,
        ):
            for row in live_rows_of(messages(chunks)):
                if row is None:
                    return Listing(rows=tuple(rows), server_time=server_time_in(headers))
                rows.append(row)
        msg = f"the {what} did not show all there is"
        raise Impossible(msg)

    def shut_down(self, namespace: str, name: str, how: Shutdown, *, timeout: float) -> None:
        """Stop or terminate a workflow. Raises ArgoError; a completed one is refused as such."""
        path = f"{_live(namespace, name)}/{how}"
        self._good(self._transport.put(path, what=f"{how} of workflow {name}", timeout=timeout))

    @contextmanager
    def _frames(
        self,
        path: str,
        query: Mapping[str, str],
        what: str,
        read: Callable[[JsonObject], Frame | None],
        timeout: float,
    ) -> Iterator[Iterator[Frame | None]]:
        with self._transport.stream(
            path, query, what=what, timeout=timeout, accept="text/event-stream"
        ) as (headers, chunks):
            refuse_page(headers, what)
            yield frames(chunks, what, read)

    def _named(self, namespace: str, name: str, fields: str, timeout: float) -> Poll:
        poll = self._workflow(_live(namespace, name), {"fields": fields}, name, timeout)
        seen = poll.workflow
        told = f"{seen.namespace}/{LATEST if name == LATEST else seen.name}"
        require_same(told, f"{namespace}/{name}")
        return poll

    def _workflow(self, path: str, query: Mapping[str, str], name: str, timeout: float) -> Poll:
        answer = self._transport.get(path, query, what=f"workflow {name}", timeout=timeout)
        return Poll(
            workflow=parse_workflow(self._document(answer)),
            server_time=answer.server_time,
            size=len(answer.body),
        )

    def _document(self, answer: Answer) -> object:
        return workflow_document(self._good(answer))

    def _good(self, answer: Answer) -> Answer:
        if answer.status != HTTPStatus.OK:
            raise self._transport.error(answer)
        return answer


def require_file(headers: Mapping[str, str], what: str) -> None:
    """Raise NotUnderstood for what is no file: the server names each one that it sends.

    The UI's page has no name, nor has what a proxy says in the server's place: a text, nothing.
    """
    if "Content-Disposition" not in headers:
        kind = "a web page" if "html" in headers.get("Content-Type", "") else "something else"
        msg = f"the server answered with {kind} instead of the {what}"
        raise NotUnderstood(msg, passing=True)


def refuse_page(headers: Mapping[str, str], what: str) -> None:
    """Raise NotUnderstood for a UI page in place of a stream."""
    if "html" in headers.get("Content-Type", ""):
        msg = f"the server answered with a web page instead of the {what}"
        raise NotUnderstood(msg)


def require_same(told: str, asked: str) -> None:
    """Raise NotUnderstood for an answer about something else, of a cache or a wrong route."""
    if told != asked:
        msg = f"asked about {asked}, the server answered about {one_line(told)}"
        raise NotUnderstood(msg, passing=True)


def _ending(seconds: int) -> dict[str, str]:
    return {"listOptions.timeoutSeconds": str(seconds)} if seconds else {}


def _live(namespace: str, name: str) -> str:
    return f"/api/v1/workflows/{quote(namespace, safe='')}/{quote(name, safe='@')}"
