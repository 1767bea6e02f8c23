"""Giving what was fetched its final name: a file, a directory, or unpacked into a folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from argogate.evidence.allowance import Exceeded
from argogate.evidence.content import ENDINGS, PACKED, Content
from argogate.evidence.manifest import Entry, FileRecord
from argogate.evidence.members import Refused
from argogate.evidence.unpack import Bounds, unpack
from argogate.evidence.within import make_way, refuse_link
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from argogate.evidence.plan import Wanted
    from argogate.verdict.evidence import ArtifactFile

INDEX = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A whole body that has no final name yet."""

    path: Path
    size: int
    sha256: str
    content: Content
    route: str
    defect: str = ""
    """How it fails to end as its kind must, where nobody knows that it ever did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placer:
    """Knows the artifacts folder."""

    folder: Path
    unpacks: bool
    bounds: Bounds
    allow: Callable[[int], None]
    """Hears of bytes that are about to be written; raises Exceeded."""
    moment: Callable[[], datetime | None]

    def place_file(self, one: Wanted, part: Part, scratch: Path) -> Entry:
        """Place a body, unpacked if that is wanted and possible. Raises OSError.

        `scratch` is a path at which a folder may be made.
        """
        warning = f"{part.defect}; it may have been stored so" if part.defect else ""
        if self.unpacks and one.packed and part.content in PACKED:
            try:
                return self._place_unpacked(one, part, scratch)
            except (Refused, Exceeded, OSError) as error:
                warning = f"it was left packed: {why(error)}"
                shutil.rmtree(scratch, ignore_errors=True)
        place = one.place.with_name(one.place.name + _missing_ending(one, part.content))
        part.path.replace(make_way(self.folder / place, self.folder))
        artifact = replace(self._artifact(one, part, place), files=1, warning=warning)
        record = FileRecord(path=str(place), size=part.size, sha256=part.sha256)
        return Entry(artifact=artifact, key=one.artifact.key, files=(record,))

    def place_directory(
        self, one: Wanted, part: Part, records: Sequence[FileRecord], hidden: Sequence[str]
    ) -> Entry:
        """Place a directory whose files lie in a folder at `part.path`. Raises OSError.

        `hidden` names the folders in it that the server did not list.
        """
        self._move(part.path, one.place)
        artifact = replace(self._artifact(one, part, one.place), files=len(records))
        if hidden:
            where = ", ".join(f"{name}{INDEX}" for name in hidden[:3])
            error = (
                "only a part of it could be fetched, as the server does not list a folder that "
                f"has an index ({where}); let the workflow store it as an archive"
            )
            artifact = replace(artifact, error=error)
        return Entry(artifact=artifact, key=one.artifact.key, files=_below(one.place, records))

    def _place_unpacked(self, one: Wanted, part: Part, scratch: Path) -> Entry:
        scratch.mkdir()
        records = unpack(part.path, part.content, scratch, self.bounds, self.allow)
        self._move(scratch, one.folder)
        part.path.unlink()
        artifact = replace(self._artifact(one, part, one.folder), files=len(records), unpacked=True)
        return Entry(artifact=artifact, key=one.artifact.key, files=_below(one.folder, records))

    def _move(self, path: Path, place: PurePosixPath) -> None:
        """Give a folder its final name; what else lies there already stays."""
        target = make_way(self.folder / place, self.folder)
        try:
            path.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            _merge(path, target)

    def _artifact(self, one: Wanted, part: Part, place: PurePosixPath) -> ArtifactFile:
        return replace(
            one.describe(),
            path=str(place),
            size=part.size,
            sha256=part.sha256,
            content=part.content.value,
            route=part.route,
            fetched_at=self.moment(),
        )


def record_failure(one: Wanted, reason: str) -> Entry:
    """Return the entry of an artifact that could not be fetched."""
    return Entry(artifact=replace(one.describe(), error=reason), key=one.artifact.key)


def possible_places(one: Wanted) -> set[str]:
    """Return all paths that a body of this artifact may get."""
    endings = {"", *(endings[0] for endings in ENDINGS.values())}
    return {f"{one.place}{ending}" for ending in endings}


def why(error: Exception) -> str:
    """Return the sentence of an error."""
    if isinstance(error, OSError):
        return f"it could not be written: {error.strerror or error}"
    return str(error)


def _missing_ending(one: Wanted, content: Content) -> str:
    """Return what has to be added to the name of a packed file, so that it does not lie."""
    endings = ENDINGS.get(content, ())
    if not one.packed or not endings or one.place.name.lower().endswith(endings):
        return ""
    return endings[0]


def _below(place: PurePosixPath, records: Iterable[FileRecord]) -> tuple[FileRecord, ...]:
    found = [replace(record, path=str(place / record.path)) for record in records]
    return tuple(sorted(found, key=lambda record: record.path))


def _merge(path: Path, target: Path) -> None:
    if target.is_symlink():
        refuse_link(target)
    for item in path.iterdir():
        into = target / item.name
        if item.is_dir() and not item.is_symlink():
            into.mkdir(exist_ok=True)
            _merge(item, into)
        else:
            item.replace(into)
