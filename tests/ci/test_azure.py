"""What the agent of Azure DevOps obeys, and what it must not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from argogate.ci.announce import LONGEST_VALUE, Announcer
from argogate.ci.azure import Azure, issue
from argogate.ci.systems import detected
from argogate.model.workflow import Parameter
from argogate.reports.outputs import OUTPUTS, outputs
from argogate.verdict.evidence import LogTail
from tests.build import HOSTILE, node, observed, reported, told, workflow
from tests.ci.test_github import foreign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argogate.verdict.report import Report


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the agent understands it."""

    name: str
    properties: dict[str, str]
    data: str


def obeyed(lines: Iterable[str]) -> list[Command]:
    """Read a log as the agent does (Command.TryParse): one command of a line, anywhere in it."""
    found = []
    for line in re.split("\r\n|\r|\n", "\n".join(lines)):
        _, prefix, rest = line.partition("##vso[")
        head, bracket, data = rest.partition("]")
        if prefix and bracket:
            name, _, properties = head.partition(" ")
            pairs = (item.partition("=") for item in properties.split(";") if item)
            data = data.replace("%0D", "\r").replace("%0A", "\n").replace("%AZP25", "%")
            found.append(Command(name, {key: value for key, _, value in pairs}, data))
    return found


class Log:
    """What an announcer wrote into the log of a job."""

    def __init__(self, system: Azure, report: Report | None, paths: dict[str, str]) -> None:
        self.lines: list[str] = []
        announcer = Announcer(
            system=system, write=self.lines.append, warn=self.lines.append, paths=paths
        )
        if report:
            announcer.announce(report)
        else:
            announcer.refuse("no such option")

    @property
    def variables(self) -> dict[str, str]:
        found = [each for each in obeyed(self.lines) if each.name == "task.setvariable"]
        assert all(each.properties["isOutput"] == "true" for each in found)
        return {each.properties["variable"]: each.data for each in found}


def test_a_failure_is_an_issue_with_message_last_lines_and_link() -> None:
    seen = workflow(node("unit", "Failed", message="main: Error (exit code 3)"))
    logs = (LogTail(node_id="wf-unit", lines=("a", "##vso[task.complete]", "100%")),)
    [mark] = obeyed(Azure().marks(reported(observed(seen, logs=logs))))
    assert (mark.name, mark.properties) == ("task.logissue", {"type": "error"})
    rows = mark.data.splitlines()
    assert rows[:5] == ["wf: unit", "main: Error (exit code 3)", "| a", *rows[3:5]]
    assert rows[3:5] == ["| # #vso[task.complete]", "| 100%"]
    assert rows[-1].startswith("https://argo.example/workflows/argo/wf?")


def test_a_failure_that_exits_0_is_a_warning_and_a_refusal_an_error() -> None:
    red = reported(observed(workflow(node("a", "Failed"))), exit_zero=True)
    assert [mark.properties["type"] for mark in obeyed(Azure().marks(red))] == ["warning"]
    [refusal] = obeyed(Azure().refusal("no such option: --x"))
    assert (refusal.properties, refusal.data) == (
        {"type": "error"},
        "argogate\nno such option: --x",
    )


def test_every_output_is_a_variable_of_the_step_and_can_be_read_back() -> None:
    report = told(node("unit", "Failed"), node("lint", "Failed", message="50%0Adone"))
    paths = {"junit": "a b%.xml", "artifacts-dir": "", "result": ""}
    found = Log(Azure(), report, paths).variables
    expected = {**outputs(report), **paths}
    assert found == {name.replace("-", "_"): value for name, value in expected.items()}
    assert {*found} == {name.replace("-", "_") for name in OUTPUTS}
    assert found["failed_nodes"] == "lint\nunit"


def test_a_refusal_sets_every_variable() -> None:
    found = Log(Azure(), None, {}).variables
    assert {*found} == {name.replace("-", "_") for name in OUTPUTS}
    assert (found["conclusion"], found["exit_code"], found["outputs"]) == ("usage", "2", "{}")


def test_what_is_too_long_for_an_environment_is_left_out_whole() -> None:
    parameters = (Parameter(name="large", value="x" * LONGEST_VALUE),)
    report = reported(observed(workflow(phase="Succeeded", parameters=parameters)))
    assert Log(Azure(), report, {}).variables["outputs"] == "{}"


def test_a_variable_of_the_job_is_never_put_into_a_value() -> None:
    """The next job expands `$(name)` in the variables that it is given."""
    parameters = (Parameter(name="a", value="$(System.AccessToken)"),)
    seen = workflow(node("x", "Failed", message="$(secret)"), parameters=parameters)
    found = Log(Azure(), reported(observed(seen)), {"junit": "$(x)"}).variables
    assert not [value for value in found.values() if "$(" in value]
    assert found["outputs"] == r'{"a": "\u0024(System.AccessToken)"}'
    assert found["junit"] == "$ (x)"


@given(foreign, foreign)
def test_no_foreign_text_is_obeyed(message: str, name: str) -> None:
    seen = workflow(
        node(name, "Failed", message=message), parameters=(Parameter(name=name, value=message),)
    )
    report = reported(observed(seen))
    assert [each.name for each in obeyed(Azure().marks(report))] == ["task.logissue"]
    assert not obeyed(Azure().folded(name, [message, name, *HOSTILE]))
    heads = [line for line in Azure().folded(name, HOSTILE) if line.startswith("##")]
    assert [head[: head.index("]")] for head in heads] == ["##[group", "##[endgroup"]
    log = Log(Azure(), report, {"junit": message})
    assert {each.name for each in obeyed(log.lines)} == {"task.logissue", "task.setvariable"}
    assert len(log.variables) == len(OUTPUTS) - 2


def test_the_summary_is_a_tab_of_the_run(tmp_path: Path) -> None:
    system = detected({"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(tmp_path)})
    assert isinstance(system, Azure)
    log = Log(system, told(node("a", "Failed")), {})
    [upload] = [each for each in obeyed(log.lines) if each.name == "task.uploadsummary"]
    assert upload.data == str(system.summary)
    assert Path(upload.data).read_text("utf-8").startswith("### ❌ argogate: failed")


def test_a_summary_that_was_not_written_is_not_uploaded(tmp_path: Path) -> None:
    log = Log(Azure(summary=tmp_path / "no" / "a.md"), told(node("a", "Failed")), {})
    assert not [each for each in obeyed(log.lines) if each.name == "task.uploadsummary"]
    assert detected({"TF_BUILD": "True"}).page() is None


@pytest.mark.parametrize(
    ("title", "line", "command"),
    [
        ("a]b", "100%\nx\ry", "##vso[task.logissue type=error]a]b%0A100%AZP25 x y"),
        ("##vso[task.complete]", "", "##vso[task.logissue type=error]# #vso[task.complete]"),
    ],
)
def test_issues_are_escaped(title: str, line: str, command: str) -> None:
    assert issue("error", title, line) == command
