"""Runs that are generated: a recorded one with other names and times, and a large one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from argo_replay.run import Change, Event, Run, merge, parse
from tests.harness import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

BRIEF = "hello-succeeds"
FAN_OUTS, LEAVES, UPDATES, LASTS = 3, 300, 161, 309.0
"""The live wait that was measured with other tools: 161 updates within 309 s."""
RECORDED = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@cache
def _brief() -> str:
    return (SHIPPED / f"{BRIEF}.json").read_text("utf-8")


def brief(name: str, namespace: str, ends: float) -> Run:
    """Return the recorded run of one pod with these names, its end at that second."""
    text = _brief().replace(BRIEF, name).replace('"namespace":"argo"', f'"namespace":"{namespace}"')
    uid = "7bc5abf8-85c3-43cb-a453-adb78511d5e6"
    run = replace(parse(json.loads(text.replace(uid, f"{uid[:24]}{name}"))), namespace=namespace)
    ((_, changes),) = run.workflows.items()
    by = ends - changes[2].at
    moved = [replace(change, at=change.at + by) for change in changes[2:]]
    return replace(run, workflows={name: (*changes[:2], *moved)}, archive=None, logs=())


def long(name: str, ends: float, every: float) -> Run:
    """Return a run that makes progress all that time, and fails at its end."""
    run = brief(name, "argo", ends)
    ((_, changes),) = run.workflows.items()
    steps = [
        Change(
            at=number * every,
            object=merge(
                changes[1].object,
                {
                    "metadata": {"resourceVersion": str(20_000 + number)},
                    "status": {"progress": f"0/{number + 1}"},
                },
            ),
        )
        for number in range(1, int(ends / every))
    ]
    nodes = {name: {"phase": "Failed", "message": "exit code 1"}}
    failed = {"status": {"phase": "Failed", "nodes": nodes}}
    labels = {"metadata": {"labels": {"workflows.argoproj.io/phase": "Failed"}}}
    last = Change(at=ends, object=merge(merge(changes[2].object, failed), labels))
    return replace(run, workflows={name: (*changes[:2], *steps, last)})


def fan_outs(name: str) -> Run:
    """Return three fan-outs of 300 suspend nodes that last 1 to 300 s, with their events."""
    leaves = [
        (1.0 + number % LEAVES, f"{name}-{1_000_000_000 + number * 7919}", number)
        for number in range(FAN_OUTS * LEAVES)
    ]
    changes = [Change(at=0.0, object=_object(name, [], 0.0, 0))]
    for update in range(1, UPDATES):
        at = 1 + update * (LASTS - 1) / (UPDATES - 1)
        changes.append(Change(at=at, object=_object(name, leaves, at, update)))
    events = tuple(
        Event(at=at, object=_event(name, node, number, reason))
        for seconds, node, number in sorted(leaves)
        for at, reason in ((1.0, "Running"), (seconds, "Succeeded"))
    )
    return Run(
        scenario=name,
        shows="three fan-outs of 300 nodes",
        argo="v4.1.2",
        recorded=RECORDED,
        namespace="argo",
        workflows={name: tuple(changes)},
        archive=None,
        logs=(),
        artifacts=(),
        events=events,
        outages=(),
    )


def _object(
    name: str, leaves: list[tuple[float, str, int]], at: float, update: int
) -> dict[str, Any]:
    nodes = dict(_nodes(name, leaves, at)) if leaves else {}
    done = sum(seconds <= at for seconds, _, _ in leaves)
    over = update == UPDATES - 1
    phase = "Succeeded" if over else "Running"
    status: dict[str, Any] = {}
    if nodes:
        status = {
            "phase": phase,
            "startedAt": _stamp(0),
            "progress": f"{done}/{len(leaves)}",
            "nodes": nodes,
        }
    if over:
        status["finishedAt"] = _stamp(at)
    return {
        "metadata": {
            "name": name,
            "namespace": "argo",
            "uid": f"5f0e7b1c-{name}",
            "resourceVersion": str(5000 + update),
            "creationTimestamp": _stamp(0),
            "labels": {
                "workflows.argoproj.io/completed": "true" if over else "false",
                "workflows.argoproj.io/phase": phase,
            },
            "managedFields": _managed_fields(nodes),
        },
        "spec": {"entrypoint": "main", "arguments": {}, "templates": _templates()},
        "status": status,
    }


def _templates() -> list[dict[str, Any]]:
    fans = [
        {
            "name": f"fan-{fan}",
            "template": "tick",
            "withSequence": {"start": "1", "end": str(LEAVES)},
            "arguments": {"parameters": [{"name": "seconds", "value": "{{item}}"}]},
        }
        for fan in range(FAN_OUTS)
    ]
    seconds = "{{inputs.parameters.seconds}}"
    return [
        {"name": "main", "steps": [fans]},
        {"name": "tick", "inputs": {"parameters": [{"name": "seconds"}]}}
        | {"suspend": {"duration": seconds}},
    ]


def _nodes(
    name: str, leaves: list[tuple[float, str, int]], at: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the nodes as the controller writes them at that second."""
    frame = {"templateScope": f"local/{name}", "startedAt": _stamp(0), "progress": "0/0"}
    over = {"phase": "Succeeded", "finishedAt": _stamp(at)} if at >= LASTS else {"phase": "Running"}
    group = f"{name}-1"
    ids = [node for _, node, _ in leaves]
    yield (
        name,
        frame
        | over
        | {"id": name, "name": name, "displayName": name, "type": "Steps"}
        | {"templateName": "main", "children": [group]},
    )
    yield (
        group,
        frame
        | over
        | {"id": group, "name": f"{name}[0]", "displayName": "[0]", "type": "StepGroup"}
        | {"boundaryID": name, "children": ids},
    )
    for seconds, node, number in leaves:
        label = f"fan-{number // LEAVES}({number % LEAVES}:{number % LEAVES + 1})"
        ended = seconds <= at
        yield (
            node,
            frame
            | {
                "id": node,
                "name": f"{name}[0].{label}",
                "displayName": label,
                "type": "Suspend",
                "templateName": "tick",
                "boundaryID": name,
                "phase": "Succeeded" if ended else "Running",
                "progress": "1/1" if ended else "0/1",
                "inputs": {"parameters": [{"name": "seconds", "value": f"{seconds:.0f}"}]},
            }
            | ({"finishedAt": _stamp(seconds)} if ended else {}),
        )


def _managed_fields(nodes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return who owns which member, which Kubernetes keeps for each member of each node."""
    owned: dict[str, Any] = {
        f"f:{key}": {".": {}} | {f"f:{member}": {} for member in node}
        for key, node in nodes.items()
    }
    fields = {"f:status": {".": {}, "f:nodes": {".": {}} | owned, "f:phase": {}}}
    return [
        {
            "manager": "workflow-controller",
            "operation": "Update",
            "apiVersion": "argoproj.io/v1alpha1",
            "time": _stamp(0),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
    ]


def _event(name: str, node: str, number: int, reason: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"{name}.{number}.{reason}",
            "namespace": "argo",
            "annotations": {"workflows.argoproj.io/node-id": node},
        },
        "involvedObject": {"kind": "Workflow", "namespace": "argo", "name": name},
        "reason": f"WorkflowNode{reason}",
        "message": f"{reason} node {node}",
        "type": "Normal",
    }


def _stamp(seconds: float) -> str:
    moment = RECORDED + timedelta(seconds=int(seconds))
    return moment.isoformat().replace("+00:00", "Z")
