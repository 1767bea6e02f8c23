"""Which workflows, and which of their fields, are asked for: what is not needed is not sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.lenient import later
from argogate.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

POLL_FIELDS = (
    "metadata.name,metadata.namespace,metadata.uid,metadata.resourceVersion,"
    "metadata.generateName,metadata.creationTimestamp,metadata.deletionTimestamp,metadata.labels,"
    "spec.suspend,spec.shutdown,spec.ttlStrategy,"
    "status.phase,status.message,status.progress,status.startedAt,status.finishedAt,"
    "status.estimatedDuration"
)
"""`finishedAt: null` is ambiguous unless asked for, so every member used is named here."""

TREE_FIELDS = "-metadata.managedFields"
"""All but what can be larger than everything else. Never `-status.nodes…`: the server would
then skip reading compressed and offloaded nodes (util/fields/fields.go:50-67)."""

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
ROW = (*GLIMPSE_FIELDS, *CHOICE, "metadata.namespace", "spec.suspend", "spec.workflowTemplateRef")
"""What a line about a workflow tells; never `status` whole, which makes a server read all nodes."""
ROW_FIELDS = "metadata," + ",".join(f"items.{name}" for name in ROW)
LIVE_ROW_FIELDS = ",".join(
    [
        "error,result.type,result.object.metadata.annotations",
        *(f"result.object.{name}" for name in ROW),
    ]
)
WARNING_FIELDS = (
    "error,result.type,result.reason,result.message,result.involvedObject.name,"
    "result.involvedObject.uid,result.metadata.annotations"
)

INITIAL_SECONDS = 2
"""Seconds after which the server ends a watch whose Kubernetes knows no mark of the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which workflows of a namespace are meant."""

    name: str = ""
    prefix: str = ""
    """What names begin with; goes alone. Known from 3.6 on: before, it is taken for a name."""
    labels: str = ""
    """A label selector as Kubernetes writes it."""
    created_after: datetime | None = None
    """Known from 3.7 on, and ignored before."""

    def query(self) -> dict[str, str]:
        """Return the parameters that select them."""
        name = self.name or self.prefix
        options = {
            "listOptions.fieldSelector": f"metadata.name={name}" if name else "",
            "listOptions.labelSelector": self.labels,
            "nameFilter": "Prefix" if self.prefix and not self.name else "",
            "createdAfter": _before(self.created_after) if self.created_after else "",
        }
        return {name: value for name, value in options.items() if value}

    def changes(self, seconds: int) -> dict[str, str]:
        """Return the parameters of a watch that begins with what exists."""
        query = {**self.query(), "listOptions.resourceVersion": "0", "fields": WATCH_FIELDS}
        return query | ending_after(seconds)

    def live(self, fields: str = LIVE_FIELDS) -> dict[str, str]:
        """Return the parameters of a watch that begins with all there is and marks its end."""
        return {
            **self.query(),
            "listOptions.sendInitialEvents": "true",
            "listOptions.resourceVersionMatch": "NotOlderThan",
            "listOptions.allowWatchBookmarks": "true",
            "fields": fields,
            **ending_after(INITIAL_SECONDS),
        }


def _before(moment: datetime) -> str:
    """Return the second before, in the only zone that is understood: it may or may not count."""
    return spell.moment(later(moment, -1))


def ending_after(seconds: int) -> dict[str, str]:
    """Return the parameter that lets the server end a watch; none for 0."""
    return {"listOptions.timeoutSeconds": str(seconds)} if seconds else {}
