"""Runs that are made up: what a test says of a workflow, as a server would show it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from argo_replay.run import ARGO, RECORDED, Change, Log, Object, Run, Stored, merge

_LABEL = "workflows.argoproj.io"
_FAILURES = {"Failed", "Error"}


def make_run(
    name: str,
    *,
    namespace: str = "argo",
    phase: str = "",
    seconds: float = 0,
    tasks: Mapping[str, str] | None = None,
    message: str = "",
    labels: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    artifacts: Mapping[str, bytes] | None = None,
    logs: Mapping[str, str] | None = None,
) -> Run:
    """Make the run of a DAG whose tasks are pods that run beside each other.

    Until `seconds` it is Running, then it ends in `phase`: where nothing is said, in Failed if a
    task fails, else in Succeeded. `tasks` has the phase of each at the end (`main` alone, where
    nothing is said), `parameters` the workflow's output parameters, `artifacts` for
    `task/artifact` the bytes that a download gives, `logs` for a task what its pod printed.
    Raises ValueError for an artifact or a log of a task that there is not.
    """
    ends = phase or ("Failed" if _FAILURES & set((tasks or {}).values()) else "Succeeded")
    tasks = tasks or {"main": ends}
    stored = [(*key.partition("/")[::2], content) for key, content in (artifacts or {}).items()]
    for task in [*(task for task, _, _ in stored), *(logs or {})]:
        if task not in tasks:
            text = f"there is no task {task!r}; there are {', '.join(tasks)}"
            raise ValueError(text)
    ids = {task: node_id(name, f"{name}.{task}") for task in tasks}
    outputs = {task: [one for of, one, _ in stored if of == task] for task in tasks}
    created = _created(name, namespace, labels or {}, tasks)
    running = merge(created, _status(name, ids, dict.fromkeys(tasks, "Running"), "Running", None))
    over = merge(created, _status(name, ids, tasks, ends, seconds))
    for task, names in outputs.items():
        listed = [_artifact(name, ids[task], each) for each in names]
        if listed:
            over["status"]["nodes"][ids[task]]["outputs"] = {"artifacts": listed}
    over["status"]["message"] = message
    over["status"]["outputs"] = {
        "parameters": [{"name": key, "value": value} for key, value in (parameters or {}).items()]
    }
    done = {f"{_LABEL}/completed": "true", f"{_LABEL}/phase": ends}
    over = merge(over, {"metadata": {"resourceVersion": "3", "labels": done}})
    changes = [Change(at=0, object=created), Change(at=0, object=running)]
    return Run(
        scenario=name,
        shows=message or f"a run that ends {ends}",
        argo=ARGO,
        recorded=RECORDED,
        namespace=namespace,
        workflows={name: (*changes, Change(at=seconds, object=over))},
        archive=None,
        logs=tuple(
            Log(
                workflow=name,
                pod=f"{name}-pod-{ids[task].rpartition('-')[2]}",
                container="main",
                lines=tuple((0.0, line) for line in text.splitlines()),
            )
            for task, text in (logs or {}).items()
        ),
        artifacts=tuple(
            Stored(
                workflow=name,
                node=ids[task],
                artifact=artifact,
                path="",
                at=0,
                headers=(("Content-Disposition", f'filename="{artifact}"'),),
                content=content,
                size=len(content),
            )
            for task, artifact, content in stored
        ),
        events=(),
        outages=(),
    )


def _created(name: str, namespace: str, labels: Mapping[str, str], tasks: Mapping[str, str]) -> Any:  # noqa: ANN401 -- a JSON object
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"00000000-0000-4000-8000-{_fnv(f'{namespace}/{name}'):012d}",
            "resourceVersion": "1",
            "creationTimestamp": _stamp(0),
            "labels": dict(labels),
        },
        "spec": {
            "entrypoint": "main",
            "arguments": {},
            "templates": [
                {
                    "name": "main",
                    "dag": {"tasks": [{"name": task, "template": "pod"} for task in tasks]},
                },
                {"name": "pod", "container": {"name": "main", "image": "busybox"}},
            ],
        },
        "status": {},
    }


def _status(
    name: str,
    ids: Mapping[str, str],
    phases: Mapping[str, str],
    phase: str,
    ended: float | None,
) -> Object:
    times: Object = {"startedAt": _stamp(0)}
    if ended is not None:
        times["finishedAt"] = _stamp(ended)
    root = {
        "id": name,
        "name": name,
        "displayName": name,
        "type": "DAG",
        "phase": phase,
        "templateName": "main",
        "children": list(ids.values()),
        **times,
    }
    pods = {
        ids[task]: {
            "id": ids[task],
            "name": f"{name}.{task}",
            "displayName": task,
            "type": "Pod",
            "phase": phase,
            "templateName": "pod",
            "boundaryID": name,
            "message": "main: Error (exit code 1)" if phase in _FAILURES else "",
            **times,
        }
        for task, phase in phases.items()
    }
    done = len(ids) if ended is not None else 0
    return {
        "metadata": {"resourceVersion": "2"},
        "status": {
            "phase": phase,
            "progress": f"{done}/{len(ids)}",
            "nodes": {name: root, **pods},
            **times,
        },
    }


def _artifact(name: str, node: str, artifact: str) -> Object:
    key = f"{name}/{node}/{artifact}"
    return {"name": artifact, "s3": {"key": key}, "archive": {"none": {}}}


def _stamp(seconds: float) -> str:
    moment = RECORDED + timedelta(seconds=int(seconds))
    return moment.isoformat().replace("+00:00", "Z")


def node_id(workflow: str, name: str) -> str:
    """The id of the node of that name: the root has the workflow's own name."""
    return name if name == workflow else f"{workflow}-{_fnv(name)}"


def _fnv(text: str) -> int:
    """FNV-1a of 32 bits, of which Argo makes the ids of nodes (workflow.NodeID)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
