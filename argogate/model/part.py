"""A part of a workflow, chosen by names of its nodes (`--node`)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from argogate.model.nodes import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.workflow import Node, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the patterns match now."""

    nodes: tuple[Node, ...]
    """The matches, attempts folded into their Retry."""
    final: bool
    """Whether neither the matches nor their number can change any more."""


def part_of(workflow: Workflow, patterns: Sequence[str]) -> Part:
    """Match nodes by name, display name or id.

    A literal match is final when the node is and its outputs have arrived; a pattern with
    wildcards also waits for the frame around the matches, as a fan-out may still grow.
    """
    tree = Tree(workflow)
    found: dict[str, Node] = {}
    final = True
    for pattern in patterns:
        literal = [node for node in _candidates(tree) if pattern in _names(node)]
        matches = literal or [
            node
            for node in _candidates(tree)
            if any(fnmatchcase(name, pattern) for name in _names(node))
        ]
        final = final and bool(matches) and all(_final(node) for node in matches)
        if not literal:
            frames = [frame for node in matches if (frame := tree.frame_around(node))]
            final = final and all(frame.fulfilled for frame in frames)
        found |= {node.id: node for node in matches}
    return Part(nodes=tuple(found.values()), final=final)


def names_in(workflow: Workflow) -> tuple[str, ...]:
    """Return the display names that a pattern could have matched, each once."""
    tree = Tree(workflow)
    return tuple(dict.fromkeys(node.display_name for node in _candidates(tree)))


def _candidates(tree: Tree) -> list[Node]:
    return [node for node in tree.nodes.values() if not tree.is_attempt(node)]


def _names(node: Node) -> tuple[str, str, str]:
    return (node.name, node.display_name, node.id)


def _final(node: Node) -> bool:
    """Whether a node is final; a daemon that runs has done what was asked of it."""
    return (node.fulfilled and node.synced) or (node.daemoned and not node.failed)
