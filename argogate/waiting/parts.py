"""The end of a wait for certain nodes of a workflow (`--node`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.part import names_in, part_of
from argogate.verdict.endings import Ending, Finished, PartEnded, PartMissing

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow


def part_ended(tree: Workflow, patterns: tuple[str, ...]) -> PartEnded | None:
    """Return the ending where the nodes are final, whatever else still runs."""
    part = part_of(tree, patterns)
    if not part.final:
        return None
    return PartEnded(poll=tree, nodes=tuple(node.id for node in part.nodes))


def part_of_the_end(
    ending: Finished, tree: Workflow, patterns: tuple[str, ...], *, unread: bool
) -> Ending:
    """Narrow the end of a workflow to the nodes that were asked for, if they could be read."""
    if not patterns:
        return ending
    part = part_of(tree, patterns)
    if part.missing:
        return PartMissing(
            poll=ending.poll, patterns=part.missing, names=names_in(tree), unread=unread
        )
    return PartEnded(poll=tree, nodes=tuple(node.id for node in part.nodes))
