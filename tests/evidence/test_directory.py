"""Artifacts that are directories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from argogate.errors import (
    ArgoError,
    Impossible,
    Unavailable,
)
from argogate.evidence import directory
from tests.evidence.making import (
    DIRECTORY,
    Part,
    Storage,
    fetch_all,
    files_in,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


LISTED: dict[str, Sequence[tuple[str, ...] | Exception | None]] = {
    "": [("a.txt", "sub/", "sub/deep/", "z/")],
    "sub/": [("b", "deep/")],
    "sub/deep/": [("ü (1) & <x>",)],
    "z/": [()],
}
BODIES: dict[str, Sequence[Sequence[Part]]] = {
    "a.txt": [[b"a"]],
    "sub/b": [[b"bb"]],
    "sub/deep/ü (1) & <x>": [[b"ccc"]],
}


def test_a_directory_is_walked_to_its_leaves(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    artifact = entry.artifact
    assert (artifact.path, artifact.content) == ("wf/a/dir", "directory")
    assert (artifact.files, artifact.size, artifact.sha256) == (3, 6, "")
    assert (artifact.error, artifact.warning, artifact.route) == ("", "", "live")
    assert files_in(out) == ["wf/a/dir/a.txt", "wf/a/dir/sub/b", "wf/a/dir/sub/deep/ü (1) & _x_"]
    assert [file.path for file in entry.files] == files_in(out)
    assert sorted(storage.listed) == sorted(LISTED)


def test_a_file_in_a_directory_is_tried_again_on_its_own(out: Path) -> None:
    cut: list[list[Part]] = [[b"b", Unavailable("cut")], [b"bb"]]
    storage = Storage(bodies={**BODIES, "dir": [[DIRECTORY]], "sub/b": cut}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == ""
    assert storage.opened.count("a.txt") == 1


@pytest.mark.parametrize(
    ("bodies", "folders", "why"),
    [
        ({"sub/b": [[ArgoError("gone")]]}, {}, "its file sub/b: gone"),
        ({}, {"sub/": [ArgoError("no listing")]}, "no listing"),
        ({}, {"": [("../x",)]}, "its listing names '../x', which is no path in a directory"),
        ({}, {"": [("../../api/v1/secret/",)]}, "its listing names '../../api/v1/secret/', which"),
        ({}, {"": [("./",)]}, "its listing names './', which"),
        ({}, {"": [("/etc/",)]}, "its listing names '/etc/', which"),
        ({}, {"": [("a//b",)]}, "its listing names 'a//b', which"),
        ({}, {"": [("x/" * 51,)]}, "its listing names 'x/x/"),
        ({"a.txt": [[Impossible("501")]]}, {}, "its file a.txt: 501"),
    ],
)
def test_a_directory_is_there_whole_or_not_at_all(
    out: Path,
    bodies: dict[str, Sequence[Sequence[Part]]],
    folders: dict[str, Sequence[tuple[str, ...] | Exception | None]],
    why: str,
) -> None:
    storage = Storage(
        bodies={"dir": [[DIRECTORY]], **BODIES, **bodies}, folders={**LISTED, **folders}
    )
    [entry] = fetch_all(out, storage, wanted("dir"), jobs=1)
    assert entry.artifact.error.startswith(why)
    assert entry.artifact.path == ""
    assert files_in(out) == []


def test_a_folder_that_hides_behind_its_index_makes_it_incomplete(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]], "index.html": [[b"hi"]]}, folders={"": [None]})
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert "does not list a folder that has an index (index.html)" in entry.artifact.error
    assert entry.artifact.path == "wf/a/dir"
    assert files_in(out) == ["wf/a/dir/index.html"] == [file.path for file in entry.files]


def test_an_empty_directory_is_an_empty_folder(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]]}, folders={"": [()]})
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert (entry.artifact.error, entry.artifact.files) == ("", 0)
    assert (out / "wf/a/dir").is_dir()


def test_a_directory_joins_what_is_there_already(out: Path) -> None:
    (out / "wf/a/dir/sub").mkdir(parents=True)
    (out / "wf/a/dir/sub/mine").write_text("mine")
    (out / "wf/a/dir/sub/b").write_text("old")
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == ""
    assert (out / "wf/a/dir/sub/b").read_text() == "bb"
    assert (out / "wf/a/dir/sub/mine").exists()


def test_a_directory_that_has_no_place_is_an_error_of_its_own(out: Path) -> None:
    (out / "wf/a").mkdir(parents=True)
    (out / "wf/a/dir").write_text("in the way")
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error.startswith("it could not be written: ")


def test_a_directory_may_not_have_any_number_of_files(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_MEMBERS", 3)
    storage = Storage(bodies={"dir": [[DIRECTORY]]}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == "it has more than 3 files"
