from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from argogate.artifacts.download import Transfer, fetch, listed
from argogate.artifacts.plan import Wanted
from argogate.errors import ArgoError, Denied, Impossible, Unavailable
from argogate.model.workflow import Artifact
from tests.build import node, workflow
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from argogate.observation import ArtifactFile

Part = bytes | BaseException
GLUED = b"failed to stream artifact: unexpected EOF\nInternal Server Error\n"


def wanted(name: str = "x.txt", *, deleted: bool = False) -> Wanted:
    item = node("a", template_name="tpl")
    return Wanted(
        workflow=workflow(item),
        node=item,
        node_path="outer.a",
        artifact=Artifact(name=name, key=f"wf/{name}", deleted=deleted),
        place=PurePosixPath("wf", "a", name),
    )


@dataclass(kw_only=True)
class Storage:
    """Bodies by artifact: for each time it is opened, its chunks, or what is raised instead."""

    bodies: dict[str, Sequence[Sequence[Part]]]
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, one: Wanted) -> Iterator[Iterator[bytes]]:
        name = one.artifact.name
        times = self.opened.count(name)
        self.opened.append(name)
        try:
            yield self._chunks(self.bodies[name][times])
        finally:
            self.closed.append(name)

    def _chunks(self, parts: Sequence[Part]) -> Iterator[bytes]:
        for part in parts:
            if isinstance(part, BaseException):
                raise part
            yield part


def fetched(
    folder: Path, *bodies: Sequence[Part], clock: SimulatedClock | None = None
) -> tuple[ArtifactFile, Storage]:
    """Fetch `x.txt`, whose body is another one each time."""
    storage = Storage(bodies={"x.txt": bodies})
    clock = clock or SimulatedClock()
    transfer = Transfer(open=storage.open, folder=folder, jobs=1, sleep=clock.sleep)
    (file,) = fetch(transfer, [wanted()], lambda _: None)
    return file, storage


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "chunks", [[], [b""], [b"hello"], [b"he", b"", b"llo"], [bytes(70_000), b"\xff" * 70_000]]
)
def test_a_file_is_written_whole_with_its_size_and_digest(
    tmp_path: Path, chunks: list[bytes]
) -> None:
    file, storage = fetched(tmp_path, chunks)
    content = b"".join(chunks)
    path = tmp_path / "wf" / "a" / "x.txt"
    assert path.read_bytes() == content
    assert (file.path, file.size, file.error) == (str(path), len(content), "")
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.node_id, file.node_path, file.template) == ("wf-a", "outer.a", "tpl")
    assert files_in(tmp_path) == ["wf/a/x.txt"]
    assert storage.closed == ["x.txt"]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Denied("403: no", status=403, renewable=False), "403: no"),
        (Impossible("too large"), "too large"),
        (ArgoError("odd"), "odd"),
        (OSError(28, "No space left on device"), "could not be written: No space left on device"),
        (OSError("odd"), "could not be written: odd"),
    ],
)
def test_what_fails_in_the_middle_leaves_nothing_and_is_recorded(
    tmp_path: Path, failure: Exception, expected: str
) -> None:
    file, storage = fetched(tmp_path, [b"begin", failure])
    assert expected in file.error
    assert (file.path, file.size, file.sha256) == ("", 0, "")
    assert files_in(tmp_path) == []
    assert storage.opened == storage.closed == ["x.txt"]


def test_a_file_of_an_earlier_run_stays_when_its_successor_fails(tmp_path: Path) -> None:
    fetched(tmp_path, [b"old"])
    file, _ = fetched(tmp_path, [b"new", Impossible("gone")])
    assert file.error == "gone"
    assert (tmp_path / "wf/a/x.txt").read_bytes() == b"old"
    assert files_in(tmp_path) == ["wf/a/x.txt"]


def test_what_is_unavailable_is_tried_again_after_growing_pauses(tmp_path: Path) -> None:
    clock = SimulatedClock()
    cut = Unavailable("cut")
    file, storage = fetched(tmp_path, [b"be", cut], [cut], [b"begin", b"end"], clock=clock)
    assert (file.error, file.size) == ("", 8)
    assert (tmp_path / "wf/a/x.txt").read_bytes() == b"beginend"
    assert len(storage.opened) == len(storage.closed) == 3
    assert len(clock.slept) == 2
    assert 0 < clock.slept[0] < clock.slept[1]


