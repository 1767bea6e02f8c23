"""Output parameters for the steps that follow: JSON, or lines of `NAME=value`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.model.nodes import Tree
from argogate.reports import gitlab
from argogate.reports.formats import PREFIX
from argogate.verdict.suites import seen

if TYPE_CHECKING:
    from argogate.codec import Json
    from argogate.model.workflow import Parameter, Workflow
    from argogate.verdict.conclusion import Verdict


def render(verdict: Verdict, file_name: str, prefix: str = PREFIX) -> str:
    """Render as JSON, unless the file's name ends in `.env`.

    `parameters` are those of the deciding workflow; `workflows` has all, and those of nodes.
    """
    if file_name.endswith(".env"):
        return gitlab.render_parameters(verdict, prefix)
    document = {
        "parameters": _by_name(seen(verdict.deciding).parameters),
        "workflows": {seen(result).name: _workflow(seen(result)) for result in verdict.results},
    }
    return json.dumps(document, indent=1) + "\n"


def _workflow(workflow: Workflow) -> Json:
    tree = Tree(workflow)
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
