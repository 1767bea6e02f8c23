"""One body on its way to disk: hashed and inspected while the last piece of it is written."""

from __future__ import annotations

import hashlib
from concurrent.futures import wait
from typing import IO, TYPE_CHECKING, Any

from argogate.evidence.allowance import Exceeded
from argogate.evidence.content import Inspector

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor, Future

    from argogate.evidence.allowance import Allowance

BLOCK = 1 << 20
"""Bytes that are handed on at once; a server sends chunks of 32 KiB, which would be too dear."""


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
