"""Fetching artifacts: several at a time, whole or not at all, one failure apart from the others."""

from __future__ import annotations

import hashlib
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import tenacity

from argogate.errors import ArgoError, Unavailable
from argogate.files import whole_file
from argogate.observation import ArtifactFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from argogate.artifacts.plan import Wanted

    Open: TypeAlias = Callable[[Wanted], AbstractContextManager[Iterator[bytes]]]

ATTEMPTS = 3
TAIL = 4096
GLUED_ERROR = b"\nInternal Server Error\n"
GLUED_REASON = b"failed to stream artifact: "
"""A transfer that breaks on the server's side still ends as a good answer: the text is glued
to the bytes (server/artifacts/artifact_server.go:540-543, 777-781)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How artifacts are fetched."""

    open: Open
    """Opens the body of one artifact; raises ArgoError."""
    folder: Path
    jobs: int
    sleep: Callable[[float], None]


def fetch(
    transfer: Transfer, wanted: Sequence[Wanted], tell: Callable[[ArtifactFile], None]
) -> tuple[ArtifactFile, ...]:
    """Fetch all; what fails is recorded in its ArtifactFile. `tell` hears of each as it ends.

    The workers are daemons: a signal that ends the caller does not wait for a slow server.
    """
    todo: queue.SimpleQueue[tuple[int, Wanted] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, ArtifactFile | Exception]] = queue.SimpleQueue()
    for numbered in enumerate(wanted):
        todo.put(numbered)

    def work() -> None:
        while (item := todo.get()) is not None:
            number, one = item
            try:
                done.put((number, _fetched(transfer, one)))
            except Exception as bug:  # noqa: BLE001 - the caller raises it
                done.put((number, bug))

    jobs = min(transfer.jobs, len(wanted))
    for _ in range(jobs):
        todo.put(None)
        threading.Thread(target=work, daemon=True).start()
    files: dict[int, ArtifactFile] = {}
    for _ in wanted:
        number, ended = done.get()
        if isinstance(ended, Exception):
            raise ended
        files[number] = ended
        tell(ended)
    return tuple(files[number] for number in sorted(files))


def listed(wanted: Sequence[Wanted]) -> tuple[ArtifactFile, ...]:
    """Return what a run has to offer, without fetching it."""
    return tuple(_file(one) for one in wanted)


def _fetched(transfer: Transfer, one: Wanted) -> ArtifactFile:
    if one.artifact.deleted:
        return _file(one, error="it was deleted by the workflow's artifact garbage collection")
    retrying = tenacity.Retrying(
        sleep=transfer.sleep,
        wait=tenacity.wait_exponential(multiplier=0.5, max=8),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        retry=tenacity.retry_if_exception_type(Unavailable),
        reraise=True,
    )
    try:
        return retrying(_transferred, transfer, one)
    except ArgoError as error:
        return _file(one, error=error.message)
    except OSError as error:
        return _file(one, error=f"it could not be written: {error.strerror or error}")


def _transferred(transfer: Transfer, one: Wanted) -> ArtifactFile:
    path = transfer.folder / one.place
    digest = hashlib.sha256()
    size = 0
    tail = b""
    with transfer.open(one) as chunks, whole_file(path) as stream:
        for chunk in chunks:
            stream.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            tail = (tail + chunk[-TAIL:])[-TAIL:]
        _refuse_glued_error(tail)
    return _file(one, path=str(path), size=size, sha256=digest.hexdigest())


def _refuse_glued_error(tail: bytes) -> None:
    if not tail.endswith(GLUED_ERROR):
        return
    _, found, reason = tail.rpartition(GLUED_REASON)
    if found:
        text = reason.removesuffix(GLUED_ERROR).decode("utf-8", "replace")
        msg = f"the server broke off in the middle of it: {text}"
        raise Unavailable(msg)


def _file(
    one: Wanted, *, path: str = "", size: int = 0, sha256: str = "", error: str = ""
) -> ArtifactFile:
    return ArtifactFile(
        node_id=one.node.id,
        node_path=one.node_path,
        template=one.node.template_name,
        name=one.artifact.name,
        path=path,
        size=size,
        sha256=sha256,
        error=error,
    )
