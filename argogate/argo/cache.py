"""Documents of finished runs, kept on disk: trusted only after a small look agrees with them.

A finished run changes only by an Argo retry, archiving, deletion or new labels. A live object then
has another resource version, its archived copy is another version of the same uid, and a retry has
other times. So the key is all of that and how it ended, and what is not in the look is not in the
answer either.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from contextlib import suppress
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from argogate import spell
from argogate.argo.api import ArgoServer
from argogate.argo.documents import Document
from argogate.errors import ArgoError
from argogate.files import write_whole
from argogate.model.lenient import object_in
from argogate.model.lifecycle import from_archive, is_over
from argogate.model.parse import node_document, parse_workflow
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argogate.argo.session import Transport
    from argogate.model.lenient import JsonObject
    from argogate.model.workflow import Workflow

FORM = "argogate-document 1"
LARGEST_ENTRY = 512 << 20
"""Bytes of one document, unpacked."""
LARGEST = 256 << 20
"""Bytes of all files together."""
OLDEST = 30 * 86400.0
"""Seconds since a document was kept."""
FORGOTTEN = 3600.0
"""Seconds after which a temporary file is nobody's any more."""
READ_WHOLE = (
    "the cache does not help where a name does not lead to an archived run: by its uid the archive "
    "gives only all of it"
)
FILE, PART = ".run", ".part"
OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which state of which run."""

    source: str
    namespace: str
    name: str
    uid: str
    resource_version: str
    phase: str
    """How it ended: of all that a file could be made to say, that must be the server's word."""
    started_at: str
    finished_at: str

    @property
    def spelled(self) -> str:
        """All of it on one line."""
        return json.dumps([getattr(self, name) for name in self.__slots__])


def key_of(run: Workflow) -> Key | None:
    """Return what tells a state of a run from all others; None where the run may still change."""
    if not (is_over(run) and run.uid and run.resource_version):
        return None
    return Key(
        source="archive" if from_archive(run) else "live",
        namespace=run.namespace,
        name=run.name,
        uid=run.uid,
        resource_version=run.resource_version,
        phase=run.phase_word,
        started_at=spell.moment(run.started_at) if run.started_at else "",
        finished_at=spell.moment(run.finished_at) if run.finished_at else "",
    )


def _key_in(document: JsonObject) -> Key | None:
    """Return the key of a document; its nodes are left alone, as there may be 100,000 of them."""
    status = {**object_in(document, "status"), "nodes": None, "compressedNodes": None}
    return key_of(parse_workflow({**document, "status": status}))


