"""What is asked about one workflow; its nodes are no other run's, and of no earlier state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from argogate.errors import ArgoError, NotFound, NotUnderstood
from argogate.model import lifecycle
from argogate.values import replace
from argogate.waiting.patience import read_patiently
from argogate.waiting.timers import Budget

if TYPE_CHECKING:
    from argogate.model.answers import Poll
    from argogate.model.workflow import Workflow
    from argogate.waiting.clock import Clock
    from argogate.waiting.patience import Limits
    from argogate.waiting.track import Track


class Questions(Protocol):
    """A server to ask; each raises ArgoError.

    `timeout` in seconds bounds all of a look. Of a tree, which can be a thousand times as large, it
    bounds the time to the head and every pause, and `whole` all together.
    """

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Look at whatever bears the name, without its nodes."""
        ...

    def tree(self, namespace: str, name: str, *, timeout: float, whole: float) -> Poll:
        """Read it with its nodes."""
        ...

    def archived(self, uid: str, *, timeout: float, whole: float) -> Poll:
        """Read the archived run of a uid, with its nodes."""
        ...


class Trees:
    """Reads the tree of the run that a track has pinned."""

    def __init__(self, track: Track, questions: Questions, limits: Limits, clock: Clock) -> None:
        self._track = track
        self._questions = questions
        self._limits = limits
        self._clock = clock

    def live(self, timeout: float, whole: float) -> Poll:
        """Read the tree of the pinned run. Raises NotFound where another run has the name."""
        target = self._track.target
        poll = self._questions.tree(
            target.namespace, target.name, timeout=min(timeout, whole), whole=whole
        )
        if poll.workflow.uid != self._track.uid:
            msg = f"{target} is another run now"
            raise NotFound(msg)
        return self._up_to_date(poll)

    def archived(self, timeout: float, whole: float) -> Poll:
        """Read what the archive has of the run."""
        uid = self._track.uid
        return self._questions.archived(uid, timeout=min(timeout, whole), whole=whole)

    def final(self) -> Workflow | None:
        """Read the tree where the run is: live, or archived where it has left the cluster."""
        within = Budget.lasting(self._clock, self._limits.collect_timeout)
        try:
            return read_patiently(lambda: self._live_or_archived(within), within).workflow
        except ArgoError as error:
            self._track.remarks.append(f"the nodes could not be read: {error.message}")
            return None

    def _live_or_archived(self, within: Budget) -> Poll:
        timeout, whole = self._limits.request_timeout, within.left
        try:
            return self.live(timeout, whole)
        except NotFound:
            return self._up_to_date(self.archived(timeout, whole))

    def _up_to_date(self, poll: Poll) -> Poll:
        """Return a tree that is no older than the last poll; raises NotUnderstood."""
        if self._track.last and lifecycle.is_outdated(poll.workflow, self._track.last):
            msg = f"the server answered with an earlier state of {self._track.target}"
            raise NotUnderstood(msg, passing=True)
        return poll


def nodes_of(workflow: Workflow, tree: Workflow | None) -> Workflow | None:
    """Return the last tree, unless it is of an attempt before an Argo retry."""
    return tree if tree and not lifecycle.is_outdated(tree, workflow) else None


def with_nodes(workflow: Workflow, tree: Workflow | None) -> Workflow:
    """Return the poll with what only the tree knows, where that is of the same attempt."""
    known = nodes_of(workflow, tree)
    if known is None:
        return workflow
    return replace(
        workflow,
        nodes=known.nodes,
        holders=known.holders,
        blueprint=known.blueprint,
        annotations=known.annotations,
        entrypoint=known.entrypoint,
        template=known.template,
    )
