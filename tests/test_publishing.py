"""The report files: whatever becomes of the gate or the disk, none says more than is true."""

from __future__ import annotations

import json
import os
import resource
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from argogate import gate
from argogate.publishing import Reports, forget, publish
from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.reports.outputs import OUTPUTS
from tests.build import BEGAN, node, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSED = told(node("a"), phase="Succeeded")


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    return Reports(paths={report: tmp_path / f"{report}.out" for report in Format})


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file be larger, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def red_cases(path: Path) -> int:
    return len(ET.parse(path).findall(".//failure")) + len(ET.parse(path).findall(".//error"))


def begun(reports: Reports, *names: str) -> str:
    labels = "" if names else "app=web"
    request = gate.Request(namespace="argo", names=names, labels=labels, reports=reports)
    return gate.begin(request, lambda name: f"https://argo.example/{name}", BEGAN)


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("@latest",), ()])
def test_from_the_start_on_every_report_is_red(reports: Reports, names: tuple[str, ...]) -> None:
    for path in reports.paths.values():
        path.write_text("GREEN")
    assert begun(reports, *names) == ""
    texts = {report: path.read_text("utf-8") for report, path in reports.paths.items()}
    assert not any("GREEN" in text for text in texts.values())
    assert red_cases(reports.paths[Format.JUNIT]) == max(len(names), 1)
    verdict = result.read(texts[Format.RESULT])
    assert (verdict.exit_code, verdict.conclusion) == (70, "internal")
    assert "did not finish" in verdict.message
    for report in Format.RESULT, Format.SUMMARY, Format.JUNIT, Format.DOTENV:
        assert "internal" in texts[report].lower()
    written = {line.partition("=")[0] for line in texts[Format.DOTENV].splitlines()}
    single = set(OUTPUTS) - {"outputs", "results", "junit", "result", "artifacts-dir"}
    assert written == {f"GATE_{name.upper().replace('-', '_')}" for name in single}
    linked = "https://argo.example/" in texts[Format.ANNOTATIONS]
    assert linked == (names not in {("@latest",), ()})


def test_on_a_full_disk_an_old_report_goes_rather_than_stays(
    reports: Reports,
) -> None:
    for path in reports.paths.values():
        path.write_text("GREEN")
    with largest_file(100):
        assert begun(reports, "a") == ""
    assert not any(path.exists() and "GREEN" in path.read_text() for path in reports.paths.values())


def test_a_report_that_cannot_be_rewritten_does_not_go_on_saying_green(
    tmp_path: Path,
) -> None:
    paths = {Format.JUNIT: tmp_path / "j.xml", Format.RESULT: tmp_path / "r.json"}
    with largest_file(len(render(Format.JUNIT, PASSED)) + 10):
        verdict = publish(PASSED, Reports(paths=paths)).verdict
    assert verdict.exit_code == 6
    assert list(tmp_path.iterdir()) == []


def test_on_a_disk_that_stays_full_what_is_red_from_the_start_on_stays(tmp_path: Path) -> None:
    paths = {form: tmp_path / form for form in (Format.JUNIT, Format.RESULT, Format.SUMMARY)}
    assert begun(Reports(paths=paths), "a") == ""
    before = {form: path.read_bytes() for form, path in paths.items()}
    with largest_file(100):
        verdict = publish(PASSED, Reports(paths=paths)).verdict
    assert verdict.exit_code == 6
    assert {form: path.read_bytes() for form, path in paths.items()} == before
    assert "the disk is full" in result.read(before[Format.RESULT]).message


def test_what_says_green_goes_although_what_is_red_stays(tmp_path: Path) -> None:
    paths = {Format.JUNIT: tmp_path / "j.xml", Format.RESULT: tmp_path / "r.json"}
    assert begun(Reports(paths=paths), "a") == ""
    with largest_file(len(render(Format.JUNIT, PASSED)) + 10):
        verdict = publish(PASSED, Reports(paths=paths)).verdict
    assert verdict.exit_code == 6
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    assert result.read(paths[Format.RESULT].read_bytes()).exit_code == 70


def test_a_report_of_a_failure_stays_where_it_cannot_be_written_again(tmp_path: Path) -> None:
    failed = told(node("a", "Failed"))
    paths = {Format.SUMMARY: tmp_path / "s.md", Format.RESULT: tmp_path / "r.json"}
    with largest_file(len(render(Format.SUMMARY, failed)) + 10):
        verdict = publish(failed, Reports(paths=paths)).verdict
    assert verdict.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["s.md"]
    assert paths[Format.SUMMARY].read_bytes() == render(Format.SUMMARY, failed)


def test_a_pipe_gets_one_report_and_the_last_word(tmp_path: Path) -> None:
    paths = {Format.RESULT: tmp_path / "pipe", Format.SUMMARY: tmp_path / "j.xml" / "below-a-file"}
    paths[Format.JUNIT] = tmp_path / "j.xml"
    (tmp_path / "j.xml").touch()
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    verdict = publish(PASSED, Reports(paths=paths)).verdict
    reader.join()
    assert verdict.exit_code == 6
    assert json.loads(read[0])["exitCode"] == 6


def test_a_pipe_that_nobody_reads_turns_the_other_reports_red(tmp_path: Path) -> None:
    paths = {Format.RESULT: tmp_path / "pipe", Format.JUNIT: tmp_path / "j.xml"}
    os.mkfifo(tmp_path / "pipe")
    verdict = publish(PASSED, Reports(paths=paths)).verdict
    assert verdict.exit_code == 6
    assert red_cases(tmp_path / "j.xml") == 1


def test_pipes_and_folders_are_not_forgotten(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    forget([tmp_path / name for name in ("pipe", "folder", "file", "nothing")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


def test_nothing_is_written_into_a_pipe_before_the_verdict(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert begun(Reports(paths={Format.JUNIT: tmp_path / "pipe"}), "a") == ""
    assert (tmp_path / "pipe").is_fifo()
