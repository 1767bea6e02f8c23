"""The last lines of what failed: from the pod, or from its archived log when the pod is gone."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from argogate import spell
from argogate.errors import ArgoError, CutShort
from argogate.evidence.allowance import OUT_OF_TIME
from argogate.model.nodes import Tree
from argogate.model.pods import pod_and_container
from argogate.verdict.observation import LogTail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from argogate.evidence.ports import LogReader, TimeLeft
    from argogate.model.nodes import Leaf
    from argogate.model.workflow import Node, Workflow

MOST_LOGS = 50
"""Nodes whose logs are read; a run that fails in more places fails for a common reason."""
LONGEST_TAIL = 256 * 1024
"""Bytes kept of an archived log while it is read through."""
MOST_REASONS = 5


class WhichLogs(StrEnum):
    """`--logs`."""

    NONE = "none"
    FAILED = "failed"
    ALL = "all"


def read_tails(
    workflow: Workflow, which: WhichLogs, reader: LogReader, lines: int, time: TimeLeft
) -> tuple[LogTail, ...]:
    """Read the logs that were asked for. Never raises ArgoError: a problem is in its LogTail."""
    if which is WhichLogs.NONE:
        return ()
    tree = Tree(workflow)
    chosen = tree.leaves() if which is WhichLogs.ALL else _find_failed(tree)
    found = (read_tail(workflow, leaf.node, reader, lines, time) for leaf in chosen[:MOST_LOGS])
    return tuple(tail for tail in found if tail)


def explain_missing(workflow: Workflow, found: Sequence[LogTail]) -> Iterator[str]:
    """Yield a remark on each reason for which there is no log, or no whole one."""
    tree = Tree(workflow)
    names: dict[tuple[str, str], list[str]] = {}
    for tail in found:
        if tail.problem:
            how = "only a part of the log" if tail.lines else "no log"
            name = tree.path(workflow.nodes[tail.node_id])
            names.setdefault((how, tail.problem), []).append(name)
    for (how, problem), nodes in islice(names.items(), MOST_REASONS):
        yield f"there is {how} of {spell.listing(nodes)}: {problem}"


def _find_failed(tree: Tree) -> tuple[Leaf, ...]:
    return tuple(leaf for leaf in tree.failures() if tree.is_leaf(leaf.node))


def read_tail(
    workflow: Workflow, node: Node, reader: LogReader, lines: int, time: TimeLeft
) -> LogTail | None:
    """Read the log of one node; None where it has none. Never raises ArgoError."""
    pod, container = pod_and_container(workflow, node)
    if not pod:
        return None
    if time.is_over:
        return LogTail(node_id=node.id, problem=OUT_OF_TIME)
    problem = ""
    cut: tuple[str, ...] = ()
    try:
        if found := reader.of_pod(pod, container, lines):
            return LogTail(node_id=node.id, lines=tuple(found[-lines:]))
    except ArgoError as error:
        problem = error.message
        cut = error.lines[-lines:] if isinstance(error, CutShort) else ()
    name = f"{container}-logs"
    holder = next(
        (
            holder
            for holder in (node, workflow.nodes.get(node.boundary_id))
            if holder and any(artifact.name == name for artifact in holder.artifacts)
        ),
        None,
    )
    if holder is None:
        problem = problem or "the pod is gone and left no log"
        return LogTail(node_id=node.id, lines=cut, problem=problem)
    try:
        with reader.archived(holder.id, name) as chunks:
            return LogTail(node_id=node.id, lines=_last_lines(chunks, lines))
    except ArgoError as error:
        return LogTail(node_id=node.id, lines=cut, problem=error.message)


def _last_lines(chunks: Iterable[bytes | memoryview], most: int) -> tuple[str, ...]:
    kept = b""
    for chunk in chunks:
        kept = (kept + chunk)[-LONGEST_TAIL:]
    return tuple(kept.decode("utf-8", "replace").splitlines()[-most:])
