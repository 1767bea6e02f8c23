"""Every recorded situation of artifacts, through the gate: disk, manifest, reports, exit code."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.evidence.collect import ArtifactWish
from argogate.reports.formats import Format
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits
from tests.evidence.making import GLUED, files_in, tgz
from tests.harness import LARGE, Play, Played, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argo_replay.run import Run
    from argogate.verdict.evidence import ArtifactFile

ATTACHED = (("Content-Disposition", 'filename="x"'), ("Content-Type", "application/gzip"))
PAGE = (("Content-Type", "text/html; charset=utf-8"),)
WITHOUT_BIG = ("gen/[!b]*", "use*")


def downloaded(
    folder: Path,
    run: Run | str = "artifacts",
    *patterns: str,
    faults: tuple[Fault, ...] = (),
    reports: Iterable[Format] = (Format.JUNIT,),
    **members: Any,  # noqa: ANN401
) -> Played:
    play = {name: members.pop(name) for name in ("begin", "identity", "limits") if name in members}
    run = recorded(run) if isinstance(run, str) else run
    return Play(
        run=run,
        artifacts=ArtifactWish(folder=folder, patterns=patterns, **members),
        faults=faults,
        reports={report: folder.parent / f"{report}.out" for report in reports},
        **{"begin": last_moment(run), **play},
    ).play()


def last_moment(run: Run) -> float:
    """Return a played second right before the end: nothing is fetched sooner."""
    [changes, *_] = run.workflows.values()
    ends = (
        change.at
        for change in changes
        if change.object and change.object.get("status", {}).get("finishedAt")
    )
    return next(ends) - 0.5


def by_name(played: Played) -> dict[str, ArtifactFile]:
    return {file.name: file for file in played.verdict.deciding.observation.artifacts}


def live(run: Run) -> Run:
    """Return a run whose objects stay, and that stays in the cluster."""
    kept = {name: tuple(each for each in of if each.object) for name, of in run.workflows.items()}
    stored = [replace(each, until=float("inf")) for each in run.artifacts]
    return replace(run, workflows=kept, artifacts=type(run.artifacts)(stored))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_every_kind_of_artifact_lies_where_it_should(out: Path) -> None:
    played = downloaded(out, begin=0, reports=Format)  # seen at a later look: some have gone
    assert files_in(out / "artifacts") == sorted(
        [
            "gen/big.bin",
            *(f"gen/dir-none/{name}" for name in ("a.txt", "sub/b.xml", "sub/deep/c.txt")),
            *("gen/dir-none/sp ace/ünï (1) & _x_.txt", "gen/dir-none/zero.bin"),
            *(f"gen/{name}.tgz" for name in ("dir-tgz", "empty-dir-tgz", "odd_Name-1")),
            *(f"gen/{name}.tgz" for name in ("tar-uncompressed", "tgz-file", "zero-tgz")),
            *("gen/dir-zip.zip", "gen/lying-key.xml.tgz"),
            *(f"gen/{name}.txt" for name in ("dotdot-key", "odd-name", "quote-key")),
            *("gen/html.html", "gen/json.json", "gen/junit.xml", "gen/random.bin"),
            *("gen/no-ext", "gen/zero", "gen/small-bin.bin", "gen/site/index.html"),
            *("gen/main-logs.log", "use.0/main-logs.log", "manifest.json"),
        ]
    )
    files = by_name(played)
    assert {name for name, file in files.items() if file.error} == {"raw-file", "empty-dir", "site"}
    assert files["big"].size == LARGE
    assert (files["zero"].size, files["zero"].files, files["zero"].error) == (0, 1, "")
    assert (files["lying-key"].content, files["main-logs"].content) == ("tgz", "plain")
    assert "removed or is an empty directory" in files["empty-dir"].error
    assert "does not list a folder that has an index" in files["site"].error
    manifest = json.loads((out / "artifacts/manifest.json").read_bytes())
    assert "complete" not in manifest
    assert {file["path"] for entry in manifest["entries"] for file in entry.get("files", ())} == {
        f"artifacts/{name}" for name in files_in(out / "artifacts") if name != "manifest.json"
    }
    assert played.verdict.exit_code == 0
    summary = (out.parent / "summary.out").read_text("utf-8")
    result = json.loads((out.parent / "result.out").read_bytes())
    for name in ("raw-file", "empty-dir", "site"):
        assert sum(f"artifact gen/{name} " in each for each in result["results"][0]["remarks"]) == 1
        assert f"artifact gen/{name} " in summary


def test_what_was_packed_is_unpacked(out: Path) -> None:
    downloaded(out, "artifacts", *WITHOUT_BIG, unpacks=True)
    inner = ("a.txt", "link", "sp ace/ünï (1) & _x_.txt", "sub/b.xml", "sub/deep/c.txt", "zero.bin")
    found = files_in(out / "artifacts/gen")
    for folder in ("dir-tgz/dir", "tar-uncompressed/dir", "dir-zip/dir-zip"):
        assert [name for name in found if name.startswith(folder)] == [
            f"{folder}/{name}" for name in inner
        ]
    gen = out / "artifacts/gen"
    assert (gen / "dir-tgz/dir/link").readlink() == Path("a.txt")
    assert (gen / "dir-tgz/dir/a.txt").stat().st_mode & 0o111
    assert (gen / "lying-key.xml/junit.xml").read_text() == (gen / "junit.xml").read_text()
    assert (gen / "tgz-file/report.txt").read_text() == "report one\n"
    assert (gen / "empty-dir-tgz/empty").is_dir()
    assert not [name for name in found if name.endswith(("tgz", "zip"))]


def test_a_second_run_asks_for_nothing_that_is_there(out: Path) -> None:
    downloaded(out, "artifacts", *WITHOUT_BIG, begin=0, unpacks=True)
    again = downloaded(out, "artifacts", *WITHOUT_BIG, begin=0, unpacks=True)
    asked = {one.path.split("/outputs/")[-1].split("/")[-1] for one in again.requests}
    files = by_name(again)
    assert sum(file.reused for file in files.values()) == len(files) - 4
    assert "junit" not in asked
    assert {"raw-file", "empty-dir", "empty-dir-tgz"} <= asked


@pytest.mark.parametrize("version", ["v3.4.18", "v3.6.19", "v4.0.10"])
def test_older_releases_do_as_well(out: Path, version: str) -> None:
    run = "artifacts" if version == "v4.0.10" else f"older/{version}/artifact"
    source = recorded(run)
    played = downloaded(
        out, source, "gen/dir-none", "gen/dir-zip", "gen/custom-key", "gen/lying-key", "gen/zero"
    )
    files = by_name(played)
    assert {file.error for file in files.values()} == {""}
    assert files["dir-none"].content == "directory"
    assert files["dir-none"].files >= 2


def test_an_artifact_that_was_not_produced_is_not_asked_for(out: Path) -> None:
    played = downloaded(out, "older/v3.4.18/artifact", "*missing*", required=("optional-*",))
    assert by_name(played) == {}
    assert played.verdict.exit_code == 6
    assert "required artifact optional-* is missing" in played.verdict.message


def test_a_run_that_was_deleted_is_fetched_from_the_archive_and_said_to_be_so(out: Path) -> None:
    run = recorded("archived-then-deleted")
    gone = next(change.at for change in run.workflows[run.scenario] if change.object is None)
    played = downloaded(out, run, begin=gone + 0.05, identity=Identity(accept_archived=True))
    assert {(file.route, file.error) for file in by_name(played).values()} == {("archive", "")}
    assert any(
        "can be the bytes of a later run" in remark
        for remark in played.verdict.deciding.observation.remarks
    )


def test_a_run_that_moved_meanwhile_is_followed(out: Path) -> None:
    moved = Fault(kind=FaultKind.ANSWER, match="^/artifacts/", status=404, body=b"Not Found\n")
    played = downloaded(out, live(recorded("artifacts")), "gen/junit", "gen/json", faults=(moved,))
    assert {file.route for file in by_name(played).values()} == {"archive"}
    asked = [one.path for one in played.requests if one.path.startswith("/artifacts/")]
    assert 1 <= len(asked) <= 2


def glued(body: bytes) -> Fault:
    return answering(200, body + GLUED, ATTACHED)


def answering(status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Fault:
    return Fault(
        kind=FaultKind.ANSWER, match="^/artifact", status=status, headers=headers, body=body
    )


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (glued(b"\x00" * 20_000), "the server broke off in the middle of it: unexpected EOF"),
        (glued(tgz(("a", b"a" * 9000))), "the server broke off in the middle of it"),
        (answering(200, gzip.compress(b"x" * 99)[:-1], ATTACHED), "the gzip has no end"),
        (answering(200, b"<!doctype html><title>Argo</title>\n", PAGE), "a web page instead"),
        (answering(500, b"Internal Server Error\n"), "the token may not get secrets"),
        (answering(403, b"Forbidden\n"), "answered 403"),
        (answering(404, b"Not Found\n"), "there is nothing in the storage"),
        (Fault(kind=FaultKind.CUT, match="^/artifacts", after=50), "cut off"),
        (Fault(kind=FaultKind.RESET, match="^/artifacts", after=50), ""),
        (Fault(kind=FaultKind.HANG, match="^/artifacts", stop=5000), "--collect-timeout"),
    ],
)
def test_what_is_not_the_file_is_a_failure_and_nothing_stays(
    out: Path, fault: Fault, why: str
) -> None:
    limits = Limits(request_timeout=0.1, collect_timeout=20) if fault.stop == 5000 else Limits()
    played = downloaded(
        out,
        live(recorded("artifacts")),
        "gen/tgz-file",
        faults=(fault,),
        required=("tgz-file",),
        limits=limits,
    )
    [file] = by_name(played).values()
    assert file.error
    assert why in file.error or "no answer" in file.error
    assert files_in(out) == ["artifacts/manifest.json"]
    assert played.verdict.exit_code == 6
    assert "the required artifact gen/tgz-file could not be fetched" in played.verdict.message
    suite = ET.parse(out.parent / "junit.out")
    [error] = suite.findall(".//error")
    assert error.get("type") == "Incomplete"


def test_a_passing_hiccup_is_borne(out: Path) -> None:
    cut = Fault(kind=FaultKind.CUT, match="^/artifacts", times=2, after=50)
    played = downloaded(out, live(recorded("artifacts")), "gen/tgz-file", faults=(cut,))
    assert by_name(played)["tgz-file"].error == ""


def test_what_garbage_collection_took_is_known(out: Path) -> None:
    played = downloaded(out, "artifact-gc", begin=21)
    assert {file.error for file in by_name(played).values()} == {
        "it was deleted by the workflow's artifact garbage collection"
    }
    assert not any(one.path.startswith("/artifact") for one in played.requests)
    assert played.verdict.exit_code == 0


def test_a_required_artifact_changes_no_failure(out: Path) -> None:
    played = downloaded(out, "junit-artifact", required=("junit", "nothing-*"))
    assert played.verdict.exit_code == 1
    assert "besides, the required artifact nothing-* is missing" in played.verdict.message
    assert by_name(played)["junit"].error == ""


def test_what_is_required_is_fetched_even_if_no_pattern_names_it(out: Path) -> None:
    played = downloaded(out, "junit-artifact", "main-logs", required=("junit",))
    assert set(by_name(played)) == {"junit", "main-logs"}


def test_a_manifest_that_cannot_be_written_is_a_remark(out: Path) -> None:
    (out / "junit-artifact/manifest.json").mkdir(parents=True)
    played = downloaded(out, "junit-artifact")
    [remark] = played.verdict.deciding.observation.remarks
    assert "manifest.json could not be written" in remark


def test_refusals_of_archives_are_remarks(out: Path) -> None:
    evil = answering(200, tgz(("../../evil", b"x")), ATTACHED)
    played = downloaded(
        out,
        live(recorded("artifacts")),
        "gen/tgz-file",
        faults=(evil,),
        unpacks=True,
        reports=Format,
    )
    [remark] = [each for each in played.verdict.deciding.observation.remarks if "tgz-file" in each]
    assert remark == (
        "artifact gen/tgz-file: it was left packed: its member '../../evil' would lie outside"
    )
    assert files_in(out.parent) == sorted(
        [
            *(f"{report}.out" for report in Format),
            *("out/artifacts/gen/tgz-file.tgz",),
            "out/artifacts/manifest.json",
        ]
    )
    assert played.verdict.exit_code == 0
