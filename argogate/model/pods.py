"""Names of pods, which the API does not give (workflow/util/pod_name.go:50-77), and their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from argogate.model.workflow import NodeType

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow

NAME_FORMAT = "workflows.argoproj.io/pod-name-format"
LONGEST_PREFIX = 242
FNV_OFFSET, FNV_PRIME = 2166136261, 16777619
MAIN = "main"
"""The container that does a template's work."""


class PodLine(NamedTuple):
    """What one pod printed in its container at one time."""

    pod: str
    at: str
    """As its runtime wrote the time: RFC 3339 with nanoseconds; empty where it did not."""
    text: str
    argo: bool
    """Whether Argo's own process in the container wrote it."""


def pod_and_container(workflow: Workflow, node: Node) -> tuple[str, str]:
    """Return the pod and the container whose log is the node's; empty where it runs no pod."""
    if node.type is NodeType.CONTAINER:
        pod = workflow.nodes.get(node.boundary_id)
        return (_pod_name(workflow, pod), node.display_name) if pod else ("", "")
    if node.type is not NodeType.POD or node.memoized:
        return "", ""
    return _pod_name(workflow, node), MAIN


def _pod_name(workflow: Workflow, node: Node) -> str:
    if workflow.annotations.get(NAME_FORMAT) == "v1":
        return node.id
    if node.name == workflow.name:
        return workflow.name
    prefix = f"{workflow.name}-{node.template_name}" if node.template_name else workflow.name
    return f"{prefix[:LONGEST_PREFIX]}-{_fnv32a(node.name)}"


def _fnv32a(text: str) -> int:
    value = FNV_OFFSET
    for byte in text.encode("utf-8", "surrogatepass"):
        value = (value ^ byte) * FNV_PRIME & 0xFFFFFFFF
    return value
