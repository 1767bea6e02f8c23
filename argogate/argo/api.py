"""The Argo Server's API: one method = one request = one typed answer, or one ArgoError."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from argogate.argo.answers import release_in, release_of, server_time_in
from argogate.argo.directories import directory_of, entries_in, leads_to_index
from argogate.argo.documents import (
    Document,
    list_document,
    names_in,
    refuse_page,
    require_file,
    require_same,
    version_in,
    workflow_document,
)
from argogate.argo.query import (
    LIST_FIELDS,
    LIVE_ROW_FIELDS,
    POLL_FIELDS,
    ROW_FIELDS,
    TREE_FIELDS,
    WARNING_FIELDS,
    ending_after,
)
from argogate.argo.streams import (
    events,
    glimpse_of,
    initial_rows,
    is_whole,
    last,
    live_rows_of,
    log_entries,
    messages,
    pod_lines,
    rows_of,
    warning_of,
)
from argogate.errors import Impossible, NotFound, Unavailable
from argogate.model.answers import Listing, Poll
from argogate.model.lifecycle import from_archive
from argogate.model.parse import parse_workflow
from argogate.model.pods import MAIN
from argogate.model.workflow import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from argogate.argo.answers import Answer
    from argogate.argo.artifacts import Where
    from argogate.argo.credentials import Credential
    from argogate.argo.query import Selection
    from argogate.argo.rows import Listed
    from argogate.argo.session import Transport
    from argogate.model.answers import Glimpse, NodeWarning
    from argogate.model.lenient import JsonObject
    from argogate.model.pods import PodLine
    from argogate.model.workflow import Shutdown, Workflow

SILENCE = 45.0
"""Seconds after which a stream counts as dead: the server gives a sign of life every 15 s."""
MOST_NAMES = 1000
LIST, WATCH = "list of workflows", "watch that begins with all workflows"
"""What errors call them."""
NAME = r"[a-z0-9][-a-z0-9.]{,252}"
Event = TypeVar("Event")


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

    def tree(
        self, namespace: str, name: str, *, timeout: float, whole: float | None = None
    ) -> Poll:
        """Read a workflow with its nodes. Raises ArgoError.

        `timeout` bounds the time to the head and each pause, `whole` all together, if it is given.
        """
        return self._named(namespace, name, TREE_FIELDS, timeout, whole)

    def archived(self, uid: str, *, timeout: float, whole: float | None = None) -> Poll:
        """Read a run from the archive by its uid, with its nodes, as `tree` does. Raises ArgoError.

        The archive knows no `fields`. Without an archive the server answers 500 "not supported".
        """
        return _poll(self.archived_document(uid, timeout=timeout, whole=whole))

    def document(
        self, namespace: str, name: str, *, timeout: float, whole: float | None = None
    ) -> Document:
        """Read a workflow as it is, bounded as `tree` is. Raises ArgoError."""
        return self._document_of(namespace, name, TREE_FIELDS, timeout, whole)

    def archived_document(
        self, uid: str, *, timeout: float, whole: float | None = None
    ) -> Document:
        """Read an archived run as it is, as `archived` does. Raises ArgoError."""
        path = f"/api/v1/archived-workflows/{quote(uid, safe='')}"
        found = self._document(path, {}, f"archived run {uid}", timeout, whole)
        require_same(found.named("uid"), uid)
        return found

    def document_of(self, run: Workflow, *, timeout: float, whole: float | None = None) -> Document:
        """Read this very run as it is, whoever bears its name now. Raises ArgoError."""
        if not from_archive(run):
            with suppress(NotFound):
                found = self.document(run.namespace, run.name, timeout=timeout, whole=whole)
                if found.named("uid") == run.uid:
                    return found
        return self.archived_document(run.uid, timeout=timeout, whole=whole)

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
    def pods(
        self,
        namespace: str,
        name: str,
        *,
        follow: bool,
        since: int = 0,
        timeout: float = SILENCE,
        whole: float | None = None,
    ) -> Iterator[tuple[datetime | None, Iterator[PodLine | None]]]:
        """Open the log of all pods of a workflow: the server's time, and the lines by time.

        Pods that come later are in it; with `follow` it ends with the workflow. Of the last `since`
        seconds, where that is not 0. None is a sign of life. Raises ArgoError.
        """
        query = {
            "logOptions.container": MAIN,
            "logOptions.timestamps": "true",
            **({"logOptions.follow": "true"} if follow else {}),
            **({"logOptions.sinceSeconds": str(since)} if since else {}),
        }
        what = f"log stream of workflow {name}"
        with self._transport.stream(
            f"{_live(namespace, name)}/log",
            query,
            what=what,
            timeout=timeout,
            whole=whole,
            accept="text/event-stream",
        ) as (headers, chunks):
            refuse_page(headers, what)
            yield server_time_in(headers), pod_lines(chunks, what)

    @contextmanager
    def changes(
        self, namespace: str, select: Selection, *, seconds: int = 0, timeout: float = SILENCE
    ) -> Iterator[Iterator[Glimpse | None]]:
        """Open the event stream of workflows; yields events, and None as a sign of life.

        What exists comes first. The stream does not end when a workflow does, but after `seconds`
        where they are given (as Unavailable, if nothing came before). Raises ArgoError.
        """
        path = _watch(namespace)
        query = select.changes(seconds)
        with self._events(path, query, "event stream", glimpse_of, timeout) as found:
            yield found

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
            **ending_after(seconds),
        }
        path = f"/api/v1/stream/events/{quote(namespace, safe='')}"
        what = "stream of Kubernetes events"
        with self._events(path, query, what, warning_of, timeout) as found:
            yield found

    def rows(
        self, namespace: str, select: Selection, *, timeout: float, fields: str = LIST_FIELDS
    ) -> Listing:
        """List workflows: live ones, then archived ones. Raises ArgoError.

        Rows may repeat, lag and lack fields. No limit is sent: pages lose and double runs even
        where nothing changes, as their order has ties. An answer that is only a page is none.
        """
        path = _list(namespace)
        query = {**select.query(), "fields": fields}
        answer = self._transport.get(path, query, what=LIST, timeout=timeout)
        document = list_document(self._good(answer))
        if not is_whole(document):
            msg = f"{answer.url} gave a part of the list of workflows, though all were asked for"
            raise Unavailable(msg)
        return Listing(rows=rows_of(document), server_time=answer.server_time)

    def names(self, namespace: str, *, timeout: float) -> tuple[str, ...]:
        """Return names of workflows, as a hint: maybe not all. Raises ArgoError.

        Each is one that Kubernetes would accept.
        """
        path = _list(namespace)
        query = {"fields": "items.metadata.name", "listOptions.limit": str(MOST_NAMES)}
        answer = self._transport.get(path, query, what=LIST, timeout=timeout)
        names = names_in(list_document(self._good(answer)))
        return tuple(dict.fromkeys(name for name in names if re.fullmatch(NAME, name)))

    def live_rows(self, namespace: str, select: Selection, *, timeout: float) -> Listing:
        """List what is live, and nothing else, by a watch that begins with all there is.

        It needs no database of the server's, lags behind nothing and doubles nothing. Raises
        ArgoError; Impossible where the server has no such watch.
        """
        query = select.live()
        path = _watch(namespace)
        with self._transport.stream(path, query, what=WATCH, timeout=timeout, whole=timeout) as (
            headers,
            chunks,
        ):
            rows = live_rows_of(messages(chunks))
        if rows is None:
            msg = f"the {WATCH} did not show all there is"
            raise Impossible(msg)
        return Listing(rows=rows, server_time=server_time_in(headers))

    @contextmanager
    def listed(
        self, namespace: str, select: Selection, *, timeout: float, whole: float
    ) -> Iterator[Listed]:
        """Open a list of workflows that is read row by row; an empty namespace means all of them.

        Live rows come, then archived ones, as `rows` has them. `timeout` bounds the time to the
        head and each pause, `whole` all together. Raises ArgoError, also while it is read.
        """
        from argogate.argo.rows import Listed, rows_in  # noqa: PLC0415 - only of lists

        path = _list(namespace)
        query = {**select.query(), "fields": ROW_FIELDS}
        opened = self._transport.stream(path, query, what=LIST, timeout=timeout, whole=whole)
        with opened as (headers, chunks):
            refuse_page(headers, LIST)
            rows = (parse_workflow(row) for row in rows_in(chunks, LIST))
            yield Listed(release=release_in(headers), rows=rows)

    def archive_of_old(
        self, namespace: str, labels: str, *, timeout: float, whole: float
    ) -> tuple[Workflow, ...]:
        """List what the archive of a release before 3.5 has, whose lists have none of it.

        These rows tell no labels, though the server knows them. Raises ArgoError.
        """
        what = "list of archived workflows"
        query = {"namespace": namespace, "listOptions.labelSelector": labels}
        answer = self._transport.get(
            "/api/v1/archived-workflows", query, what=what, timeout=timeout, whole=whole
        )
        return rows_of(list_document(self._good(answer)))

    def release(self, *, timeout: float) -> tuple[int, ...]:
        """Return the release of the server, (4, 1, 2). Raises ArgoError."""
        answer = self._transport.get("/api/v1/version", {}, what="version", timeout=timeout)
        return release_of(version_in(self._good(answer)))

    @contextmanager
    def live_listed(
        self, namespace: str, select: Selection, *, timeout: float, whole: float
    ) -> Iterator[Iterator[Workflow]]:
        """Open a list of what is live, and nothing else, as `live_rows` gives it; row by row.

        Raises ArgoError, also while it is read: Impossible at the end where that is not marked.
        """
        path = _watch(namespace)
        with self._transport.stream(
            path, select.live(LIVE_ROW_FIELDS), what=WATCH, timeout=timeout, whole=whole
        ) as (headers, chunks):
            refuse_page(headers, WATCH)
            yield initial_rows(messages(chunks), WATCH)

    def shut_down(self, namespace: str, name: str, how: Shutdown, *, timeout: float) -> None:
        """Stop or terminate a workflow. Raises ArgoError; a completed one is refused as such."""
        path = f"{_live(namespace, name)}/{how}"
        self._good(self._transport.put(path, what=f"{how} of workflow {name}", timeout=timeout))

    @contextmanager
    def _events(
        self,
        path: str,
        query: Mapping[str, str],
        what: str,
        read: Callable[[JsonObject], Event | None],
        timeout: float,
    ) -> Iterator[Iterator[Event | None]]:
        with self._transport.stream(
            path, query, what=what, timeout=timeout, accept="text/event-stream"
        ) as (headers, chunks):
            refuse_page(headers, what)
            yield events(chunks, what, read)

    def _named(
        self, namespace: str, name: str, fields: str, timeout: float, whole: float | None = None
    ) -> Poll:
        return _poll(self._document_of(namespace, name, fields, timeout, whole))

    def _document_of(
        self, namespace: str, name: str, fields: str, timeout: float, whole: float | None
    ) -> Document:
        found = self._document(_live(namespace, name), {"fields": fields}, name, timeout, whole)
        told = LATEST if name == LATEST else found.named("name")
        require_same(f"{found.named('namespace')}/{told}", f"{namespace}/{name}")
        return found

    def _document(
        self,
        path: str,
        query: Mapping[str, str],
        name: str,
        timeout: float,
        whole: float | None,
    ) -> Document:
        what = f"workflow {name}"
        answer = self._transport.get(path, query, what=what, timeout=timeout, whole=whole)
        return Document(
            content=workflow_document(self._good(answer)),
            server_time=answer.server_time,
            size=len(answer.body),
        )

    def _good(self, answer: Answer) -> Answer:
        if answer.status != HTTPStatus.OK:
            raise self._transport.error(answer)
        return answer


def _poll(document: Document) -> Poll:
    return Poll(
        workflow=parse_workflow(document.content),
        server_time=document.server_time,
        size=document.size,
    )


def _live(namespace: str, name: str) -> str:
    return f"{_list(namespace)}/{quote(name, safe='@')}"


def _list(namespace: str) -> str:
    return f"/api/v1/workflows/{quote(namespace, safe='')}"


def _watch(namespace: str) -> str:
    return f"/api/v1/workflow-events/{quote(namespace, safe='')}"
