"""The crew that fetches: several at a time, one failure apart from the others."""

from __future__ import annotations

import queue
import shutil
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import Impossible
from argogate.evidence.allowance import Exceeded
from argogate.evidence.attempts import FAILURES, why_failed
from argogate.evidence.content import Content
from argogate.evidence.directory import Folder, walk
from argogate.evidence.manifest import FileRecord
from argogate.evidence.names import parts_of
from argogate.evidence.placing import Part, Placer, record_failure
from argogate.evidence.ports import OUT_OF_TIME
from argogate.evidence.transfer import Progress, Saver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from argogate.evidence.manifest import Entry
    from argogate.evidence.plan import Wanted
    from argogate.evidence.transfer import Transfer

GLANCE = 0.1
"""Real seconds between two looks at the progress."""
LAST_MOMENT = 1.0
"""Real seconds in which workers can end what they are at, once they shall."""
MOST_LATE = 20
"""Such looks after the time for collecting ran out; who still hangs then is left behind."""


def fetch(
    transfer: Transfer,
    parts: Path,
    wanted: Sequence[tuple[int, Wanted]],
    heard: Callable[[int, Entry], None],
) -> None:
    """Fetch all; `heard` gets each as it ends, by its number. What fails is recorded there.

    Raises Exceeded where time ran out and some do not even answer that.

    `parts` is a folder for what has no final name yet.
    """
    crew = Crew(transfer)
    errands = _Errands(transfer, parts, crew)
    for number, one in wanted:
        crew.todo.put(partial(errands.start, number, one))
    try:
        crew.hire()
        for done in range(len(wanted)):
            heard(*crew.wait_for_next(done, len(wanted)))
    except BaseException:
        transfer.allowance.stop()
        raise
    finally:
        crew.dismiss()
        errands.close()


class Crew:
    """Daemons: a signal that ends the caller does not wait for a slow server."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._allowance = transfer.allowance
        self._workers = [
            threading.Thread(target=self._work, daemon=True) for _ in range(transfer.jobs)
        ]
        self.todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[int, Entry | Exception]] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()

    def say(self, sentence: str) -> None:
        """Leave a sentence for the log, which only the caller's thread writes."""
        self._said.put(sentence)

    def hire(self) -> None:
        """Let the workers begin; fewer will do. Raises Exceeded where there can be none."""
        try:
            for worker in self._workers:
                worker.start()
        except RuntimeError as error:  # a container may have few threads
            if not self._workers[0].is_alive():
                msg = f"there is no thread to fetch it: {error}"
                raise Exceeded(msg) from error

    def wait_for_next(self, done: int, total: int) -> tuple[int, Entry]:
        """Return the next one that is over, and show the progress until then."""
        late = 0
        while late < MOST_LATE:
            progress = Progress(done=done, total=total, bytes=self._allowance.bytes)
            self._transfer.glance(progress)
            self._tell()
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
            if worker.is_alive():  # a signal can come while they are being started
                worker.join(LAST_MOMENT / len(self._workers))
        self._tell()

    def _tell(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._transfer.say(self._said.get_nowait())

    def _work(self) -> None:
        while (task := self.todo.get()) is not None:
            task()


class _Errands:
    """What the workers do, and what they share."""

    def __init__(self, transfer: Transfer, parts: Path, crew: Crew) -> None:
        self._allowance = transfer.allowance
        self._parts = parts
        self.todo, self.done = crew.todo, crew.done
        self._saver = Saver(transfer, crew.say)
        self._placer = Placer(
            folder=transfer.folder,
            unpacks=transfer.unpacks,
            bounds=transfer.bounds,
            allow=transfer.allowance.write,
            moment=transfer.moment,
        )
        self._lock = threading.Lock()
        self._made = 0

    def close(self) -> None:
        """Wait for nobody."""
        self._saver.close()

    def start(self, number: int, one: Wanted) -> None:
        """Fetch one artifact; a directory becomes a task for each of its files."""
        try:
            self._fetch(number, one)
        except FAILURES as error:
            self.done.put((number, record_failure(one, why_failed(error))))
        except Exception as bug:  # noqa: BLE001 - the caller raises it
            self.done.put((number, bug))

    def _fetch(self, number: int, one: Wanted) -> None:
        if one.artifact.deleted:
            reason = "it was deleted by the workflow's artifact garbage collection"
            self.done.put((number, record_failure(one, reason)))
            return
        try:
            part = self._saver.save(one, "", self._new_part())
        except Impossible:
            self._start_folder(number, one)
        else:
            self.done.put((number, self._placer.place_file(one, part, self._new_part())))

    def _start_folder(self, number: int, one: Wanted) -> None:
        names, hidden = walk(partial(self._saver.entries, one))
        path = self._new_part()
        path.mkdir()
        folder = Folder(one=one, path=path, left=len(names), hidden=hidden)
        for name in names:
            self.todo.put(partial(self._take_member, number, folder, name))
        if not names:
            self.done.put((number, self._place(folder)))

    def _take_member(self, number: int, folder: Folder, name: str) -> None:
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
                self.done.put((number, self._place(folder)))
            except OSError as error:
                self.done.put((number, record_failure(folder.one, why_failed(error))))

    def _save_member(self, folder: Folder, name: str) -> None:
        with self._lock:
            place = folder.names.place(parts_of(name) or ())
        path = folder.path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        part = self._saver.save(folder.one, name, path)
        with self._lock:
            folder.route = part.route
            folder.records.append(FileRecord(path=str(place), size=part.size, sha256=part.sha256))

    def _place(self, folder: Folder) -> Entry:
        size = sum(record.size for record in folder.records)
        if folder.error:
            shutil.rmtree(folder.path, ignore_errors=True)
            self._allowance.give_back(size)
            return record_failure(folder.one, folder.error)
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
