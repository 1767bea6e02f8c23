"""Condense recorded exchanges with an Argo Server into run files.

    python tools/condense.py RECORDINGS OUTPUT --version v4.1.2 [--only SCENARIO ...]
        [--skip SCENARIO ...] [--answers tests/answers.json]

RECORDINGS has one directory per scenario with `NNN-<what>.json`, one recorded exchange each.
The format of a run file is described in `argo_replay/run.py`.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

Object = dict[str, Any]
ARCHIVING = "workflows.argoproj.io/workflow-archiving-status"
KEPT_HEADERS = ("Content-Type", "Content-Disposition", "Retry-After", "Location")
_SHAPED, _SHORT, _LONG = 120, 200, 2048
ARGO_LINE = re.compile(r'^time="?(\S+?)"? .* ?argo=true')


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One recorded request and what came back; `at` is wall time in epoch seconds."""

    file: str
    at: float
    note: str
    method: str
    url: str
    accept: str
    token_of: str | None
    authorization: str | None
    status: int | None
    headers: dict[str, Any]
    body: Any
    chunks: list[tuple[float, str]] | None
    seconds: float
    error: str | None

    @property
    def path(self) -> str:
        """The decoded path of the request."""
        return unquote(urlsplit(self.url).path)

    @property
    def query(self) -> dict[str, str]:
        """The query of the request; the first value of each name."""
        parsed = parse_qs(urlsplit(self.url).query, keep_blank_values=True)
        return {name: values[0] for name, values in parsed.items()}

    @property
    def text(self) -> str:
        """The whole body of a stream."""
        return "".join(text for _, text in self.chunks or ())

    def messages(self) -> Iterator[tuple[float, Object]]:
        """Messages of a stream with the second they were complete at."""
        buffer = ""
        for at, text in self.chunks or ():
            *lines, buffer = (buffer + text).split("\n")
            for line in lines:
                payload = line.removeprefix("data: ").strip()
                if payload.startswith("{"):
                    yield at, json.loads(payload)


