"""Output parameters for the steps that follow: JSON, or lines of `NAME=value`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.reports import gitlab
from argogate.reports.formats import PREFIX

if TYPE_CHECKING:
    from argogate.codec import Json
    from argogate.model.workflow import Parameter
    from argogate.verdict.report import Report, Suite


def render(report: Report, file_name: str, prefix: str = PREFIX) -> str:
    """Render as JSON, unless the file's name ends in `.env`.

    `parameters` are those of the deciding workflow; `workflows` has all, and those of nodes.
    """
    if file_name.endswith(".env"):
        return gitlab.render_parameters(report, prefix)
    document = {
        "parameters": _by_name(report.deciding.workflow.parameters),
        "workflows": {suite.workflow.name: _workflow(suite) for suite in report.suites},
    }
    return json.dumps(document, indent=1) + "\n"


def _workflow(suite: Suite) -> Json:
    workflow, tree = suite.workflow, suite.result.tree
    nodes = {
        tree.path(node): _by_name(node.parameters)
        for node in workflow.nodes.values()
        if node.parameters
    }
    return {
        "uid": workflow.uid,
        "parameters": _by_name(workflow.parameters),
        "nodes": nodes,
    }


def _by_name(parameters: tuple[Parameter, ...]) -> dict[str, str]:
    return {parameter.name: parameter.value for parameter in parameters}
