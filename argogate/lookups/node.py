"""What a person sees of a single node: how it ended, what it was given, made and printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.lookups.drawing import ROLES, mark_of, table
from argogate.lookups.outline import Outliner, took
from argogate.lookups.page import MOST_ROWS
from argogate.model.lifecycle import why_pending
from argogate.model.pods import pod_and_container
from argogate.model.tree import Tree
from argogate.model.workflow import NodePhase, NodeType
from argogate.reports.escape import logged_line, terminal_line
from argogate.values import dataclass
from argogate.verdict.links import Page as Links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from argogate.lookups.page import Page
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.evidence import LogTail

LONGEST_LINE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePage:
    """One node as it is shown, with the means of the page of its workflow."""

    page: Page
    workflow: Workflow
    logs: Mapping[str, LogTail | None]
    """Node id → its log; None where it runs no pod. Of those that were read."""

    def lines(self, node: Node) -> Iterator[str]:
        """Yield all that is known of it."""
        yield self._title(node)
        page, tree = self.page, Tree(self.workflow)
        field = page.field
        yield from page.paragraph(node.reason)
        if node.phase is NodePhase.PENDING and not node.reason:
            yield from field("Waits for", why_pending(self.workflow, node))
        template = f", template {node.template_name}" if node.template_name else ""
        yield from field("Node", f"{node.id} ({node.type.value}{template})")
        yield from field("Started", page.when(node.started_at))
        yield from field("Finished", page.when(node.finished_at))
        seconds = took(node, page.now)
        so_far = "" if node.fulfilled else " so far"
        yield from field(
            "Duration", f"{spell.duration(seconds)}{so_far}" if seconds is not None else ""
        )
        yield from field("Attempts", _attempts(tree, node))
        counting = _counting(tree, node)
        yield from field("Exit code", counting.exit_code)
        yield from field("Host", counting.host_node_name)
        yield from field("Pod", pod_and_container(self.workflow, counting)[0])
        yield from self._given_and_made(node)
        yield from self._log(node)
        if url := Links(url=page.sight.target.url, uid=self.workflow.uid).of_node(counting):
            yield f"  {terminal_line(url)}"
        yield from self._inside(node)

    def _title(self, node: Node) -> str:
        layout, word = self.page.layout, node.phase.value or "-"
        phase = layout.paint(f"{mark_of(word, layout)} {word}", ROLES.get(word, "waiting"))
        name = layout.paint(terminal_line(Tree(self.workflow).leaf(node).label), "bold")
        return layout.drawn(f"{phase}  {name}")

    def _given_and_made(self, node: Node) -> Iterator[str]:
        inputs = self.page.sight.about.inputs.get(node.id)
        if inputs:
            yield from self.page.values("Inputs", inputs.parameters)
            yield from self.page.field("", self.page.listed(inputs.artifacts, 5))
        yield from self.page.values("Outputs", node.parameters)
        names = [f"{each.name}{' (deleted)' if each.deleted else ''}" for each in node.artifacts]
        yield from self.page.field("Artifacts", self.page.listed(names, 5))

    def _inside(self, node: Node) -> Iterator[str]:
        outliner = Outliner(self.workflow, self.page.now)
        entry = outliner.entry(node, most=None if self.page.everything else MOST_ROWS)
        if entry.inside:
            rows = list(table((entry,), self.workflow, self.page.layout))
            yield ""
            yield from rows

    def _log(self, node: Node) -> Iterator[str]:
        if node.id not in self.logs:
            return
        tail = self.logs[node.id]
        if tail is None or not tail.lines:
            yield from self.page.field("Log", f"none: {_why_no_log(node, tail)}")
            return
        cut = f", cut short: {tail.problem}" if tail.problem else ""
        yield from self.page.field("Log", f"last {spell.counted(len(tail.lines), 'line')}{cut}")
        for line in tail.lines:
            yield f"  {logged_line(line, LONGEST_LINE)}"


def _why_no_log(node: Node, tail: LogTail | None) -> str:
    if node.memoized:
        return "its outputs come from the cache, so nothing ran"
    if tail is None:
        return "it runs no pod"
    if node.phase is NodePhase.PENDING:
        return "it has not started"
    return tail.problem or "nothing was printed"


def _counting(tree: Tree, node: Node) -> Node:
    """Return the attempt that counts, which alone has a pod."""
    if node.type is not NodeType.RETRY:
        return node
    attempts = [tree.nodes[each] for each in node.children if each in tree.nodes]
    return next((each for each in reversed(attempts) if tree.is_attempt(each)), node)


def counting(workflow: Workflow, node: Node) -> Node:
    """Return the node whose pod and log are meant by a node: of a Retry its last attempt."""
    return _counting(Tree(workflow), node)


def _attempts(tree: Tree, node: Node) -> str:
    if node.type is not NodeType.RETRY:
        return ""
    tries = [tree.nodes[each] for each in node.children if each in tree.nodes]
    told = [
        f"{one.phase.value}{f': {one.reason}' if one.reason else ''}"
        for one in tries
        if tree.is_attempt(one)
    ]
    return f"{len(told)} ({spell.listing(told, 4)})"