def read(directory: Path) -> list[Exchange]:
    """Read the exchanges of one scenario in order of time."""
    found = []
    for path in sorted(directory.glob("[0-9]*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        request, response = document["request"], document["response"] or {}
        at = datetime.fromisoformat(document["wall"]).timestamp()
        chunks = response.get("chunks")
        url = request.get("raw_url") or f"{request['path']}?{urlencode(request['query'])}"
        found.append(
            Exchange(
                file=path.name,
                at=at,
                note=document["note"],
                method=request["method"],
                url=url,
                accept=request["headers"].get("Accept", ""),
                token_of=request.get("token_of"),
                authorization=request["headers"].get("Authorization"),
                status=response.get("status"),
                headers=response.get("headers", {}),
                body=response.get("body"),
                chunks=None
                if chunks is None
                else [(at + milliseconds / 1000, text) for milliseconds, text in chunks],
                seconds=(response.get("elapsed_ms") or 0) / 1000,
                error=document.get("error"),
            )
        )
    return sorted(found, key=lambda exchange: exchange.at)


def bare(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
    """Drop nulls and managedFields."""
    if isinstance(value, dict):
        return {
            key: bare(member)
            for key, member in value.items()
            if member is not None and key != "managedFields"
        }
    return [bare(member) for member in value] if isinstance(value, list) else value


def difference(old: Object, new: Object) -> Object:
    """Compute the RFC 7386 merge patch that turns old into new."""
    patch: Object = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            if nested := difference(before, value):
                patch[key] = nested
        elif key not in old or before != value:
            patch[key] = value
    return patch


def identity(workflow: Object) -> tuple[str, int]:
    """The uid and the resource version, which grows with every change."""
    metadata = workflow["metadata"]
    return metadata.get("uid", ""), int(metadata.get("resourceVersion") or 0)


def label(workflow: Object | None) -> str | None:
    """The archiving status of a workflow."""
    return None if workflow is None else workflow["metadata"].get("labels", {}).get(ARCHIVING)


@dataclass(slots=True, kw_only=True)
class Scenario:
    """The exchanges of one scenario, and what was concluded from them."""

    name: str
    version: str
    shows: str
    exchanges: list[Exchange]
    namespace: str = "argo"
    timelines: dict[str, list[tuple[float, Object | None]]] = field(default_factory=dict)
    archived: dict[str, Object] = field(default_factory=dict)
    archived_at: dict[str, float] = field(default_factory=dict)
    rearchived: dict[str, list[tuple[float, Object]]] = field(default_factory=dict)
    archived_until: dict[str, float] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)

    @property
    def zero(self) -> float:
        """Wall time of second 0: the first answer to a creation, else the first request."""
        created = [e.at + e.seconds for e in self.exchanges if e.method == "POST" and is_whole(e)]
        return min(created, default=min(e.at for e in self.exchanges))

    def since(self, wall: float) -> float:
        """Seconds of the run; nothing happens before second 0."""
        return 0.0 if wall == -inf else max(0.0, round(wall - self.zero, 3))

    def state(self, name: str, wall: float = inf) -> Object | None:
        """The concluded live state."""
        known = [state for at, state in self.timelines.get(name, ()) if at <= wall]
        return known[-1] if known else None

    # timelines

    def observe(self) -> None:
        """Conclude the timelines and the archive from the exchanges."""
        self._follow()
        self._delete_unseen()
        for changes in self.timelines.values():
            before = None
            for at, state in changes:
                if state is not None and label(state) == "Archived":
                    uid = state["metadata"]["uid"]
                    self.archived_at[uid] = min(at, self.archived_at.get(uid, inf))
                    if label(before) != "Archived":
                        self.rearchived.setdefault(uid, []).append((at, state))
                before = state

    def _follow(self) -> None:
        seen: list[tuple[float, int, Exchange, Object]] = []
        covered: list[tuple[float, float, str]] = []
        for exchange in self.exchanges:
            if exchange.path.startswith("/api/v1/workflow-events/") and not exchange.query.get(
                "fields"
            ):
                self._watched(exchange, seen, covered)
            elif exchange.status == HTTPStatus.OK and is_whole(exchange):
                moment = exchange.at + (exchange.seconds if exchange.method != "GET" else 0)
                seen.append((moment, 0, exchange, exchange.body))
            elif exchange.status == HTTPStatus.OK and (rows := whole_rows(exchange)):
                listed = ({"type": "LISTED", "object": row} for row in rows)
                seen.extend((exchange.at, 0, exchange, row) for row in listed)
            elif is_get(exchange) and exchange.status in {200, 404}:
                seen.append((exchange.at, 1, exchange, exchange.body))
            elif exchange.method == "DELETE" and "/archived-workflows/" in exchange.path:
                self.archived_until[exchange.path.rpartition("/")[2]] = exchange.at
        for moment, _, exchange, body in sorted(seen, key=lambda item: item[:2]):
            self._note(moment, exchange, body, covered)

    def _delete_unseen(self) -> None:
        for e in self.exchanges:
            name = e.path.rpartition("/")[2]
            live = e.path == f"/api/v1/workflows/{self.namespace}/{name}"
            if not (live and e.method == "DELETE" and e.status == HTTPStatus.OK):
                continue
            changes = self.timelines.get(name, [])
            last = changes[-1][1] if changes else None
            if (
                last is not None
                and changes[-1][0] < e.at
                and not last["metadata"].get("finalizers")
            ):
                changes.append((e.at + e.seconds, None))

    def _watched(
        self,
        exchange: Exchange,
        seen: list[tuple[float, int, Exchange, Object]],
        covered: list[tuple[float, float, str]],
    ) -> None:
        selector = exchange.query.get("listOptions.fieldSelector", "")
        name = selector.removeprefix("metadata.name=")
        if exchange.status == HTTPStatus.OK and name in exchange.path + selector:
            covered.append((exchange.at, exchange.at + exchange.seconds, name))
        for at, message in exchange.messages():
            if "result" in message and "object" in message["result"]:
                seen.append((at, 0, exchange, message["result"]))

    def _note(
        self,
        moment: float,
        exchange: Exchange,
        body: Object,
        covered: list[tuple[float, float, str]],
    ) -> None:
        if "object" in body:
            name = body["object"]["metadata"]["name"]
            gone = body["type"] == "DELETED"
            self._put(name, moment, None if gone else bare(body["object"]))
            return
        if exchange.status == HTTPStatus.NOT_FOUND:
            name = exchange.path.rpartition("/")[2]
            if not any(start <= moment <= stop and who == name for start, stop, who in covered):
                self._vanished(name, moment)
            return
        if "metadata" not in body:
            return
        name = body["metadata"].get("name", exchange.path.rpartition("/")[2])
        if "/archived-workflows" in exchange.path or label(body) == "Persisted":
            self._archived(name, moment, exchange, bare(body))
        elif is_whole(exchange):
            self._put(name, moment, bare(body))
        elif not any(start <= moment <= stop and who == name for start, stop, who in covered):
            self._project(name, moment, exchange, body)

    def _put(self, name: str, moment: float, state: Object | None) -> None:
        changes = self.timelines.setdefault(name, [])
        before = changes[-1][1] if changes else None
        if state is None:
            if before is not None:
                changes.append((moment, None))
            return
        uid, version = identity(state)
        if before is not None and identity(before)[0] == uid and version <= identity(before)[1]:
            if state != before and version == identity(before)[1]:
                changes.append((moment, state))
            return
        if name in self.partial and before is not None and _agree(before, state):
            moment = changes.pop()[0]
        self.partial.discard(name)
        changes.append((moment, state))

    def _vanished(self, name: str, moment: float) -> None:
        changes = self.timelines.get(name, [])
        if not changes or changes[-1][1] is None:
            return
        deletions = [
            e.at
            for e in self.exchanges
            if e.method == "DELETE"
            and e.path.endswith(f"/workflows/{self.namespace}/{name}")
            and changes[-1][0] <= e.at <= moment
        ]
        changes.append((max(deletions, default=moment), None))

    def _archived(self, name: str, moment: float, exchange: Exchange, body: Object) -> None:
        uid = body["metadata"].get("uid")
        if "/archived-workflows" not in exchange.path and "uid" not in exchange.query:
            self._vanished(name, moment)
        if uid is None:
            return
        self.archived_at[uid] = min(moment, self.archived_at.get(uid, inf))
        if is_whole(exchange):
            self.archived[uid] = body

    def _project(self, name: str, moment: float, exchange: Exchange, body: Object) -> None:
        before = self.state(name)
        entries = exchange.query.get("fields", "").split(",")
        simple = re.compile(r"(metadata|spec|status)\.[a-zA-Z]+|status")
        if not all(simple.fullmatch(entry) for entry in entries) or "status" not in entries[-1]:
            return
        uid = body["metadata"].get("uid")
        if uid is None and (before is None or "finishedAt" in before["status"]):
            return
        if before is None or (uid or before["metadata"].get("uid")) != before["metadata"].get(
            "uid"
        ):
            if {"metadata.uid", "metadata.name", "status.phase"} <= set(entries):
                self.partial.add(name)
                self.timelines.setdefault(name, []).append((moment, bare(body)))
            return
        self.partial.add(name)
        state = json.loads(json.dumps(before))
        for section, _, member in (entry.partition(".") for entry in entries):
            if not member:
                state[section] = bare(body.get(section, {}))
                continue
            value = bare(body.get(section, {}).get(member))
            if value is None:
                state.get(section, {}).pop(member, None)
            else:
                state.setdefault(section, {})[member] = value
        if state != before:
            self.timelines[name].append((moment, state))

    # what else the server had

    def archive_entries(self) -> Iterator[Object]:
        """Entries of `archive`."""
        last, pending = {}, {}
        for name, changes in self.timelines.items():
            for _, state in changes:
                if state is not None:
                    uid = state["metadata"].get("uid", "")
                    last[uid] = (name, state)
                    if label(state) == "Pending":
                        pending[uid] = state
        for uid, at in sorted(self.archived_at.items(), key=lambda item: item[1]):
            copy = self.archived.get(uid)
            name, live = last.get(uid, (copy["metadata"]["name"] if copy else "", {}))
            if copy is None:
                if not live:
                    continue
                copy = json.loads(json.dumps(pending.get(uid, live)))
                persisted = "Pending" if self.version.startswith("v3.4.") else "Persisted"
                copy["metadata"].setdefault("labels", {})[ARCHIVING] = persisted
            *earlier, latest = self.rearchived.get(uid, [(at, live)])
            start = self.since(min(at, latest[0]) if live else -inf)
            for number, (archived, state) in enumerate(earlier):
                # A retried workflow is archived again, over its earlier self.
                old = json.loads(json.dumps(state))
                old["metadata"]["labels"][ARCHIVING] = copy["metadata"]["labels"][ARCHIVING]
                following = [*earlier, latest][number + 1][0]
                times = {"at": self.since(archived), "until": self.since(following)}
                start = times["until"]
                yield {**times, "workflow": name, "uid": uid, "patch": difference(live, old)}
            entry: Object = {"at": start, "workflow": name, "uid": uid}
            if uid in self.archived_until:
                entry["until"] = self.since(self.archived_until[uid])
            yield entry | {"patch": difference(live, copy)}

    def log_entries(self) -> Iterator[Object]:
        """Entries of `logs`: the fullest stream per pod, container and attempt."""
        route = re.compile(r"/api/v1/workflows/[^/]+/([^/]+)/(?:[^/]+/)?log")
        limited = {"grep", "selector", "logOptions.sinceSeconds"}
        limited |= {"logOptions.timestamps", "logOptions.previous"}
        fullest: dict[tuple[str, str, str, float], list[tuple[float, str]]] = {}
        followed: dict[tuple[str, str, str, float], list[tuple[float, str]]] = {}
        empty: list[tuple[str, float]] = []
        for e in self.exchanges:
            match = route.fullmatch(e.path)
            if (
                e.method != "GET"
                or e.status != HTTPStatus.OK
                or not match
                or limited & set(e.query)
            ):
                continue
            name = match[1]
            streams: dict[tuple[str, str, str, float], list[tuple[float, str]]] = {}
            for at, message in e.messages():
                result = message.get("result", {})
                if "podName" in result and "fields" not in e.query:
                    container = e.query.get("logOptions.container", "main")
                    key = (name, result["podName"], container, self._attempt(name, e.at))
                    streams.setdefault(key, []).append((at, result.get("content", "")))
            if not streams and e.query == {"logOptions.container": "main"}:
                empty.append((name, e.at))
            for key, lines in streams.items():
                best = followed if e.query.get("logOptions.follow") == "true" else fullest
                if len(lines) > len(best.get(key, ())):
                    best[key] = lines
        for key in dict.fromkeys([*followed, *fullest]):
            name, pod, container, since = key
            lines = self._timed(since, fullest.get(key, []), followed.get(key, []))
            until = min(
                [self._next_attempt(name, since)]
                + [at for who, at in empty if who == name and lines and at > lines[-1][0] - 5]
            )
            entry: Object = {"workflow": name, "pod": pod, "container": container}
            if until < inf:
                entry["until"] = self.since(until)
            yield entry | {"lines": self._grouped(lines)}

    def _attempts(self, name: str) -> list[float]:
        retried = [
            e.at
            for e in self.exchanges
            if e.method == "PUT" and e.status == HTTPStatus.OK and e.path.endswith(f"/{name}/retry")
        ]
        uid, born = None, []
        for at, state in self.timelines.get(name, ()):
            current = None if state is None else state["metadata"].get("uid")
            if current != uid:
                born.append(at)
            uid = current
        return sorted(retried + born)

    def _attempt(self, name: str, wall: float) -> float:
        return max((at for at in self._attempts(name) if at <= wall), default=-inf)

    def _next_attempt(self, name: str, since: float) -> float:
        return min((at for at in self._attempts(name) if at > since), default=inf)

    def _timed(
        self, since: float, full: list[tuple[float, str]], follow: list[tuple[float, str]]
    ) -> list[tuple[float, str]]:
        if len(follow) >= len(full):
            return follow
        times: dict[str, list[float]] = {}
        for at, line in follow:
            times.setdefault(line, []).append(at)
        known, timed = max(since, self.zero), []
        for _, line in full:
            if times.get(line):
                known = max(known, times[line].pop(0))
            elif match := ARGO_LINE.match(line):
                known = max(known, datetime.fromisoformat(match[1]).timestamp())
            timed.append((known, line))
        return timed

    def _grouped(self, lines: Iterable[tuple[float, str]]) -> list[list[Any]]:
        groups: list[list[Any]] = []
        for at, line in lines:
            second = round(self.since(at), 1)
            if groups and groups[-1][0] >= second:
                groups[-1][1].append(line)
            else:
                groups.append([second, [line]])
        return groups

    def artifact_entries(self) -> Iterator[Object]:
        """Entries of `artifacts`."""
        names = {
            state["metadata"].get("uid"): name
            for name, changes in self.timelines.items()
            for _, state in changes
            if state is not None
        }
        found: dict[tuple[str, str, str, str, float], Object] = {}
        for e in self.exchanges:
            place = _place(e.path, names)
            if place is None or e.method != "GET":
                continue
            name, node, artifact, inside = place
            key = (*place, self._attempt(name, e.at))
            if e.status == HTTPStatus.OK and "failed to stream artifact" not in str(e.body)[-200:]:
                content = _content(e)
                if content is not None and key not in found:
                    found[key] = {
                        "workflow": name,
                        "node": node,
                        "artifact": artifact,
                        "path": inside,
                        "at": self.since(self._attempt(name, e.at)),
                        "headers": kept(e.headers),
                    } | content
            elif (
                e.status == HTTPStatus.NOT_FOUND
                and key in found
                and self.state(name, e.at) is not None
            ):
                found[key].setdefault("until", self.since(self._deleted(name, node, artifact, e)))
        yield from found.values()

    def _deleted(self, name: str, node: str, artifact: str, exchange: Exchange) -> float:
        for at, state in self.timelines.get(name, ()):
            nodes = (state or {}).get("status", {}).get("nodes", {})
            for output in nodes.get(node, {}).get("outputs", {}).get("artifacts", []):
                if output["name"] == artifact and output.get("deleted"):
                    return at
        return exchange.at

    def event_entries(self) -> Iterator[Object]:
        """Entries of `events`: the stream that has most of them in full."""
        streams = [
            [(at, m["result"]) for at, m in e.messages() if "metadata" in m.get("result", {})]
            for e in self.exchanges
            if "/stream/events/" in e.path and e.status == HTTPStatus.OK and "fields" not in e.query
        ]
        for at, event in max(streams, key=len, default=[]):
            yield {"at": self.since(at), "object": bare(event)}

    def outage_entries(self) -> Iterator[Object]:
        """Entries of `outages`: what pollers saw instead, and other failures meanwhile."""
        polls: dict[str, list[Exchange]] = {}
        for e in self.exchanges:
            if e.note.startswith("poll no."):
                polls.setdefault(e.url, []).append(e)
        windows: list[tuple[float, float]] = []
        for answers in polls.values():
            for e, following in zip(answers, [*answers[1:], None], strict=True):
                if e.status in {200, 404}:
                    continue
                stop = following.at if following else inf
                windows.append((e.at, stop))
                yield self._outage(e, e.at, stop)
        polled = {urlsplit(url).path for url in polls}
        for e in self.exchanges:
            if (
                e.method != "GET"
                or (e.status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR
                or e.path in polled
            ):
                continue
            inside = [(start, stop) for start, stop in windows if start <= e.at < stop]
            if inside:
                yield self._outage(e, *inside[0])
            elif "session proxy is closed" in str(e.body):
                yield self._outage(e, e.at, inf)

    def _outage(self, e: Exchange, start: float, stop: float) -> Object:
        entry: Object = {"start": self.since(start)}
        if stop < inf:
            entry["stop"] = self.since(stop)
        if e.status is None:
            return entry
        text = e.body if isinstance(e.body, str) else e.text
        body = text or go_json(e.body)
        # Code 14 is the gateway that does not reach its own gRPC side, whatever was asked.
        path = "/api/.*" if e.status == HTTPStatus.SERVICE_UNAVAILABLE else e.path
        return (
            entry | {"path": path, "status": e.status, "headers": kept(e.headers)} | {"body": body}
        )

    def document(self) -> Object:
        """The run file."""
        self.observe()
        started = datetime.fromtimestamp(self.zero, UTC)
        document: Object = {
            "scenario": self.name,
            "shows": self.shows,
            "argo": self.version,
            "recorded": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "namespace": self.namespace,
            "workflows": {name: self._steps(changes) for name, changes in self.timelines.items()},
            "archive": list(self.archive_entries()),
        }
        for member, entries in (
            ("logs", self.log_entries()),
            ("artifacts", self.artifact_entries()),
            ("events", self.event_entries()),
            ("outages", self.outage_entries()),
        ):
            if listed := list(entries):
                document[member] = listed
        return document

    def _steps(self, changes: list[tuple[float, Object | None]]) -> list[Object]:
        steps: list[Object] = []
        before: Object | None = None
        latest = 0.0
        for wall, state in changes:
            latest = max(latest, self.since(wall))
            step: Object = {"at": latest}
            if state is None:
                step["delete"] = True
            elif before is None or before["metadata"].get("uid") != state["metadata"].get("uid"):
                step["put"] = state
            else:
                step["patch"] = difference(before, state)
            steps.append(step)
            before = state
        return steps


def _agree(partial: Object, whole: Object) -> bool:
    """Whether a whole object shows the same moment as one completed from a projection."""
    members = ("phase", "finishedAt", "progress", "conditions")
    return all(partial["status"].get(name) == whole["status"].get(name) for name in members) and (
        partial["metadata"].get("labels") == whole["metadata"].get("labels")
    )


def go_json(body: Any) -> str:  # noqa: ANN401 -- any JSON value
    """Write JSON as Go does."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def kept(headers: dict[str, Any]) -> dict[str, str]:
    """The headers that say something about the answer."""
    return {name: headers[name] for name in KEPT_HEADERS if name in headers}


def is_get(exchange: Exchange) -> bool:
    """Whether it is a GET of one workflow, from the cluster or the archive."""
    single = re.fullmatch(r"/api/v1/workflows/[^/]+/[^/]+", exchange.path)
    archived = exchange.path.startswith("/api/v1/archived-workflows/")
    return exchange.method == "GET" and bool(single or archived)


def is_whole(exchange: Exchange) -> bool:
    """Whether the answer is one whole workflow."""
    body = exchange.body
    if exchange.status != HTTPStatus.OK or not isinstance(body, dict) or "spec" not in body:
        return False
    writes = {"POST", "PUT"}
    if "/api/v1/" not in exchange.path or not (is_get(exchange) or exchange.method in writes):
        return False
    return "resourceVersion" in body["metadata"] and exchange.query.get("fields", "") in {
        "",
        "-metadata.managedFields",
    }


def whole_rows(exchange: Exchange) -> list[Object]:
    """The rows of a list of workflows that are whole."""
    listing = re.fullmatch(r"/api/v1/workflows/[^/]*", exchange.path)
    whole = exchange.query.get("fields", "") in {"", "-items.metadata.managedFields"}
    selected = "listOptions.labelSelector" in exchange.query
    if not (listing and whole and selected and exchange.method == "GET"):
        return []
    return [
        row
        for row in exchange.body["items"] or []
        if "resourceVersion" in row["metadata"] and label(row) != "Persisted"
    ]


def _place(path: str, names: dict[str, str]) -> tuple[str, str, str, str] | None:
    segments = path.strip("/").split("/")
    match segments:
        case ["artifacts", _, name, node, artifact]:
            return name, node, artifact, ""
        case ["artifacts-by-uid", uid, node, artifact] if uid in names:
            return names[uid], node, artifact, ""
        case ["artifact-files", _, "workflows", name, node, "outputs", artifact, *inside]:
            return None if path.endswith("/") else (name, node, artifact, "/".join(inside))
        case _:
            return None


def _content(exchange: Exchange) -> Object | None:
    body = exchange.body
    if isinstance(body, str):
        return {"text": body}
    if isinstance(body, dict) and "base64" in body:
        return {"base64": body["base64"]}
    if isinstance(body, dict) and body.get("omitted"):
        return {"generate": {"size": body["length"], "seed": 1}}
    return {"text": go_json(body)} if body is not None else None


def condense(directory: Path, version: str) -> Object | None:
    """Condense one scenario; None if no workflow was seen in it."""
    about = json.loads((directory / "scenario.json").read_text(encoding="utf-8"))
    scenario = Scenario(
        name=about["scenario"],
        version=version,
        shows=about["shows"],
        exchanges=read(directory),
    )
    document = scenario.document()
    return document if document["workflows"] else None


def write(document: Object, path: Path) -> None:
    """Write a run file: one line per change, so that a review can read it."""
    lines = []
    for member, value in document.items():
        if isinstance(value, dict):
            entries = [
                f"  {json.dumps(name)}: [\n{_rows(steps, 3)}\n  ]" for name, steps in value.items()
            ]
            lines.append(f" {json.dumps(member)}: {{\n" + ",\n".join(entries) + "\n }")
        elif isinstance(value, list) and value:
            lines.append(f" {json.dumps(member)}: [\n{_rows(value, 2)}\n ]")
        else:
            lines.append(f" {json.dumps(member)}: {json.dumps(value, ensure_ascii=False)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _rows(entries: list[Object], indent: int) -> str:
    rows = (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    return ",\n".join(" " * indent + row for row in rows)


def answers(recordings: Iterable[tuple[Path, str]]) -> list[Object]:
    """Every distinct answer that is not simply a workflow, and every failed connection."""
    found: dict[tuple[Any, ...], Object] = {}
    for directory, version in recordings:
        for e in read(directory):
            kind = str(e.headers.get("Content-Type"))
            text = e.text if e.chunks is not None else e.body if isinstance(e.body, str) else None
            if e.status == HTTPStatus.OK and text is None and kind.startswith("application/json"):
                continue
            if text is None:
                binary = isinstance(e.body, dict) and ("base64" in e.body or "omitted" in e.body)
                text = "" if binary or e.body is None else go_json(e.body)
            if len(text.encode("utf-8", "replace")) > _LONG:
                continue
            # Names, ids, numbers and times do not make another answer.
            plain = re.sub(r'\\?"[^"]*\\?"|[0-9a-f]{8}-[-0-9a-f]+|\d+', "#", text[:400])
            shape = re.sub(r"[^/]*\d{4,}[^/]*|[^/]*-[^/]*", "*", e.path.rstrip("/"))
            shape = "/".join(shape.split("/")[:4])
            body_shape = text if len(text) < _SHAPED else plain
            if e.status == HTTPStatus.OK:
                shape, body_shape = "/".join(shape.split("/")[:3]), f"{'error' in text} {not text}"
            key = (e.method, shape, e.status, kind, body_shape if e.status else e.error)
            found.setdefault(
                key,
                {
                    "source": f"{directory.name}/{e.file}",
                    "argo": version,
                    "note": e.note,
                    "method": e.method,
                    "path": urlsplit(e.url).path,
                    "query": urlsplit(e.url).query,
                    "accept": e.accept,
                    "status": e.status,
                }
                | ({"headers": kept(e.headers), "body": text} if e.status else {"error": e.error}),
            )
    return list(found.values())


def checks(directory: Path, document: Object) -> Iterator[Object]:
    """Recorded requests without effect and their answers, to compare a play-back with.

    A body of more than 200 characters is represented by a digest of its canonical form.
    """
    scenario = Scenario(
        name=directory.name, version=document["argo"], shows="", exchanges=read(directory)
    )
    uids = {
        step.get("put", {}).get("metadata", {}).get("uid")
        for steps in document["workflows"].values()
        for step in steps
    } - {None}
    endless = ("/workflow-events/", "/stream/events/", "logOptions.follow=true")
    for e in scenario.exchanges:
        silent = e.status is None and "ConnectionRefused" not in str(e.error)
        streams = e.status == HTTPStatus.OK and any(part in e.url for part in endless)
        omitted = isinstance(e.body, dict) and e.body.get("omitted")
        who = _credentials(e)
        if e.method not in {"GET", "HEAD"} or silent or streams or omitted or who is None:
            continue
        yield {
            "scenario": directory.name,
            "file": e.file.split("-")[0],
            "at": round(e.at - scenario.zero, 3),
            "seconds": round(e.seconds, 3),
            "method": e.method,
            "url": e.url,
            "accept": e.accept,
            "credentials": who,
            "status": e.status,
            "type": e.headers.get("Content-Type"),
            "body": summary(_raw(e), uids),
        }


def _raw(e: Exchange) -> bytes:
    if e.chunks is not None:
        return e.text.encode()
    if isinstance(e.body, str):
        return e.body.encode()
    if isinstance(e.body, dict) and "base64" in e.body:
        return base64.b64decode(e.body["base64"])
    return b"" if e.body is None else json.dumps(e.body).encode()


def summary(body: bytes, uids: Container[str | None]) -> str:
    """The canonical form of a body, or its digest.

    Left out is what differs from server to server: managedFields, versions, other workflows.
    """
    try:
        text = json.dumps(_canonical(json.loads(body), uids), sort_keys=True, ensure_ascii=False)
    except ValueError:
        text = "\n".join(sorted(body.decode("utf-8", "surrogateescape").split("\n")))
    if len(text) <= _SHORT and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _canonical(value: Any, uids: Container[str | None]) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, list):
        return [_canonical(element, uids) for element in value]
    if not isinstance(value, dict):
        return value
    if "items" in value and "metadata" in value:
        rows = [row for row in value["items"] or [] if row["metadata"].get("uid") in uids]
        return {"items": [_canonical(row, uids) for row in rows]}
    ignored = {"managedFields", "resourceVersion", "gitCommit"}
    return {key: _canonical(member, uids) for key, member in value.items() if key not in ignored}


def _credentials(e: Exchange) -> str | None:
    """Whose token it was: `valid`, `garbage`, `none`; None if it was yet another identity."""
    elsewhere = re.search(r"/(other|nope|no-such-ns)\b|/workflows/\?", e.url)
    if e.status == HTTPStatus.FORBIDDEN and "/stream/events/" in e.url:
        return None
    if e.token_of is not None:
        who = e.token_of.rpartition("/")[2]
        return "valid" if who == "ci" or (who == "lab" and not elsewhere) else None
    if e.authorization is None:
        return "none" if e.status == HTTPStatus.UNAUTHORIZED else None
    return "garbage" if "arbage" in e.note and e.authorization == "Bearer <token>" else None


def main(arguments: list[str]) -> int:
    """Condense every scenario of a directory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--version", default="v4.1.2")
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--skip", nargs="*", default=())
    parser.add_argument("--answers", type=Path, help="file to add distinct answers to")
    parser.add_argument("--checks", type=Path, help="file for requests to compare with")
    options = parser.parse_args(arguments)
    rows: list[Object] = []
    places = options.recordings.glob("*/scenario.json")
    for directory in sorted(path for path in options.recordings.iterdir() if path.is_dir()):
        name = directory.name
        if name in options.skip or (options.only and name not in options.only):
            continue
        if document := condense(directory, options.version):
            write(document, options.output / f"{name}.json")
            rows = [*rows, *checks(directory, document)]
    if options.checks:
        options.checks.write_text(_rows(rows, 0).replace(",\n", "\n") + "\n", encoding="utf-8")
    if options.answers:
        known = json.loads(options.answers.read_text("utf-8")) if options.answers.exists() else []
        fresh = answers((path.parent, options.version) for path in sorted(places))
        seen = {json.dumps([row.get("status"), row.get("body"), row.get("error")]) for row in known}
        rows = known + [
            row
            for row in fresh
            if json.dumps([row.get("status"), row.get("body"), row.get("error")]) not in seen
        ]
        options.answers.write_text(f"[\n{_rows(rows, 1)}\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
