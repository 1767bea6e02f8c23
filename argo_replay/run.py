"""A recorded run: what one Argo Server showed of one scenario, as a function of time.

A run is one JSON file. All times are seconds since the first workflow was created; an `until` that
is absent means for ever. Times inside the objects are those of the recording.

    scenario, shows   name and purpose
    argo              version of the recorded server, such as `v4.1.2`
    recorded          wall time of second 0
    namespace         where the workflows live
    workflows         name -> changes in order, each `at` plus one of
                      `put` (whole object), `patch` (RFC 7386, against the state before), `delete`
    archive           null if the server has no archive, else entries `workflow`, `at`, `until`,
                      and `patch` against the last live state of the workflow with that `uid`
    logs              `workflow`, `pod`, `container`, `until`, `lines`: [[second, [line, ...]], ...]
    artifacts         the object storage: `workflow`, `node`, `artifact`, `path` (inside a directory
                      artifact, else empty), `at`, `until`, `headers`, and one of `text`, `base64`,
                      `generate` ({"size": bytes, "seed": number})
    events            Kubernetes events: `at`, `object`
    outages           `start`, `stop`, `path` (expression for the whole request path; absent:
                      every path), and `status`, `headers`, `body`; without `status`: refused

`null` times, which Go writes and a merge patch cannot express, and `metadata.managedFields` are
left out; `restore` in `golang` puts the former back.
"""

import base64
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

Object = dict[str, Any]
"""A JSON object as the Argo Server writes it."""

ARGO = "v4.1.2"
"""The version of a server whose runs name none."""
RECORDED = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""Second 0 of what was not recorded."""
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SECOND = timedelta(seconds=1)
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A workflow became this at that second; None means it was deleted."""

    at: float
    object: Object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A workflow the archive holds for a while."""

    at: float
    until: float = inf
    object: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What one container printed, until its pod was removed."""

    workflow: str
    pod: str
    container: str
    lines: tuple[tuple[float, str], ...]
    until: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object of the artifact storage; keys hold the workflow's name, not its uid."""

    workflow: str
    node: str
    artifact: str
    path: str
    at: float
    until: float = inf
    headers: tuple[tuple[str, str], ...]
    content: bytes | None = field(repr=False)
    size: int
    seed: int = 0

    def read(self) -> Iterator[bytes]:
        """The stored bytes in blocks; those that are generated are the same each time."""
        if self.content is not None:
            yield self.content
            return
        # Not for security, and the same on every Python version for a given seed.
        source = random.Random(self.seed)  # noqa: S311
        for start in range(0, self.size, _BLOCK):
            yield source.randbytes(min(_BLOCK, self.size - start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A Kubernetes event that was published at that second."""

    at: float
    object: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A while in which a path (None: every path) got this answer; status None: no connection."""

    start: float
    stop: float
    path: str | None
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scenario; `archive` is None if its server had none."""

    scenario: str
    shows: str
    argo: str
    recorded: datetime
    namespace: str
    workflows: Mapping[str, tuple[Change, ...]]
    archive: tuple[Archived, ...] | None
    logs: tuple[Log, ...]
    artifacts: tuple[Stored, ...]
    events: tuple[Event, ...]
    outages: tuple[Outage, ...]

    def state_at(self, workflow: str, at: float) -> Object | None:
        """The live object of that name at that second; None if there is none."""
        state = None
        for change in self.workflows.get(workflow, ()):
            if change.at > at:
                break
            state = change.object
        return state

    @property
    def ends(self) -> float:
        """The second after which nothing changes any more."""
        return max((changes[-1].at for changes in self.workflows.values()), default=0.0)

    def moved(self, by: timedelta) -> "Run":
        """The same run, recorded that much later (whole seconds); log lines keep their times."""
        by -= by % _SECOND
        if not by:
            return self

        def move(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
            match value:
                case dict():
                    return {key: move(member) for key, member in value.items()}
                case list():
                    return [move(member) for member in value]
                case str() if _TIMESTAMP.fullmatch(value):
                    moved = datetime.fromisoformat(value) + by
                    return moved.isoformat(timespec="auto").replace("+00:00", "Z")
                case _:
                    return value

        return replace(
            self,
            recorded=self.recorded + by,
            workflows={
                name: tuple(replace(change, object=move(change.object)) for change in changes)
                for name, changes in self.workflows.items()
            },
            archive=None
            if self.archive is None
            else tuple(replace(entry, object=move(entry.object)) for entry in self.archive),
            events=tuple(replace(event, object=move(event.object)) for event in self.events),
        )


def merge(target: Any, patch: Any) -> Any:  # noqa: ANN401 -- any JSON value
    """Apply an RFC 7386 merge patch; unchanged parts are shared, nothing is modified in place."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def load(path: Path) -> Run:
    """Read a run file."""
    return parse(json.loads(path.read_text(encoding="utf-8")))


def parse(document: Object) -> Run:
    """Make a run of a run file's JSON; KeyError or ValueError if it is not one."""
    workflows = {name: _changes(steps) for name, steps in document["workflows"].items()}
    last_of_uid = {
        change.object["metadata"]["uid"]: change.object
        for changes in workflows.values()
        for change in changes
        if change.object is not None
    }
    archive = document["archive"]
    return Run(
        scenario=document["scenario"],
        shows=document["shows"],
        argo=document["argo"],
        recorded=datetime.fromisoformat(document["recorded"]).astimezone(UTC),
        namespace=document["namespace"],
        workflows=workflows,
        archive=None
        if archive is None
        else tuple(
            Archived(
                at=entry["at"],
                until=entry.get("until", inf),
                object=merge(last_of_uid.get(entry["uid"]), entry["patch"]),
            )
            for entry in archive
        ),
        logs=tuple(
            Log(
                workflow=entry["workflow"],
                pod=entry["pod"],
                container=entry["container"],
                lines=tuple((at, line) for at, lines in entry["lines"] for line in lines),
                until=entry.get("until", inf),
            )
            for entry in document.get("logs", ())
        ),
        artifacts=tuple(_stored(entry) for entry in document.get("artifacts", ())),
        events=tuple(Event(**entry) for entry in document.get("events", ())),
        outages=tuple(_outage(entry) for entry in document.get("outages", ())),
    )


def _changes(steps: list[Object]) -> tuple[Change, ...]:
    changes: list[Change] = []
    state: Object | None = None
    for step in steps:
        state = None if "delete" in step else step.get("put") or merge(state, step["patch"])
        changes.append(Change(at=step["at"], object=state))
    if any(later.at < earlier.at for earlier, later in pairwise(changes)):
        message = "changes of a workflow must be in order of time"
        raise ValueError(message)
    return tuple(changes)


def _stored(entry: Object) -> Stored:
    content = None
    if "base64" in entry:
        content = base64.b64decode(entry["base64"])
    elif "text" in entry:
        content = entry["text"].encode()
    return Stored(
        workflow=entry["workflow"],
        node=entry["node"],
        artifact=entry["artifact"],
        path=entry["path"],
        at=entry["at"],
        until=entry.get("until", inf),
        headers=tuple(entry["headers"].items()),
        content=content,
        size=entry["generate"]["size"] if content is None else len(content),
        seed=0 if content is not None else entry["generate"]["seed"],
    )


def _outage(entry: Object) -> Outage:
    return Outage(
        start=entry["start"],
        stop=entry.get("stop", inf),
        path=entry.get("path"),
        status=entry.get("status"),
        headers=tuple(entry.get("headers", {}).items()),
        body=entry.get("body", "").encode(),
    )
