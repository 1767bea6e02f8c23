"""How one body comes to disk: from where, within which bounds, whole or not at all."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from typing import IO, TYPE_CHECKING, Any

from argogate import spell
from argogate.evidence.allowance import Exceeded
from argogate.evidence.attempts import Endurance, NotWhole
from argogate.evidence.content import Content, Inspector
from argogate.evidence.placing import Part
from argogate.evidence.unpack import BOUNDS, Bounds
from argogate.model.workflow import ArchiveForm
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor, Future
    from datetime import datetime
    from pathlib import Path

    from argogate.evidence.allowance import Allowance
    from argogate.evidence.manifest import Entry
    from argogate.evidence.plan import Wanted
    from argogate.evidence.ports import Clock, Source

BLOCK = 1 << 20
"""Bytes that are handed on at once; a server sends chunks of 32 KiB, which would be too dear."""


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
    clock: Clock
    allowance: Allowance
    moment: Callable[[], datetime | None]
    clean: Callable[[tuple[Entry, ...]], tuple[Entry, ...]] = tuple
    """Cuts out of what is noted what a server may have repeated of our secrets."""
    outage_timeout: float = 300
    """Seconds for which a server or a storage may be gone."""
    unpacks: bool = False
    bounds: Bounds = BOUNDS
    glance: Callable[[Progress], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    """Says a sentence in the log; called where `fetch` is."""


class Saver:
    """Asked by all workers."""

    def __init__(self, transfer: Transfer, say: Callable[[str], None]) -> None:
        """`say` hears what is asked for again."""
        self._source = transfer.source
        self._allowance = transfer.allowance
        self._endurance = Endurance(
            transfer.allowance, transfer.clock, transfer.outage_timeout, say
        )
        self._writers = ThreadPoolExecutor(2 * transfer.jobs)

    def entries(self, one: Wanted, inside: str) -> tuple[str, ...] | None:
        """List a folder of a directory, as the source does."""
        return self._endurance.call(one, self._list, one, inside)

    def save(self, one: Wanted, inside: str, path: Path) -> Part:
        """Save an artifact, or a file inside it. Raises one of FAILURES."""
        return self._endurance.call(one, self._transfer, one, inside, path)

    def close(self) -> None:
        """Wait for nobody."""
        self._writers.shutdown(wait=False)

    def _list(self, one: Wanted, inside: str) -> tuple[str, ...] | None:
        found = self._source.entries(one.node.id, one.artifact.name, inside)
        self._endurance.note_arrival(one)
        return found

    def _transfer(self, one: Wanted, inside: str, path: Path) -> Part:
        allowance = self._allowance
        allowance.write(0)
        with path.open("wb") as out, closing(Body(out, self._writers, allowance)) as body:
            try:
                opened = self._source.open(one.node.id, one.artifact.name, inside)
                with opened as (route, chunks):
                    for chunk in chunks:
                        allowance.check()
                        if not body.size:
                            self._endurance.note_arrival(one)
                        body.add(chunk)
                digest = body.finish()
                defect = _find_defect(one, inside, body.inspector)
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


class Body:
    """Takes chunks; to be closed before the file is. Holds two blocks at most."""

    def __init__(self, out: IO[bytes], crew: Executor, allowance: Allowance) -> None:
        self._out = out
        self._crew = crew
        self._allowance = allowance
        self._under_way: Sequence[Future[Any]] = ()
        self._held: list[bytes | memoryview] = []
        self._held_size = 0
        self._digest = hashlib.sha256()
        self.inspector = Inspector()
        self.size = 0
        self.counted = 0
        """How much of it was taken from the allowance."""

    def add(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes. Raises Exceeded, OSError where they cannot be kept."""
        self._held.append(chunk)
        self._held_size += len(chunk)
        self.size += len(chunk)
        if self._held_size >= BLOCK:
            block = self._block()
            self._settle()
            try:
                self._under_way = [
                    self._crew.submit(self._out.write, block),
                    self._crew.submit(self._digest.update, block),
                ]
            except RuntimeError as error:
                msg = f"there is no thread to write it: {error}"
                raise Exceeded(msg) from error
            self.inspector.feed(block)

    def finish(self) -> str:
        """Write what is left, and return the SHA-256 of the whole. Raises Exceeded, OSError."""
        block = self._block()
        self._settle()
        self._out.write(block)
        self._out.flush()
        self._digest.update(block)
        self.inspector.feed(block)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Let a write that is under way end."""
        wait(self._under_way)

    def _block(self) -> bytes | memoryview:
        self._allowance.refuse_larger(self.size)
        self._allowance.take(self._held_size)
        self.counted = self.size
        block = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held.clear()
        self._held_size = 0
        return block

    def _settle(self) -> None:
        for each in self._under_way:
            each.result()


def _find_defect(one: Wanted, inside: str, inspector: Inspector) -> str:
    """Return a defect that may well be the file's own. Raises NotWhole for any other."""
    if reason := inspector.glued_error():
        msg = f"the server broke off in the middle of it: {spell.one_line(reason)}"
        raise NotWhole(msg)
    if inside:
        return inspector.defect()
    content, due = inspector.content(), one.archived_as
    if due and content not in due:
        msg = f"it did not arrive whole: it was stored as an archive, and {_likeness(inspector)}"
        raise NotWhole(msg)
    defect = inspector.defect()
    if defect and one.artifact.form is not ArchiveForm.NONE:
        msg = f"it did not arrive whole: {defect}"
        raise NotWhole(msg)
    return defect


def _likeness(inspector: Inspector) -> str:
    """Return what a body is instead: most often an error's text."""
    if inspector.content() is not Content.PLAIN:
        return f"what came is {inspector.content()}"
    begins = spell.one_line(inspector.beginning(), 60)
    return f"it begins with {begins!r}" if begins else "it is empty"
