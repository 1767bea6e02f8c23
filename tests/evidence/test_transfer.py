"""One body on its way to disk: whole, or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argogate.errors import (
    ArgoError,
)
from argogate.evidence.transfer import BLOCK
from argogate.model.workflow import NodeType
from tests.build import moment
from tests.evidence.making import (
    GLUED,
    Storage,
    fetch_all,
    fetched,
    files_in,
    tar,
    tgz,
    wanted,
    zipped,
)

if TYPE_CHECKING:
    from pathlib import Path


NO_ARCHIVE = "it did not arrive whole: it was stored as an archive, and"
WHOLE = {"none": b"whole", "tar": tgz(("a", b"a")), "zip": zipped([("a", b"a", 0)])}


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [b""],
        [b"hello"],
        [b"he", b"", b"llo"],
        [bytes(70_000), b"\xff" * 70_000],
        [bytes([number % 256]) * 300_000 for number in range(20)],
        [b"x" * BLOCK, b"y" * BLOCK],
    ],
)
def test_a_file_is_written_whole_with_its_size_and_digest(out: Path, chunks: list[bytes]) -> None:
    entry, storage = fetched(out, chunks)
    content = b"".join(chunks)
    assert (out / "wf/a/x.txt").read_bytes() == content
    artifact = entry.artifact
    assert (artifact.path, artifact.size, artifact.error) == ("wf/a/x.txt", len(content), "")
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert (artifact.node_id, artifact.node_path, artifact.template) == ("wf-a", "outer.a", "tpl")
    assert (artifact.route, artifact.content, artifact.files) == ("live", "plain", 1)
    assert (artifact.started_at, artifact.finished_at) == (moment(1), moment(3))
    assert artifact.fetched_at == moment(99)
    assert [(file.path, file.size) for file in entry.files] == [("wf/a/x.txt", len(content))]
    assert entry.files[0].sha256 == artifact.sha256
    assert files_in(out) == ["wf/a/x.txt"]
    assert storage.closed == ["x.txt"]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ArgoError("odd"), "odd"),
        (OSError(28, "No space left on device"), "could not be written: No space left on device"),
        (OSError("odd"), "could not be written: odd"),
    ],
)
def test_what_fails_in_the_middle_leaves_nothing_and_is_recorded(
    out: Path, failure: Exception, expected: str
) -> None:
    entry, storage = fetched(out, [b"begin" * BLOCK, failure])
    assert expected in entry.artifact.error
    assert (entry.artifact.path, entry.artifact.size, entry.artifact.sha256) == ("", 0, "")
    assert entry.files == ()
    assert files_in(out) == []
    assert storage.opened == storage.closed == ["x.txt"]


@pytest.mark.parametrize(
    ("body", "form", "why"),
    [
        (b"x" * 9000 + GLUED, "none", "the server broke off in the middle of it: unexpected EOF"),
        (tgz(("a", b"a"))[:-3], "tar", "it did not arrive whole: the gzip has no end"),
        (tar(("a", b"a"))[:600], "tar", "it did not arrive whole: the tar has no end"),
        (zipped([("a", b"a", 0)])[:-1], "zip", "it did not arrive whole: the zip has no end"),
        (b"", "tar", f"{NO_ARCHIVE} it is empty"),
        (b"", "zip", f"{NO_ARCHIVE} it is empty"),
        (b"Not \x1b yet\n", "tar", f"{NO_ARCHIVE} it begins with 'Not \\x1b yet'"),
        (b"<Error><Code>Slow", "zip", f"{NO_ARCHIVE} it begins with '<Error><Code>Slow'"),
        (zipped([("a", b"a", 0)]), "tar", f"{NO_ARCHIVE} what came is zip"),
        (tgz(("a", b"a")), "zip", f"{NO_ARCHIVE} what came is tgz"),
    ],
)
def test_a_body_that_does_not_end_as_it_must_is_no_success(
    out: Path, body: bytes, form: str, why: str
) -> None:
    entry, storage = fetched(out, *[[body]] * 9, form=form)
    assert entry.artifact.error.startswith(why)
    assert files_in(out) == []
    assert len(storage.opened) == 6
    whole = WHOLE[form]
    entry, _ = fetched(out, [body], [whole], form=form)
    assert (entry.artifact.error, entry.artifact.size) == ("", len(whole))


def test_a_file_that_was_stored_damaged_is_a_file(out: Path) -> None:
    entry, storage = fetched(out, [tgz(("a", b"a"))[:-3]])
    assert entry.artifact.error == ""
    assert entry.artifact.warning == "the gzip has no end; it may have been stored so"
    assert files_in(out) == ["wf/a/x.txt"]
    assert len(storage.opened) == 1


def test_what_only_passes_through_a_node_may_be_anything(out: Path) -> None:
    one = wanted(form="tar")
    one = replace(one, node=replace(one.node, type=NodeType.DAG))
    [entry] = fetch_all(out, Storage(bodies={"x.txt": [[b"mine"]]}), one)
    assert (entry.artifact.error, entry.artifact.content) == ("", "plain")


def test_a_deleted_artifact_is_not_asked_for(out: Path) -> None:
    storage = Storage()
    [entry] = fetch_all(out, storage, wanted(deleted=True))
    assert "garbage collection" in entry.artifact.error
    assert storage.opened == []


def test_a_folder_that_cannot_be_made_is_an_error_of_the_file(out: Path) -> None:
    (out / "wf").write_text("in the way")
    entry, _ = fetched(out, [b"x"])
    assert entry.artifact.error.startswith("it could not be written: ")
