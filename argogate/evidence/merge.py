"""`--junit-merge`: which files among the artifacts are JUnit reports, and what they say.

They are read where they lie, packed or not, and nothing is written. A pattern names an artifact, as
those of `--artifact` do, or a file inside one: `reports/TEST-*.xml`, `unit.xml`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from fnmatch import fnmatchcase
from functools import partial
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from argogate import spell
from argogate.evidence.content import PACKED, Content
from argogate.evidence.junit import LARGEST, Broken, Foreign, Room, parse
from argogate.evidence.members import Kind, Refused, members, reading
from argogate.model.tree import Tree
from argogate.values import dataclass, field
from argogate.verdict.evidence import MergedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO

    from argogate.evidence.plan import Wanted
    from argogate.model.workflow import Workflow
    from argogate.verdict.evidence import ArtifactFile, MergedSuite

MOST_MEMBERS = 100_000
MOST_INFLATED = 2 << 30
"""Bytes that an archive may unpack to on the way to what is looked for in it."""
MOST_FILES = 5000
LARGEST_FETCHED = 256 << 20
"""Bytes of an artifact that is fetched only to be looked through."""
MOST_BYTES = 256 << 20
"""Of all files together: what is parsed in some seconds."""
HEAD = 1024
"""Bytes in which a file that is not called `….xml` must show that it is a JUnit report."""
MOST_NAMED = 5

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was found."""

    files: tuple[MergedFile, ...] = ()
    remarks: tuple[str, ...] = ()

    def shortfalls(self) -> Iterator[str]:
        """Yield a sentence on each file that was asked for and is broken."""
        broken = [file for file in self.files if file.problem]
        for file in broken[:MOST_NAMED]:
            yield (
                f"the JUnit file {file.node_path}/{file.name} could not be merged: {file.problem}"
            )
        if broken[MOST_NAMED:]:
            more = spell.counted(len(broken) - MOST_NAMED, "more JUnit file")
            yield f"{more} could not be merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file that a pattern names."""

    name: str
    certain: bool
    """Whether it is meant whatever it holds; else it has to look like what is meant."""
    open: Callable[[], IO[bytes]]


def may_hold(one: Wanted, patterns: Sequence[str]) -> bool:
    """Whether an artifact is to be fetched, as it is meant or may hold what is meant."""
    packed = one.packed or "." not in PurePosixPath(one.artifact.key).name
    of_any = any("/" not in each and each.lower().endswith(".xml") for each in patterns)
    return _is_named(one, patterns) or (packed and of_any)


def merge(
    workflow: Workflow,
    part: Sequence[str],
    found: Sequence[tuple[Wanted, ArtifactFile]],
    patterns: Sequence[str],
) -> Merged:
    """Read the JUnit files among artifacts, which lie where their paths say.

    Those of attempts that were followed by another one are left out, and so is what a node lists
    twice.
    """
    return _Merger(patterns).merge(Tree(workflow, part), found, whole=not part)


@dataclass(kw_only=True)
class _Count:
    """What is left out, for the remarks."""

    superseded: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


