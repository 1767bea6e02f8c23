"""Nodes one by one: which types only enclose others, and who comes first."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argogate.model.workflow import NodeType

if TYPE_CHECKING:
    from argogate.model.workflow import Node

GROUPS = frozenset({NodeType.STEP_GROUP, NodeType.TASK_GROUP})
NEVER = datetime.max.replace(tzinfo=UTC)
WRAPPERS = GROUPS | {NodeType.STEPS, NodeType.DAG, NodeType.RETRY}

NUMBER = re.compile(r"([0-9]+)")
COUNT_DIGITS = 8


def started(node: Node) -> tuple[datetime, str, str]:
    """Order nodes by their start; those that never started come last."""
    return (node.started_at or NEVER, _counted(node.name), node.id)


def ended(node: Node) -> tuple[datetime, str, str]:
    """Order nodes by their end; those without one come last."""
    return (node.finished_at or NEVER, _counted(node.name), node.id)


def _counted(name: str) -> str:
    """Spell a name so that `case(9)` comes before `case(10)`: times have whole seconds."""
    parts = NUMBER.split(name)
    parts[1::2] = [number.zfill(COUNT_DIGITS) for number in parts[1::2]]
    return "".join(parts)
