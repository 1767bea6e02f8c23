"""`--artifact-path`: where an artifact goes, by placeholders as those of `argo cp --path`. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING

from argogate.evidence.names import MANIFEST, parts_of, safe_name, safe_segment
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from argogate.model.workflow import Artifact, Node, Workflow

ENDING = re.compile(r"(\.tar)?\.[A-Za-z0-9_+-]{1,20}$", re.IGNORECASE)

PLACEHOLDERS: Mapping[str, Callable[[Workflow, Node, Artifact], str]] = {
    "namespace": lambda workflow, *_: workflow.namespace,
    "workflowName": lambda workflow, *_: workflow.name,
    "uid": lambda workflow, *_: workflow.uid,
    "nodeId": lambda _, node, __: node.id,
    "nodeName": lambda workflow, node, _: _own_name(workflow, node),
    "templateName": lambda _, node, __: node.template_name,
    "artifactName": lambda _, __, artifact: artifact.name,
    "fileName": lambda _, __, artifact: PurePosixPath(artifact.key).name,
}
"""Those of `argo cp --path`, and a few more."""
OF_THE_RUN = frozenset({"namespace", "workflowName", "uid"})


@dataclass(frozen=True, slots=True)
class Template:
    """Where artifacts go: segments with placeholders, as in `argo cp --path`."""

    text: str = "{workflowName}/{nodeName}/{artifactName}"

    def __post_init__(self) -> None:
        """Raise ValueError for what would be no path below the artifacts folder."""
        parts = parts_of(self.text)
        if not parts or self.text.endswith("/"):
            msg = "it must be a relative path without '..' that ends in a name"
            raise ValueError(msg)
        for literal, name, form, conversion in Formatter().parse(self.text):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                msg = f"{{{name}}} is no placeholder; there are {known}"
                raise ValueError(msg)
            if any(safe_name(each) != each for each in literal.split("/") if each.strip(".")):
                msg = f"{literal!r} is no name on every system"
                raise ValueError(msg)

    def place(self, workflow: Workflow, node: Node, artifact: Artifact) -> PurePosixPath:
        """Return where an artifact goes; the ending of its key tells what the file is."""
        segments = [self._filled(part, workflow, node, artifact) for part in self._parts]
        ending = ENDING.search(PurePosixPath(artifact.key).name.lstrip("."))
        if "{fileName}" not in self._parts[-1] and ending:
            segments[-1] += ending[0]
        return PurePosixPath(*(safe_name(segment) for segment in segments))

    def manifest(self, workflow: Workflow) -> PurePosixPath:
        """Return where the manifest goes: the folder that is this workflow's alone."""
        own: list[str] = []
        for part in self._parts[:-1]:
            names = _names_in(part)
            if not names <= OF_THE_RUN:
                break
            own.append(safe_name(self._filled(part, workflow)))
            if names & {"workflowName", "uid"}:
                return PurePosixPath(*own, MANIFEST)
        return PurePosixPath(*own, safe_segment(workflow.name), MANIFEST)

    @property
    def _parts(self) -> tuple[str, ...]:
        return parts_of(self.text) or ()

    def _filled(self, part: str, *about: object) -> str:
        fill: Mapping[str, Callable[..., str]] = PLACEHOLDERS
        return part.format_map({name: safe_segment(fill[name](*about)) for name in _names_in(part)})


DEFAULT = Template()


def _own_name(workflow: Workflow, node: Node) -> str:
    """Return a node's name without the workflow's and without the numbers of step groups."""
    own = node.name.removeprefix(workflow.name).lstrip(".") or node.template_name
    return re.sub(r"\[\d+\]", "", own).strip(".") or node.template_name


def _names_in(part: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(part) if name}
