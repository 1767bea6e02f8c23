"""The gate inside a CI system: what it adds to the log and to the system's files."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from argogate import gate
from tests.ci.test_github import read_outputs
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


@pytest.fixture
def failing() -> Iterator[dict[str, str]]:
    with DemoServer([recorded("steps-one-fails")], token=TOKEN, speed=10_000) as server:
        time.sleep(0.02)
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }


def outputs(tmp_path: Path) -> dict[str, str]:
    return read_outputs((tmp_path / "output").read_text("utf-8"))


def test_in_github_a_failure_is_annotated_summarised_and_handed_on(
    call: Call, failing: dict[str, str], github: dict[str, str], tmp_path: Path
) -> None:
    junit = str(tmp_path / "argo.xml")
    done = call("wait", "steps-one-fails", "--junit", junit, **failing, **github)
    assert done.code == 1
    assert "::error title=steps-one-fails%3A integration::main: Error (exit code 3)" in done.err
    assert done.err.count("::group::") == done.err.count("::endgroup::") == 1
    assert "::" not in done.out.replace("http://", "")
    values = outputs(tmp_path)
    assert (values["conclusion"], values["exit-code"]) == ("failed", "1")
    assert (values["junit"], values["artifacts-dir"]) == (junit, "")
    assert "argogate: failed" in (tmp_path / "summary").read_text("utf-8")


def test_a_summary_of_ones_own_is_there_beside_the_step_summary(
    call: Call, failing: dict[str, str], github: dict[str, str], tmp_path: Path
) -> None:
    own = tmp_path / "own.md"
    call("wait", "steps-one-fails", "--quiet", "--summary", str(own), **failing, **github)
    assert own.read_text("utf-8").startswith("### ❌ argogate: failed")
    assert "### ❌ argogate: failed" in (tmp_path / "summary").read_text("utf-8")


@pytest.mark.parametrize("words", [("wait",), ("wait", "w", "--timeout", "x"), ("explode",)])
def test_in_github_a_refusal_is_annotated_and_handed_on(
    call: Call, github: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = call(*words, **github)
    assert done.code == 2
    assert "::error title=argogate::argogate" in done.err
    assert outputs(tmp_path)["conclusion"] == "usage"


def test_the_workflow_may_be_named_by_a_variable(call: Call, failing: dict[str, str]) -> None:
    done = call("wait", ARGOGATE_WORKFLOW="steps-one-fails", **failing)
    assert done.code == 1


def test_a_bug_is_announced_too(
    call: Call,
    failing: dict[str, str],
    github: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        message = "boom"
        raise RuntimeError(message)

    monkeypatch.setattr(gate, "run", broken)
    assert call("wait", "steps-one-fails", **failing, **github).code == 70
    assert outputs(tmp_path)["conclusion"] == "internal"


def test_in_gitlab_logs_of_failed_nodes_are_folded(call: Call, failing: dict[str, str]) -> None:
    done = call("wait", "steps-one-fails", GITLAB_CI="true", **failing)
    assert "::error" not in done.err
    begin = r"section_start:\d+:\w+\[collapsed=true\]\r\x1b\[0K"
    end = r"section_end:\d+:\w+\r\x1b\[0K"
    assert re.search(f"{begin}Log of .*\n(?:  \\| .*\n)+\x1b\\[0K{end}", done.err)


@pytest.mark.parametrize(("output", "heard"), [("text", "out"), ("name", "err")])
def test_teamcity_is_told_on_stdout_unless_a_program_reads_that(
    call: Call, failing: dict[str, str], output: str, heard: str
) -> None:
    done = call("wait", "steps-one-fails", "-o", output, TEAMCITY_VERSION="2026.1", **failing)
    streams = {"out": done.out, "err": done.err}
    assert "##teamcity[buildStatus text='" in streams.pop(heard)
    assert "##teamcity" not in "".join(streams.values())
    refused = call("wait", "w", "--timeout", "x", TEAMCITY_VERSION="2026.1")
    assert "##teamcity[buildStatus text='" in refused.out


def test_azure_is_told_in_the_log(call: Call, failing: dict[str, str], tmp_path: Path) -> None:
    azure = {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(tmp_path)}
    done = call("wait", "steps-one-fails", **azure, **failing)
    assert "##vso[task.logissue type=error]steps-one-fails: integration%0A" in done.err
    assert "##vso[task.setvariable variable=conclusion;isOutput=true]failed\n" in done.err
    assert "##vso" not in done.out


def test_each_output_can_be_a_file_and_a_refusal_leaves_none_of_an_earlier_run(
    call: Call, failing: dict[str, str], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    words = ("wait", "steps-one-fails", "--output-files", str(results))
    assert call(*words, **failing).code == 1
    assert (results / "conclusion").read_text() == "failed"
    (results / "other").write_text("")
    assert call(*words, "--timeout", "x", **failing).code == 2
    assert [path.name for path in results.iterdir()] == ["other"]
