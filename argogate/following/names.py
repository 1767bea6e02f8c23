"""What a pod is called in the log: as its node is everywhere. Only a tree tells which that is."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from argogate.model.pods import MAIN, pod_and_container
from argogate.model.tree import Tree
from argogate.model.workflow import NodePhase

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow

BYTES_A_SECOND = 64 * 1024
"""What reading trees for names may cost; it is asked for only when a pod has no name yet."""
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
FAILED_PAUSE = 5.0


class Names:
    """The names of the pods of one workflow."""

    def __init__(self) -> None:
        self.others: tuple[str, ...] = ()
        """Names of nodes whose work is done in another container than main."""
        self.started: dict[str, float] = {}
        """Pod → when it started, in seconds since 1970; of those that have."""
        self.printed = False
        """Whether some pod surely has printed something, were it only Argo's own lines."""
        self._names: dict[str, str] = {}
        self._wanted = False
        self._again = -inf

    def of(self, pod: str) -> str:
        """Return the name of the pod's node; its own until that is known."""
        return self._names.get(pod, pod)

    def want(self, pod: str) -> None:
        """Take in that a pod speaks that may not be known."""
        self._wanted = self._wanted or pod not in self._names

    def due_at(self) -> float:
        """Return when a tree is to be read; never where all pods are known."""
        return self._again if self._wanted else inf

    def learn(self, workflow: Workflow) -> None:
        """Take the names from a tree."""
        tree = Tree(workflow)
        others = []
        for leaf in tree.leaves():
            for number, node in enumerate((*leaf.attempts, leaf.node), start=1):
                label = tree.leaf(node).label
                pod, container = pod_and_container(workflow, node)
                if not pod:
                    continue
                if container != MAIN:
                    others.append(label)
                    continue
                again = leaf.attempts or tree.is_attempt(node)
                self._names[pod] = f"{label} (attempt {number})" if again else label
                if node.started_at and node.phase is not NodePhase.PENDING:
                    self.started[pod] = node.started_at.timestamp()
                    self.printed |= node.phase is NodePhase.SUCCEEDED or bool(node.exit_code)
        self.others = tuple(others)
        self._wanted = False

    def asked(self, now: float, size: int | None) -> None:
        """Take in that a tree was asked for, and its size in bytes; None where there was none."""
        self._wanted = self._wanted and size is None
        pause = FAILED_PAUSE if size is None else size / BYTES_A_SECOND
        self._again = now + min(max(pause, SHORTEST_PAUSE), LONGEST_PAUSE)
