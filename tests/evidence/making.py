"""Makers for the tests of artifacts: what is wanted, and where it comes from."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from argogate.errors import Impossible, Unavailable
from argogate.evidence.allowance import Allowance, Most
from argogate.evidence.crew import fetch
from argogate.evidence.plan import Wanted
from argogate.evidence.ports import Source
from argogate.evidence.transfer import Transfer
from argogate.model.workflow import ArchiveForm, Artifact
from tests.build import moment, node, workflow
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from argogate.evidence.manifest import Entry

Part = bytes | BaseException
GLUED = b"failed to stream artifact: unexpected EOF\nInternal Server Error\n"
ROOMY = 1 << 40
DIRECTORY = Impossible("501: not known here")
BROKEN, GONE = Unavailable("broken", status=500), Unavailable("refused")


def wanted(name: str = "x.txt", form: str = "none", **members: Any) -> Wanted:  # noqa: ANN401
    item = node("a", template_name="tpl")
    return Wanted(
        workflow=workflow(item),
        node=item,
        node_path="outer.a",
        artifact=Artifact(name=name, key=f"wf/{name}", form=ArchiveForm(form), **members),
        names=(name,),
        place=PurePosixPath("wf", "a", name),
        folder=PurePosixPath("wf", "a", name.partition(".")[0]),
    )


@dataclass(kw_only=True)
class Storage(Source):
    """Bodies by artifact or by path inside it: for each time it is opened, its chunks or errors."""

    bodies: Mapping[str, Sequence[Sequence[Part]]] = field(default_factory=dict)
    folders: Mapping[str, Sequence[tuple[str, ...] | Exception | None]] = field(
        default_factory=dict
    )
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, _: str, artifact: str, inside: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        name = inside or artifact
        times = self.opened.count(name)
        self.opened.append(name)
        parts = self.bodies[name][times]
        if parts and isinstance(parts[0], BaseException) and len(parts) == 1:
            self.closed.append(name)
            raise parts[0]
        try:
            yield "live", self.chunks(parts)
        finally:
            self.closed.append(name)

    def entries(self, _: str, __: str, inside: str) -> tuple[str, ...] | None:
        times = self.listed.count(inside)
        self.listed.append(inside)
        found = self.folders[inside][times]
        if isinstance(found, Exception):
            raise found
        return found

    def chunks(self, parts: Sequence[Part]) -> Iterator[bytes]:
        for part in parts:
            if isinstance(part, BaseException):
                raise part
            yield part


def transfer(storage: Storage, folder: Path, **members: Any) -> Transfer:  # noqa: ANN401
    clock = members.pop("clock", None) or SimulatedClock()
    most = members.pop("most", Most())
    free = members.pop("free", lambda: ROOMY)
    return Transfer(
        source=storage,
        folder=folder,
        jobs=members.pop("jobs", 2),
        clock=clock,
        allowance=Allowance(most, clock, free),
        moment=lambda: moment(99),
        **members,
    )


def fetch_all(
    folder: Path,
    storage: Storage,
    *ones: Wanted,
    **members: Any,  # noqa: ANN401
) -> list[Entry]:
    parts = folder.parent / f"{folder.name}.parts"
    parts.mkdir(exist_ok=True)
    entries: dict[int, Entry] = {}
    fetch(transfer(storage, folder, **members), parts, list(enumerate(ones)), entries.__setitem__)
    return [entries[number] for number in range(len(ones))]


def fetched(
    folder: Path,
    *bodies: Sequence[Part],
    form: str = "none",
    **members: Any,  # noqa: ANN401
) -> tuple[Entry, Storage]:
    """Fetch `x.txt`, whose body is another one each time."""
    storage = Storage(bodies={"x.txt": bodies})
    [entry] = fetch_all(folder, storage, wanted(form=form), jobs=1, **members)
    return entry, storage


def files_in(folder: Path) -> list[str]:
    """Return every file, and every link, that lies anywhere below a folder."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(str(path.relative_to(folder)) for path in found)


def tar(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    """Return a tar of members; a pair is a file with its content."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member, io.BytesIO(bytes(member.size)))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return stream.getvalue()


def tgz(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    return gzip.compress(tar(*members), mtime=0)


def info(name: str, kind: bytes, target: str = "", **members: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.linkname = target
    for member, value in members.items():
        setattr(made, member, value)
    return made


def zipped(members: Iterable[tuple[str, bytes, int]]) -> bytes:
    """Return a zip of (name, content, mode)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return stream.getvalue()