class Cache:
    """A folder of documents, for one server. No failure of it is an error: nothing is found then.

    Several processes may share it: a file is there whole or not at all, and proves itself.
    """

    def __init__(
        self,
        folder: Path,
        server: str,
        now: Callable[[], float],
        *,
        largest: int = LARGEST,
        oldest: float = OLDEST,
    ) -> None:
        """`now` is in seconds since 1970, as files have it."""
        self._folder, self._server, self._now = folder, server, now
        self._largest, self._oldest = largest, oldest

    def why_unused(self) -> str:
        """Make the folder, and return why nothing is kept there; empty where it is."""
        try:
            self._make_folder()
        except OSError as error:
            return f"it cannot be made: {error.strerror or error}"
        return "" if self._is_private() else "others may use it, or it is a link (chmod 700 helps)"

    def find(self, seen: Workflow) -> Document | None:
        """Return the document of the very state that a look has shown."""
        key = key_of(seen)
        if key is None or not self._is_private():
            return None
        path = self._path(key)
        try:
            status = path.lstat()
            # A folder that a CI system restores may hold anything: pipes, links to devices.
            ours = S_ISREG(status.st_mode) and status.st_size <= self._largest
            content = path.read_bytes() if ours else b""
            old = self._now() - status.st_mtime > self._oldest
        except OSError:
            return None
        document = None if old else _unpacked(content, self._head(key))
        if document is None or _key_in(document) != key:
            with suppress(OSError):
                path.unlink()
            return None
        return Document(content=document, size=len(content))

    def keep(self, document: Document) -> None:
        """Keep a document, if its run is over and its nodes can be read."""
        key = _key_in(document.content)
        _, unreadable = node_document(object_in(document.content, "status"))
        if key is None or unreadable:
            return
        body = json.dumps(document.content, separators=(",", ":")).encode()
        digest = hashlib.sha256(body).hexdigest()
        packed = zlib.compress(body, 1)
        head = f"{self._head(key)}\n{digest}\n".encode()
        if len(head) + len(packed) > self._largest:
            return
        with suppress(OSError):
            self._make_folder()
            if self._is_private():
                write_whole(self._path(key), head + packed, mode=0o600)
                self._prune()

    def _head(self, key: Key) -> str:
        return f"{FORM} {json.dumps(self._server)} {key.spelled}"

    def _path(self, key: Key) -> Path:
        """One file for each run and source: another state of it takes its place."""
        words = json.dumps([self._server, key.source, key.namespace, key.uid])
        return self._folder / (hashlib.sha256(words.encode()).hexdigest() + FILE)

    def _make_folder(self) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def _is_private(self) -> bool:
        """Whether the folder is ours alone: what others may write is not believed."""
        try:
            status = os.lstat(self._folder)
        except OSError:
            return False
        own = getattr(os, "getuid", lambda: status.st_uid)()
        return S_ISDIR(status.st_mode) and status.st_uid == own and not status.st_mode & OTHERS

    def _prune(self) -> None:
        """Remove what is too old, then the oldest until the rest is small enough."""
        files = []
        for path in self._folder.iterdir():
            with suppress(OSError):  # another process may have removed it
                status = path.lstat()
                age = self._now() - status.st_mtime
                limit = FORGOTTEN if path.suffix == PART else self._oldest
                if path.suffix not in {FILE, PART}:
                    continue
                if age > limit:
                    path.unlink()
                elif path.suffix == FILE:
                    files.append((status.st_mtime, status.st_size, path))
        files.sort(reverse=True)
        held = 0
        for _, size, path in files:
            held += size
            if held > self._largest:
                with suppress(OSError):
                    path.unlink()


def _unpacked(content: bytes, head: str) -> dict[str, Any] | None:
    """Return the document of a file; None where it is another one's, or broken."""
    found, _, rest = content.partition(b"\n")
    digest, _, packed = rest.partition(b"\n")
    if found != head.encode():
        return None
    try:
        body = zlib.decompressobj().decompress(packed, LARGEST_ENTRY)
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        document = json.loads(body)
    except (zlib.error, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


class Remembering(ArgoServer):
    """A server whose documents of finished runs are kept."""

    def __init__(self, transport: Transport, cache: Cache, say: Callable[[str], None]) -> None:
        """`say` is told, once, that something is read whole though it may be kept."""
        super().__init__(transport)
        self._cache = cache
        self._say, self._unsaid = say, [READ_WHOLE]

    def document(
        self, namespace: str, name: str, *, timeout: float, whole: float | None = None
    ) -> Document:
        """Read a workflow as it is: a small look, and the rest only where it is not kept.

        Raises ArgoError.
        """
        look = self.poll(namespace, name, timeout=timeout)
        if kept := self._cache.find(look.workflow):
            return replace(kept, server_time=look.server_time, size=look.size)
        document = super().document(namespace, name, timeout=timeout, whole=whole)
        self._cache.keep(document)
        return document

    def archived_document(
        self, uid: str, *, timeout: float, whole: float | None = None
    ) -> Document:
        """Read an archived run by its uid: the archive has no small look at it, so all of it."""
        document = self._kept_archived(uid, timeout, whole)
        with suppress(IndexError):  # it was said, perhaps by another thread
            self._say(self._unsaid.pop())
        return document

    def document_of(self, run: Workflow, *, timeout: float, whole: float | None = None) -> Document:
        """Read this very run; as long as its name leads to it, a small look may be enough."""
        if not from_archive(run):
            return super().document_of(run, timeout=timeout, whole=whole)
        look = None
        with suppress(ArgoError):
            look = self.poll(run.namespace, run.name, timeout=timeout)
        if look is None or look.workflow.uid != run.uid:
            return self.archived_document(run.uid, timeout=timeout, whole=whole)
        if kept := self._cache.find(look.workflow):
            return replace(kept, server_time=look.server_time, size=look.size)
        return self._kept_archived(run.uid, timeout, whole)

    def _kept_archived(self, uid: str, timeout: float, whole: float | None) -> Document:
        document = super().archived_document(uid, timeout=timeout, whole=whole)
        self._cache.keep(document)
        return document
