"""What a document tells of a workflow besides its state: to be shown, nothing decides by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from argogate.model.lenient import object_in, objects_in, scalar_in, text_in, texts_by_name_in
from argogate.model.parse import node_document
from argogate.model.workflow import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argogate.model.lenient import JsonObject

LABEL_CREATOR = "workflows.argoproj.io/creator"
LABEL_RESUBMITTED = "workflows.argoproj.io/resubmitted-from-workflow"
OWN_LABELS = "workflows.argoproj.io/"
LONGEST_ESTIMATE = 10**9


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
    estimate: float = 0
    """Seconds that Argo expects, by an earlier run; 0 where it expects nothing."""
    parameters: tuple[Parameter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    inputs: Mapping[str, Inputs] = field(default_factory=dict)
    """Of nodes, by id."""


def read_about(document: JsonObject) -> About:
    """Read it from what a GET gives."""
    labels = texts_by_name_in(object_in(document, "metadata"), "labels")
    spec, status = object_in(document, "spec"), object_in(document, "status")
    whole = {**object_in(status, "storedWorkflowTemplateSpec"), **spec}
    nodes, _ = node_document(status)
    return About(
        creator=labels.get(LABEL_CREATOR, ""),
        resubmitted_from=labels.get(LABEL_RESUBMITTED, ""),
        cluster_template=object_in(spec, "workflowTemplateRef").get("clusterScope") is True,
        labels={name: text for name, text in labels.items() if not name.startswith(OWN_LABELS)},
        estimate=_seconds(status.get("estimatedDuration")),
        parameters=_given(object_in(whole, "arguments")),
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


def _seconds(value: object) -> float:
    known = isinstance(value, int | float) and 0 < value < LONGEST_ESTIMATE
    return float(value) if known and isinstance(value, int | float) else 0
