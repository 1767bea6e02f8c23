"""The GitLab component, run by gitlab-ci-local: as a component and by include:local."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.pipelines.conftest import NODE_MODULES, PROJECT, clean, ended, needed, serving
from tests.reports.readers import gitlab as read_as_gitlab

if TYPE_CHECKING:
    from tests.pipelines.conftest import Ended

pytestmark = pytest.mark.pipelines

COMPONENT = "component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/argogate@$CI_COMMIT_SHA"
LOCAL = "local: templates/argogate/template.yml"
READER = """
after:
  stage: deploy
  needs: [gate]
  script: ["env | grep GATE_ | sort"]
"""
DOTENV = re.compile(r"[A-Za-z0-9_]+=[A-Za-z0-9 ._:/@+-]*")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)  # noqa: S607


def run(folder: Path, pipeline: str, variables: dict[str, str]) -> Ended:
    """Run a pipeline in a project made of the folder `gitlab`."""
    needed("rsync")
    shutil.copytree(PROJECT / "gitlab", folder, dirs_exist_ok=True)
    (folder / ".gitlab-ci.yml").write_text(pipeline)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "test")
    git(folder, "config", "user.email", "test@example.com")
    git(folder, "remote", "add", "origin", "https://gitlab.example.com/platform/argogate.git")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Try the component")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    environ = clean(**variables)
    environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
    program = str(NODE_MODULES / ".bin" / "gitlab-ci-local")
    words = [program, "--force-shell-executor", "--shell-isolation", "--no-color"]
    return ended(words, cwd=folder, env=environ)


def included(how: str, **inputs: str) -> str:
    given = {"install": "false", "job-name": "gate"} | inputs
    lines = [f"      {name}: {value}\n" for name, value in given.items()]
    return f"include:\n  - {how}\n    inputs:\n{''.join(lines)}"


@pytest.mark.parametrize("how", [COMPONENT, LOCAL])
def test_a_pass_is_green_and_its_reports_can_be_read(tmp_path: Path, how: str) -> None:
    with serving("hello-succeeds") as variables:
        done = run(tmp_path, included(how, workflow="hello-succeeds") + READER, variables)
    assert done.code == 0, done.log
    kept = tmp_path / ".gitlab-ci-local" / "builds" / "gate"
    lines = (kept / "argogate-gate.env").read_text().splitlines()
    assert all(DOTENV.fullmatch(line) for line in lines)
    assert "GATE_CONCLUSION=passed" in lines
    assert "> GATE_CONCLUSION=passed" in done.log
    assert "> GATE_PHASE=Succeeded" in done.log
    cases = read_as_gitlab((kept / "argogate-gate.xml").read_bytes())
    assert cases
    links = json.loads((kept / "argogate-gate-annotations.json").read_text())["argogate"]
    [url] = [link["external_link"]["url"] for link in links]
    assert url == f"{variables['ARGO_SERVER']}/workflows/argo/hello-succeeds"
    artifacts = tmp_path / ".gitlab-ci-local" / "artifacts" / "gate"
    assert {path.name for path in artifacts.iterdir()} >= {
        "argogate-gate.xml",
        "argogate-gate.json",
    }


@pytest.mark.parametrize(
    ("codes", "word"), [("[255]", "FAIL"), ("[1]", "WARN"), ("[4, 5]", "FAIL")]
)
def test_a_failure_is_red_or_a_warning_by_its_exit_code(
    tmp_path: Path, codes: str, word: str
) -> None:
    inputs = {"workflow": "steps-one-fails", "warn-exit-codes": codes, "fail-fast": "true"}
    with serving("steps-one-fails") as variables:
        done = run(tmp_path, included(LOCAL, **inputs) + READER, variables)
    assert re.search(rf"^ *{word} +gate", done.log, re.MULTILINE), done.log
    assert re.search(rf"finished in .* {word} 1", done.log)
    kept = tmp_path / ".gitlab-ci-local" / "builds" / "gate"
    assert "GATE_FAILED_NODES=integration" in (kept / "argogate-gate.env").read_text().splitlines()
    assert ET.parse(kept / "argogate-gate.xml").findall(".//failure")


def test_inputs_reach_the_gate_and_nothing_runs_in_a_shell(tmp_path: Path) -> None:
    inputs = {
        "workflow": "'steps-one-fails\"; touch $HOME/pwned #'",
        "junit": "other.xml",
        "watch": "false",
        "log-lines": "7",
    }
    with serving("steps-one-fails") as variables:
        done = run(tmp_path, included(LOCAL, **inputs), variables | {"HOME": str(tmp_path)})
    assert "is no workflow name" in done.log
    assert not (tmp_path / "pwned").exists()
    expanded = (tmp_path / ".gitlab-ci-local" / "expanded-gitlab-ci.yml").read_text()
    assert re.search(r"ARGOGATE_JUNIT: other.xml", expanded)
    assert re.search(r"ARGOGATE_WATCH: ['\"]false ['\"]", expanded)
    assert re.search(r"ARGOGATE_LOG_LINES: ['\"]?7", expanded)


def test_a_mistyped_input_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, included(LOCAL, workflow="w", **{"on-cancel": "explode"}), {})
    assert done.code != 0
    assert "on-cancel" in done.log
