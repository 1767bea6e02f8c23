"""What is told of one node besides its outcome: names, reasons, times, earlier attempts."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from argogate import spell
from argogate.model.workflow import NodePhase
from argogate.verdict.report import Attempt

if TYPE_CHECKING:
    from datetime import datetime

    from argogate.model.tree import Leaf
    from argogate.model.workflow import Node
    from argogate.verdict.evidence import LogTail

LONGEST_NAME = 200
"""Characters; a longer name is cut and ends in a hash of the whole."""


def make_printable(text: str) -> str:
    """Return a name on one line that any reader can show."""
    text = " ".join(text.split()) or "?"
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    if len(text) > LONGEST_NAME:
        return f"{text[:LONGEST_NAME]}~{zlib.crc32(text.encode()):08x}"
    return text


def reason_of(node: Node) -> str:
    """Return why a node is as it is; never empty."""
    return node.reason or f"phase {node.phase.value or 'not set'}"


def attempts_of(leaf: Leaf) -> tuple[Attempt, ...]:
    """Return the failed attempts before the one that counts."""
    return tuple(
        Attempt(type=attempt.phase.value, message=reason_of(attempt))
        for attempt in leaf.attempts
        if attempt.failed
    )


def note_of(leaf: Leaf) -> str:
    """Return what a case says in any outcome."""
    notes = ["memoized: the outputs come from the cache"] if leaf.node.memoized else []
    notes += [f"display name: {make_printable(leaf.shown_as)}"] if leaf.shown_as else []
    failed = sum(attempt.failed for attempt in leaf.attempts)
    if failed and leaf.node.phase is NodePhase.SUCCEEDED:
        notes.append(f"flaky: {spell.counted(failed, 'failed attempt')} before it passed")
    return "\n".join(notes)


def details_of(leaf: Leaf, log: LogTail | None, url: str) -> tuple[tuple[str, str], ...]:
    """Return what else is known of a node."""
    node = leaf.node
    return keep_known(
        {
            "phase": node.phase.value,
            "template": node.template_name,
            "display name": leaf.shown_as,
            "node id": node.id,
            "exit code": node.exit_code,
            "host": node.host_node_name,
            "started": spell.moment(node.started_at) if node.started_at else "",
            "finished": spell.moment(node.finished_at) if node.finished_at else "",
            "attempts": str(len(leaf.attempts) + 1) if leaf.attempts else "",
            "url": url,
            "log": log.problem if log else "",
        }
    )


def keep_known(pairs: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs that have a value."""
    return tuple((name, value) for name, value in pairs.items() if value)


def seconds_between(start: datetime | None, end: datetime | None, otherwise: float) -> float:
    """Return how long it took by the server's clock, where that is known."""
    return max((end - start).total_seconds(), 0) if start and end else otherwise
