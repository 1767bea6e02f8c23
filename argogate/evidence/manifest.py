"""`manifest.json`: what lies in the artifacts folder, and how it can be proven.

It is written last. What it does not list was not fetched whole.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import datetime  # noqa: TC003 - read by `fields`
from typing import TYPE_CHECKING

from argogate.codec import Codec
from argogate.evidence.names import parts_of
from argogate.evidence.within import is_plain_file, is_within, make_way, parents
from argogate.files import write_whole
from argogate.values import dataclass
from argogate.verdict.evidence import ArtifactFile  # noqa: TC001 - read by `fields`

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
LARGEST = 64 << 20
"""Bytes: 100,000 files take about 20 MB."""

CODEC = Codec()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file on disk; its path is relative to the artifacts folder."""

    path: str
    size: int = 0
    sha256: str = ""
    link: str = ""
    """Where a symbolic link leads; it has no content of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One artifact: what the reports know of it, and its files."""

    artifact: ArtifactFile
    """With paths relative to the artifacts folder."""
    key: str = ""
    """Its key in the storage."""
    files: tuple[FileRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All artifacts of one run."""

    version: int
    namespace: str
    workflow: str
    uid: str
    complete: bool = False
    """Whether all that was asked for is there."""
    written_at: datetime | None = None
    entries: tuple[Entry, ...] = ()

    def write(self, path: Path, folder: Path) -> None:
        """Write it as JSON, whole, below the artifacts folder. Raises OSError."""
        if make_way(path, folder).is_symlink():
            path.unlink()
        write_whole(path, f"{json.dumps(CODEC.encode(self), indent=1)}\n".encode())


def read(path: Path, folder: Path) -> Manifest | None:
    """Return what an earlier run wrote; None where there is nothing that can be believed.

    A path that leads out of the folder makes the whole of it unbelievable.
    """
    try:
        if not (is_within(path, folder) and is_plain_file(path, LARGEST)):
            return None
        manifest = CODEC.decode(Manifest, json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
    paths = [file.path for entry in manifest.entries for file in entry.files]
    if manifest.version != VERSION or not all(parts_of(each) for each in paths):
        return None
    return manifest


def is_proven(entry: Entry, folder: Path) -> bool:
    """Whether every file of an entry lies there with its size and digest.

    And at the artifact's own place: another one can have brought a manifest of its making.
    """
    place = entry.artifact.path
    return bool(entry.files) and all(
        (record.path == place or record.path.startswith(f"{place}/")) and _is_there(folder, record)
        for record in entry.files
    )


def _is_there(folder: Path, record: FileRecord) -> bool:
    path = folder / record.path
    try:
        if not is_within(path, folder):
            return False
        if record.link or path.is_symlink():
            return path.is_symlink() and str(path.readlink()) == record.link
        if not is_plain_file(path, record.size) or path.stat().st_size != record.size:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == record.sha256
    except OSError:
        return False


def remove(entry: Entry, folder: Path) -> None:
    """Remove the files of an entry, and the folders that become empty."""
    for record in entry.files:
        path = folder / record.path
        if not is_within(path, folder):
            continue
        with suppress(OSError):
            path.unlink()
        for parent in parents(path, folder):
            with suppress(OSError):
                parent.rmdir()
