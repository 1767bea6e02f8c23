"""The artifacts folder from run to run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argogate.errors import ArgoError, Impossible, Interrupted
from argogate.evidence import crew, manifest
from argogate.evidence.allowance import Most
from argogate.evidence.folder import Kept, keep
from tests.build import moment
from tests.clock import SimulatedClock
from tests.evidence.making import Part, Storage, files_in, info, tgz, transfer, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from argogate.evidence.plan import Wanted
    from argogate.verdict.evidence import ArtifactFile

DIRECTORY = Impossible("501")
PACKED = tgz(("a", b"a"), ("d/b", b"bb"), info("l", b"2", "a"))
BODIES: dict[str, Sequence[Sequence[Part]]] = {
    "x.txt": [[b"x"]],
    "p.tgz": [[PACKED]],
    "dir": [[DIRECTORY]],
    "f": [[b"f"]],
    "sub/g": [[b"g"]],
}
FOLDERS: dict[str, Sequence[tuple[str, ...] | Exception | None]] = {
    "": [("f", "sub/")],
    "sub/": [("g",)],
}
ONES = (wanted("x.txt"), wanted("p.tgz", "tar"), wanted("dir"))


def kept(
    folder: Path,
    ones: Sequence[Wanted] = ONES,
    storage: Storage | None = None,
    uid: str = "b1a0",
    **members: Any,  # noqa: ANN401
) -> tuple[Kept, Storage]:
    storage = storage or Storage(bodies=BODIES, folders=FOLDERS)
    tell = members.pop("tell", lambda _: None)
    doubted = members.pop("doubted", frozenset())
    run = replace(ones[0].workflow if ones else ONES[0].workflow, uid=uid)
    path = folder / "wf" / "manifest.json"
    return keep(
        transfer(storage, folder, **members), run, ones, path, tell, doubted=doubted
    ), storage


def written(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "wf/manifest.json").read_bytes())
    return document


ALL = ["wf/a/dir/f", "wf/a/dir/sub/g", "wf/a/p.tgz", "wf/a/x.txt", "wf/manifest.json"]
UNPACKED = [
    *("wf/a/dir/f", "wf/a/dir/sub/g", "wf/a/p/a", "wf/a/p/d/b", "wf/a/p/l", "wf/a/x.txt"),
    "wf/manifest.json",
]


def test_the_manifest_says_what_lies_there_and_where_it_came_from(tmp_path: Path) -> None:
    found, _ = kept(tmp_path)
    assert files_in(tmp_path) == ALL
    assert [file.path for file in found.artifacts] == [
        str(tmp_path / "wf/a" / name) for name in ("x.txt", "p.tgz", "dir")
    ]
    document = written(tmp_path)
    assert {name: document[name] for name in document if name != "entries"} == {
        "version": 1,
        "namespace": "argo",
        "workflow": "wf",
        "uid": "b1a0",
        "complete": True,
        "writtenAt": "2026-01-31T12:01:39Z",
    }
    [x, p, directory] = document["entries"]
    assert x["artifact"] == {
        "nodeID": "wf-a",
        "nodePath": "outer.a",
        "template": "tpl",
        "name": "x.txt",
        "path": "wf/a/x.txt",
        "size": 1,
        "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        "content": "plain",
        "files": 1,
        "route": "live",
        "startedAt": "2026-01-31T12:00:01Z",
        "finishedAt": "2026-01-31T12:00:03Z",
        "fetchedAt": "2026-01-31T12:01:39Z",
    }
    assert x["key"] == "wf/x.txt"
    assert p["artifact"]["content"] == "tgz"
    assert [file["path"] for file in directory["files"]] == ["wf/a/dir/f", "wf/a/dir/sub/g"]


@pytest.mark.parametrize("unpacks", [False, True])
def test_a_second_run_fetches_nothing_again(tmp_path: Path, unpacks: bool) -> None:  # noqa: FBT001
    first, _ = kept(tmp_path, unpacks=unpacks)
    told: list[ArtifactFile] = []
    second, storage = kept(tmp_path, unpacks=unpacks, tell=told.append)
    assert storage.opened == storage.listed == []
    assert second.artifacts == tuple(replace(file, reused=True) for file in first.artifacts)
    assert tuple(told) == second.artifacts
    assert files_in(tmp_path) == (UNPACKED if unpacks else ALL)
    assert kept(tmp_path, unpacks=unpacks)[1].opened == []


def overwrite(name: str, content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(content)

    return change


def link(name: str, target: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return change


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        (overwrite("wf/a/x.txt", "y"), ["x.txt"]),
        (overwrite("wf/a/x.txt", "longer"), ["x.txt"]),
        (lambda folder: (folder / "wf/a/x.txt").unlink(), ["x.txt"]),
        (link("wf/a/x.txt", "p/a"), ["x.txt"]),
        (link("wf/a/p/l", "d/b"), ["p.tgz"]),
        (lambda folder: (folder / "wf/a/p/l").unlink(), ["p.tgz"]),
        (overwrite("wf/a/dir/sub/g", "h"), ["dir", "f", "sub/g"]),
        (overwrite("wf/manifest.json", "{}"), ["x.txt", "p.tgz", "dir", "f", "sub/g"]),
        (overwrite("wf/manifest.json", "[" * 99_999), ["x.txt", "p.tgz", "dir", "f", "sub/g"]),
    ],
)
def test_what_is_not_as_it_was_is_fetched_again(
    tmp_path: Path, change: Callable[[Path], None], opened: list[str]
) -> None:
    kept(tmp_path, unpacks=True)
    change(tmp_path)
    found, storage = kept(tmp_path, unpacks=True, jobs=1)
    assert storage.opened == opened
    assert not any(file.error for file in found.artifacts)
    assert files_in(tmp_path) == UNPACKED
    assert (tmp_path / "wf/a/x.txt").read_text() == "x"
    assert str((tmp_path / "wf/a/p/l").readlink()) == "a"


def test_another_run_of_the_name_is_fetched_and_nothing_of_the_first_stays(tmp_path: Path) -> None:
    kept(tmp_path)
    storage = Storage(
        bodies={"x.txt": [[ArgoError("no")]], "p.tgz": [[tgz(("new", b""))]], "dir": [[DIRECTORY]]},
        folders={"": [()]},
    )
    found, _ = kept(tmp_path, storage=storage, uid="other")
    assert [file.error for file in found.artifacts] == ["no", "", ""]
    assert files_in(tmp_path) == ["wf/a/p.tgz", "wf/manifest.json"]
    assert written(tmp_path)["uid"] == "other"
    assert "complete" not in written(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"started_at": moment(2)},
        {"finished_at": moment(4)},
        {"finished_at": None},
        {"id": "wf-b"},
    ],
)
def test_an_argo_retry_is_another_node(tmp_path: Path, changed: dict[str, Any]) -> None:
    kept(tmp_path, ONES[:1])
    _, storage = kept(tmp_path, [replace(ONES[0], node=replace(ONES[0].node, **changed))])
    assert storage.opened == ["x.txt"]


def test_what_is_no_longer_part_goes_and_what_is_not_listed_stays(tmp_path: Path) -> None:
    kept(tmp_path)
    (tmp_path / "wf/a/dir/mine").write_text("mine")
    kept(tmp_path, ONES[:1])
    assert files_in(tmp_path) == ["wf/a/dir/mine", "wf/a/x.txt", "wf/manifest.json"]
    kept(tmp_path, ())
    assert files_in(tmp_path) == ["wf/a/dir/mine", "wf/manifest.json"]
    assert kept(tmp_path / "new", ())[0].artifacts == ()
    assert not (tmp_path / "new").exists()


def listing(*ones: Wanted) -> list[Wanted]:
    """Return them as of a run whose node lists them all."""
    made = tuple(one.artifact for one in ones)
    run = ones[0].workflow
    nodes = {item.id: replace(item, artifacts=made) for item in run.nodes.values()}
    return [replace(one, workflow=replace(run, nodes=nodes)) for one in ones]


def test_what_another_gate_fetched_of_the_same_run_stays(tmp_path: Path) -> None:
    first, second, _ = listing(*ONES)
    kept(tmp_path, [first])
    found, storage = kept(tmp_path, [second])
    assert storage.opened == ["p.tgz"]
    assert [file.name for file in found.artifacts] == ["p.tgz"]
    assert files_in(tmp_path) == ["wf/a/p.tgz", "wf/a/x.txt", "wf/manifest.json"]
    assert [each["artifact"]["name"] for each in written(tmp_path)["entries"]] == ["p.tgz", "x.txt"]
    assert kept(tmp_path, [first, second])[1].opened == []


def test_what_a_node_made_that_is_gone_goes_too(tmp_path: Path) -> None:
    first, second, _ = listing(*ONES)
    kept(tmp_path, [first])
    kept(tmp_path, [replace(second, workflow=replace(second.workflow, nodes={}))])
    assert files_in(tmp_path) == ["wf/a/p.tgz", "wf/manifest.json"]


def test_what_is_doubted_is_fetched_again_whatever_is_proven(tmp_path: Path) -> None:
    kept(tmp_path)
    found, storage = kept(tmp_path, doubted=frozenset({("wf-a", "x.txt")}))
    assert storage.opened == ["x.txt"]
    assert [file.reused for file in found.artifacts] == [False, True, True]
    gone = Storage(bodies={"x.txt": [[ArgoError("no archive")]]})
    kept(tmp_path, storage=gone, doubted=frozenset({("wf-a", "x.txt")}))
    assert "wf/a/x.txt" not in files_in(tmp_path)


def test_what_another_gate_fetched_makes_way(tmp_path: Path) -> None:
    first, second, _ = listing(*ONES)
    kept(tmp_path, [first])
    kept(tmp_path, [replace(second, place=first.place)])
    assert files_in(tmp_path) == ["wf/a/x.txt.tgz", "wf/manifest.json"]
    kept(tmp_path, [first], uid="other")
    assert files_in(tmp_path) == ["wf/a/x.txt", "wf/manifest.json"]


def test_the_output_of_a_node_that_still_runs_is_fetched_again(tmp_path: Path) -> None:
    one = replace(ONES[0], node=replace(ONES[0].node, finished_at=None))
    kept(tmp_path, [one])
    assert kept(tmp_path, [one])[1].opened == ["x.txt"]


def test_a_manifest_proves_only_what_lies_at_the_place_of_its_artifact(tmp_path: Path) -> None:
    kept(tmp_path, ONES[:1])
    (tmp_path / "wf/b").mkdir()
    (tmp_path / "wf/a/x.txt").rename(tmp_path / "wf/b/x.txt")
    document = written(tmp_path)
    document["entries"][0]["files"][0]["path"] = "wf/b/x.txt"
    (tmp_path / "wf/manifest.json").write_text(json.dumps(document))
    assert kept(tmp_path, ONES[:1])[1].opened == ["x.txt"]


def test_packed_and_unpacked_change_places(tmp_path: Path) -> None:
    kept(tmp_path)
    _, storage = kept(tmp_path, unpacks=True)
    assert storage.opened == ["p.tgz"]
    assert files_in(tmp_path) == UNPACKED
    _, storage = kept(tmp_path)
    assert storage.opened == ["p.tgz"]
    assert files_in(tmp_path) == ALL


def test_what_was_refused_is_not_fetched_again(tmp_path: Path) -> None:
    evil = Storage(bodies={"p.tgz": [[tgz(("../x", b"x"))]]})
    kept(tmp_path, ONES[1:2], evil, unpacks=True)
    found, storage = kept(tmp_path, ONES[1:2], unpacks=True)
    assert storage.opened == []
    assert "would lie outside" in found.artifacts[0].warning


def test_what_moved_is_fetched_again(tmp_path: Path) -> None:
    kept(tmp_path, ONES[:1])
    moved = replace(ONES[0], place=ONES[0].place.with_name("y.txt"))
    _, storage = kept(tmp_path, [moved])
    assert storage.opened == ["x.txt"]
    assert files_in(tmp_path) == ["wf/a/y.txt", "wf/manifest.json"]


@pytest.mark.parametrize("path", ["../outside", "/etc/x", "a/../../outside", "", "c:\\x"])
def test_a_manifest_that_leads_outside_is_not_believed(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "out"
    kept(folder, ONES[:1])
    (tmp_path / "outside").write_text("precious")
    document = written(folder)
    document["entries"][0]["files"][0]["path"] = path
    (folder / "wf/manifest.json").write_text(json.dumps(document))
    assert manifest.read(folder / "wf/manifest.json", folder) is None
    kept(folder, (), uid="other")
    assert (tmp_path / "outside").read_text() == "precious"


def test_nothing_is_removed_or_believed_through_a_link(tmp_path: Path) -> None:
    folder, other = tmp_path / "out", tmp_path / "other"
    kept(folder, ONES[:1])
    (folder / "wf/a").rename(other)
    (folder / "wf/a").symlink_to(other)
    _, storage = kept(folder, ONES[:1])
    assert storage.opened == ["x.txt"]
    kept(folder, (), uid="new")
    assert (other / "x.txt").exists()


@pytest.mark.parametrize("link", ["wf", "wf/a", "wf/a/dir", "wf/a/dir/sub"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    folder, other = tmp_path / "out", tmp_path / "other"
    (folder / link).parent.mkdir(parents=True)
    other.mkdir()
    (folder / link).symlink_to(other)
    found, _ = kept(folder)
    assert [file.name for file in found.artifacts if "symbolic link" in file.error]
    assert files_in(other) == []
    assert (folder / link).is_symlink()


def test_a_link_in_the_place_of_a_file_gives_way(tmp_path: Path) -> None:
    folder, other = tmp_path / "out", tmp_path / "other"
    (folder / "wf/a").mkdir(parents=True)
    other.write_text("precious")
    for name in ("wf/a/x.txt", "wf/manifest.json"):
        (folder / name).symlink_to(other)
    found, _ = kept(folder)
    assert not any(file.error for file in found.artifacts)
    assert other.read_text() == "precious"
    assert not (folder / "wf/manifest.json").is_symlink()
    assert (folder / "wf/a/x.txt").read_text() == "x"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    kept(tmp_path / "out")
    assert files_in(tmp_path / "disk") == ALL


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes and devices there")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder of another", "large"])
def test_only_a_file_of_bounded_size_is_read_as_a_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = tmp_path / "wf/manifest.json"
    kept(tmp_path, ONES[:1])
    if kind == "large":
        monkeypatch.setattr(manifest, "LARGEST", 100)
    elif kind == "folder of another":
        (tmp_path / "wf").rename(tmp_path / "other")
        (tmp_path / "wf").symlink_to(tmp_path / "other")
    else:
        path.unlink()
        os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    assert manifest.read(path, tmp_path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes there")
def test_a_pipe_in_the_place_of_a_file_is_no_file(tmp_path: Path) -> None:
    storage = Storage(bodies={"x.txt": [[b""]]})
    kept(tmp_path, ONES[:1], storage)
    (tmp_path / "wf/a/x.txt").unlink()
    os.mkfifo(tmp_path / "wf/a/x.txt")
    assert kept(tmp_path, ONES[:1])[1].opened == ["x.txt"]


@pytest.mark.parametrize("version", [0, 2])
def test_a_manifest_of_another_version_is_not_believed(tmp_path: Path, version: int) -> None:
    kept(tmp_path, ONES[:1])
    (tmp_path / "wf/manifest.json").write_text(json.dumps(written(tmp_path) | {"version": version}))
    assert kept(tmp_path, ONES[:1])[1].opened == ["x.txt"]


def test_a_folder_that_cannot_be_made_fails_each_artifact(tmp_path: Path) -> None:
    (tmp_path / "wf").write_text("in the way")
    found, _ = kept(tmp_path)
    assert all("could not be written" in file.error for file in found.artifacts)
    assert "manifest.json could not be written" in found.problem


def test_an_interruption_keeps_what_is_whole(tmp_path: Path) -> None:
    def stop(_: ArtifactFile) -> None:
        msg = "SIGTERM"
        raise Interrupted(msg)

    with pytest.raises(Interrupted):
        kept(tmp_path, jobs=1, tell=stop)
    assert len(written(tmp_path)["entries"]) == 1
    assert "complete" not in written(tmp_path)
    assert kept(tmp_path, jobs=1)[1].opened == ["p.tgz", "dir", "f", "sub/g"]


def test_what_is_there_when_time_runs_out_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "MOST_LATE", 2)
    monkeypatch.setattr(crew, "LAST_MOMENT", 0.02)
    clock, bell = SimulatedClock(), threading.Event()
    storage = Storage(bodies=BODIES)
    first = storage.open

    @contextmanager
    def hanging(node_id: str, artifact: str, inside: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        with first(node_id, artifact, inside) as opened:
            yield opened
        if artifact == "x.txt":
            return
        clock.sleep(100)
        bell.wait(20)

    storage.open = hanging  # type: ignore[method-assign, assignment]
    found, _ = kept(tmp_path, ONES[:2], storage, jobs=1, clock=clock, most=Most(until=50))
    bell.set()
    assert [file.error for file in found.artifacts] == [
        "",
        "the time for collecting ran out (--collect-timeout)",
    ]


HOLDER = """
import fcntl, sys
lock = open(sys.argv[1], "wb")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the lock is another one there")
def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    dead, alive = (tmp_path / f"wf/.argogate.{name}.part" for name in ("dead", "alive"))
    for folder in (dead, alive):
        folder.mkdir(parents=True)
        (folder / "lock").touch()
        (folder / "1").write_text("half")
    new = tmp_path / "wf/.argogate.new.part"
    new.mkdir()
    (tmp_path / "wf/.argogate.link.part").symlink_to(dead)
    words = [sys.executable, "-c", HOLDER, str(alive / "lock")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        kept(tmp_path, ONES[:1])
        left = sorted(path.name for path in (tmp_path / "wf").glob(".*"))
        holder.kill()
    assert left == [".argogate.alive.part", ".argogate.link.part", ".argogate.new.part"]
    (tmp_path / "wf/a/x.txt").unlink()
    kept(tmp_path, ONES[:1])
    left = sorted(path.name for path in (tmp_path / "wf").glob(".*"))
    assert left == [".argogate.link.part", ".argogate.new.part"]
