"""A workflow and its nodes as values, named as Argo names them.

Field meanings: `pkg/apis/workflow/v1alpha1/workflow_types.go` of argoproj/argo-workflows v4.1.2.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.model.blueprint import Blueprint
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_PROGRESS = 40
"""Characters, which two numbers of Go fit into; Python takes no number of any length."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LONGEST_NAME, LONGEST_NAMESPACE = 253, 63
LATEST = "@latest"
"""The name that stands for the newest workflow of a namespace."""
LABEL_ARCHIVING = "workflows.argoproj.io/workflow-archiving-status"
LABEL_CRON = "workflows.argoproj.io/cron-workflow"
LABEL_CREATOR = "workflows.argoproj.io/creator"
LABEL_TEMPLATE = "workflows.argoproj.io/workflow-template"
LABEL_CLUSTER_TEMPLATE = "workflows.argoproj.io/cluster-workflow-template"
LABEL_ACTION = "workflows.argoproj.io/action"
LABEL_ACTOR = "workflows.argoproj.io/actor"


def is_name(text: str) -> bool:
    """Whether a workflow can be called so; looked at before it goes into a URL."""
    return len(text) <= LONGEST_NAME and bool(_NAME.fullmatch(text))


def is_namespace(text: str) -> bool:
    """Whether a namespace can be called so."""
    return len(text) <= LONGEST_NAMESPACE and bool(_NAMESPACE.fullmatch(text))


class Phase(StrEnum):
    """`status.phase` of a workflow; NONE where no controller has touched it yet."""

    NONE = ""
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ERROR = "Error"
    UNKNOWN = "Unknown"
    """A word that this release of argogate does not know: it means "not finished"."""


class NodePhase(StrEnum):
    """`phase` of a node."""

    NONE = ""
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    SKIPPED = "Skipped"
    FAILED = "Failed"
    ERROR = "Error"
    OMITTED = "Omitted"
    UNKNOWN = "Unknown"


class NodeType(StrEnum):
    """`type` of a node."""

    NONE = ""
    POD = "Pod"
    CONTAINER = "Container"
    STEPS = "Steps"
    STEP_GROUP = "StepGroup"
    DAG = "DAG"
    TASK_GROUP = "TaskGroup"
    RETRY = "Retry"
    SKIPPED = "Skipped"
    SUSPEND = "Suspend"
    HTTP = "HTTP"
    PLUGIN = "Plugin"
    UNKNOWN = "Unknown"


class Archiving(StrEnum):
    """The label `workflow-archiving-status`: the only sign of where an answer came from."""

    NONE = ""
    PENDING = "Pending"
    ARCHIVED = "Archived"
    PERSISTED = "Persisted"
    """The answer came from the archive, not from the cluster."""


class Shutdown(StrEnum):
    """What can be done to a workflow that is not over, by the name of its route."""

    STOP = "stop"
    TERMINATE = "terminate"


class ArchiveForm(StrEnum):
    """How the executor stored an output artifact."""

    TAR = "tar"
    ZIP = "zip"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """An output parameter; its value is a string whatever the workflow meant it to be."""

    name: str
    value: str
    global_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """An output artifact as a node lists it; the bytes are fetched by node id and name."""

    name: str
    path: str = ""
    key: str = ""
    """Storage key; empty where the artifact has no location, so was not produced (Argo 3.4)."""
    store: str = ""
    """Which storage: its kind, endpoint and bucket, as far as the node names them."""
    form: ArchiveForm = ArchiveForm.TAR
    global_name: str = ""
    optional: bool = False
    deleted: bool = False
    """Removed by artifact garbage collection: a download would answer 404."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One entry of `status.nodes`."""

    id: str
    name: str
    display_name: str = ""
    type: NodeType = NodeType.NONE
    phase: NodePhase = NodePhase.NONE
    template_name: str = ""
    boundary_id: str = ""
    """Id of the node that *contains* this one (`children` is the order of execution)."""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: str = ""
    children: tuple[str, ...] = ()
    hooked: bool = False
    retried: bool = False
    daemoned: bool = False
    """Whether it runs as a daemon now; Argo removes the mark when it ends."""
    daemon: bool = False
    """Whether its template is that of a daemon."""
    timed: bool = False
    """Whether it suspends for a duration: it resumes without anybody's approval."""
    supplied: tuple[str, ...] = ()
    """Output parameters that a person has to give before it can be resumed."""
    memoized: bool = False
    exit_code: str = ""
    host_node_name: str = ""
    waiting_for_lock: str = ""
    synced: bool = True
    """False while the outputs of a node that has ended were not yet received (Argo 3.7.1+)."""
    parameters: tuple[Parameter, ...] = ()
    artifacts: tuple[Artifact, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the phase is Failed or Error: to Argo both are failures."""
        return self.phase in FAILURES

    @property
    def fulfilled(self) -> bool:
        """Whether the phase will not change any more."""
        return self.phase in FULFILLED

    @property
    def not_reached(self) -> bool:
        """Whether it is a container that did not run, as one before it had failed."""
        return (
            self.type is NodeType.CONTAINER
            and self.failed
            and 'dependency "' in self.message
            and "exited with non-zero code" in self.message
        )

    @property
    def reason(self) -> str:
        """The message without what Argo leaves at its end, where another part would follow."""
        return self.message.strip().rstrip(":; ")


FAILURES = frozenset({NodePhase.FAILED, NodePhase.ERROR})
NEVER_RAN = frozenset({NodePhase.SKIPPED, NodePhase.OMITTED})
FINE = NEVER_RAN | {NodePhase.SUCCEEDED}
"""Final without a failure."""
FULFILLED = FINE | FAILURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow as one answer of the server showed it; a projected answer leaves much empty."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generate_name: str = ""
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    """Marked for deletion, and held by a finalizer."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    phase: Phase = Phase.NONE
    phase_word: str = ""
    """The phase as the server spelled it, also when it is none we know."""
    message: str = ""
    progress: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    suspended: bool = False
    shutdown: str = ""
    """`Stop`, `Terminate` or empty."""
    template: str = ""
    """The WorkflowTemplate or ClusterWorkflowTemplate that it was made from."""
    entrypoint: str = ""
    estimated_seconds: int | None = None
    """How long Argo expects it to take, from an earlier run like it."""
    holders: Mapping[str, str] = field(default_factory=dict)
    """Lock that it waits for → who has it."""
    ttl_seconds: int | None = None
    """The shortest time after completion in which `ttlStrategy` may delete it."""
    blueprint: Blueprint = field(default_factory=Blueprint)
    """What it may yet make nodes of."""
    parameters: tuple[Parameter, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict)
    nodes_unreadable: str = ""
    """Why `nodes` is empty although the workflow has some; empty when it is readable."""

    @property
    def counts(self) -> tuple[int, int] | None:
        """How many leaves are done, of how many, where Argo's progress `1/3` tells it."""
        done, _, total = self.progress.partition("/")
        told = done.isdecimal() and total.isdecimal() and len(self.progress) <= LONGEST_PROGRESS
        return (int(done), int(total)) if told else None

    @property
    def archiving(self) -> Archiving:
        """Where this answer came from, as far as its label says."""
        try:
            return Archiving(self.labels.get(LABEL_ARCHIVING, ""))
        except ValueError:
            return Archiving.NONE
