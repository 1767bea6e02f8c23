"""The final names of what was fetched."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from argogate.evidence.unpack import Bounds
from tests.evidence.making import (
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


@pytest.mark.parametrize(
    ("body", "form", "name", "place", "content"),
    [
        (tgz(("a", b"a")), "tar", "x.xml", "wf/a/x.xml.tgz", "tgz"),
        (tgz(("a", b"a")), "tar", "x.TGZ", "wf/a/x.TGZ", "tgz"),
        (tgz(("a", b"a")), "none", "x.xml", "wf/a/x.xml", "tgz"),
        (tar(("a", b"a")), "tar", "x", "wf/a/x.tar", "tar"),
        (zipped([("a", b"a", 0)]), "zip", "x", "wf/a/x.zip", "zip"),
        (zipped([("a", b"a", 0)]), "none", "x.jar", "wf/a/x.jar", "zip"),
        (b"plain", "tar", "x-logs", "wf/a/x-logs", "plain"),
        (b"", "tar", "x-logs", "wf/a/x-logs", "plain"),
    ],
)
def test_the_content_tells_the_ending(  # noqa: PLR0917 - a row of the table
    out: Path, body: bytes, form: str, name: str, place: str, content: str
) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form))
    assert (entry.artifact.path, entry.artifact.content) == (place, content)
    assert files_in(out) == [place]


@pytest.mark.parametrize(
    ("body", "form", "name"),
    [
        (tgz(("d/a", b"a")), "tar", "x.tgz"),
        (tar(("d/a", b"a")), "none", "x.tar"),
        (zipped([("d/a", b"a", 0)]), "zip", "x.zip"),
        (zipped([("d/a", b"a", 0)]), "none", "x.zip"),
    ],
)
def test_what_was_packed_is_unpacked(out: Path, body: bytes, form: str, name: str) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form), unpacks=True)
    artifact = entry.artifact
    assert (artifact.path, artifact.unpacked, artifact.files) == ("wf/a/x", True, 1)
    assert (artifact.size, artifact.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert [(file.path, file.size) for file in entry.files] == [("wf/a/x/d/a", 1)]
    assert files_in(out) == ["wf/a/x/d/a"]
    assert (out / "wf/a/x/d/a").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("name", "form", "body"),
    [
        ("x.jar", "none", zipped([("a", b"a", 0)])),
        ("x-logs", "tar", b"plain"),
        ("x.gz", "none", b"\x1f\x8b\x08 no gzip"),
    ],
)
def test_what_only_looks_packed_is_left_alone(out: Path, name: str, form: str, body: bytes) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form), unpacks=True)
    assert not entry.artifact.unpacked
    assert files_in(out) == [f"wf/a/{name}"]


@pytest.mark.parametrize(
    ("body", "members", "why"),
    [
        (tgz(("../a", b"a")), {}, "it was left packed: its member '../a' would lie outside"),
        (tgz(("a", b"a" * 99)), {"bounds": Bounds(size=5)}, "it was left packed: it unpacks to"),
        (tgz(("a", b"a"), ("a/b", b"a")), {}, "it was left packed: it could not be written: "),
    ],
)
def test_what_is_refused_stays_packed_and_says_so(
    out: Path, body: bytes, members: dict[str, Any], why: str
) -> None:
    entry, _ = fetched(out, [body], form="tar", unpacks=True, **members)
    assert entry.artifact.warning.startswith(why)
    assert entry.artifact.error == ""
    assert files_in(out) == ["wf/a/x.txt.tgz"]
    assert (out / "wf/a/x.txt.tgz").read_bytes() == body
