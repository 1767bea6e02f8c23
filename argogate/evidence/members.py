"""Tar and zip as one: a row of members, read from the front to the end in bounded memory."""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING

from argogate import spell
from argogate.evidence.content import Content
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 1 << 18
LARGEST_HEADER = 1 << 20
"""Bytes that the tar format may ask for at once: names and attributes, no content."""
LARGEST_INDEX = 64 << 20
"""Bytes of a zip's list of members, which is read into memory."""
LISTED = b"PK\x01\x02"
"""How an entry of this list begins."""


class Refused(Exception):
    """The archive is not unpacked; the text says why."""


@contextmanager
def reading() -> Iterator[None]:
    """Make a refusal of whatever an archive raises while it is read.

    Damaged ones raise more than their modules say: LZMAError, IndexError, OverflowError, …
    """
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        msg = f"it cannot be read: {spell.one_line(str(error), 160) or type(error).__name__}"
        raise Refused(msg) from error


class Kind(StrEnum):
    """What a member is."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARD_LINK = "hard link"
    OTHER = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of an archive, whichever the format."""

    name: str
    kind: Kind
    target: str = ""
    executable: bool = False
    open: Callable[[], IO[bytes]]


def members(
    stream: IO[bytes], content: Content, most: int, count: Callable[[int], None]
) -> Iterator[Member]:
    """Read the members of an archive, `most` of them; `count` hears of what tar inflates to.

    A member has to be opened before the next one is asked for. Raises Refused.
    """
    row = _row(stream, content, most, count)
    while True:
        with reading():
            member = next(row, None)
        if member is None:
            return
        yield member


def _row(
    stream: IO[bytes], content: Content, most: int, count: Callable[[int], None]
) -> Iterator[Member]:
    match content:
        case Content.ZIP:
            return _zip_members(_Indexed(stream, most))
        case Content.TGZ:
            unzipped = gzip.GzipFile(fileobj=stream)
            return _tar_members(_Counted(unzipped, count))
        case _:
            return _tar_members(_Counted(stream, count))


def _tar_members(source: _Counted) -> Iterator[Member]:
    with tarfile.open(fileobj=source, mode="r:") as archive:  # type: ignore[call-overload]
        while (info := archive.next()) is not None:
            archive.members.clear()  # it would remember every one
            if info.issparse():
                msg = f"its member {quote(info.name)} is sparse"
                raise Refused(msg)
            yield Member(
                name=info.name,
                kind=_tar_kind(info),
                target=info.linkname,
                executable=bool(info.mode & 0o111),
                open=partial(_content, archive, info),
            )
    source.prove_end()


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(info) or BytesIO()


def _tar_kind(info: tarfile.TarInfo) -> Kind:
    if info.isreg():
        return Kind.FILE
    if info.isdir():
        return Kind.FOLDER
    if info.issym():
        return Kind.SYMLINK
    return Kind.HARD_LINK if info.islnk() else Kind.OTHER


class _Counted:
    """A stream that only goes forward, counts what is read, and never reads much at once."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile, count: Callable[[int], None]) -> None:
        self._source = source
        self._count = count
        self._at = 0
        self._last = b""

    def read(self, size: int) -> bytes:
        if size > LARGEST_HEADER:
            msg = f"it has a header of {spell.size(size)}"
            raise Refused(msg)
        found = self._source.read(size)
        self._count(len(found))
        self._at += len(found)
        self._last = found
        return found

    def prove_end(self) -> None:
        """Refuse what tarfile takes for the end: a header that is damaged, or more behind it."""
        if any(self._last):
            msg = f"the header of a member is damaged, at byte {self._at - len(self._last)}"
            raise Refused(msg)
        while piece := self.read(PIECE):
            if piece.strip(b"\0"):
                msg = "something follows behind its end"
                raise Refused(msg)

    def tell(self) -> int:
        return self._at

    def seek(self, to: int) -> int:
        while self._at < to and self.read(min(to - self._at, PIECE)):
            pass
        return self._at


class _Indexed:
    """The stream of a zip: refuses a list of members that is too long, before it is taken apart.

    What the records at the end say of it is nothing to go by: zipfile believes the one, a
    bomb's maker writes the other. But whatever is read, is read through here.
    """

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source = source
        self._most = most
        self.seek, self.tell = source.seek, source.tell
        self.is_listing = True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.is_listing:
            return self._source.read(size)
        found = self._source.read(min(size, LARGEST_INDEX + 1) if size >= 0 else LARGEST_INDEX + 1)
        if len(found) > LARGEST_INDEX:
            msg = "its list of members is too large"
            raise Refused(msg)
        if found.count(LISTED) > self._most:
            msg = f"it has more than {self._most} members"
            raise Refused(msg)
        return found


def _zip_members(stream: _Indexed) -> Iterator[Member]:
    with zipfile.ZipFile(stream) as archive:
        stream.is_listing = False
        for info in archive.infolist():
            mode = info.external_attr >> 16
            kind = _zip_kind(info, mode)
            target = ""
            if kind is Kind.SYMLINK:
                with archive.open(info) as source:
                    target = source.read(LARGEST_HEADER).decode("utf-8", "replace")
            yield Member(
                name=info.filename,
                kind=kind,
                target=target,
                executable=bool(mode & 0o111),
                open=partial(archive.open, info),
            )


def _zip_kind(info: zipfile.ZipInfo, mode: int) -> Kind:
    if info.is_dir():
        return Kind.FOLDER
    if stat.S_ISLNK(mode):
        return Kind.SYMLINK
    return Kind.FILE if stat.S_IFMT(mode) in {0, stat.S_IFREG} else Kind.OTHER


def quote(name: str) -> str:
    """Spell a member's name for a sentence."""
    return repr(spell.one_line(name, 100))
