"""The cluster behind the server: every run's workflows, archive, logs and storage over time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf, nextafter

from argo_replay.golang import restore
from argo_replay.run import ARGO, RECORDED, Change, Event, Log, Object, Run, Stored

_LABELS = "workflows.argoproj.io/"
ARCHIVING = f"{_LABELS}workflow-archiving-status"
INSTANCE = f"{_LABELS}controller-instanceid"

EMPTY = frozenset({"argo", "default"})
"""The namespaces of a server without any workflow."""

Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A change of one workflow with what was there before."""

    at: float
    before: Object | None
    after: Object | None


def labels(workflow: Object) -> Mapping[str, str]:
    """The labels of a workflow."""
    found: Mapping[str, str] = workflow["metadata"].get("labels", {})
    return found


def suspended(workflow: Object, *, for_good: bool = False) -> bool:
    """Whether a workflow waits; `for_good`: only a client can end that, no duration does."""
    limited = {
        template.get("name")
        for template in workflow["spec"].get("templates", ())
        if "duration" in template.get("suspend", {})
    }
    waiting = (
        node
        for node in workflow["status"].get("nodes", {}).values()
        if node["type"] == "Suspend" and node.get("phase") == "Running"
    )
    return bool(workflow["spec"].get("suspend")) or any(
        not for_good or node.get("templateName") not in limited for node in waiting
    )


