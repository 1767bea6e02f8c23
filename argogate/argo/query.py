"""Which workflows, and which of their fields, are asked for: what is not needed is not sent."""

from __future__ import annotations

from dataclasses import dataclass

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
    labels: str = ""
    """A label selector as Kubernetes writes it."""

    def query(self) -> dict[str, str]:
        """Return the parameters that select them."""
        options = {
            "listOptions.fieldSelector": f"metadata.name={self.name}" if self.name else "",
            "listOptions.labelSelector": self.labels,
        }
        return {name: value for name, value in options.items() if value}

    def changes(self, seconds: int) -> dict[str, str]:
        """Return the parameters of a watch that begins with what exists."""
        query = {**self.query(), "listOptions.resourceVersion": "0", "fields": WATCH_FIELDS}
        return query | ending_after(seconds)

    def live(self) -> dict[str, str]:
        """Return the parameters of a watch that begins with all there is and marks its end."""
        return {
            **self.query(),
            "listOptions.sendInitialEvents": "true",
            "listOptions.resourceVersionMatch": "NotOlderThan",
            "listOptions.allowWatchBookmarks": "true",
            "fields": LIVE_FIELDS,
            **ending_after(INITIAL_SECONDS),
        }


def ending_after(seconds: int) -> dict[str, str]:
    """Return the parameter that lets the server end a watch; none for 0."""
    return {"listOptions.timeoutSeconds": str(seconds)} if seconds else {}
