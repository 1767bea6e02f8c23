"""How artifacts are fetched: where from, where to, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from argogate.evidence.unpack import BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from argogate.evidence.allowance import Allowance
    from argogate.evidence.manifest import Entry
    from argogate.evidence.plan import Wanted

    Open: TypeAlias = Callable[
        [Wanted, str], AbstractContextManager[tuple[str, Iterator[bytes | memoryview]]]
    ]


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
    clean: Callable[[tuple[Entry, ...]], tuple[Entry, ...]] = tuple
    """Cuts out of what is noted what a server may have repeated of our secrets."""
    outage_timeout: float = 300
    """Seconds for which a server or a storage may be gone."""
    unpacks: bool = False
    bounds: Bounds = BOUNDS
    glance: Callable[[Progress], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    """Says a sentence in the log; called where `fetch` is."""
