"""action.yml, run as a GitHub runner runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from argo_replay.server import DemoServer
from argogate.reports.outputs import OUTPUTS
from tests.harness import TOKEN, recorded
from tests.pipelines.conftest import PROJECT, clean, ended, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.pipelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of a step that used the action."""

    code: int
    log: str
    summary: str
    environment: str
    outputs: dict[str, str]


@pytest.fixture(scope="session")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the RUNNER_TEMP of one job: the dependencies are installed there once."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def failing() -> Iterator[dict[str, str]]:
    with serving("steps-one-fails") as variables:
        yield variables


@pytest.fixture(scope="session")
def tag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a runner downloads of a released tag."""
    folder = tmp_path_factory.mktemp("tag")
    shutil.copy(PROJECT / "action.yml", folder)
    shutil.copytree(PROJECT / "action", folder / "action")
    build = [sys.executable, "-m", "tools.pyz", str(folder / "argogate.pyz")]
    assert ended(build, env=clean()).code == 0
    return folder


def words(action: Path, tmp_path: Path, **inputs: str) -> list[str]:
    given = [f"{name.replace('_', '-')}={value}" for name, value in inputs.items()]
    runner = PROJECT / "tests" / "pipelines" / "runner.mjs"
    return ["node", str(runner), str(action), str(tmp_path / "step.json"), *given]


def step(tmp_path: Path, temp: Path, variables: dict[str, str], **inputs: str) -> Step:
    """Use the action of this checkout."""
    return step_of(PROJECT, tmp_path, temp, variables, **inputs)


def step_of(
    action: Path, tmp_path: Path, temp: Path, variables: dict[str, str], **inputs: str
) -> Step:
    workspace = tmp_path / "workspace"
    workspace.mkdir(exist_ok=True)
    environ = clean(RUNNER_TEMP=str(temp), **variables)
    done = ended(words(action, tmp_path, **inputs), cwd=workspace, env=environ)
    assert done.code == 0, done.log
    return told(tmp_path)


def told(tmp_path: Path) -> Step:
    return Step(**json.loads((tmp_path / "step.json").read_text("utf-8")))


def test_a_pass_is_green_and_has_every_output(tmp_path: Path, temp: Path) -> None:
    with serving("hello-succeeds") as variables:
        inputs = {
            "workflow": "hello-succeeds",
            "server": variables["ARGO_SERVER"],
            "token": TOKEN,
            "namespace": "argo",
            "junit": "out/argo.xml",
            "artifacts": "out/artifacts",
        }
        done = step(tmp_path, temp, {}, **inputs)
    assert done.code == 0, done.log
    assert {*done.outputs} == {*OUTPUTS}
    assert done.outputs["conclusion"] == "passed"
    assert done.outputs["phase"] == "Succeeded"
    assert done.outputs["exit-code"] == "0"
    assert done.outputs["junit"] == "out/argo.xml"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", done.outputs["finished-at"])
    assert (tmp_path / "workspace" / "out" / "argo.xml").exists()
    assert (tmp_path / "workspace" / "out" / "artifacts").is_dir()
    assert "argogate: passed" in done.summary
    assert "::error" not in done.log
    assert not done.environment
    assert done.log.startswith(f"::add-mask::{TOKEN}\n")
    assert done.log.count(TOKEN) == 1


def test_a_failure_is_red_with_outputs_annotations_logs_and_summary(
    tmp_path: Path, temp: Path, failing: dict[str, str]
) -> None:
    done = step(tmp_path, temp, failing, workflow="steps-one-fails", fail_fast="true")
    assert done.code == 1
    assert done.outputs["conclusion"] == "failed"
    assert done.outputs["failed-nodes"] == "integration"
    assert json.loads(done.outputs["results"])[0]["workflow-name"] == "steps-one-fails"
    assert "::error title=steps-one-fails%3A integration::main: Error (exit code 3)" in done.log
    assert "::group::Log of steps-one-fails: integration" in done.log
    assert "argogate: failed" in done.summary


DEAD_INDEX = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0"}


def test_a_released_tag_passes_and_fails_without_any_index(
    tmp_path: Path, tag: Path, failing: dict[str, str]
) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    with serving("hello-succeeds") as variables:
        done = step_of(tag, tmp_path, temp, variables | DEAD_INDEX, workflow="hello-succeeds")
    assert (done.code, done.outputs["conclusion"]) == (0, "passed"), done.log
    done = step_of(tag, tmp_path, temp, failing | DEAD_INDEX, workflow="steps-one-fails")
    assert (done.code, done.outputs["failed-nodes"]) == (1, "integration")
    assert "::error title=steps-one-fails%3A integration" in done.log
    assert not list(temp.glob("argogate-*"))  # nothing was installed


def test_a_timeout_and_several_workflows(
    tmp_path: Path, temp: Path, failing: dict[str, str]
) -> None:
    done = step(
        tmp_path,
        temp,
        failing,
        workflow="steps-one-fails\nnot-there",
        appear_timeout="0.1s",
        poll_interval="0.1s",
    )
    assert done.code == 1
    results = json.loads(done.outputs["results"])
    assert [each["conclusion"] for each in results] == ["failed", "not-found"]
    with serving("hello-succeeds", speed=0.1) as variables:
        done = step(tmp_path, temp, variables, workflow="hello-succeeds", timeout="0.3s")
    assert (done.code, done.outputs["conclusion"]) == (124, "timed-out")


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"workflow": 'w"; touch pwned #'}, "is no workflow name"),
        ({"workflow": "$(touch pwned)"}, "is no workflow name"),
        ({"workflow": "--exit-zero"}, "is no workflow name"),
        ({"workflow": "w", "timeout": "${{ github.token }}"}, "is no time span"),
        ({"workflow": "w", "junit": "\n::error::x", "timeout": "x"}, "is no time span"),
        ({}, "no workflow is named"),
    ],
)
def test_hostile_and_missing_inputs_are_refused_and_nothing_is_run(
    tmp_path: Path, temp: Path, failing: dict[str, str], inputs: dict[str, str], complaint: str
) -> None:
    done = step(tmp_path, temp, failing, **inputs)
    assert done.code == 2
    assert complaint in done.log
    assert done.outputs["conclusion"] == "usage"
    assert complaint in done.outputs["message"]
    assert [line for line in done.log.splitlines() if line.startswith("::error")]
    assert not (tmp_path / "workspace" / "pwned").exists()


def test_modules_of_the_checked_out_repository_are_not_imported(
    tmp_path: Path, temp: Path, failing: dict[str, str]
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("junit_xml", "argogate", "json", "sitecustomize", "click"):
        (workspace / f"{name}.py").write_text("open('pwned', 'w')\nraise SystemExit(0)\n")
    variables = failing | {"PYTHONPATH": str(workspace), "PYTHONSTARTUP": "junit_xml.py"}
    done = step(tmp_path, temp, variables, workflow="steps-one-fails", junit="argo.xml")
    assert done.code == 1
    assert not (workspace / "pwned").exists()


def test_variables_of_the_job_count_where_an_input_is_not_given(
    tmp_path: Path, temp: Path, failing: dict[str, str]
) -> None:
    done = step(
        tmp_path, temp, failing | {"ARGOGATE_EXIT_ZERO": "true"}, workflow="steps-one-fails"
    )
    assert (done.code, done.outputs["conclusion"]) == (0, "failed")
    assert "::warning title=" in done.log


@pytest.mark.parametrize("released", [True, False], ids=["from a tag", "from another ref"])
def test_a_cancelled_job_leaves_report_and_outputs(
    tmp_path: Path, temp: Path, tag: Path, *, released: bool
) -> None:
    (tmp_path / "workspace").mkdir()
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=0.01) as server:
        variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
        process = subprocess.Popen(
            words(
                tag if released else PROJECT, tmp_path, workflow="hello-succeeds", junit="argo.xml"
            ),
            cwd=tmp_path / "workspace",
            env=clean(RUNNER_TEMP=str(temp), **variables),
        )
        while not server.requests and process.poll() is None:
            time.sleep(0.05)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        process.wait(timeout=20)
    assert time.monotonic() - began < 5
    done = told(tmp_path)
    assert (done.code, done.outputs["conclusion"]) == (130, "cancelled")
    [case] = ET.parse(tmp_path / "workspace" / "argo.xml").findall(".//testcase[error]")
    assert case


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("", "no Python 3.11 or newer is on PATH"),
        ("/bin/false", "the input python names '/bin/false', and there is no Python 3.11"),
    ],
)
def test_without_a_python_it_says_what_to_do(
    tmp_path: Path, temp: Path, python: str, said: str
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "node"):
        (tools / name).symlink_to(str(shutil.which(name)))
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    inputs = {"python": python} if python else {}
    done = step(tmp_path, temp, {"PATH": str(tools)}, workflow="w", **inputs)
    assert done.code == 2
    assert f"::error title=argogate::{said}" in done.log
    assert done.outputs["conclusion"] == "usage"


def test_dependencies_that_cannot_be_installed_are_said(
    tmp_path: Path, failing: dict[str, str]
) -> None:
    variables = failing | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    temp = tmp_path / "temp"
    temp.mkdir()
    done = step(tmp_path, temp, variables, workflow="steps-one-fails")
    assert done.code == 70
    said = "::error title=argogate::the dependencies of argogate cannot be installed: pip said: "
    assert said in done.log
    assert done.outputs["exit-code"] == "70"
    assert done.outputs["conclusion"] == "internal"
    assert not list(temp.glob("argogate-*"))


def test_wishes_of_the_caller_for_pip_do_not_break_the_installation(
    tmp_path: Path, failing: dict[str, str]
) -> None:
    (tmp_path / "constraints.txt").write_text("requests==2.31.0\n")
    temp = tmp_path / "temp"
    temp.mkdir()
    wishes = {
        "PIP_CONSTRAINT": str(tmp_path / "constraints.txt"),
        "PIP_DRY_RUN": "1",
        "PIP_PREFIX": str(tmp_path / "prefix"),
        "PIP_PYTHON_VERSION": "3.8",
    }
    done = step(tmp_path, temp, failing | wishes, workflow="steps-one-fails")
    assert done.code == 1, done.log
    assert done.outputs["conclusion"] == "failed"


def test_a_value_with_a_blank_is_one_value(
    tmp_path: Path, temp: Path, failing: dict[str, str]
) -> None:
    done = step(tmp_path, temp, failing, workflow="steps-one-fails", node="integration or so")
    assert done.code == 1
    assert "integration or so" in done.outputs["message"]
