"""Fetching artifacts: several at a time, whole or not at all, one failure apart from the others."""

from __future__ import annotations

import queue
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from argogate.artifacts.allowance import OUT_OF_TIME, Exceeded
from argogate.artifacts.body import Body
from argogate.artifacts.content import Content
from argogate.artifacts.manifest import FileRecord
from argogate.artifacts.naming import Names, parts_of
from argogate.artifacts.placing import INDEX, Part, Placer, described, failed
from argogate.artifacts.trying import FAILURES, refused_defect, retrying, why_failed
from argogate.artifacts.unpack import BOUNDS, DEEPEST, Bounds
from argogate.errors import Impossible
from argogate.model import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from argogate.artifacts.allowance import Allowance
    from argogate.artifacts.manifest import Entry
    from argogate.artifacts.plan import Wanted
    from argogate.observation import ArtifactFile

    Open: TypeAlias = Callable[
        [Wanted, str], AbstractContextManager[tuple[str, Iterator[bytes | memoryview]]]
    ]

MOST_MEMBERS = 100_000
GLANCE = 0.1
"""Real seconds between two looks at the progress."""
LAST_MOMENT = 1.0
"""Real seconds in which workers can end what they are at, once they shall."""
MOST_LATE = 20
"""Such looks after the time for collecting ran out; who still hangs then is left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How artifacts are read; both raise ArgoError, Impossible where it is a directory."""

    open: Open
    """Opens an artifact, or the file of this name inside it: its route, and its chunks."""
    entries: Callable[[Wanted, str], tuple[str, ...] | None]
    """Names in a folder of a directory, subfolders end in `/`; None: it hides behind its index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the downloads are."""

    done: int
    total: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How artifacts are fetched, and where to."""

    source: Source
    folder: Path
    jobs: int
    sleep: Callable[[float], None]
    allowance: Allowance
    moment: Callable[[], datetime | None]
    unpacks: bool = False
    bounds: Bounds = BOUNDS
    glance: Callable[[Progress], None] = lambda _: None


@dataclass(slots=True, kw_only=True)
class _Folder:
    """A directory while its files arrive."""

    one: Wanted
    path: Path
    left: int
    hidden: tuple[str, ...]
    """Folders that the server would not list."""
    names: Names = field(default_factory=Names)
    records: list[FileRecord] = field(default_factory=list)
    route: str = ""
    error: str = ""


def fetch(
    transfer: Transfer,
    parts: Path,
    wanted: Sequence[tuple[int, Wanted]],
    heard: Callable[[int, Entry], None],
) -> None:
    """Fetch all; `heard` gets each as it ends, by its number. What fails is recorded there.

    Raises Exceeded where time ran out and some do not even answer that.

    `parts` is a folder for what has no final name yet. The workers are daemons: a signal that
    ends the caller does not wait for a slow server.
    """
    crew = _Crew(transfer, parts)
    for number, one in wanted:
        crew.todo.put(partial(crew.start, number, one))
    try:
        crew.hire()
        for done in range(len(wanted)):
            heard(*crew.ended(done, len(wanted)))
    except BaseException:
        transfer.allowance.stop()
        raise
    finally:
        crew.dismiss()


def listed(wanted: Sequence[Wanted]) -> tuple[ArtifactFile, ...]:
    """Return what a run has to offer, without fetching it."""
    return tuple(described(one) for one in wanted)


class _Crew:
    """The workers, and what they share."""

    def __init__(self, transfer: Transfer, parts: Path) -> None:
        self._transfer = transfer
        self._allowance = transfer.allowance
        self._parts = parts
        self._placer = Placer(
            folder=transfer.folder,
            unpacks=transfer.unpacks,
            bounds=transfer.bounds,
            allow=transfer.allowance.write,
            moment=transfer.moment,
        )
        self._retrying = retrying(transfer.allowance, transfer.sleep)
        self._writers = ThreadPoolExecutor(2 * transfer.jobs)
        self._lock = threading.Lock()
        self._made = 0
        self._workers = [
            threading.Thread(target=self.work, daemon=True) for _ in range(transfer.jobs)
        ]
        self.todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[int, Entry | Exception]] = queue.SimpleQueue()

    def hire(self) -> None:
        """Let the workers begin."""
        for worker in self._workers:
            worker.start()

    def ended(self, done: int, total: int) -> tuple[int, Entry]:
        """Return the next one that is over, and show the progress until then."""
        late = 0
        while late < MOST_LATE:
            progress = Progress(done=done, total=total, bytes=self._allowance.bytes)
            self._transfer.glance(progress)
            with suppress(queue.Empty):
                number, entry = self.done.get(timeout=GLANCE)
                if isinstance(entry, Exception):
                    raise entry
                return number, entry
            late += not self._allowance.left()
        raise Exceeded(OUT_OF_TIME)

    def dismiss(self) -> None:
        """Let the workers go; who hangs at a silent server is not waited for."""
        for _ in self._workers:
            self.todo.put(None)
        for worker in self._workers:
            worker.join(LAST_MOMENT / len(self._workers))
        self._writers.shutdown(wait=False)

    def work(self) -> None:
        while (task := self.todo.get()) is not None:
            task()

    def start(self, number: int, one: Wanted) -> None:
        """Fetch one artifact; a directory becomes a task for each of its files."""
        try:
            self._fetch(number, one)
        except FAILURES as error:
            self.done.put((number, failed(one, why_failed(error))))
        except Exception as bug:  # noqa: BLE001 - the caller raises it
            self.done.put((number, bug))

    def _fetch(self, number: int, one: Wanted) -> None:
        if one.artifact.deleted:
            reason = "it was deleted by the workflow's artifact garbage collection"
            self.done.put((number, failed(one, reason)))
            return
        try:
            part = self._saved(one, "", self._new_part())
        except Impossible:
            self._start_folder(number, one)
        else:
            self.done.put((number, self._placer.place_file(one, part, self._new_part())))

    def _start_folder(self, number: int, one: Wanted) -> None:
        names, hidden = self._walk(one)
        path = self._new_part()
        path.mkdir()
        folder = _Folder(one=one, path=path, left=len(names), hidden=hidden)
        for name in names:
            self.todo.put(partial(self._take_member, number, folder, name))
        if not names:
            self.done.put((number, self._placed(folder)))

    def _walk(self, one: Wanted) -> tuple[list[str], tuple[str, ...]]:
        """Return all files of a directory, and the folders that cannot be listed.

        A listing names the files right in it, and every folder below with its whole path.
        """
        files: list[str] = []
        hidden: list[str] = []
        folders = [""]
        known = {""}
        for inside in folders:
            entries = self._retrying(self._transfer.source.entries, one, inside)
            if entries is None:
                hidden.append(inside)
                files.append(f"{inside}{INDEX}")
                continue
            for name in entries:
                whole = f"{inside}{name}"
                _refuse_outside(whole)
                if not name.endswith("/"):
                    files.append(whole)
                elif whole not in known:
                    known.add(whole)
                    folders.append(whole)
            _refuse_more_than_most(len(files) + len(folders))
        return sorted(set(files)), tuple(hidden)

    def _take_member(self, number: int, folder: _Folder, name: str) -> None:
        try:
            if not folder.error:
                self._save_member(folder, name)
        except FAILURES as error:
            folder.error = f"its file {spell.one_line(name, 200)}: {why_failed(error)}"
        except Exception as bug:  # noqa: BLE001 - the caller raises it
            folder.error = "a bug"
            self.done.put((number, bug))
        with self._lock:
            folder.left -= 1
            is_last = not folder.left
        if is_last:
            try:
                self.done.put((number, self._placed(folder)))
            except OSError as error:
                self.done.put((number, failed(folder.one, why_failed(error))))

    def _save_member(self, folder: _Folder, name: str) -> None:
        with self._lock:
            place = folder.names.place(parts_of(name) or ())
        path = folder.path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        part = self._saved(folder.one, name, path)
        with self._lock:
            folder.route = part.route
            folder.records.append(FileRecord(path=str(place), size=part.size, sha256=part.sha256))

    def _saved(self, one: Wanted, inside: str, path: Path) -> Part:
        return self._retrying(self._transferred, one, inside, path)

    def _transferred(self, one: Wanted, inside: str, path: Path) -> Part:
        allowance = self._allowance
        allowance.write(0)
        with path.open("wb") as out, closing(Body(out, self._writers, allowance)) as body:
            try:
                with self._transfer.source.open(one, inside) as (route, chunks):
                    for chunk in chunks:
                        allowance.check()
                        body.add(chunk)
                digest = body.finish()
                defect = refused_defect(one, inside, body.inspector)
            except BaseException:
                allowance.give_back(body.counted)
                body.close()
                with suppress(OSError):
                    out.truncate(0)
                raise
        return Part(
            path=path,
            size=body.size,
            sha256=digest,
            content=body.inspector.content(),
            route=route,
            defect=defect,
        )

    def _placed(self, folder: _Folder) -> Entry:
        size = sum(record.size for record in folder.records)
        if folder.error:
            shutil.rmtree(folder.path, ignore_errors=True)
            self._allowance.give_back(size)
            return failed(folder.one, folder.error)
        part = Part(
            path=folder.path,
            size=size,
            sha256="",
            content=Content.DIRECTORY,
            route=folder.route,
        )
        return self._placer.place_directory(folder.one, part, folder.records, folder.hidden)

    def _new_part(self) -> Path:
        with self._lock:
            self._made += 1
            return self._parts / f"{self._made}"


def _refuse_outside(name: str) -> None:
    """Raise Exceeded for a listed name that is none of the directory's."""
    parts = parts_of(name)
    if not parts or parts != tuple(name.removesuffix("/").split("/")) or len(parts) > DEEPEST:
        msg = f"its listing names {spell.one_line(name, 200)!r}, which is no path in a directory"
        raise Exceeded(msg)


def _refuse_more_than_most(members: int) -> None:
    if members > MOST_MEMBERS:
        msg = f"it has more than {MOST_MEMBERS} files"
        raise Exceeded(msg)
