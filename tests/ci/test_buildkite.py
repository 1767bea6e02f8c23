"""Buildkite's groups, and annotations through a stand-in for its agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from argogate.ci.announce import Announcer
from argogate.ci.buildkite import Buildkite
from argogate.ci.feed import feed
from argogate.ci.systems import detected
from argogate.verdict.evidence import LogTail
from tests.build import HOSTILE, node, observed, reported, told, workflow
from tests.ci.test_github import foreign

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.verdict.report import Report


def make_agent(folder: Path, ending: str = "") -> str:
    """Make a program that keeps what it is told."""
    path = folder / "buildkite-agent"
    path.write_text(f'#!/bin/sh\necho "$@" >"{folder}/words"\ncat >"{folder}/text"\n{ending}\n')
    path.chmod(0o755)
    return str(path)


def announced(system: Buildkite, report: Report) -> tuple[list[str], list[str]]:
    log: list[str] = []
    warnings: list[str] = []
    Announcer(system=system, write=log.append, warn=warnings.append, paths={}).announce(report)
    return log, warnings


@pytest.mark.parametrize(
    ("phase", "exit_zero", "style"),
    [("Failed", False, "error"), ("Failed", True, "warning"), ("Succeeded", False, "success")],
)
def test_the_summary_is_an_annotation(
    tmp_path: Path, phase: str, style: str, *, exit_zero: bool
) -> None:
    make_agent(tmp_path)
    system = detected({"BUILDKITE": "true", "PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert isinstance(system, Buildkite)
    report = reported(observed(workflow(node("a", phase), phase=phase)), exit_zero=exit_zero)
    _, warnings = announced(system, report)
    assert not warnings
    words = (tmp_path / "words").read_text().split()
    assert words[:4] == ["annotate", "--style", style, "--context"]
    assert (tmp_path / "text").read_text("utf-8").startswith("### ")


def test_a_step_that_is_run_again_replaces_its_annotation_and_no_other() -> None:
    def context(workflow_name: str = "wf", **variables: str) -> str:
        system = detected({"BUILDKITE": "true", "PATH": "", **variables})
        assert isinstance(system, Buildkite)
        system = Buildkite(agent="/bin/agent", step=system.step)
        return system.reader(reported(observed(workflow(name=workflow_name))))[-1]

    step = {"BUILDKITE_STEP_ID": "s", "BUILDKITE_PARALLEL_JOB": "1"}
    first = context(**step, BUILDKITE_JOB_ID="1")
    assert context(**step, BUILDKITE_JOB_ID="2") == first
    others = {context("other", **step), context(BUILDKITE_STEP_ID="s"), context(), first}
    assert len(others) == 4
    assert all(len(each) <= 100 for each in others)


def test_without_the_agents_program_there_is_a_log_and_no_word_of_it(tmp_path: Path) -> None:
    system = detected({"BUILDKITE": "true", "PATH": str(tmp_path)})
    log, warnings = announced(system, told(node("a", "Failed")))  # type: ignore[arg-type]
    assert not log
    assert not warnings


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (
            "echo 'fatal: 401' >&2; exit 1",
            "failed with exit code 1: fatal: 401",
        ),
        ("exec sleep 5", "did not end within 0.2 s"),
    ],
)
def test_an_agent_that_fails_or_hangs_is_said(tmp_path: Path, ending: str, said: str) -> None:
    assert (
        feed([make_agent(tmp_path, ending), "annotate"], "text", 0.2)
        == f"buildkite-agent annotate {said}"
    )


def test_an_agent_that_cannot_be_run_is_a_warning_and_changes_nothing(tmp_path: Path) -> None:
    logs = (LogTail(node_id="wf-a", lines=("x",)),)
    report = reported(observed(workflow(node("a", "Failed")), logs=logs))
    log, warnings = announced(Buildkite(agent=str(tmp_path / "gone")), report)
    assert warnings == ["gone cannot be run: No such file or directory"]
    assert log == ["--- Log of wf: a (last 1 lines)", "  | x", "+++ argogate"]


@given(foreign, foreign)
def test_no_foreign_text_begins_or_opens_a_group(text: str, title: str) -> None:
    """A heading is a line that begins with `---`, `+++`, `~~~` or `^^^`."""
    lines = "\n".join(Buildkite().folded(title, [text, "--- x", "^^^ +++", *HOSTILE])).split("\n")
    assert len(lines) == 4 + len(HOSTILE)
    assert [line[:3] for line in lines if line[:3] in {"---", "+++", "~~~", "^^^"}] == ["---"]
