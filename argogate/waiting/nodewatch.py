"""Naming what runs, what fails, and what is waited for, while the workflow is not over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from argogate.errors import ArgoError
from argogate.model import lifecycle
from argogate.model.positions import path_of_name
from argogate.model.tree import Leaf, Tree
from argogate.model.workflow import Node, NodePhase, Phase
from argogate.waiting.holding import Holding
from argogate.waiting.news import NodeFailed, OnNews, Remarked, Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.answers import NodeWarning, Poll
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target

SMALL_TREE = 64 * 1024
"""Bytes: a tree up to this size is read at every change of the workflow."""
FEW_NODES = 30
"""A tree of so many leaves is small, as far as one can tell before it was read."""
LARGE_TREE_PAUSE = 60.0
"""Seconds between two reads of a larger one."""
STEADY = 4
"""Times as long lie between two reads of a small tree that keeps changing."""
MOST_NAMED = 20
"""Failed nodes that are named at once; the rest is counted."""

ATTEMPT = r"\((\d{1,9})\)\Z"
"""The end of an attempt's name; an item of a fan-out has `(0:item)`."""

AWAITED = (Phase.PENDING, Phase.RUNNING)


class NodeWatch:
    """Reads the tree of a running workflow when it is worth it, and tells what is new in it."""

    def __init__(
        self,
        target: Target,
        on_news: OnNews,
        *,
        quiet: float,
        soon: float,
        eager: bool,
    ) -> None:
        """`quiet` is after how many seconds without news the tree is read in any case.

        A small one is read as `soon` as that.
        With `eager` it is also read as soon as the workflow runs, as a limit counts from then.
        """
        self.tree: Workflow | None = None
        """The tree as last read."""
        self.current = False
        """Whether nothing has changed since the tree was read."""
        self.holding = Holding(target, on_news)
        self._work: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._target = target
        self._on_news = on_news
        self._quiet, self._soon = quiet, soon
        self._wanted = eager
        self._nodes: Tree | None = None
        self._read_version = ""
        self._version = ""
        self._mark: tuple[str, ...] = ()
        self._few = True
        self._changed_at = 0.0
        self._stale_at: float | None = None
        """Since when the tree, if there is one, has been older than the last poll."""
        self._read_at: float | None = None
        self._size = 0
        self._named: set[str] = set()

    @property
    def work(self) -> tuple[str, ...]:
        """Return what runs or starts, as long as no newer poll says that the tree is old."""
        running, starting = self._work
        return (*running, *starting) if self.current else ()

    def look(
        self,
        workflow: Workflow,
        read: Callable[[], Poll],
        now: float,
        *,
        warned: bool = False,
        due: bool = False,
    ) -> None:
        """Read the tree if the poll shows a change and the tree is small, or long not read.

        Where the gate is `warned` of failures by events, only a workflow without news is read. A
        limit that is `due` is decided on a tree read now. A tree that cannot be read is no
        matter here: the next poll will tell.
        """
        mark = (workflow.phase_word, workflow.progress, workflow.message)
        if mark != self._mark:
            self._mark, self._changed_at = mark, now
            self._few = not workflow.counts or workflow.counts[1] <= FEW_NODES
        self._version = workflow.resource_version
        self.current = self._read_at is not None and self._version == self._read_version
        if self.current:
            self._stale_at = None
        elif self._stale_at is None:
            self._stale_at = now
        if workflow.phase not in AWAITED:
            return
        if due or (not self.current and self._worth_it(now, warned=warned)):
            self.current = False
            self.read(read, now)

    def due_at(self) -> float | None:
        """Return when a workflow without news is to be read, unless it was read since.

        A small tree that keeps changing is read now and then: it tells what runs.
        """
        moments = []
        if self._read_at is None or self._changed_at > self._read_at:
            moments.append(self._changed_at + self._patience())
        if self._stale_at is not None and self._is_small():
            moments.append(self._again_at(self._stale_at))
        return min(moments, default=None)

    def _again_at(self, stale_at: float) -> float:
        """Return when a small tree that is out of date is read; sooner as long as pods start."""
        if self._read_at is None:
            return stale_at + self._patience()
        if self.holding.starting:
            return max(stale_at, self._read_at + self._patience())
        return max(stale_at + self._patience(), self._read_at + STEADY * self._soon)

    def read(self, read: Callable[[], Poll], now: float) -> None:
        """Read the tree now; an error leaves everything as it was."""
        try:
            poll = read()
        except ArgoError:
            return
        self._size, self._read_at = poll.size, now
        self._read_version = poll.workflow.resource_version or self._version
        self._stale_at = None
        self._wanted = False
        self.current = True
        self.show(poll.workflow)

    def show(self, tree: Workflow) -> None:
        """Tell what runs, what failed, what is to be approved and why nothing runs, each once."""
        self.tree = tree
        nodes = self._nodes = Tree(tree)
        told: list[NodeFailed] = []
        for leaf in nodes.leaves():
            for number, attempt in enumerate(leaf.attempts, start=1):
                self._name(told, nodes.leaf(attempt), attempt=number, retried=True)
        for failure in nodes.failures():
            self._name(told, failure)
        for news in told[:MOST_NAMED]:
            self._on_news(news)
        if len(told) > MOST_NAMED:
            text = f"… and {len(told) - MOST_NAMED} more nodes failed"
            self._on_news(Remarked(target=self._target, text=text))
        if tree.phase in AWAITED:
            self._show_work(lifecycle.running(nodes), lifecycle.starting(nodes))
            self.holding.show(tree, nodes)

    def warn(self, warning: NodeWarning) -> None:
        """Tell of a failure that an event has reported.

        A root is called by its template, which no event tells: the tree is read for it.
        """
        known = self.tree.nodes.get(warning.node_id) if self.tree else None
        path = path_of_name(warning.node_name, warning.workflow)
        if known is None and not path:
            self._wanted = True
            return
        _, found, reason = warning.message.partition(f"{warning.node_name}: ")
        node = Node(
            id=warning.node_id,
            name=warning.node_name,
            phase=NodePhase.ERROR
            if warning.message.startswith(NodePhase.ERROR)
            else NodePhase.FAILED,
            message=reason if found else warning.message,
        )
        attempt = re.search(ATTEMPT, warning.node_name)
        leaf = Leaf(path=path, node=node)
        if known and self._nodes:
            like = self._nodes.leaf(known)
            leaf = Leaf(path=like.path, shown_as=like.shown_as, node=node)
        told: list[NodeFailed] = []
        self._name(told, leaf, attempt=int(attempt[1]) + 1 if attempt else 0)
        for news in told:
            self._on_news(news)

    def _worth_it(self, now: float, *, warned: bool) -> bool:
        small = self._is_small()
        if not self._quiet or (self._wanted and (small or self._read_at is None)):
            return True
        if not warned and (small or self._read_at is None):
            return True
        since_read = now - (self._read_at or 0)
        if not warned and since_read >= LARGE_TREE_PAUSE:
            return True
        due = self.due_at()
        if due is None:
            return since_read >= (self._patience() if self.holding.starting else self._quiet)
        return now >= due

    def _patience(self) -> float:
        return min(self._quiet, self._soon) if self._is_small() else self._quiet

    def _is_small(self) -> bool:
        return self._few and self._size <= SMALL_TREE

    def _show_work(self, running: tuple[str, ...], starting: tuple[str, ...]) -> None:
        work = (running, starting)
        if any(work) and work != self._work:
            self._on_news(Running(target=self._target, nodes=running, starting=starting))
        self._work = work

    def _name(
        self, told: list[NodeFailed], failure: Leaf, *, attempt: int = 0, retried: bool = False
    ) -> None:
        if failure.node.failed and failure.node.id not in self._named:
            self._named.add(failure.node.id)
            told.append(
                NodeFailed(target=self._target, failure=failure, attempt=attempt, retried=retried)
            )
