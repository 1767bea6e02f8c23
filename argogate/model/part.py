"""A part of a workflow, chosen by names of its nodes (`--node`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.growth import Growth, matches
from argogate.model.nodes import GROUPS
from argogate.model.tree import Tree
from argogate.model.workflow import NodeType
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.workflow import Node, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the patterns match now."""

    nodes: tuple[Node, ...]
    """The matches, attempts folded into their Retry."""
    missing: tuple[str, ...]
    """Patterns without a match: each stands by itself."""
    final: bool
    """Whether neither the matches nor their number can change any more."""


def part_of(workflow: Workflow, patterns: Sequence[str]) -> Part:
    """Match nodes by id, full name, path or display name.

    An id or a full name belongs to one node. Any other pattern is final only when nothing
    unfinished can make another match, and none when a Retry around it may start over.
    """
    tree, growth = Tree(workflow), None
    candidates = _candidates(tree)
    found: dict[str, Node] = {}
    missing: list[str] = []
    final = True
    for pattern in patterns:
        only = [node for node in candidates if pattern in {node.id, node.name}]
        chosen = only or _matching(tree, candidates, pattern)
        if not chosen:
            missing.append(pattern)
        final = final and all(_final(tree, node) for node in chosen)
        if final and chosen and not only:
            growth = growth or Growth(workflow, tree)
            final = not growth.may_make(pattern)
        found |= {node.id: node for node in chosen}
    return Part(nodes=tuple(found.values()), missing=tuple(missing), final=final and not missing)


def names_in(workflow: Workflow) -> tuple[str, ...]:
    """Return the names that a pattern could have matched, as reports spell them, each once."""
    tree = Tree(workflow)
    return tuple(dict.fromkeys(spelled(tree, node) for node in _candidates(tree)))


def spelled(tree: Tree, node: Node) -> str:
    """Return the node as reports spell it; a group by its own name, a root by the workflow's."""
    path = tree.leaf(node).label if node.type not in GROUPS else tree.own_path(node)
    return path if tree.own_path(node) or _alone(tree, node) else node.display_name


def _candidates(tree: Tree) -> list[Node]:
    return [
        node
        for node in tree.nodes.values()
        if not tree.is_attempt(node) and not tree.is_superseded(node)
    ]


def _matching(tree: Tree, candidates: list[Node], pattern: str) -> list[Node]:
    names = ((node, _names(tree, node)) for node in candidates)
    literal = [(node, each) for node, each in names if pattern in each]
    if literal:
        return [node for node, _ in literal]
    return [
        node for node in candidates if any(matches(pattern, name) for name in _names(tree, node))
    ]


def _names(tree: Tree, node: Node) -> tuple[str, ...]:
    shown = tree.path(node) if _alone(tree, node) else ""
    own = tree.own_path(node) if node.type is not NodeType.STEP_GROUP else ""
    return (node.name, node.display_name, node.id, own, shown)


def _alone(tree: Tree, node: Node) -> bool:
    """Whether the node is all that a workflow of one pod shows, by the name of its template."""
    return not tree.own_path(node) and (tree.is_leaf(node) or node.type is NodeType.RETRY)


def _final(tree: Tree, node: Node) -> bool:
    """Whether a node is final; a daemon that runs has done what was asked of it."""
    done = (node.fulfilled and node.synced) or (node.daemoned and not node.failed)
    return done and not tree.is_retrying(node)
