"""The Argo Server's API: one method = one request = one typed answer, or one ArgoError."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from argogate.argo.answers import workflow_document
from argogate.argo.streams import log_entries
from argogate.errors import NotUnderstood
from argogate.model.parse import parse_workflow
from argogate.observation import Poll

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from argogate.argo.answers import Answer
    from argogate.argo.transport import Transport

POLL_FIELDS = ",".join(
    (
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.resourceVersion",
        "metadata.generateName",
        "metadata.creationTimestamp",
        "metadata.deletionTimestamp",
        "metadata.labels",
        "spec.suspend",
        "spec.shutdown",
        "spec.ttlStrategy",
        "status.phase",
        "status.message",
        "status.progress",
        "status.startedAt",
        "status.finishedAt",
    ),
)
"""`finishedAt: null` is ambiguous unless asked for, so every member used is named here."""

TREE_FIELDS = "-metadata.managedFields"
"""All but what can be larger than everything else. Never `-status.nodes…`: the server would
then skip reading compressed and offloaded nodes (util/fields/fields.go:50-67)."""


class ArgoServer:
    """What argogate asks an Argo Server. Timeouts are in seconds and bound one request."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at a workflow without its nodes: a few hundred bytes. Raises ArgoError."""
        return self._workflow(_live(namespace, name), {"fields": POLL_FIELDS}, name, timeout)

    def tree(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Read a workflow with its nodes. Raises ArgoError."""
        return self._workflow(_live(namespace, name), {"fields": TREE_FIELDS}, name, timeout)

    def archived(self, uid: str, *, timeout: float) -> Poll:
        """Read a run from the archive by its uid, with its nodes. Raises ArgoError.

        The archive knows no `fields`. Without an archive the server answers 500 "not supported".
        """
        path = f"/api/v1/archived-workflows/{quote(uid, safe='')}"
        return self._workflow(path, {}, f"archived run {uid}", timeout)

    @contextmanager
    def artifact(
        self, namespace: str, workflow: str, node_id: str, artifact: str, *, timeout: float
    ) -> Iterator[Iterator[bytes]]:
        """Open an output artifact of a live workflow; yields its chunks. Raises ArgoError."""
        segments = (namespace, workflow, node_id, artifact)
        path = "/artifacts/" + "/".join(quote(segment, safe="") for segment in segments)
        with self._artifact(path, artifact, timeout) as chunks:
            yield chunks

    @contextmanager
    def archived_artifact(
        self, uid: str, node_id: str, artifact: str, *, timeout: float
    ) -> Iterator[Iterator[bytes]]:
        """Open an output artifact of an archived run; yields its chunks. Raises ArgoError."""
        segments = (uid, node_id, artifact)
        path = "/artifacts-by-uid/" + "/".join(quote(segment, safe="") for segment in segments)
        with self._artifact(path, artifact, timeout) as chunks:
            yield chunks

    def log(
        self, namespace: str, name: str, pod: str, container: str, lines: int, *, timeout: float
    ) -> list[str]:
        """Return the last lines that a container of a pod printed. Raises ArgoError.

        The container is always named: without any option one request can end the server's
        process (util/logs/workflow-logger.go:165). A pod that is gone gives no lines at all.
        """
        query = {
            "podName": pod,
            "logOptions.container": container,
            "logOptions.tailLines": str(lines),
        }
        what = f"log of pod {pod}"
        with self._transport.stream(
            f"{_live(namespace, name)}/log", query, what=what, timeout=timeout
        ) as (_, chunks):
            return list(log_entries(chunks, what))

    @contextmanager
    def _artifact(self, path: str, name: str, timeout: float) -> Iterator[Iterator[bytes]]:
        with self._transport.stream(path, {}, what=f"artifact {name}", timeout=timeout) as (
            headers,
            chunks,
        ):
            refuse_page(headers, name)
            yield chunks

    def _workflow(self, path: str, query: Mapping[str, str], name: str, timeout: float) -> Poll:
        answer = self._transport.get(path, query, what=f"workflow {name}", timeout=timeout)
        return Poll(
            workflow=parse_workflow(self._document(answer)),
            server_time=answer.server_time,
            size=len(answer.body),
        )

    def _document(self, answer: Answer) -> object:
        if answer.status != 200:  # noqa: PLR2004
            raise self._transport.error(answer)
        return workflow_document(answer)


def refuse_page(headers: Mapping[str, str], name: str) -> None:
    """Raise NotUnderstood for a UI page in place of a file.

    A genuine HTML artifact comes with a `Content-Disposition`; the UI's index page has none.
    """
    if "html" in headers.get("Content-Type", "") and "Content-Disposition" not in headers:
        msg = f"the server answered with a web page instead of the artifact {name}"
        raise NotUnderstood(msg)


def _live(namespace: str, name: str) -> str:
    return f"/api/v1/workflows/{quote(namespace, safe='')}/{quote(name, safe='@')}"
