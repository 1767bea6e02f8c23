"""What a document tells of a workflow besides its state: to be shown, nothing decides by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lenient import (
    flag_in,
    object_in,
    objects_in,
    scalar_in,
    text_in,
    texts_by_name_in,
)
from argogate.model.parse import effective_spec, node_document
from argogate.model.workflow import LABEL_CREATOR, Parameter
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.model.lenient import JsonObject

LABEL_RESUBMITTED = "workflows.argoproj.io/resubmitted-from-workflow"
OWN_LABELS = "workflows.argoproj.io/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the controller remarked: `SpecWarning`, `PodRunning` and others."""

    type: str
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a node was given."""

    parameters: tuple[Parameter, ...] = ()
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where a workflow came from, and what it was given."""

    creator: str = ""
    resubmitted_from: str = ""
    cluster_template: bool = False
    """Whether its template is a ClusterWorkflowTemplate."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Its users' own ones."""
    parameters: tuple[Parameter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    inputs: Mapping[str, Inputs] = field(default_factory=dict)
    """Of nodes, by id."""


def read_about(document: JsonObject) -> About:
    """Read it from what a GET gives."""
    labels = texts_by_name_in(object_in(document, "metadata"), "labels")
    spec, status = object_in(document, "spec"), object_in(document, "status")
    nodes, _ = node_document(status)
    return About(
        creator=labels.get(LABEL_CREATOR, ""),
        resubmitted_from=labels.get(LABEL_RESUBMITTED, ""),
        cluster_template=flag_in(object_in(spec, "workflowTemplateRef"), "clusterScope"),
        labels={name: text for name, text in labels.items() if not name.startswith(OWN_LABELS)},
        parameters=_given(object_in(effective_spec(spec, status), "arguments")),
        conditions=tuple(
            Condition(
                type=text_in(each, "type"),
                status=text_in(each, "status"),
                message=text_in(each, "message"),
            )
            for each in objects_in(status, "conditions")
            if text_in(each, "type")
        ),
        inputs={
            node_id: Inputs(
                parameters=_given(given),
                artifacts=tuple(
                    name
                    for each in objects_in(given, "artifacts")
                    if (name := text_in(each, "name"))
                ),
            )
            for node_id in nodes
            if (given := object_in(object_in(nodes, node_id), "inputs"))
        },
    )


def _given(source: JsonObject) -> tuple[Parameter, ...]:
    """Return parameters with their values; one without a value has its default."""
    return tuple(
        Parameter(name=name, value=scalar_in(each, "value" if "value" in each else "default"))
        for each in objects_in(source, "parameters")
        if (name := text_in(each, "name"))
    )
