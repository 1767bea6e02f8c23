from __future__ import annotations

import json

from argogate.model.workflow import Parameter
from argogate.reports.formats import Format, render
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, judged, node, observed, reported, workflow

TAG = Parameter(name="image-tag", value="v1.2")
SECRET = Parameter(name="expanded", value="$HOME\nX=1")


def test_json_has_the_deciding_workflows_parameters_and_all_others() -> None:
    one = workflow(node("a", parameters=(SECRET,)), phase="Succeeded", parameters=(TAG,))
    other = workflow(phase="Failed", name="other", uid="u2")
    verdict = judged(observed(one), observed(other))
    document = json.loads(render(Format.PARAMETERS, make_report(verdict), "p.json"))
    assert document == {
        "parameters": {},
        "workflows": {
            "wf": {
                "uid": "b1a0",
                "parameters": {"image-tag": "v1.2"},
                "nodes": {"a": {"expanded": "$HOME\nX=1"}},
            },
            "other": {"uid": "u2", "parameters": {}, "nodes": {}},
        },
    }
    assert json.loads(render(Format.PARAMETERS, reported(observed(one))))["parameters"] == {
        "image-tag": "v1.2"
    }


def test_a_file_named_env_has_what_gitlab_takes() -> None:
    one = workflow(phase="Succeeded", parameters=(TAG, SECRET))
    lines = render(Format.PARAMETERS, reported(observed(one)), "p.env", "MY")
    assert lines == b"MY_OUTPUT_IMAGE_TAG=v1.2\nMY_OUTPUT_EXPANDED=\n"


def test_hostile_values_are_json_in_one_encoding() -> None:
    parameters = tuple(Parameter(name=text[:50], value=text) for text in HOSTILE)
    body = render(Format.PARAMETERS, reported(observed(workflow(parameters=parameters))), "x")
    assert body.isascii()
    assert json.loads(body)["parameters"][HOSTILE[0]] == HOSTILE[0]
