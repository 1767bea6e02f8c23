"""Can a node of that name still be made? Told from what is unfinished and from its templates.

Where it is not known what a template makes, it may make anything: a gate that waits a little
longer is right, one that ends too early is not.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from argogate.model.lifecycle import root_node
from argogate.model.nodes import GROUPS, WRAPPERS
from argogate.model.workflow import NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.model.blueprint import Call
    from argogate.model.tree import Tree
    from argogate.model.workflow import Node, Workflow

PIECE = r"\*+|\[!?\]?[^\]]*\]|."
"""The pieces of a shell pattern; all but `*` stand for one letter."""
SOME_ID = "-1000000000"
"""The end of the id of a node to come: nobody can tell its number."""
UNKNOWN = frozenset({NodeType.NONE, NodeType.UNKNOWN})


class Growth:
    """What a running workflow may still make."""

    def __init__(self, workflow: Workflow, tree: Tree) -> None:
        self._workflow = workflow
        self._blueprint = workflow.blueprint
        self._tree = tree
        self._names = {node.name: node for node in workflow.nodes.values()}
        self._reachable: dict[str, tuple[Call, ...] | None] = {}

    def may_make(self, pattern: str) -> bool:
        """Whether a node that the pattern matches may come to be."""
        name = self._workflow.name
        if root_node(self._workflow) is None or matches(pattern, f"{name}{SOME_ID}"):
            return True
        return any(
            self._may_make(pattern, call, places) for call, places in self._open_calls()
        ) or any(
            self._unknown(node) or self._may_make_again(pattern, node)
            for node in self._unfinished()
        )

    def to_come(self) -> tuple[str, ...]:
        """Return the names of what unfinished frames have not made yet; hooks may never be made."""
        calls = (call.name for call, _ in self._open_calls() if not call.tail)
        return tuple(dict.fromkeys(filter(None, calls)))

    def _unfinished(self) -> Iterator[Node]:
        for node in self._workflow.nodes.values():
            open_frame = not node.fulfilled and node.type in WRAPPERS | UNKNOWN
            if open_frame and not self._tree.is_superseded(node):
                yield node

    def _unknown(self, node: Node) -> bool:
        """Whether nobody knows what a frame makes; a group makes only what its frame says."""
        return node.type is not NodeType.STEP_GROUP and self._blueprint.of(node.id) is None

    def _may_make_again(self, pattern: str, node: Node) -> bool:
        """Whether a Retry or a fan-out may make it: whatever its template makes, once more."""
        template = self._blueprint.of(node.id)
        if template is None or node.type not in {NodeType.RETRY, NodeType.TASK_GROUP}:
            return False
        places = (node.name, self._tree.own_path(node))
        group = node.type is NodeType.TASK_GROUP
        items = [(place, "(", ")") for place in (*places, node.display_name)] if group else []
        if any(overlaps(pattern, f"{place}{head}", tail) for place, head, tail in items):
            return True
        return self._may_reach(pattern, self._blueprint.used[node.id], places)

    def _open_calls(self) -> Iterator[tuple[Call, tuple[str, ...]]]:
        """Yield what unfinished frames have not made yet, with the places where it would be."""
        for node in self._unfinished():
            template = self._blueprint.of(node.id)
            if template and node.type not in GROUPS | {NodeType.RETRY}:
                path = self._tree.own_path(node)
                for call in template.calls:
                    if not self._made(node, call):
                        yield call, (f"{node.name}{call.group}.", f"{path}." if path else "")
        name = self._workflow.name
        for call in self._blueprint.top:
            if f"{name}{call.tail}" not in self._names:
                yield call, (name, "")

    def _made(self, frame: Node, call: Call) -> bool:
        """Whether all that a call makes is there, or is asked of the group that makes it."""
        name = f"{frame.name}{call.group}.{call.name}"
        if not call.fans_out:
            return f"{name}{call.tail}" in self._names
        if call.tail:
            return False
        group = self._names.get(f"{frame.name}{call.group}") if call.group else None
        return group.fulfilled if group else name in self._names

    def _may_make(self, pattern: str, call: Call, places: Sequence[str]) -> bool:
        """Whether a call makes it, at one of these places, or something below of it."""
        if any(_is(pattern, call, place) for place in places):
            return True
        tail = "" if call.fans_out else call.tail
        below = tuple(f"{place}{call.name}{tail}".removeprefix(".") for place in places)
        return self._displays(pattern, call) or self._may_reach(pattern, call.template, below)

    def _may_reach(self, pattern: str, key: str, places: Sequence[str]) -> bool:
        """Whether a template makes it, at whatever depth below these places."""
        calls = self._calls_from(key)
        if calls is None:
            return True
        return any(
            self._displays(pattern, call) or any(_ends_as(pattern, place, call) for place in places)
            for call in calls
        )

    def _displays(self, pattern: str, call: Call) -> bool:
        template = self._blueprint.templates.get(call.template)
        shown = template.display_name if template else ""
        return "{{" in shown or matches(pattern, shown) or _is(pattern, call, "")

    def _calls_from(self, key: str) -> tuple[Call, ...] | None:
        """Return all calls that can be reached; None where a template is not known.

        A template may call itself, so each is visited once.
        """
        if key not in self._reachable:
            found: list[Call] = []
            seen, todo = {key, ""}, [key] if key else []
            while todo:
                template = self._blueprint.templates.get(todo.pop())
                if template is None:
                    self._reachable[key] = None
                    return None
                found += template.calls
                todo += {call.template for call in template.calls} - seen
                seen.update(todo)
            self._reachable[key] = tuple(dict.fromkeys(found))
        return self._reachable[key]


def matches(pattern: str, name: str) -> bool:
    """Whether a name is the pattern, to the letter or by its wildcards."""
    return bool(name) and (pattern == name or fnmatchcase(name, pattern))


def overlaps(pattern: str, head: str, tail: str) -> bool:
    """Whether a pattern can match any text that begins and ends like this."""
    if pattern.startswith(head) and pattern.removeprefix(head).endswith(tail):
        return True
    tokens = re.findall(PIECE, pattern, re.DOTALL)
    return _begins(tokens, head) and _begins(tokens[::-1], tail[::-1])


def _begins(tokens: Sequence[str], text: str) -> bool:
    for token, letter in zip(tokens, text, strict=False):
        if token.startswith("*"):
            return True
        if not fnmatchcase(letter, token):
            return False
    return len(tokens) >= len(text)


def _is(pattern: str, call: Call, place: str) -> bool:
    """Whether a node that a call makes right at a place can bear that name."""
    name = f"{place}{call.name}"
    fans = call.fans_out and overlaps(pattern, f"{name}(", f"){call.tail}")
    return fans or matches(pattern, f"{name}{call.tail}".removeprefix("."))


def _ends_as(pattern: str, place: str, call: Call) -> bool:
    """Whether a node that a call makes somewhere below a place can bear that name."""
    fans = call.fans_out and overlaps(pattern, place, f"){call.tail}")
    return fans or overlaps(pattern, place, f".{call.name}{call.tail}")
