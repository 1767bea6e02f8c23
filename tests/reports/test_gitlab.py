"""dotenv and annotations as GitLab's parsers take them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.cli.wait import command
from argogate.model.workflow import Parameter
from argogate.reports.formats import PREFIX
from argogate.reports.outputs import (
    MOST_BYTES,
    MOST_LINKS,
    MOST_NODE_LINKS,
    MOST_VARIABLES,
    OUTPUTS,
    render_annotations,
    render_dotenv,
)
from argogate.verdict.observation import Target
from tests.build import HOSTILE, node, observed, reported, workflow

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow

LINE = re.compile(r"[A-Za-z0-9_]+=[A-Za-z0-9 ._:/@+-]*")
foreign = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=50))


def dotenv(seen: Workflow) -> dict[str, str]:
    text = render_dotenv(reported(observed(seen)))
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_outcome_and_the_output_parameters_are_variables() -> None:
    parameters = (
        Parameter(name="image-tag", value="v1.2@sha256:ab"),
        Parameter(name="quoted", value='"x"'),
        Parameter(name="expanded", value="$HOME"),
        Parameter(name="empty", value=""),
        Parameter(name="image_tag", value="again"),
    )
    found = dotenv(workflow(node("unit", "Failed", message="a, $b (c)"), parameters=parameters))
    assert found["GATE_CONCLUSION"] == "failed"
    assert found["GATE_WORKFLOW_NAME"] == "wf"
    assert found["GATE_URL"] == "https://argo.example/workflows/argo/wf"
    assert found["GATE_FAILED_NODES"] == "unit"
    assert found["GATE_DURATION_SECONDS"] == "65.000"
    assert found["GATE_MESSAGE"].startswith("argo/wf ended Failed after 1m 5s")
    assert {name: value for name, value in found.items() if "OUTPUT" in name} == {
        "GATE_OUTPUT_IMAGE_TAG": "v1.2@sha256:ab",
        "GATE_OUTPUT_QUOTED": "",
        "GATE_OUTPUT_EXPANDED": "",
        "GATE_OUTPUT_EMPTY": "",
    }


def test_every_name_is_there_whatever_the_ending() -> None:
    good = workflow(node("a"), phase="Succeeded", finished_at=None, uid="")
    names = set(dotenv(workflow(node("unit", "Failed"))))
    assert names == set(dotenv(good))
    assert len(names) == 12


def test_the_names_begin_with_the_prefix() -> None:
    text = render_dotenv(reported(observed(workflow())), "E2E")
    assert all(line.startswith("E2E_") for line in text.splitlines())


@given(foreign, st.lists(st.tuples(foreign, foreign), max_size=40))
def test_no_line_can_break_the_job(text: str, pairs: list[tuple[str, str]]) -> None:
    parameters = tuple(Parameter(name=name, value=value) for name, value in pairs)
    seen = workflow(node(text, "Failed", message=text), name=text, uid=text, parameters=parameters)
    rendered = render_dotenv(reported(observed(seen)))
    lines = rendered.splitlines()
    assert 0 < len(lines) <= MOST_VARIABLES
    assert len(rendered.encode()) <= MOST_BYTES
    assert all(LINE.fullmatch(line) for line in lines)
    assert len({line.partition("=")[0] for line in lines}) == len(lines)


def test_a_value_that_does_not_fit_is_empty() -> None:
    parameters = tuple(Parameter(name=f"p{at}", value="x" * 2000) for at in range(9))
    found = dotenv(workflow(parameters=parameters))
    assert len(found["GATE_OUTPUT_P1"]) == 2000
    assert found["GATE_OUTPUT_P2"] == ""


def test_no_variable_is_an_option_of_a_later_gate() -> None:
    read = {
        name
        for parameter in command.params
        for name in (
            [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
        )
    }
    assert "ARGOGATE_UID" in read
    handed = {f"{PREFIX}_" + name.upper().replace("-", "_") for name in OUTPUTS}
    assert not handed & read


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://[", "https://[::1", ""])
def test_the_job_page_links_to_argo(url: str) -> None:
    target = Target(namespace="argo", name="wf", url=url)
    document = json.loads(
        render_annotations(reported(observed(workflow()), observed(workflow(), target=target)))
    )
    link = {"label": "argo/wf: failed", "url": "https://argo.example/workflows/argo/wf"}
    assert document == {"argogate": [{"external_link": link}]}


def test_links_are_bounded() -> None:
    document = json.loads(render_annotations(reported(*[observed(workflow())] * 50)))
    assert len(document["argogate"]) == MOST_LINKS


def test_what_failed_is_linked_before_the_runs_that_passed() -> None:
    bad = observed(workflow(*(node(f"n{at}", "Failed") for at in range(9))))
    document = json.loads(
        render_annotations(reported(observed(workflow(phase="Succeeded")), bad, bad))
    )
    labels = [row["external_link"]["label"] for row in document["argogate"]]
    nodes = [f"argo/wf: n{at}" for at in range(MOST_NODE_LINKS)]
    assert labels == ["argo/wf: failed"] * 2 + nodes * 2 + ["argo/wf: passed"]
    assert "nodeId=wf-n0&" in document["argogate"][2]["external_link"]["url"]
