"""A file for each output, as Tekton and Argo read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.ci.announce import Announcer
from argogate.ci.folder import MOST_BYTES, fill, fitting
from argogate.ci.plain import Plain
from argogate.model.workflow import Parameter
from argogate.reports.outputs import OUTPUTS
from tests.build import HOSTILE, node, observed, reported, told, workflow
from tests.ci.test_github import foreign

if TYPE_CHECKING:
    from pathlib import Path

TERMINATION_MESSAGE = 4096
"""Bytes that Kubernetes keeps, and in which Tekton puts all results of a task."""


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def as_tekton(values: dict[str, str]) -> str:
    """Return what the entrypoint of Tekton leaves for its controller."""
    rows = [{"key": name, "value": value, "type": 1} for name, value in values.items()]
    return json.dumps(rows, separators=(",", ":"))


def announcer(folder: Path, warnings: list[str]) -> Announcer:
    return Announcer(
        system=Plain(), write=warnings.append, warn=warnings.append, paths={}, folder=folder
    )


def test_first_the_folder_says_that_it_did_not_finish_and_then_what_was_seen(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    gate = announcer(tmp_path / "results", said)
    gate.hold()
    before = read(tmp_path / "results")
    assert before.keys() == OUTPUTS.keys()
    assert (before["conclusion"], before["exit-code"]) == ("internal", "70")
    gate.announce(told(node("unit", "Failed")))
    after = read(tmp_path / "results")
    assert after.keys() == OUTPUTS.keys()
    assert (after["conclusion"], after["failed-nodes"]) == ("failed", "unit")
    assert json.loads(after["results"])[0]["conclusion"] == "failed"
    assert not said


def test_without_a_folder_nothing_is_held() -> None:
    Announcer(system=Plain(), write=print, warn=print, paths={}).hold()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    announcer(tmp_path / "file", said).announce(told())
    assert said == [f"--output-files {tmp_path / 'file'} cannot be written: File exists"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_workflow_says_tekton_can_take_it(text: str, tmp_path: Path) -> None:
    nodes = [node(f"{text[:50]}{at}", "Failed", message=text) for at in range(40)]
    seen = workflow(*nodes, parameters=(Parameter(name=text, value=text),))
    announcer(tmp_path, []).announce(reported(observed(seen)))
    values = read(tmp_path)
    assert len(as_tekton(values)) < TERMINATION_MESSAGE
    assert values.keys() == OUTPUTS.keys()
    assert isinstance(json.loads(values["outputs"]), dict)
    assert isinstance(json.loads(values["results"]), list)


@given(st.dictionaries(st.sampled_from(list(OUTPUTS)), foreign))
def test_what_does_not_fit_is_left_out_whole_and_json_stays_json(values: dict[str, str]) -> None:
    found = fitting(values)
    assert found.keys() == OUTPUTS.keys()
    assert sum(len(json.dumps(value)) for value in found.values()) < MOST_BYTES + 100
    for name, value in found.items():
        assert value in {values.get(name, ""), "", "{}", "[]"}


def test_a_long_value_does_not_take_the_place_of_a_short_one(tmp_path: Path) -> None:
    assert not fill(tmp_path, {"outputs": "x" * MOST_BYTES, "conclusion": "passed"})
    assert read(tmp_path)["outputs"] == "{}"
    assert read(tmp_path)["conclusion"] == "passed"
