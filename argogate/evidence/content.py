"""What the bytes are, whatever name and header say, and whether they end as such bytes must."""

from __future__ import annotations

import zlib
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TAIL = 1 << 18
"""Bytes that are held of what came last: an error of the server at the end can be long."""
BLOCK = 512
END_OF_TAR = bytes(2 * BLOCK)
TAR_MAGIC = slice(257, 262)
END_OF_ZIP, ZIP_END_SIZE = b"PK\x05\x06", 22
GLUED_ERROR = b"\nInternal Server Error\n"
GLUED_REASON = b"failed to stream artifact: "
"""A transfer that breaks on the server's side still ends as a good answer: the text is glued
to the bytes (server/artifacts/artifact_server.go:540-543, 777-781)."""

MOST_INFLATED = 16 << 30
"""Bytes up to which a gzip stream is followed; a bomb is not followed to its end."""
PIECE = 1 << 20


class Content(StrEnum):
    """What an artifact turned out to be."""

    PLAIN = "plain"
    TGZ = "tgz"
    GZIP = "gzip"
    TAR = "tar"
    ZIP = "zip"
    DIRECTORY = "directory"


PACKED = frozenset({Content.TGZ, Content.TAR, Content.ZIP})
ENDINGS = {
    Content.TGZ: (".tgz", ".tar.gz", ".gz"),
    Content.GZIP: (".gz", ".tgz"),
    Content.TAR: (".tar",),
    Content.ZIP: (".zip",),
}
"""Endings that tell the truth about packed bytes; the first is given where none does."""


class Inspector:
    """Follows a body as it arrives; in constant memory."""

    def __init__(self) -> None:
        self._head = b""
        self._recent: deque[bytes] = deque()
        self._held = 0
        self._feed: Callable[[bytes | memoryview], None] = self._begin
        self._gzip: _Gzip | None = None

    def feed(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes; they may change afterwards."""
        self._recent.append(bytes(chunk[-TAIL:]))
        self._held += len(self._recent[-1])
        while self._held - len(self._recent[0]) >= TAIL:
            self._held -= len(self._recent.popleft())
        self._feed(chunk)

    def glued_error(self) -> str:
        """Return the server's reason for breaking off, where the body ends in one."""
        if not self._recent or not self._tail().endswith(GLUED_ERROR):
            return ""
        _, found, reason = self._tail().removesuffix(GLUED_ERROR).rpartition(GLUED_REASON)
        return (reason.decode("utf-8", "replace") or "for no reason") if found else ""

    def beginning(self) -> str:
        """Return the first bytes as text."""
        return self._head.decode("utf-8", "replace")

    def content(self) -> Content:
        """Return what the bytes are, by their first ones."""
        if self._gzip:
            return Content.TGZ if _is_tar(self._gzip.head) else Content.GZIP
        if self._head.startswith((b"PK\x03\x04", END_OF_ZIP)):
            return Content.ZIP
        return Content.TAR if _is_tar(self._head) else Content.PLAIN

    def defect(self) -> str:
        """Return how the bytes fail to end as their kind must; empty where all is well."""
        if self._gzip:
            return self._gzip.defect()
        match self.content():
            case Content.ZIP if not _zip_ends(self._tail()):
                return "the zip has no end"
            case Content.TAR if not self._tail().endswith(END_OF_TAR):
                return "the tar has no end"
            case _:
                return ""

    def _tail(self) -> bytes:
        return b"".join(self._recent)

    def _begin(self, chunk: bytes | memoryview) -> None:
        self._head += chunk[:BLOCK]
        if self._head.startswith(b"\x1f\x8b\x08"):
            self._gzip = _Gzip()
            self._gzip.feed(self._head + chunk[BLOCK:])
            self._feed = self._gzip.feed
        elif len(self._head) >= BLOCK:
            self._feed = _ignore


class _Gzip:
    """Inflates to nowhere: only so is it known that every byte arrived."""

    def __init__(self) -> None:
        self.head = b""
        self._tail = b""
        self._inflated = 0
        self._stream = zlib.decompressobj(wbits=31)
        self._broken = ""

    def feed(self, chunk: bytes | memoryview) -> None:
        if self._broken or self._inflated > MOST_INFLATED:
            return
        try:
            while chunk:
                if self._stream.eof:  # a gzip may have several members, and zeros behind each
                    chunk = bytes(chunk).lstrip(b"\0")
                    if not chunk:
                        return
                    self._stream = zlib.decompressobj(wbits=31)
                piece = self._stream.decompress(chunk, PIECE)
                chunk = self._stream.unconsumed_tail or self._stream.unused_data
                self._take(piece)
        except zlib.error as error:
            self._broken = f"the gzip is damaged ({error})"

    def _take(self, piece: bytes) -> None:
        self._inflated += len(piece)
        if len(self.head) < BLOCK:
            self.head += piece[: BLOCK - len(self.head)]
        self._tail = (self._tail + piece[-len(END_OF_TAR) :])[-len(END_OF_TAR) :]

    def defect(self) -> str:
        if self._broken or self._inflated > MOST_INFLATED:
            return self._broken
        if not self._stream.eof:
            return "the gzip has no end"
        return "the tar has no end" if _is_tar(self.head) and self._tail != END_OF_TAR else ""


def _is_tar(head: bytes) -> bool:
    return head[TAR_MAGIC] == b"ustar"


def _zip_ends(tail: bytes) -> bool:
    """Whether there is an end record whose comment reaches exactly to the end."""
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) < at + ZIP_END_SIZE:
        return False
    comment = int.from_bytes(tail[at + ZIP_END_SIZE - 2 : at + ZIP_END_SIZE], "little")
    return at + ZIP_END_SIZE + comment == len(tail)


def _ignore(_: bytes | memoryview) -> None:
    """Take bytes that need no following."""
