"""How much may still be fetched: bytes, free space, time."""

from __future__ import annotations

import shutil
import threading
from math import inf
from typing import TYPE_CHECKING

from argogate import spell
from argogate.evidence.ports import OUT_OF_TIME
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argogate.evidence.ports import Clock

LEFT_FREE = 64 << 20
"""Bytes of the file system that are left for the reports, and for whoever else is there."""
STRIDE = 16 << 20
"""Bytes after which the free space is looked at again."""


class Exceeded(Exception):
    """A limit was reached; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """What artifacts may take; 0 bytes means any number."""

    each: int = 0
    together: int = 0
    until: float = inf
    """The moment at which all must be over."""


class Allowance:
    """What is left of it, for all transfers together; asked from several threads."""

    def __init__(self, most: Most, clock: Clock, free_space: Callable[[], int]) -> None:
        self._most = most
        self._clock = clock
        self._free_space = free_space
        self._lock = threading.Lock()
        self._until_look = 0
        self._stopped = False
        self.bytes = 0
        """How many were fetched so far, without those that were given back."""

    def take(self, size: int) -> None:
        """Account for bytes that were fetched. Raises Exceeded."""
        self.write(size)
        together = self._most.together
        with self._lock:
            if together and self.bytes + size > together:
                msg = f"there is no room for it within --max-artifacts-size {spell.size(together)}"
                raise Exceeded(msg)
            self.bytes += size

    def check(self) -> None:
        """Raise Exceeded where all is over."""
        if self._stopped:
            msg = "the gate was ended"
            raise Exceeded(msg)
        if self._clock.now() >= self._most.until:
            raise Exceeded(OUT_OF_TIME)

    def write(self, size: int) -> None:
        """Account for bytes that are about to be written. Raises Exceeded."""
        self.check()
        with self._lock:
            self._until_look -= size
            if self._until_look > 0:
                return
            self._until_look = STRIDE
        if (free := self._free_space()) < LEFT_FREE + size:
            msg = f"only {spell.size(free)} are free where it should go"
            raise Exceeded(msg)

    def refuse_larger(self, size: int) -> None:
        """Raise Exceeded where one artifact has grown too large."""
        if self._most.each and size > self._most.each:
            msg = f"it is larger than --max-artifact-size {spell.size(self._most.each)}"
            raise Exceeded(msg)

    def give_back(self, size: int) -> None:
        """Account for bytes that were thrown away."""
        with self._lock:
            self.bytes -= size

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(self._most.until - self._clock.now(), 0)

    def stop(self) -> None:
        """Let every transfer end at its next piece."""
        self._stopped = True


def free_space(folder: Path) -> int:
    """Return the bytes that are free in a folder."""
    return shutil.disk_usage(folder).free
