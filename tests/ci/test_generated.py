"""What follows from the options cannot drift from them. Mend with `make generate`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from argogate.cli.main import COMMANDS
from argogate.cli.wait import command
from argogate.reports.outputs import OUTPUTS, outputs
from argogate.verdict.conclusion import EXITS
from argogate.verdict.suites import make_report
from tests.reports.test_junit import VERDICTS
from tools.generate import FILES, PROJECT, Option, options, wait
from tools.sbom import bill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

SPECIAL = {"workflow", "token", "python"}


@pytest.mark.parametrize("name", FILES)
def test_files_are_as_generated(name: str) -> None:
    text = (PROJECT / name).read_text("utf-8")
    assert FILES[name](text) == text, "run: make generate"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_lags_is_noticed(name: str) -> None:
    text = (PROJECT / name).read_text("utf-8")
    lagging = re.sub(r"require(\\?-)artifact", r"require\1artefact", text)
    assert FILES[name](lagging) != lagging


@pytest.mark.parametrize("option", wait(), ids=lambda option: option.name)
def test_an_input_becomes_the_variable_of_its_option(option: Option) -> None:
    """`action/run.py` and the Jenkins step make the variable of the name."""
    assert option.variables[0] == f"ARGOGATE_{option.name.replace('-', '_').upper()}"
    assert option.help
    assert option.name not in SPECIAL


def test_no_option_is_left_out() -> None:
    listed = [option.name for option in wait()]
    spelled = [parameter.opts for parameter in command.params if parameter.opts[0][0] == "-"]
    assert len(listed) == len(spelled) == len(set(listed))
    for name in listed:
        assert f"\n  {name}:\n" in (PROJECT / "action.yml").read_text("utf-8")
        assert f"`--{name}`" in (PROJECT / "docs" / "reference.md").read_text("utf-8")


def test_the_outputs_are_those_promised() -> None:
    assert " ".join(OUTPUTS) == (
        "conclusion phase message workflow-name namespace uid url started-at finished-at "
        "duration-seconds failed-nodes exit-code junit artifacts-dir outputs result results"
    )


def test_labels_are_no_workflow_name() -> None:
    assert outputs(make_report(VERDICTS["nothing has the labels"]))["workflow-name"] == ""
    assert outputs(make_report(VERDICTS["never seen"]))["workflow-name"] == "wf"


def test_the_reference_has_every_command() -> None:
    text = (PROJECT / "docs" / "reference.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"\n## `argogate {name}" in text


@pytest.mark.parametrize(
    ("option", "kind", "default"),
    [
        ("timeout", "string", "1h"),
        ("pending-timeout", "string", "off"),
        ("log-lines", "number", "100"),
        ("watch", "boolean", "true"),
        ("exit-zero", "boolean", ""),
        ("secure", "string", ""),
        ("logs", "string", "failed"),
    ],
)
def test_options_are_read_from_the_command(option: str, kind: str, default: str) -> None:
    [found] = [each for each in options(command) if each.name == option]
    assert (found.kind, found.default) == (kind, default)


def test_the_bill_of_materials_is_read_from_the_lock() -> None:
    hashes = " \\\n    ".join(f"--hash=sha256:{letter * 64}" for letter in "ab")
    lock = f"# a comment\nid==1.6.1 \\\n    {hashes}\n"
    [only] = bill(lock + "    # via argogate\n")["components"]
    assert (only["name"], only["version"], only["purl"]) == ("id", "1.6.1", "pkg:pypi/id@1.6.1")
    assert [each["content"][0] for each in only["externalReferences"][0]["hashes"]] == ["a", "b"]


def test_every_exit_code_is_explained_wherever_they_are_listed(call: Call) -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    reference = (PROJECT / "docs" / "reference.md").read_text("utf-8")
    troubleshooting = (PROJECT / "docs" / "troubleshooting.md").read_text("utf-8")
    for word, (code, meaning) in EXITS.items():
        row = f"  {code:<4} {word:<12} {meaning}"
        assert row in call("--help").out
        assert row in call("wait", "--help").out
        assert f"| {code} | `{word}` | {meaning} |" in reference
        assert re.search(rf"^\| {code} (/ 143 )?\| `{word}` \| ", readme, re.MULTILINE)
        assert code == 0 or re.search(rf"^\| {code}(, 143)? \| ", troubleshooting, re.MULTILINE)
