"""Which CI system runs us, and what reaches its log and its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from argogate.ci.announce import LARGEST_PAGE, Announcer
from argogate.ci.azure import Azure
from argogate.ci.buildkite import Buildkite
from argogate.ci.github import GitHub
from argogate.ci.gitlab import GitLab, sections
from argogate.ci.plain import Plain
from argogate.ci.systems import detected
from argogate.ci.teamcity import TeamCity
from argogate.reports.outputs import OUTPUTS
from argogate.verdict.evidence import LogTail
from tests.build import node, observed, reported, workflow
from tests.ci.test_github import foreign, read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from argogate.verdict.report import Report


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, GitHub),
        ({"GITLAB_CI": "true"}, GitLab),
        ({"GITLAB_CI": "false"}, Plain),
        ({"JENKINS_URL": "https://ci.example/"}, Plain),
        ({"BUILDKITE": "true", "CI": "true", "PATH": ""}, Buildkite),
        ({"TF_BUILD": "True"}, Azure),
        ({"TEAMCITY_VERSION": "2026.1"}, TeamCity),
        ({"CIRCLECI": "true", "CI": "true"}, Plain),
        ({"BITBUCKET_BUILD_NUMBER": "7", "CI": "true"}, Plain),
        ({}, Plain),
    ],
)
def test_a_system_is_known_by_the_variable_that_it_sets(
    environ: dict[str, str], kind: type[Plain]
) -> None:
    assert type(detected(environ)) is kind


def test_github_is_told_through_the_files_it_names(tmp_path: Path) -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "o")}
    system = detected(environ)
    assert system.channel() == tmp_path / "o"
    assert system.page() is None


def failed() -> Report:
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("a", "b" * 5000)) for at in range(20))
    nodes = [node(f"n{at}", "Failed", message="exit 3") for at in range(20)]
    return reported(observed(workflow(*nodes), logs=logs))


class Told:
    """What an announcer wrote and warned of."""

    def __init__(self, system: Plain, report: Report | None = None, *, logs: bool = True) -> None:
        self.log: list[str] = []
        self.warnings: list[str] = []
        announcer = Announcer(
            system=system,
            write=self.log.append,
            warn=self.warnings.append,
            paths={"junit": "argo.xml"},
            logs=logs,
        )
        if report:
            announcer.announce(report)
        else:
            announcer.refuse("argogate wait: no such option")


def test_github_gets_outputs_summary_logs_and_annotations(tmp_path: Path) -> None:
    page = tmp_path / "summary"
    page.write_text("before\n")
    told = Told(GitHub(output=tmp_path / "out", summary=page), failed())
    values = read_outputs((tmp_path / "out").read_text("utf-8"))
    assert (values["conclusion"], values["junit"]) == ("failed", "argo.xml")
    assert page.read_text("utf-8").startswith("before\n### ❌ argogate: failed")
    assert sum(line.startswith("::group::Log of wf: n") for line in told.log) == 10
    assert sum(line.startswith("::error ") for line in told.log) == 1
    assert max(map(len, told.log)) == len("  | ") + 1000
    assert not told.warnings
    kinds = [line.startswith("::error ") for line in told.log]
    assert kinds == sorted(kinds, reverse=True), (
        "annotations come before what could take their place"
    )


def test_a_log_of_each_reason_comes_before_a_second_of_any() -> None:
    """Only some logs are written: ten of one reason would tell nothing of another."""
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("a",)) for at in range(12))
    nodes = [node(f"n{at}", "Failed", message="main: Error (exit code 1)") for at in range(11)]
    killed = node("n11", "Failed", message="main: OOMKilled (exit code 137)")
    told = Told(GitHub(), reported(observed(workflow(*nodes, killed), logs=logs)))
    titles = [line.split()[3] for line in told.log if line.startswith("::group::")]
    assert titles == ["n0", "n11", *(f"n{at}" for at in range(1, 9))]


def test_the_logs_of_what_is_red_are_folded_first() -> None:
    logs = tuple(LogTail(node_id=f"wf-{name}", lines=("x",)) for name in ("good", "bad"))
    seen = workflow(node("good"), node("bad", "Failed"))
    told = Told(GitHub(), reported(observed(seen, logs=logs)))
    folded = [line for line in told.log if line.startswith("::group::")]
    assert [line.partition("wf: ")[2].partition(" ")[0] for line in folded] == ["bad", "good"]


def test_quiet_leaves_outputs_summary_and_annotations(tmp_path: Path) -> None:
    system = GitHub(output=tmp_path / "out", summary=tmp_path / "summary")
    told = Told(system, failed(), logs=False)
    assert all(line.startswith("::error ") for line in told.log)
    assert (tmp_path / "summary").exists()
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("taken", [0, 500_000, LARGEST_PAGE - 1000, LARGEST_PAGE])
def test_a_summary_never_grows_too_large_for_the_page(tmp_path: Path, taken: int) -> None:
    page = tmp_path / "summary"
    page.write_bytes(b"x" * taken)
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("漢" * 300,) * 50) for at in range(60))
    nodes = [node(f"n{at}", "Failed", message="exit 3") for at in range(60)]
    Told(GitHub(summary=page), reported(observed(workflow(*nodes), logs=logs)), logs=False)
    assert taken <= page.stat().st_size <= 1_000_000


def test_a_file_that_cannot_be_written_is_said_and_changes_nothing(tmp_path: Path) -> None:
    told = Told(GitHub(output=tmp_path / "no" / "out", summary=tmp_path), failed())
    assert [text.rpartition(": ")[2] for text in told.warnings] == [
        "No such file or directory",
        "Is a directory",
    ]
    assert told.log


def test_a_refusal_reaches_github(tmp_path: Path) -> None:
    told = Told(GitHub(output=tmp_path / "out"))
    values = read_outputs((tmp_path / "out").read_text("utf-8"))
    assert set(values) == set(OUTPUTS)
    assert {name: value for name, value in values.items() if value} == {
        "conclusion": "usage",
        "message": "argogate wait: no such option",
        "exit-code": "2",
        "outputs": "{}",
        "results": "[]",
    }
    assert len(told.log) == 1


@pytest.mark.parametrize("before", ["", "a=b\n", "a=b"])
def test_outputs_begin_on_a_line_of_their_own(tmp_path: Path, before: str) -> None:
    (tmp_path / "out").write_text(before)
    Told(GitHub(output=tmp_path / "out"))
    lines = (tmp_path / "out").read_text("utf-8").splitlines()
    assert lines[: bool(before)] == ["a=b"] * bool(before)
    assert lines[bool(before)].startswith("conclusion<<")


@pytest.mark.parametrize("folded", [GitHub().folded, sections(0).folded])
def test_logs_keep_their_indentation_behind_a_mark(folded: Callable[..., Iterator[str]]) -> None:
    rows = ["Traceback:", '  File "t.py", line 4', "\t\traise", "", "a  b ##[error]c"]
    shown = [line for line in folded("log", rows) if line.startswith("  | ")]
    assert shown == [
        "  | Traceback:",
        '  |   File "t.py", line 4',
        "  |                 raise",
        "  | ",
        "  | a  b # #[error]c",
    ]


def test_gitlab_gets_collapsed_sections_with_names_of_their_own() -> None:
    told = Told(sections(1700000000), failed())
    starts = [
        match[1]
        for line in told.log
        if (match := re.match(r"\x1b\[0Ksection_start:1700000000:(\w+)\[collapsed=true\]\r", line))
    ]
    assert starts == [f"argogate_{at}" for at in range(1, 11)]
    assert "\x1b[0Ksection_end:1700000000:argogate_1\r\x1b[0K" in told.log


@given(foreign)
def test_no_foreign_text_ends_or_begins_a_section(text: str) -> None:
    start, row, end = sections(0).folded(text, [text])
    assert "\x1b" not in row
    assert "\r" not in row
    assert start.count("\x1b") == 2
    assert end == "\x1b[0Ksection_end:0:argogate_1\r\x1b[0K"


def test_other_systems_are_told_nothing() -> None:
    passed = reported(observed(workflow(phase="Succeeded")))
    for report in (failed(), passed, None):
        told = Told(Plain(), report)
        assert not told.log
        assert not told.warnings
    assert Plain().masks(["secret"]) == ()
    assert Plain().handed_on({}) == ""
    assert not list(Plain().folded("title", ["line"]))
