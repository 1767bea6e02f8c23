"""What argogate says in Azure Pipelines, read by the parser of Azure's own task library."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from argogate.ci.announce import Announcer
from argogate.ci.azure import Azure
from argogate.model.workflow import Parameter
from argogate.reports.outputs import OUTPUTS
from argogate.verdict.evidence import LogTail
from tests.build import HOSTILE, node, observed, reported, workflow
from tests.pipelines.conftest import NODE_MODULES, clean, ended, serving
from tests.pipelines.test_files import BIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.pipelines

READ = """
import fs from 'node:fs'
import {createRequire} from 'node:module'
const {commandFromString} = createRequire(process.argv[1])(process.argv[1])
const lines = fs.readFileSync(process.argv[2], 'utf8').split(/\\r\\n|\\r|\\n/)
const found = lines.filter(line => line.includes('##vso['))
    .map(line => commandFromString(line.slice(line.indexOf('##vso['))))
console.log(JSON.stringify(found))
"""


def read(lines: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    log = folder / "log"
    log.write_text("\n".join(lines), "utf-8", newline="")
    library = str(NODE_MODULES / "azure-pipelines-task-lib" / "taskcommand.js")
    done = ended(["node", "--input-type=module", "--eval", READ, library, str(log)], env=clean())
    found: list[dict[str, Any]] = json.loads(done.log)
    return found


def test_the_log_of_a_failing_wait_is_understood(tmp_path: Path) -> None:
    azure = {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(tmp_path)}
    with serving("steps-one-fails") as variables:
        time.sleep(0.1)
        words = [str(BIN / "argogate"), "wait", "steps-one-fails", "--no-watch"]
        done = ended(words, cwd=tmp_path, env=clean(**variables, **azure))
    found = read(done.log.splitlines(), tmp_path)
    values = {
        each["properties"]["variable"]: each["message"]
        for each in found
        if each["command"] == "task.setvariable"
    }
    assert {*values} == {name.replace("-", "_") for name in OUTPUTS}
    assert (values["conclusion"], values["failed_nodes"]) == ("failed", "integration")
    assert json.loads(values["results"])[0]["conclusion"] == "failed"
    [issue] = [each for each in found if each["command"] == "task.logissue"]
    assert issue["message"].startswith("steps-one-fails: integration\nmain: Error (exit code 3)\n")
    [page] = [each["message"] for each in found if each["command"] == "task.uploadsummary"]
    assert page.startswith(str(tmp_path))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_issues_no_command(text: str, tmp_path: Path) -> None:
    seen = workflow(
        node(text, "Failed", message=text), parameters=(Parameter(name=text, value=text),)
    )
    logs = (LogTail(node_id=f"wf-{text}", lines=(text,)),)
    lines: list[str] = []
    announcer = Announcer(system=Azure(), write=lines.append, warn=lines.append, paths={})
    announcer.announce(reported(observed(seen, logs=logs)))
    kept = [line.encode(errors="replace").decode() for line in lines]
    commands = [each["command"] for each in read(kept, tmp_path)]
    assert commands == ["task.setvariable"] * (len(OUTPUTS) - 3) + ["task.logissue"]
