"""Report files: nothing of an earlier run is left, and nothing but reports is replaced."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from argogate import gate
from argogate.cli import reporting
from argogate.publishing import Reports
from argogate.reports.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

GOOD = {"ARGO_SERVER": "127.0.0.1:1", "ARGO_TOKEN": "t0ken"}


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, the current one, with a report of an earlier run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").write_text("passed")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("wf", "--bogus", "--junit", "old"), GOOD),
        (("wf", "--junit", "old", "--bogus", "x"), GOOD),
        (("wf", "--junit", "old", "--timeout", "soon"), GOOD),
        (("wf", "--timeout", "soon", "--result=old"), GOOD),
        (("Bad Name", "--summary", "old"), GOOD),
        (("wf", "--timeout"), {**GOOD, "ARGOGATE_JUNIT": "old"}),
        (("wf", "--poll-interval", "1h", "--dotenv", "old"), GOOD),
        (("wf", "--annotations", "old"), {"ARGO_TOKEN": "t"}),
        (("wf", "--parameters", "old"), {"ARGO_SERVER": "h:x", "ARGO_TOKEN": "t"}),
        (("wf", "--junit", "old", "--result", "old"), GOOD),
        (("wf", "--junit", "old", "--record", "./old"), GOOD),
        (("wf", "--junit", "old", "--result", "/dev"), GOOD),
        (("wf", "--junit", "old", "--result", "a" * 300), GOOD),
    ],
)
def test_a_refused_wait_leaves_no_report_of_an_earlier_one(
    call: Call, old: Path, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    assert call("wait", *words, **variables).code == 2
    assert list(old.iterdir()) == []


def test_neither_does_one_with_an_option_before_the_command(call: Call, old: Path) -> None:
    assert call("--quiet", "wait", "wf", "--junit", "old", **GOOD).code == 2
    assert list(old.iterdir()) == []


def test_a_file_with_the_names_is_not_replaced(
    call: Call, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "STDIN", str(old / "link"))  # as /dev/stdin leads to a file
    (old / "link").symlink_to("old")
    ended = call("wait", "wf", "--junit", "./old", **GOOD)
    assert (ended.code, "would replace what is read on stdin" in ended.err) == (2, True)
    assert (old / "old").read_text() == "passed"


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (("--junit", "old", "--token-file", "old"), {}),
        (("--junit", "old", "--token-file", "old", "--bogus"), {}),
        (("--junit", "./old", "--ca-cert", "link"), {}),
        (("--junit", "link", "--ca-cert", "link"), {}),
        (("--junit", "old", "-H", "X-Key=@old"), {}),
        (("--junit", "old", "-H", "X-Key: @old"), {}),
        (("--record", "old", "--token-file", "old"), {}),
        (("--result", "old"), {"GITHUB_OUTPUT": "old"}),
        (("--summary", "old", "--bogus"), {"GITHUB_STEP_SUMMARY": "old"}),
    ],
)
def test_what_is_read_or_shared_is_never_replaced(
    call: Call, old: Path, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    (old / "link").symlink_to("old")
    assert call("wait", "wf", *words, **GOOD, **variables).code == 2
    assert (old / "old").read_text() == "passed"
    assert (old / "link").is_symlink()


def test_the_step_summary_by_name_is_added_to_as_it_is_without(call: Call, old: Path) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(old / "old")}
    words = ("--outage-timeout", "0", "--summary", "old")
    ended = call("wait", "wf", *words, **GOOD | {"ARGO_SERVER": "127.0.0.1:9"}, **variables)
    assert ended.code == 5
    assert (old / "old").read_text("utf-8").startswith("passed\n### ❌ argogate: unreachable")


def test_a_report_in_a_folder_that_is_gone_is_refused(call: Call, old: Path) -> None:
    (old / "old").unlink()
    old.rmdir()
    ended = call("wait", "wf", "--junit", "j.xml", **GOOD)
    assert (ended.code, "No such file or directory" in ended.err) == (2, True)


def test_until_the_verdict_every_report_says_that_the_gate_did_not_finish(
    call: Call, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        assert "did not finish" in (old / "old").read_text()
        sys.exit(9)

    monkeypatch.setattr(gate, "run", killed)
    assert call("wait", "wf", "--junit", "old", **GOOD).code == 9
    assert "<error" in (old / "old").read_text()


def test_what_cannot_be_replaced_is_refused(
    call: Call, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(request: gate.Request, *rest: object) -> str:
        (old / "new").mkdir()
        reports = Reports(paths={Format.JUNIT: old / "new"})
        return begin(gate.Request(namespace="argo", names=request.names, reports=reports), *rest)

    begin: Callable[..., str] = gate.begin
    monkeypatch.setattr(gate, "begin", meanwhile)
    ended = call("wait", "wf", "--junit", "new", **GOOD)
    assert (ended.code, "--junit" in ended.err, "cannot be replaced" in ended.err) == (
        2,
        True,
        True,
    )


def test_a_report_that_is_no_file_is_not_said_to_be_there(call: Call) -> None:
    ended = call("wait", "w", "--junit", os.devnull, "--outage-timeout", "0", **GOOD)
    assert (ended.code, "junit report" in ended.err) == (5, False)


def test_a_folder_that_is_gone_takes_no_report(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for variables in ({}, {"GITHUB_OUTPUT": "output"}):
        ended = call("wait", "w", "--junit", "junit.xml", **GOOD, **variables)
        assert ended.code == 2
        assert "cannot be written" in ended.err