class _Merger:
    """Goes through the artifacts of one run."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._room = Room()
        self._bytes = MOST_BYTES
        self._count = _Count()
        self._seen: set[tuple[str, bytes]] = set()
        self._files: list[MergedFile] = []
        self._useful: set[str] = set()
        """Patterns that led to something."""

    def merge(
        self, tree: Tree, found: Sequence[tuple[Wanted, ArtifactFile]], *, whole: bool
    ) -> Merged:
        for one, file in found:
            if tree.is_superseded(one.node):
                if self._match(*_names_of(one)):
                    self._count.superseded.append(f"{one.node_path}/{one.artifact.name}")
            elif whole or tree.counts(one.node):
                self._take(one, file)
        return Merged(files=tuple(self._files), remarks=tuple(self._remarks()))

    def _take(self, one: Wanted, file: ArtifactFile) -> None:
        why = file.error
        if file.path:
            try:
                for each in self._files_of(one, file, Path(file.path)):
                    self._read(one, each)
            except (Refused, OSError) as error:
                why = f"it cannot be looked through: {error}"
        if why and _is_named(one, self._patterns):
            self._match(*_names_of(one))
            self._add(one, one.artifact.name, problem=why)
        elif why and may_hold(one, self._patterns):
            self._count.unread.append(f"{one.node_path}/{one.artifact.name} ({why})")

    def _files_of(self, one: Wanted, file: ArtifactFile, place: Path) -> Iterator[_File]:
        """Yield the files that are asked for, each to be opened before the next one."""
        content = Content(file.content or Content.PLAIN)
        if file.unpacked or content is Content.DIRECTORY:
            for inside in _below(place):
                path = place / inside
                yield from self._chosen(one, inside, partial(_open, path))
        elif content in PACKED:
            yield from self._members(one, content, place)
        elif asked := self._match(*_names_of(one)):
            yield _File(
                name=one.artifact.name,
                certain=not _WILD.search(asked) or _is_xml(one),
                open=lambda: _gunzip(place) if content is Content.GZIP else _open(place),
            )

    def _members(self, one: Wanted, content: Content, place: Path) -> Iterator[_File]:
        inflated = 0

        def count(size: int) -> None:
            nonlocal inflated
            inflated += size
            if inflated > MOST_INFLATED:
                msg = f"it unpacks to more than {spell.size(MOST_INFLATED)}"
                raise Refused(msg)

        with _open(place) as stream:
            for number, member in enumerate(members(stream, content, MOST_MEMBERS, count)):
                if number >= MOST_MEMBERS:
                    msg = f"it has more than {MOST_MEMBERS} members"
                    raise Refused(msg)
                if member.kind is Kind.FILE:
                    yield from self._chosen(one, _plain(member.name), member.open)

    def _chosen(
        self, one: Wanted, inside: str, open_it: Callable[[], IO[bytes]]
    ) -> Iterator[_File]:
        """Yield a file inside an artifact, if a pattern names it, or the artifact around it."""
        name = f"{one.artifact.name}/{inside}"
        own = [inside, PurePosixPath(inside).name, *(f"{each}/{inside}" for each in one.names)]
        named, around = self._match(*own), self._match(*_names_of(one))
        if named or around:
            literal = named and not _WILD.search(named)
            certain = inside.lower().endswith(".xml") or bool(literal)
            yield _File(name=name, certain=certain, open=open_it)

    def _read(self, one: Wanted, file: _File) -> None:
        if len(self._files) >= MOST_FILES:
            msg = f"there are more than {MOST_FILES} JUnit files"
            raise Refused(msg)
        with reading(), file.open() as stream:
            content = stream.read(HEAD)
            if not file.certain and b"<testsuite" not in content.replace(b"\0", b""):
                return
            content += stream.read(LARGEST + 1 - len(content))
        self._bytes -= len(content)
        if self._bytes < 0:
            msg = f"the JUnit files have more than {spell.size(MOST_BYTES)} together"
            raise Refused(msg)
        digest = hashlib.sha256(content).digest()
        if (one.node.id, digest) in self._seen:
            return
        self._seen.add((one.node.id, digest))
        if len(content) > LARGEST:
            self._add(one, file.name, problem=f"it is larger than {spell.size(LARGEST)}")
            return
        try:
            self._add(one, file.name, suites=parse(content, self._room))
        except Foreign as root:
            self._count.foreign.append(f"{one.node_path}/{file.name} (<{root}>)")
        except Broken as error:
            self._add(one, file.name, problem=str(error))

    def _add(
        self, one: Wanted, name: str, *, problem: str = "", suites: tuple[MergedSuite, ...] = ()
    ) -> None:
        self._files.append(
            MergedFile(
                node_id=one.node.id,
                node_path=one.node_path,
                name=name,
                problem=spell.one_line(problem),
                suites=suites,
            )
        )

    def _match(self, *names: str) -> str:
        """Return the pattern that names one of these; the strictest, where several do."""
        found = [each for each in self._patterns if any(fnmatchcase(name, each) for name in names)]
        self._useful.update(found)
        return min(found, key=lambda each: bool(_WILD.search(each)), default="")

    def _remarks(self) -> Iterator[str]:
        if left := self._count.superseded:
            yield f"JUnit files of earlier attempts are not merged: {spell.listing(left)}"
        if foreign := self._count.foreign:
            yield f"what --junit-merge names is no JUnit report: {spell.listing(foreign)}"
        if unread := self._count.unread:
            yield f"JUnit files were not looked for in {spell.listing(unread)}"
        for pattern in self._patterns:
            if pattern not in self._useful:
                yield f"--junit-merge {pattern} matches no file of the artifacts"
        suites = [suite for file in self._files for suite in file.suites]
        if lost := sum(suite.left_out for suite in suites):
            yield f"of merged JUnit files {spell.counted(lost, 'test')} could only be counted"


def _is_named(one: Wanted, patterns: Sequence[str]) -> bool:
    """Whether a pattern names an artifact, or by its first folders what it holds."""
    around = [each for pattern in patterns for each in _beginnings(pattern)]
    return any(fnmatchcase(name, each) for name in _names_of(one) for each in around)


def _beginnings(pattern: str) -> Iterator[str]:
    """Yield a pattern and those of the folders around what it names: `a/b/c`, `a/b`, `a`."""
    parts = pattern.split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length])


def _names_of(one: Wanted) -> tuple[str, ...]:
    """Return what an artifact may be called, its file's name in the storage included."""
    return (*one.names, *filter(None, (PurePosixPath(one.artifact.key).name,)))


def _is_xml(one: Wanted) -> bool:
    return any(name.lower().endswith(".xml") for name in _names_of(one))


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _below(folder: Path) -> list[str]:
    """Return the files below a folder, sorted; no link is followed."""
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not Path(path, each).is_symlink()]
        found += [
            Path(path, name).relative_to(folder).as_posix()
            for name in names
            if Path(path, name).is_file() and not Path(path, name).is_symlink()
        ]
    return sorted(found)


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _gunzip(path: Path) -> IO[bytes]:
    return BufferedReader(gzip.open(path, "rb"))
