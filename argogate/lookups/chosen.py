"""Single nodes of a workflow: those that are named, those in some phases. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.growth import matches
from argogate.model.nodes import started
from argogate.model.part import names_in, part_of
from argogate.model.tree import Tree
from argogate.model.workflow import NodeType
from argogate.values import dataclass
from argogate.verdict.endings import Finished, PartEnded, PartMissing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.endings import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was chosen of a workflow."""

    nodes: tuple[Node, ...] = ()
    part: tuple[str, ...] = ()
    """Ids of what is named, in whatever phase."""
    missing: tuple[str, ...] = ()
    """Patterns that no node matches."""
    names: tuple[str, ...] = ()
    """Names that there are, where something is missing."""
    final: bool = False
    """Whether neither these nodes nor their number can change any more."""


def chosen(workflow: Workflow, patterns: Sequence[str], phases: Collection[str]) -> Chosen:
    """Choose nodes by patterns as `--node` of a wait does, by attempts too, and by phases."""
    if not patterns:
        return Chosen(nodes=_in_phases(workflow, phases))
    part = part_of(workflow, patterns)
    tree = Tree(workflow)
    found = {node.id: node for node in part.nodes}
    missing = []
    for pattern in part.missing:
        attempts = [node for node in workflow.nodes.values() if _is_attempt(tree, node, pattern)]
        found |= {node.id: node for node in attempts}
        if not attempts:
            missing.append(pattern)
    nodes = sorted(found.values(), key=started)
    return Chosen(
        nodes=tuple(node for node in nodes if not phases or node.phase.value in phases),
        part=tuple(found),
        missing=tuple(missing),
        names=names_in(workflow) if missing else (),
        final=part.final,
    )


def ending_of(ending: Ending, workflow: Workflow, found: Chosen) -> Ending:
    """Return what a gate on these nodes would conclude that looked now."""
    over = isinstance(ending, Finished)
    if found.missing and over:
        return PartMissing(poll=workflow, patterns=found.missing, names=found.names)
    if not found.missing and found.part and (found.final or over):
        return PartEnded(poll=workflow, nodes=found.part)
    return ending


def _is_attempt(tree: Tree, node: Node, pattern: str) -> bool:
    """Whether it is an attempt, or in one that was followed by another, of that name or id."""
    if not (tree.is_attempt(node) or tree.is_superseded(node)):
        return False
    return any(matches(pattern, name) for name in (node.id, node.name, node.display_name))


def _in_phases(workflow: Workflow, phases: Collection[str]) -> tuple[Node, ...]:
    """Return the work in these phases, and frames that fail by themselves; attempts as one."""
    tree = Tree(workflow)
    frames = [leaf.node for leaf in tree.failed_frames()]
    nodes = [leaf.node for leaf in tree.leaves()]
    nodes += [node for node in frames if node.type is not NodeType.STEP_GROUP]
    return tuple(sorted((node for node in nodes if node.phase.value in phases), key=started))