class Cluster:
    """Several runs that begin together.

    Recorded moments are warped where a client changed the course: each warp `(start, by)` moves
    everything from `start` on; by infinity means that it does not happen, or not yet.

    Raises:
        ValueError: the runs cannot live on one server.
    """

    def __init__(self, runs: Iterable[Run], epoch: datetime | None, *, resumable: bool) -> None:
        runs = tuple(runs)
        versions = {run.argo for run in runs} or {ARGO}
        if len(versions) != 1:
            message = f"one server has one version, not {sorted(versions)}"
            raise ValueError(message)
        epoch = epoch or (runs[0].recorded if runs else RECORDED)
        self.runs = tuple(run.moved(epoch - run.recorded) for run in runs)
        self.epoch = self.runs[0].recorded if runs else epoch
        self.argo = versions.pop()
        self.version = tuple(int(number) for number in re.findall(r"\d+", self.argo)[:3])
        self.namespaces = frozenset(run.namespace for run in runs) or EMPTY
        self.archives = any(run.archive is not None for run in runs)
        self._resumable = resumable
        self._recorded: dict[Key, tuple[Change, ...]] = {}
        for run in self.runs:
            for name, changes in run.workflows.items():
                if (run.namespace, name) in self._recorded:
                    message = f"two runs have a workflow {run.namespace}/{name}"
                    raise ValueError(message)
                self._recorded[run.namespace, name] = changes
        self.reset()

    def reset(self) -> None:
        """Forget what clients changed."""
        self._warps: dict[Key, list[tuple[float, float]]] = {key: [] for key in self._recorded}
        self._own: dict[Key, list[Change]] = {key: [] for key in self._recorded}
        """What clients made; of a workflow that one created there is nothing else."""
        self._played: dict[Key, tuple[Change, ...]] = {}
        for key in self._recorded:
            self._hold(key, 0.0)

    # live

    def live(self, namespace: str, name: str, at: float) -> Object | None:
        """The live workflow of that name."""
        state = None
        for change in self._timeline((namespace, name)):
            if change.at > at:
                break
            state = change.object
        return state

    def everything(self, namespace: str, at: float) -> list[Object]:
        """All live workflows of a namespace; an empty one means all namespaces."""
        states = (self.live(*key, at) for key in self._keys(namespace))
        return [state for state in states if state is not None]

    def latest(self, namespace: str, at: float) -> Object | None:
        """The live workflow that was created last."""
        return max(
            self.everything(namespace, at),
            key=lambda workflow: str(workflow["metadata"].get("creationTimestamp", "")),
            default=None,
        )

    def changes(self, namespace: str, after: float, upto: float) -> list[Seen]:
        """What changed after one second and up to another, in order."""
        seen = []
        for key in self._keys(namespace):
            before = None
            for change in self._timeline(key):
                if after < change.at <= upto:
                    seen.append(Seen(at=change.at, before=before, after=change.object))
                before = change.object
        return sorted(seen, key=lambda change: change.at)

    def next_change(self, namespace: str, after: float) -> float:
        """The second of the next change."""
        return min(
            (
                change.at
                for key in self._keys(namespace)
                for change in self._timeline(key)
                if change.at > after
            ),
            default=inf,
        )

    def _keys(self, namespace: str) -> list[Key]:
        return [key for key in self._own if not namespace or key[0] == namespace]

    # what clients change

    def insert(self, key: Key, changes: Iterable[Change]) -> None:
        """Add changes that were not recorded."""
        self._own[key] += changes
        self._played.pop(key, None)

    def halt(self, key: Key, at: float) -> None:
        """Let nothing of what was to come happen after that second."""
        self._own[key] = [change for change in self._own.get(key, ()) if change.at <= at]
        self._warp(key, nextafter(at, inf), inf)

    def release(self, key: Key, at: float) -> None:
        """End the present suspension: what was recorded after it happens from that second on."""
        warps = self._warps.setdefault(key, [])
        if warps and warps[-1][1] == inf:
            start, _ = warps.pop()
            following = (self._moment(key, change.at) for change in self._recorded[key])
            held = min((moment for moment in following if moment >= start), default=inf)
        else:
            start = held = self._going_on(key, at)
        if held < inf:
            self._warp(key, start, at - held)
        self._played.pop(key, None)
        self._hold(key, at)

    def _hold(self, key: Key, after: float) -> None:
        if self._resumable and (going_on := self._going_on(key, after)) < inf:
            self._warp(key, going_on, inf)

    def _going_on(self, key: Key, after: float) -> float:
        """The first change after that second that ends a suspension which only a client can end."""
        before = None
        for change in self._timeline(key):
            waits = change.object is not None and suspended(change.object, for_good=True)
            if change.at > after and before and not waits:
                return change.at
            before = waits
        return inf

    def _warp(self, key: Key, start: float, by: float) -> None:
        self._warps.setdefault(key, []).append((start, by))
        self._played.pop(key, None)

    def _moment(self, key: Key, recorded: float) -> float:
        moment = recorded
        for start, by in self._warps.get(key, ()):
            if moment >= start:
                moment += by
        return moment

    def _timeline(self, key: Key) -> tuple[Change, ...]:
        if key not in self._played:
            recorded = (
                Change(
                    at=self._moment(key, change.at),
                    object=None if change.object is None else restore(change.object),
                )
                for change in self._recorded.get(key, ())
            )
            changes = (*self._own.get(key, ()), *(c for c in recorded if c.at < inf))
            self._played[key] = tuple(sorted(changes, key=lambda change: change.at))
        return self._played[key]

    # archive, pods, storage, events

    def archived(self, at: float) -> list[Object]:
        """What the archive holds, newest start first."""
        found = []
        for run in self.runs:
            for entry in run.archive or ():
                key = (run.namespace, entry.object["metadata"]["name"])
                if self._moment(key, entry.at) <= at < self._moment(key, entry.until):
                    found.append(restore(entry.object))
        return sorted(
            found, key=lambda workflow: str(workflow["status"]["startedAt"]), reverse=True
        )

    def logs(self, key: Key) -> list[Log]:
        """The logs of the pods of a workflow, whenever they exist."""
        return [
            replace(
                log,
                lines=tuple((self._moment(key, at), line) for at, line in log.lines),
                until=self._moment(key, log.until),
            )
            for run in self.runs
            for log in run.logs
            if (run.namespace, log.workflow) == key
        ]

    def stored(self, key: Key, at: float) -> list[Stored]:
        """What the storage holds under the name of a workflow; later writes win."""
        latest = {
            (entry.node, entry.artifact, entry.path): entry
            for run in self.runs
            for entry in run.artifacts
            if (run.namespace, entry.workflow) == key
            and self._moment(key, entry.at) <= at < self._moment(key, entry.until)
        }
        return list(latest.values())

    def events(self, namespace: str) -> list[Event]:
        """The Kubernetes events of a namespace, whenever they were published."""
        found = [
            replace(event, at=self._moment((namespace, _involved(event)), event.at))
            for run in self.runs
            if run.namespace == namespace
            for event in run.events
        ]
        return sorted(found, key=lambda event: event.at)


def _involved(event: Event) -> str:
    return str(event.object.get("involvedObject", {}).get("name"))
