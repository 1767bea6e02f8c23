"""Unpacking tar, tgz and zip into a folder that nobody else sees yet; hostile ones are refused.

Python's own filters guard tar alone, and differ from release to release; here one set of rules
holds for both formats. Files are written before any link is made, so none is written through one.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from typing import IO, TYPE_CHECKING, assert_never

from argogate import spell
from argogate.evidence.manifest import FileRecord
from argogate.evidence.members import PIECE, Kind, Member, Refused, members, quote, reading
from argogate.evidence.names import DRIVE, Names, parts_of
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argogate.evidence.content import Content

DEEPEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an archive may hold at most."""

    members: int = 100_000
    size: int = 64 << 30
    """Bytes of all members."""
    ratio: int = 200
    """How often its own size, once that is more than `harmless` bytes."""
    harmless: int = 256 << 20


BOUNDS = Bounds()


def unpack(
    packed: Path,
    content: Content,
    into: Path,
    bounds: Bounds,
    allow: Callable[[int], None],
) -> tuple[FileRecord, ...]:
    """Unpack into a folder that is there and empty; paths in the records are relative to it.

    `allow` hears the size of what is about to be written, and may raise. Raises Refused, OSError.
    """
    with packed.open("rb") as stream:
        writer = _Writer(into, bounds, packed.stat().st_size, allow)
        for member in members(stream, content, bounds.members, writer.count_bytes):
            writer.take(member)
        return writer.finish()


class _Writer:
    """Writes members below one folder, within bounds."""

    def __init__(
        self, into: Path, bounds: Bounds, packed_size: int, allow: Callable[[int], None]
    ) -> None:
        self._into = into
        self._bounds = bounds
        self._packed_size = packed_size
        self._most = min(bounds.size, max(bounds.harmless, packed_size * bounds.ratio))
        self._allow = allow
        self._names = Names()
        self._members = 0
        self._written = 0
        self._inflated = 0
        self._files: dict[tuple[str, ...], FileRecord] = {}
        self._links: dict[tuple[str, ...], str] = {}

    def take(self, member: Member) -> None:
        self._members += 1
        if self._members > self._bounds.members:
            msg = f"it has more than {self._bounds.members} members"
            raise Refused(msg)
        parts = parts_of(member.name)
        if parts is None:
            msg = f"its member {quote(member.name)} would lie outside"
            raise Refused(msg)
        if len(parts) > DEEPEST:
            msg = f"its member {quote(member.name)} lies too deep"
            raise Refused(msg)
        if not parts:
            return
        match member.kind:
            case Kind.FOLDER:
                self._path(parts).mkdir(parents=True, exist_ok=True)
            case Kind.FILE:
                self._file(parts, member)
            case Kind.SYMLINK:
                self._links[parts] = member.target
            case Kind.HARD_LINK:
                self._copy(parts, member)
            case Kind.OTHER:
                msg = f"its member {quote(member.name)} is a device or the like"
                raise Refused(msg)
            case _ as unreachable:
                assert_never(unreachable)

    def finish(self) -> tuple[FileRecord, ...]:
        """Make the links, each straight to the file or folder at its end."""
        ends = {parts: self._end_of(parts) for parts in self._links}
        for parts, end in ends.items():
            if any(parts[:depth] in self._links for depth in range(1, len(parts))):
                msg = f"its link {quote('/'.join(parts))} lies behind another link"
                raise Refused(msg)
            if end is None:  # leads to nothing, as it did where it was packed
                continue
            path = self._path(parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            target = os.path.relpath(self._path(end), path.parent)
            path.symlink_to(target)
            place = str(self._names.place(parts))
            self._files[parts] = FileRecord(path=place, link=target)
        return tuple(self._files.values())

    def count_bytes(self, size: int) -> None:
        """Hear of bytes that came out of the archive, its headers included."""
        self._inflated += size
        if self._inflated > 2 * self._most:
            raise Refused(self._too_large())

    def _file(self, parts: tuple[str, ...], member: Member) -> None:
        with reading():
            source = member.open()
        with closing(source):
            self._write(parts, source, executable=member.executable)

    def _copy(self, parts: tuple[str, ...], member: Member) -> None:
        target = parts_of(member.target)
        if target is None or target not in self._files:
            msg = f"its hard link {quote(member.name)} leads to no file in it"
            raise Refused(msg)
        if target == parts:
            return
        with self._path(target).open("rb") as source:
            self._write(parts, source, executable=member.executable)

    def _write(self, parts: tuple[str, ...], source: IO[bytes], *, executable: bool) -> None:
        path = self._path(parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        with path.open("wb") as stream:
            while piece := _read(source):
                self._count_written(len(piece))
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
        if executable:
            path.chmod(0o755)
        place = str(self._names.place(parts))
        self._files[parts] = FileRecord(path=place, size=size, sha256=digest.hexdigest())

    def _count_written(self, size: int) -> None:
        self._allow(size)
        self._written += size
        if self._written > self._most:
            raise Refused(self._too_large())

    def _too_large(self) -> str:
        own = spell.size(self._packed_size)
        return f"it unpacks to more than {spell.size(self._most)}, too much for its own {own}"

    def _path(self, parts: tuple[str, ...]) -> Path:
        return self._into / self._names.place(parts)

    def _end_of(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the member at the end of a chain of links; None where there is none."""
        seen = set()
        while parts in self._links and parts not in seen:
            seen.add(parts)
            parts = _follow(parts, self._links[parts])
        if parts in self._links or not parts:
            return None
        return parts if self._path(parts).exists() else None


def _read(source: IO[bytes]) -> bytes:
    with reading():
        return source.read(PIECE)


def _follow(link: tuple[str, ...], target: str) -> tuple[str, ...]:
    """Return where a link leads, by its words alone. Raises Refused where that is outside."""
    found = list(link[:-1])
    outside = target.startswith("/") or DRIVE.match(target) is not None
    for part in target.split("/"):
        if part == "..":
            outside = outside or not found
            del found[-1:]
        elif part not in {"", "."}:
            found.append(part)
    if outside:
        msg = f"its link {quote('/'.join(link))} leads outside, to {quote(target)}"
        raise Refused(msg)
    return tuple(found)
