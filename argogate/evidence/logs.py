"""The last lines of what failed: from the pod, or from its archived log when the pod is gone."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import ArgoError, CutShort
from argogate.evidence.ports import OUT_OF_TIME
from argogate.model.pods import pod_and_container
from argogate.model.tree import Tree
from argogate.model.workflow import NEVER_RAN, NodePhase, NodeType
from argogate.verdict.evidence import LogTail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from argogate.evidence.ports import LogReader, TimeLeft
    from argogate.model.workflow import Node, Workflow

MOST_LOGS, MOST_OF_ALL = 50, 200
"""Nodes whose logs are read; a run that fails in more places fails for a common reason."""
MOST_TOLD = 500
"""Further ones of which each report says that it was not read."""
LONGEST_TAIL = 256 * 1024
"""Bytes kept of an archived log while it is read through."""
MOST_REASONS = 5


class WhichLogs(StrEnum):
    """`--logs`."""

    NONE = "none"
    FAILED = "failed"
    ALL = "all"


NOT_STARTED = "its pod has not started"
SILENT = "its pod printed nothing, or is gone and left no log"
PRINTED_NOTHING = "it printed nothing"


def read_tails(
    workflow: Workflow,
    which: WhichLogs,
    reader: LogReader,
    lines: int,
    time: TimeLeft,
    *,
    given_up: bool = False,
) -> tuple[LogTail, ...]:
    """Read the logs that were asked for, what failed first.

    Of a run that was `given_up`, what was at work counts as failed. Never raises ArgoError: why
    there is no log, or no whole one, is in its LogTail.
    """
    if which is WhichLogs.NONE:
        return ()
    tree = Tree(workflow)
    failed = [leaf.node for leaf in tree.failures() if tree.is_leaf(leaf.node)]
    known = {node.id for node in failed}
    others = [leaf.node for leaf in tree.leaves() if leaf.node.id not in known]
    if which is WhichLogs.FAILED:
        others = [node for node in others if given_up and not node.fulfilled]
    chosen = [node for node in (*failed, *others) if _has_log(node)]
    most = MOST_OF_ALL if which is WhichLogs.ALL else MOST_LOGS
    found = [read_tail(workflow, node, reader, lines, time) for node in chosen[:most]]
    too_many = f"only the logs of {most} of {len(chosen)} nodes are read"
    rest = (LogTail(node_id=node.id, problem=too_many) for node in chosen[most : most + MOST_TOLD])
    return (*(tail for tail in found if tail), *rest)


def _has_log(node: Node) -> bool:
    """Whether it has a pod, or should have one by now."""
    runs = node.type in {NodeType.POD, NodeType.CONTAINER} and not node.memoized
    return runs and not node.not_reached and node.phase not in NEVER_RAN


def explain_missing(workflow: Workflow, found: Sequence[LogTail]) -> Iterator[str]:
    """Yield a remark on each reason for which what ended well has no log, or no whole one.

    Of what did not, every report says so where the log would be.
    """
    tree = Tree(workflow)
    names: dict[tuple[str, str], list[str]] = {}
    for tail in found:
        node = workflow.nodes[tail.node_id]
        if tail.problem and node.fulfilled and not node.failed:
            how = "only a part of the log" if tail.lines else "no log"
            name = tree.path(node)
            names.setdefault((how, tail.problem), []).append(name)
    for (how, problem), nodes in islice(names.items(), MOST_REASONS):
        yield f"there is {how} of {spell.listing(nodes)}: {problem}"


def read_tail(
    workflow: Workflow, node: Node, reader: LogReader, lines: int, time: TimeLeft
) -> LogTail | None:
    """Read the log of one node; None where it has none. Never raises ArgoError."""
    pod, container = pod_and_container(workflow, node)
    if not pod:
        return None
    if node.phase is NodePhase.PENDING or time.is_over:
        pending = node.phase is NodePhase.PENDING
        return LogTail(node_id=node.id, problem=NOT_STARTED if pending else OUT_OF_TIME)
    problem = ""
    cut: tuple[str, ...] = ()
    try:
        if found := reader.of_pod(pod, container, lines):
            return LogTail(node_id=node.id, lines=tuple(found[-lines:]))
    except ArgoError as error:
        problem = error.message
        cut = error.lines[-lines:] if isinstance(error, CutShort) else ()
    holder = _holder(workflow, node, f"{container}-logs")
    if holder is None:
        return LogTail(node_id=node.id, lines=cut, problem=problem or SILENT)
    try:
        with reader.archived(holder.id, f"{container}-logs") as chunks:
            kept = _last_lines(chunks, lines)
    except ArgoError as error:
        return LogTail(node_id=node.id, lines=cut, problem=error.message)
    return LogTail(node_id=node.id, lines=kept, problem="" if kept else PRINTED_NOTHING)


def _holder(workflow: Workflow, node: Node, name: str) -> Node | None:
    """Return the node that lists an archived log: the container's, or its pod's."""
    for holder in (node, workflow.nodes.get(node.boundary_id)):
        if holder and any(artifact.name == name for artifact in holder.artifacts):
            return holder
    return None


def _last_lines(chunks: Iterable[bytes | memoryview], most: int) -> tuple[str, ...]:
    kept = b""
    for chunk in chunks:
        kept = (kept + chunk)[-LONGEST_TAIL:]
    return tuple(kept.decode("utf-8", "replace").splitlines()[-most:])
