"""Is it over? Which run is it? The questions that glue scripts get wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from argogate.model.workflow import LABEL_CRON, Archiving, NodePhase, NodeType, Phase

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow

TERMINAL = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.ERROR})

LONGEST_BASE = 58
"""Characters of `generateName` that are left: k8s.io/apiserver `pkg/storage/names/generate.go`."""
SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters of a generated name: k8s.io/apimachinery `pkg/util/rand/rand.go`."""


def is_terminal(workflow: Workflow) -> bool:
    """Whether the phase is terminal; before Argo 3.5.6 that alone is not the end."""
    return workflow.phase in TERMINAL


def is_over(workflow: Workflow) -> bool:
    """Whether it has really ended: a terminal phase and `finishedAt` (operator.go:2753-2853)."""
    return is_terminal(workflow) and workflow.finished_at is not None


def from_archive(workflow: Workflow) -> bool:
    """Whether the answer came from the archive: the live workflow of that name is gone."""
    return workflow.archiving is Archiving.PERSISTED


def same_attempt(archived: Workflow, live: Workflow) -> bool:
    """Whether an archived copy is the attempt last seen live, not one before an Argo retry.

    A retry keeps the uid and gives a new `startedAt`. A run that had not started when it was
    last seen has no earlier attempt that could have been archived.
    """
    return live.started_at is None or archived.started_at == live.started_at


def is_outdated(answer: Workflow, seen: Workflow) -> bool:
    """Whether an answer shows a run as it was before it was seen otherwise.

    That is an attempt before a retry (what a cache or the archive may still have), or another
    state of a run that was over: its end does not change but by a retry, which starts it anew.
    """
    if seen.started_at is None:
        return False
    if answer.started_at is None or answer.started_at < seen.started_at:
        return True
    same = answer.started_at == seen.started_at
    return same and is_over(seen) and answer.phase is not seen.phase


def uniquely_named(workflow: Workflow) -> bool:
    """Whether no other run can bear this name: `generateName` + 5 letters, or cron + time."""
    cron = workflow.labels.get(LABEL_CRON, "")
    if workflow.generate_name:
        base = re.escape(workflow.generate_name[:LONGEST_BASE])
        pattern = f"{base}[{SUFFIX_ALPHABET}]{{5}}"
    elif cron:
        pattern = rf"{re.escape(cron)}-[0-9]{{10}}"
    else:
        return False
    return re.fullmatch(pattern, workflow.name) is not None


def root_node(workflow: Workflow) -> Node | None:
    """Return the node of the entrypoint; its id is the workflow's name (workflow_types.go:3870)."""
    return workflow.nodes.get(workflow.name)


def waiting_approvals(workflow: Workflow) -> tuple[Node, ...]:
    """Return the suspend nodes that wait for a person, not for a duration to pass."""
    return tuple(
        node
        for node in workflow.nodes.values()
        if node.type is NodeType.SUSPEND and node.phase is NodePhase.RUNNING and not node.timed
    )