def test_three_attempts_are_enough(tmp_path: Path) -> None:
    cuts: list[list[Part]] = [[Unavailable(f"cut {number}")] for number in range(9)]
    file, storage = fetched(tmp_path, *cuts)
    assert file.error == "cut 2"
    assert len(storage.opened) == 3
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("size", [1, 2, 7, 22, 23, 24, 40, 63, 64, 65, 4096, 10_000])
@pytest.mark.parametrize("before", [b"", b"x" * 5000])
def test_error_text_glued_to_the_bytes_is_no_success(
    tmp_path: Path, size: int, before: bytes
) -> None:
    body = before + GLUED
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    file, storage = fetched(tmp_path, chunks, chunks, chunks)
    assert file.error == "the server broke off in the middle of it: unexpected EOF"
    assert files_in(tmp_path) == []
    assert len(storage.opened) == 3
    file, _ = fetched(tmp_path, chunks, [b"whole"])
    assert (file.error, file.size) == ("", 5)


@pytest.mark.parametrize(
    "body",
    [
        b"log: failed to stream artifact: x\nInternal Server Error\nand on it went",
        b"the page said\nInternal Server Error\n",
        b"failed to stream artifact: x",
        b"Internal Server Error\n",
    ],
)
def test_a_file_that_only_speaks_of_errors_is_a_file(tmp_path: Path, body: bytes) -> None:
    file, _ = fetched(tmp_path, [body])
    assert (file.error, file.size) == ("", len(body))


def test_a_deleted_artifact_is_not_asked_for(tmp_path: Path) -> None:
    storage = Storage(bodies={})
    transfer = Transfer(open=storage.open, folder=tmp_path, jobs=1, sleep=SimulatedClock().sleep)
    (file,) = fetch(transfer, [wanted(deleted=True)], lambda _: None)
    assert "garbage collection" in file.error
    assert storage.opened == []


def test_a_folder_that_cannot_be_made_is_an_error_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "wf").write_text("in the way")
    file, _ = fetched(tmp_path, [b"x"])
    assert file.error.startswith("it could not be written: ")


def test_many_are_fetched_at_once_and_told_as_they_end_but_returned_in_order(
    tmp_path: Path,
) -> None:
    names = [f"{number}.txt" for number in range(12)]
    together = threading.Barrier(4, timeout=10)

    @contextmanager
    def opened(one: Wanted) -> Iterator[Iterator[bytes]]:
        together.wait()
        yield iter([one.artifact.name.encode()])

    told: list[ArtifactFile] = []
    transfer = Transfer(open=opened, folder=tmp_path, jobs=4, sleep=SimulatedClock().sleep)
    files = fetch(transfer, [wanted(name) for name in names], told.append)
    assert [file.name for file in files] == names
    assert sorted(told, key=lambda file: file.path) == sorted(files, key=lambda file: file.path)
    assert files_in(tmp_path) == sorted(f"wf/a/{name}" for name in names)


def test_one_failure_does_not_lose_the_rest(tmp_path: Path) -> None:
    storage = Storage(bodies={"a": [[b"a"]], "b": [[Impossible("no")]], "c": [[b"c"]]})
    transfer = Transfer(open=storage.open, folder=tmp_path, jobs=2, sleep=SimulatedClock().sleep)
    files = fetch(transfer, [wanted(name) for name in "abc"], lambda _: None)
    assert [(file.name, file.error) for file in files] == [("a", ""), ("b", "no"), ("c", "")]


def test_nothing_to_fetch_is_nothing(tmp_path: Path) -> None:
    transfer = Transfer(
        open=Storage(bodies={}).open, folder=tmp_path, jobs=4, sleep=SimulatedClock().sleep
    )
    assert fetch(transfer, [], lambda _: None) == ()
    assert files_in(tmp_path) == []


def test_a_bug_in_a_worker_reaches_the_caller_instead_of_hanging_it(tmp_path: Path) -> None:
    raised: list[KeyError] = []

    def call() -> None:
        try:
            fetched(tmp_path, [KeyError("bug")])
        except KeyError as bug:
            raised.append(bug)

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(timeout=10)
    assert len(raised) == 1
    assert files_in(tmp_path) == []


def test_what_is_only_listed_has_no_path() -> None:
    one = wanted()
    (file,) = listed([replace(one, artifact=replace(one.artifact, deleted=True))])
    assert (file.name, file.path, file.error, file.node_path) == ("x.txt", "", "", "outer.a")
