"""Messages of the event streams and rows of lists → values. Pure and total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lenient import object_in, objects_in, text_in
from argogate.model.parse import parse_workflow
from argogate.model.workflow import NodeType
from argogate.observation import Glimpse, NodeWarning

if TYPE_CHECKING:
    from argogate.model.lenient import JsonObject

GLIMPSE_FIELDS = (
    "metadata.name",
    "metadata.uid",
    "status.phase",
    "status.message",
    "status.progress",
    "status.startedAt",
    "status.finishedAt",
)
WATCH_FIELDS = "error,result.type," + ",".join(f"result.object.{name}" for name in GLIMPSE_FIELDS)
LIST_FIELDS = "metadata," + ",".join(f"items.{name}" for name in GLIMPSE_FIELDS)
CHOICE_FIELDS = f"{LIST_FIELDS},items.metadata.creationTimestamp,items.metadata.labels"
"""What it takes to tell live rows from archived ones, and older from newer."""
WARNING_FIELDS = (
    "error,result.type,result.reason,result.message,result.involvedObject.name,"
    "result.involvedObject.uid,result.metadata.annotations"
)
NODE_FAILED = frozenset({"WorkflowNodeFailed", "WorkflowNodeError"})
ANNOTATION = "workflows.argoproj.io/node-"
FRAMES = frozenset(
    {NodeType.STEPS, NodeType.STEP_GROUP, NodeType.DAG, NodeType.TASK_GROUP, NodeType.RETRY}
)
"""Types of nodes whose failure only repeats that of a node inside."""


def glimpse_of(result: JsonObject) -> Glimpse | None:
    """Read a frame of `workflow-events`, or None where it is about no workflow."""
    workflow = parse_workflow(object_in(result, "object"))
    if not workflow.uid:
        return None
    return Glimpse(workflow=workflow, deleted=text_in(result, "type") == "DELETED")


def warning_of(event: JsonObject) -> NodeWarning | None:
    """Read a Kubernetes event about a node that failed by itself, or None for any other."""
    about = object_in(event, "involvedObject")
    annotations = object_in(object_in(event, "metadata"), "annotations")
    kind = text_in(annotations, f"{ANNOTATION}type")
    if text_in(event, "reason") not in NODE_FAILED or kind in FRAMES:
        return None
    return NodeWarning(
        workflow=text_in(about, "name"),
        uid=text_in(about, "uid"),
        node_id=text_in(annotations, f"{ANNOTATION}id"),
        node_name=text_in(annotations, f"{ANNOTATION}name"),
        message=text_in(event, "message"),
    )


def rows_of(document: JsonObject) -> tuple[Glimpse, ...]:
    """Read the rows of a list; `items` is null where there are none."""
    rows = (parse_workflow(item) for item in objects_in(document, "items"))
    return tuple(Glimpse(workflow=row) for row in rows if row.uid)


def next_page(document: JsonObject) -> str:
    """Return the `continue` of a list, which a full last page may have as well."""
    return text_in(object_in(document, "metadata"), "continue")
