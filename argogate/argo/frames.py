"""Messages of the event streams and rows of lists → values. Pure and total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lenient import object_in, objects_in, text_in
from argogate.model.parse import parse_workflow
from argogate.model.workflow import NodeType
from argogate.verdict.observation import Glimpse, NodeWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from argogate.model.lenient import JsonObject
    from argogate.model.workflow import Workflow

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
CHOICE = ("metadata.creationTimestamp", "metadata.deletionTimestamp", "metadata.labels")
"""What it takes besides to tell live rows from archived ones, and older from newer."""
CHOICE_FIELDS = ",".join([LIST_FIELDS, *(f"items.{name}" for name in CHOICE)])
LIVE_FIELDS = ",".join(
    [WATCH_FIELDS, *(f"result.object.{name}" for name in (*CHOICE, "metadata.annotations"))]
)
INITIAL_END = "k8s.io/initial-events-end"
"""Annotation of the bookmark after all that there is (kep 3157)."""
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


def rows_of(document: JsonObject) -> tuple[Workflow, ...]:
    """Read the rows of a list; `items` is null where there are none. A row may lack its uid."""
    rows = (parse_workflow(item) for item in objects_in(document, "items"))
    return tuple(row for row in rows if row.uid or row.name)


def is_whole(document: JsonObject) -> bool:
    """Whether a list that was asked for without a limit has all rows.

    Servers of version 4 give a `continue` with a whole list too, and that is the number of its
    rows. Any other is the mark of a page.
    """
    following = text_in(object_in(document, "metadata"), "continue")
    return following in {"", str(len(objects_in(document, "items")))}


def live_rows_of(messages: Iterable[JsonObject]) -> Iterator[Glimpse | None]:
    """Read a watch that begins with all there is; None is the mark of its end."""
    for message in messages:
        result = object_in(message, "result")
        found = object_in(result, "object")
        annotations = object_in(object_in(found, "metadata"), "annotations")
        if text_in(result, "type") == "BOOKMARK" and INITIAL_END in annotations:
            yield None
        elif row := glimpse_of(result):
            yield row
