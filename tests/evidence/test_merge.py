"""Which files among the artifacts are merged, from wherever they lie."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from argogate.evidence import merge as merging
from argogate.evidence.content import Content
from argogate.evidence.junit import Room
from argogate.evidence.merge import Merged, may_hold, merge
from argogate.evidence.plan import Wanted
from argogate.model.workflow import ArchiveForm, Artifact
from argogate.verdict.evidence import ArtifactFile
from tests.build import moment, node, workflow
from tests.evidence import making

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow


def tgz(files: dict[str, bytes]) -> bytes:
    return making.tgz(*files.items())


GOOD = b'<testsuite name="s"><testcase name="t"/></testsuite>'
OTHER = b'<testsuite name="o"><testcase name="t"/></testsuite>'
COVERAGE = b"<!DOCTYPE report SYSTEM 'r.dtd'><report/>"
PAGE = b"<!DOCTYPE html><html></html>"


def wanted(
    name: str = "junit", key: str = "", of: Node | None = None, form: str = "none"
) -> Wanted:
    item = of or node("a", template_name="tpl")
    return Wanted(
        workflow=workflow(item),
        node=item,
        node_path=item.display_name,
        artifact=Artifact(name=name, key=key or f"wf/{name}", form=ArchiveForm(form)),
        names=(name, f"{item.display_name}/{name}"),
        place=PurePosixPath(name),
        folder=PurePosixPath(name),
    )


def stored(one: Wanted, path: Path | None, content: Content, **members: object) -> ArtifactFile:
    made = ArtifactFile(
        node_id=one.node.id,
        node_path=one.node_path,
        template="tpl",
        name=one.artifact.name,
        path=str(path) if path else "",
        content=content.value,
    )
    return replace(made, **members)  # type: ignore[arg-type]


def merged_of(
    one: Wanted, path: Path | None, content: Content, *patterns: str, **members: object
) -> Merged:
    return merge(one.workflow, (), [(one, stored(one, path, content, **members))], patterns)


def names(found: Merged) -> list[str]:
    return [file.name for file in found.files if not file.problem]


FILES = {
    "unit.xml": GOOD,
    "deep/TEST-e2e.XML": OTHER,
    "coverage.xml": COVERAGE,
    "index.html": PAGE,
    "results": b"<?xml version='1.0'?>" + GOOD + b"<!-- -->",
    "note.txt": b"all is well",
}


def folder(root: Path) -> Path:
    for name, content in FILES.items():
        path = root / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / "reports" / "link.xml").symlink_to("unit.xml")
    (root / "reports" / "away").symlink_to(root)
    return root / "reports"


def laid(root: Path, content: Content) -> Path:
    """Lay FILES down as one artifact of that kind."""
    if content is Content.DIRECTORY:
        return folder(root)
    path = root / "packed"
    made = {
        Content.TGZ: tgz(FILES),
        Content.TAR: making.tar(*FILES.items()),
        Content.ZIP: making.zipped((*each, 0) for each in FILES.items()),
    }
    path.write_bytes(made[content])
    return path


@pytest.mark.parametrize(
    "content", [Content.DIRECTORY, Content.TGZ, Content.TAR, Content.ZIP], ids=str
)
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("reports", ["deep/TEST-e2e.XML", "results", "unit.xml"]),
        ("a/reports", ["deep/TEST-e2e.XML", "results", "unit.xml"]),
        ("*", ["deep/TEST-e2e.XML", "results", "unit.xml"]),
        ("*.xml", ["unit.xml"]),
        ("reports/unit.xml", ["unit.xml"]),
        ("a/reports/*.XML", ["deep/TEST-e2e.XML"]),
        ("TEST-*", ["deep/TEST-e2e.XML"]),
        ("deep/*", ["deep/TEST-e2e.XML"]),
        ("results", ["results"]),
        ("nothing", []),
    ],
)
def test_a_file_is_found_inside_whatever_holds_it(
    tmp_path: Path, content: Content, pattern: str, expected: list[str]
) -> None:
    found = merged_of(wanted("reports"), laid(tmp_path, content), content, pattern)
    assert sorted(names(found)) == [f"reports/{name}" for name in expected]
    assert [file for file in found.files if file.problem] == []
    assert list(found.shortfalls()) == []
    about = [remark for remark in found.remarks if "matches no file" in remark]
    assert bool(about) is (not expected)


def test_what_is_no_junit_is_told_and_is_no_shortfall(tmp_path: Path) -> None:
    found = merged_of(wanted("reports"), folder(tmp_path), Content.DIRECTORY, "*.xml")
    assert found.remarks == (
        "what --junit-merge names is no JUnit report: a/reports/coverage.xml (<report>)",
    )


@pytest.mark.parametrize(
    ("named", "content", "pattern", "expected"),
    [
        (("junit", "k/junit.xml"), GOOD, "junit", ["junit"]),
        (("junit", "k/junit.xml"), GOOD, "*.xml", ["junit"]),
        (("junit", "k/junit.xml"), GOOD, "ju*", ["junit"]),
        (("junit", "k/main"), GOOD, "ju*", ["junit"]),
        (("junit", "k/main"), b"text", "ju*", []),
        (("page", "k/main"), PAGE, "*", []),
        (("junit", "k/main"), GOOD, "other", []),
    ],
)
def test_a_file_of_its_own_is_merged_where_it_is_meant(
    tmp_path: Path, named: tuple[str, str], content: bytes, pattern: str, expected: list[str]
) -> None:
    (tmp_path / "x").write_bytes(content)
    found = merged_of(wanted(*named), tmp_path / "x", Content.PLAIN, pattern)
    assert names(found) == expected
    assert list(found.shortfalls()) == []


def test_a_gzip_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(GOOD))
    assert names(merged_of(wanted(), tmp_path / "x.gz", Content.GZIP, "junit")) == ["junit"]


def test_what_was_unpacked_is_read_from_its_folder(tmp_path: Path) -> None:
    found = merged_of(wanted(), folder(tmp_path), Content.TGZ, "unit.xml", unpacked=True)
    assert names(found) == ["junit/unit.xml"]


@pytest.mark.parametrize(
    ("content", "kind", "problem"),
    [
        (b"", Content.PLAIN, "it is empty"),
        (b"text", Content.PLAIN, "it is no XML: syntax error: line 1, column 0"),
        (PAGE.replace(b"html", b"testsuite", 1), Content.PLAIN, "it has a DOCTYPE"),
        (b"\x1f\x8b\x08cut", Content.GZIP, "it cannot be looked through: it cannot be read"),
        (b"PK\x03\x04cut", Content.ZIP, "it cannot be looked through: it cannot be read"),
        (tgz({"a.xml": GOOD})[:60], Content.TGZ, "it cannot be looked through"),
        (tgz({"a.xml": b"<testsuite"}), Content.TGZ, "it is no XML: unclosed token"),
    ],
)
def test_what_was_asked_for_and_is_broken_is_a_shortfall(
    tmp_path: Path, content: bytes, kind: Content, problem: str
) -> None:
    (tmp_path / "x").write_bytes(content)
    found = merged_of(wanted(), tmp_path / "x", kind, "junit")
    assert [file.problem.startswith(problem) for file in found.files] == [True]
    [sentence] = found.shortfalls()
    assert sentence.startswith("the JUnit file a/junit")
    assert problem in sentence


def test_what_is_gone_from_the_disk_is_broken(tmp_path: Path) -> None:
    [file] = merged_of(wanted(), tmp_path / "gone", Content.TGZ, "junit").files
    assert "cannot be looked through" in file.problem


@pytest.mark.parametrize(("pattern", "said"), [("junit", ["no storage"]), ("other", [])])
def test_what_could_not_be_fetched_is_broken_where_it_was_asked_for(
    pattern: str, said: list[str]
) -> None:
    found = merged_of(wanted(), None, Content.PLAIN, pattern, error="no storage")
    assert [file.problem for file in found.files] == said


@pytest.mark.parametrize("error", ["larger than allowed", ""])
def test_what_only_might_have_held_something_is_no_shortfall(tmp_path: Path, error: str) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04cut")
    one, path = wanted("data", form="zip"), None if error else tmp_path / "x"
    found = merged_of(one, path, Content.ZIP, "*.xml", error=error)
    assert found.files == ()
    assert found.remarks[0].startswith("JUnit files were not looked for in a/data (")
    assert error in found.remarks[0]


def test_of_a_folder_that_is_not_whole_the_rest_is_merged(tmp_path: Path) -> None:
    place = folder(tmp_path)
    found = merged_of(wanted(), place, Content.DIRECTORY, "junit/unit.xml", error="cut")
    assert [file.problem for file in found.files] == ["", "cut"]


def test_a_broken_archive_that_nobody_asked_for_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04cut")
    assert merged_of(wanted("data"), tmp_path / "x", Content.ZIP, "junit").files == ()


def test_what_a_node_lists_twice_is_merged_once_and_what_two_nodes_list_twice(
    tmp_path: Path,
) -> None:
    (tmp_path / "x").write_bytes(GOOD)
    (tmp_path / "y").write_bytes(tgz({"x.xml": GOOD}))
    first, second = node("a"), node("b")
    seen = workflow(first, second)
    found = [
        (one, stored(one, tmp_path / place, content))
        for one, place, content in (
            (wanted(of=first), "x", Content.PLAIN),
            (wanted("reports", of=first), "y", Content.TGZ),
            (wanted(of=second), "x", Content.PLAIN),
        )
    ]
    files = merge(seen, (), found, ("junit", "*.xml")).files
    assert [(file.node_path, file.name) for file in files] == [("a", "junit"), ("b", "junit")]


def retried() -> tuple[Workflow, list[Node]]:
    attempts = [replace(node(f"t({at})"), started_at=moment(at)) for at in range(2)]
    retry = node("t", kind="Retry", children=tuple(each.id for each in attempts))
    return workflow(retry, *attempts), attempts


def test_an_attempt_that_was_followed_by_another_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(GOOD)
    seen, attempts = retried()
    found = [
        (one, stored(one, tmp_path / "x", Content.PLAIN))
        for each in attempts
        for one in (wanted(of=each), wanted("other", of=each))
    ]
    result = merge(seen, (), found, ("junit",))
    assert [file.node_id for file in result.files] == [attempts[1].id]
    assert result.remarks == ("JUnit files of earlier attempts are not merged: t(0)/junit",)


def test_with_a_part_only_its_files_are_merged(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(GOOD)
    nodes = node("a"), node("b")
    found = [
        (one, stored(one, tmp_path / "x", Content.PLAIN))
        for one in (wanted(of=each) for each in nodes)
    ]
    files = merge(workflow(*nodes), (nodes[1].id,), found, ("junit",)).files
    assert [file.node_path for file in files] == ["b"]


@pytest.mark.parametrize(
    ("bound", "most", "said"),
    [
        ("LARGEST", 2000, "it is larger than 2.0 KiB"),
        ("MOST_BYTES", 40, "have more than 40 B together"),
        ("MOST_FILES", 0, "more than 0 JUnit files"),
        ("MOST_MEMBERS", 0, "more than 0 members"),
        ("MOST_INFLATED", 1000, "unpacks to more than 1000 B"),
    ],
)
def test_nothing_is_read_without_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int, said: str
) -> None:
    monkeypatch.setattr(merging, bound, most)
    (tmp_path / "x").write_bytes(tgz({"a.xml": GOOD + b" " * 3000}))
    *_, file = merged_of(wanted(), tmp_path / "x", Content.TGZ, "junit").files
    assert said in file.problem


def test_of_many_broken_ones_a_few_are_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(tgz({f"{at}.xml": b"%d" % at for at in range(9)}))
    found = merged_of(wanted(), tmp_path / "x", Content.TGZ, "junit")
    assert len(found.files) == 9
    sentences = list(found.shortfalls())
    assert len(sentences) == merging.MOST_NAMED + 1
    assert sentences[-1] == "4 more JUnit files could not be merged"


def test_what_is_only_counted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "Room", lambda: Room(tests=0))
    (tmp_path / "x").write_bytes(GOOD)
    found = merged_of(wanted(), tmp_path / "x", Content.PLAIN, "junit")
    assert found.remarks == ("of merged JUnit files 1 test could only be counted",)


@pytest.mark.parametrize(
    ("one", "pattern", "expected"),
    [
        (wanted("junit"), "junit", True),
        (wanted("junit"), "ju*", True),
        (wanted("junit"), "a/junit", True),
        (wanted("junit", "k/x.xml"), "*.xml", True),
        (wanted("reports"), "reports/a/*.xml", True),
        (wanted("reports"), "a/reports/*.xml", True),
        (wanted("reports", form="tar"), "*.xml", True),
        (wanted("reports", "k/reports.tgz"), "*.xml", True),
        (wanted("reports", "k/reports"), "*.xml", True),
        (wanted("video", "k/video.mp4"), "*.xml", False),
        (wanted("reports", form="tar"), "junit", False),
        (wanted("reports", form="tar"), "other/*.xml", False),
    ],
)
def test_only_what_may_hold_something_is_fetched(
    one: Wanted, pattern: str, *, expected: bool
) -> None:
    if one.artifact.key.endswith(".tgz"):
        one = replace(one, place=PurePosixPath("reports.tgz"))
    assert may_hold(one, (pattern,)) is expected
