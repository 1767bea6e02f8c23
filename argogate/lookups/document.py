"""The same facts as JSON: one document, whose members are those of the gate's result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from argogate.codec import Codec
from argogate.lookups.outline import took
from argogate.lookups.telling import next_steps, sentence_of, word_of
from argogate.model import lifecycle
from argogate.model.tree import Tree
from argogate.model.workflow import LABEL_CRON
from argogate.reports.escape import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from argogate.codec import Json
    from argogate.lookups.chosen import Chosen
    from argogate.lookups.look import Sight
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.evidence import LogTail
    from argogate.verdict.report import Suite

VERSION = 1
CODEC = Codec(kinds={}, names={})


def spelled(documents: Iterable[Json]) -> str:
    """Return them as one JSON text, in ASCII."""
    document = {"version": VERSION, "workflows": list(documents)}
    return json_text(json.dumps(document, indent=1))


def document(
    sight: Sight,
    suite: Suite,
    chosen: Chosen | None,
    logs: Mapping[str, LogTail | None],
    now: datetime,
) -> Json:
    """Return one workflow with these nodes, or with all of them."""
    result, workflow = suite.result, sight.workflow
    found: dict[str, Json] = {
        "name": sight.target.name,
        "namespace": sight.target.namespace,
        "url": sight.target.url,
        "conclusion": word_of(sight, suite),
        "exitCode": result.exit_code,
        "message": sentence_of(sight, suite),
        "nextSteps": [str(step) for step in next_steps(sight, suite)],
        "remarks": list(sight.remarks),
    }
    if workflow:
        found |= _state(sight, workflow, now)
        found["failures"] = [leaf.path for leaf in result.failures]
        nodes = chosen.nodes if chosen else tuple(workflow.nodes.values())
        found["missingNodes"] = list(chosen.missing) if chosen else []
        found["nodes"] = _nodes(sight, workflow, nodes, logs, now)
    return found


def _state(sight: Sight, workflow: Workflow, now: datetime) -> dict[str, Json]:
    about = sight.about
    end, start = workflow.finished_at or now, workflow.started_at
    return {
        "uid": workflow.uid,
        "phase": workflow.phase_word,
        "over": lifecycle.is_over(workflow),
        "archived": lifecycle.from_archive(workflow),
        "workflowMessage": workflow.message,
        "progress": workflow.progress,
        "createdAt": CODEC.encode(workflow.created_at),
        "startedAt": CODEC.encode(workflow.started_at),
        "finishedAt": CODEC.encode(workflow.finished_at),
        "durationSeconds": round((end - start).total_seconds(), 3) if start else 0,
        "estimatedSeconds": workflow.estimated_seconds or 0,
        "whyNotOver": "" if lifecycle.is_terminal(workflow) else lifecycle.why_not_over(workflow),
        "suspended": bool(lifecycle.approvals(workflow)),
        "shutdown": workflow.shutdown,
        "createdBy": about.creator,
        "template": workflow.template,
        "cronWorkflow": workflow.labels.get(LABEL_CRON, ""),
        "resubmittedFrom": about.resubmitted_from,
        "labels": dict(workflow.labels),
        "parameters": [CODEC.encode(each) for each in about.parameters],
        "conditions": [CODEC.encode(each) for each in about.conditions],
        "outputs": {"parameters": [CODEC.encode(each) for each in workflow.parameters]},
    }


def _nodes(
    sight: Sight,
    workflow: Workflow,
    nodes: Sequence[Node],
    logs: Mapping[str, LogTail | None],
    now: datetime,
) -> list[Json]:
    tree, found = Tree(workflow), []
    for node in nodes:
        seconds = took(node, now)
        inputs = sight.about.inputs.get(node.id)
        entry = {
            "path": tree.path(node),
            **CODEC.encode(node),
            "durationSeconds": None if seconds is None else round(seconds, 3),
            "superseded": tree.is_superseded(node),
            "inputs": CODEC.encode(inputs) if inputs else {"parameters": [], "artifacts": []},
        }
        if node.id in logs:
            tail = logs[node.id]
            entry["log"] = list(tail.lines) if tail else []
            entry["logProblem"] = tail.problem if tail else "it runs no pod"
        found.append(entry)
    return found
