"""What the nodes of several runs tell: which are flaky, which fail, which take long. Pure.

Flaky is a node that failed and passed within one run. One that fails in every attempt is failing.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from argogate.model.tree import Tree
from argogate.model.workflow import NodePhase
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argogate.model.tree import Leaf
    from argogate.model.workflow import Node, Workflow

RAN = frozenset({NodePhase.SUCCEEDED, NodePhase.FAILED, NodePhase.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """What became of one node, or of all nodes of one template, in several runs."""

    name: str
    """A path, or a template."""
    runs: int
    """In how many of them it ran to an end."""
    failed: tuple[str, ...]
    """Names of the runs in which it failed at last, the newest first."""
    flaky: tuple[str, ...]
    """Names of the runs in which it failed and then passed."""
    seconds: tuple[float, ...]
    """How long each took."""

    @property
    def total(self) -> float:
        """All of it together."""
        return sum(self.seconds)

    @property
    def median(self) -> float:
        """How long it usually takes."""
        return median(self.seconds) if self.seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHistory:
    """All of them."""

    read: int
    """Runs whose nodes were read."""
    unread: int
    paths: tuple[NodeRecord, ...]
    templates: tuple[NodeRecord, ...]

    @property
    def flakiest(self) -> tuple[NodeRecord, ...]:
        """Nodes that were flaky, in the most runs first."""
        flaky = [record for record in self.paths if record.flaky]
        return tuple(sorted(flaky, key=lambda record: (-len(record.flaky), record.name)))

    @property
    def failing(self) -> tuple[NodeRecord, ...]:
        """Nodes that failed, in the most runs first."""
        failed = [record for record in self.paths if record.failed]
        return tuple(sorted(failed, key=lambda record: (-len(record.failed), record.name)))

    @property
    def seconds(self) -> float:
        """The time of all nodes together."""
        return sum(record.total for record in self.paths)


@dataclass(slots=True)
class _Record:
    runs: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    flaky: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def take(self, run: Workflow, leaf: Leaf) -> None:
        """Take in what became of it in one run."""
        node = leaf.node
        if node.phase not in RAN or node.not_reached:
            return
        self.runs.add(run.uid)
        if node.failed:
            self.failed[run.uid] = run.name
        elif any(attempt.failed for attempt in leaf.attempts):
            self.flaky[run.uid] = run.name
        taken = [_seconds(each) for each in (node, *leaf.attempts)]
        if known := [seconds for seconds in taken if seconds is not None]:
            self.seconds.append(sum(known))

    def ended(self, name: str) -> NodeRecord:
        return NodeRecord(
            name=name,
            runs=len(self.runs),
            failed=tuple(self.failed.values()),
            flaky=tuple(self.flaky.values()),
            seconds=tuple(self.seconds),
        )


def node_history(trees: Iterable[Workflow], asked: int) -> NodeHistory:
    """Return what the runs tell that could be read of those, the newest first.

    An iterator may read one after the other.
    """
    paths: dict[str, _Record] = defaultdict(_Record)
    templates: dict[str, _Record] = defaultdict(_Record)
    read = 0
    for run in trees:
        read += 1
        for leaf in Tree(run).leaves():
            if not leaf.superseded:
                paths[leaf.label].take(run, leaf)
                if leaf.node.template_name:
                    templates[leaf.node.template_name].take(run, leaf)
    return NodeHistory(
        read=read, unread=asked - read, paths=_slowest(paths), templates=_slowest(templates)
    )


def failed_nodes(run: Workflow) -> tuple[str, ...]:
    """Return the paths of what failed in a run."""
    return tuple(leaf.label for leaf in Tree(run).failures())


def _slowest(records: dict[str, _Record]) -> tuple[NodeRecord, ...]:
    ended = (record.ended(name) for name, record in records.items() if record.runs)
    return tuple(sorted(ended, key=lambda record: (-record.total, record.name)))


def _seconds(node: Node) -> float | None:
    if node.started_at is None or node.finished_at is None:
        return None
    return max((node.finished_at - node.started_at).total_seconds(), 0)
