"""Make a run of what `argogate --record` kept.

    python -m tools.har exchanges.har tests/runs/NAME.json

A run is described in argo_replay/run.py. States of workflows come from GET, logs and artifacts from
theirs; an answer that is neither success nor "no such workflow" becomes an outage until the same
path was asked again. What was recorded is all that there is: nothing is invented between two looks.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from argo_replay.run import Object, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTE = re.compile(r"/(?:api/v1|artifacts|artifacts-by-uid|artifact-files)/.*")
LIVE = re.compile(r"/api/v1/workflows/(?P<namespace>[^/]+)/(?P<name>[^/]+)")
ARCHIVED = re.compile(r"/api/v1/archived-workflows/(?P<uid>[^/]+)")
LOG = re.compile(LIVE.pattern + "/log")
EVENTS = re.compile(r"/api/v1/stream/events/[^/]+")
STORED = (
    re.compile(r"/artifacts/[^/]+/(?P<name>[^/]+)/(?P<node>[^/]+)/(?P<artifact>[^/]+)"),
    re.compile(r"/artifacts-by-uid/(?P<uid>[^/]+)/(?P<node>[^/]+)/(?P<artifact>[^/]+)"),
    re.compile(
        r"/artifact-files/[^/]+/(?:workflows/(?P<name>[^/]+)|archived-workflows/(?P<uid>[^/]+))"
        r"/(?P<node>[^/]+)/outputs/(?P<artifact>[^/]+)/(?P<path>.+[^/])"
    ),
)
KEPT = {"content-type", "content-disposition", "retry-after", "location"}
ONE_LOOK = 1.0
"""Seconds: answers that are no further apart are taken for those of one moment."""
VERSION = "Grpc-Metadata-Argo-Version"
STATUS = "workflows.argoproj.io/workflow-archiving-status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One entry of a HAR; `at` in seconds since the first, status 0 without an answer.

    `broken`: it never got one, instead of being still under way when the recording ended.
    """

    at: float
    method: str
    path: str
    query: dict[str, str]
    status: int
    headers: dict[str, str]
    body: bytes
    size: int
    broken: bool

    @property
    def document(self) -> Object:
        """The body as a JSON object; an empty one if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def missing(self) -> bool:
        """Whether Argo says that there is no such workflow."""
        gone = re.match(r"workflows\.argoproj\.io .* not found", self.document.get("message", ""))
        return self.status == 404 and gone is not None  # noqa: PLR2004 - the HTTP status

    def messages(self) -> Iterator[Object]:
        """The results of a stream, whole ones only."""
        for line in self.body.decode("utf-8", "replace").splitlines():
            try:
                yield json.loads(line.removeprefix("data: "))["result"]
            except (ValueError, KeyError, TypeError):
                continue


def read(har: Object) -> list[Exchange]:
    """Read the entries of a HAR in order of time."""
    entries = sorted(har["log"]["entries"], key=_moment)
    return [_exchange(entry, (_moment(entry) - _moment(entries[0]))) for entry in entries]


def _moment(entry: Object) -> float:
    return datetime.fromisoformat(entry["startedDateTime"]).timestamp()


def _exchange(entry: Object, at: float) -> Exchange:
    request, response = entry["request"], entry["response"]
    split = urlsplit(request["url"])
    # What stands before the route is the path of an ingress.
    route = ROUTE.search(unquote(split.path))
    content = response["content"]
    text = content.get("text", "")
    return Exchange(
        at=round(at, 3),
        method=request["method"],
        path=route[0] if route else "",
        query=dict(parse_qsl(split.query, keep_blank_values=True)),
        status=response["status"],
        headers={pair["name"]: pair["value"] for pair in response["headers"]},
        body=base64.b64decode(text) if content.get("encoding") else text.encode(),
        size=content["size"],
        broken="_error" in response,
    )


class Converted:
    """A run in the making."""

    def __init__(self) -> None:
        self.namespace = ""
        self.states: dict[str, list[tuple[float, Object | None]]] = {}
        self.names: dict[str, str] = {}
        """The name of each uid that was seen."""
        self.rows: dict[str, list[Object]] = {
            kind: [] for kind in ("archive", "logs", "artifacts", "events", "outages")
        }

    def take(self, exchange: Exchange, until: float | None) -> None:
        """Learn from an exchange; `until`: when the same path was asked again."""
        live = LIVE.fullmatch(exchange.path)
        if live and exchange.missing:
            self._put(live["name"], exchange.at, None)
        elif exchange.status != 200:  # noqa: PLR2004 - the HTTP status
            if exchange.status or exchange.broken:
                self.rows["outages"].append(_outage(exchange, until))
        elif live or ARCHIVED.fullmatch(exchange.path):
            self._workflow(exchange)
        elif log := LOG.fullmatch(exchange.path):
            self.rows["logs"] += _logs(exchange, log["name"])
        elif EVENTS.fullmatch(exchange.path):
            found = [{"at": exchange.at, "object": each} for each in exchange.messages()]
            self.rows["events"] += found
        else:
            self.rows["artifacts"] += self._artifacts(exchange)

    def _workflow(self, exchange: Exchange) -> None:
        seen = _bare(exchange.document)
        metadata = seen["metadata"]
        name, uid = metadata["name"], metadata["uid"]
        self.namespace, self.names[uid] = metadata["namespace"], name
        labels = metadata.get("labels", {})
        if ARCHIVED.fullmatch(exchange.path) or labels.get(STATUS) == "Persisted":
            if labels.get(STATUS) == "Persisted":
                self._put(name, exchange.at, None)
            # It was there before somebody asked for it.
            at = max(0, round(exchange.at - ONE_LOOK, 3))
            self.rows["archive"].append({"uid": uid, "at": at, "patch": seen})
            return
        fields = exchange.query.get("fields", "")
        before = self._state(name) or {}
        if before.get("metadata", {}).get("uid") == uid:
            seen = merge(_without(before, fields), seen)
        seen.setdefault("spec", {})
        seen.setdefault("status", {})
        at = exchange.at
        if _whole(fields) and before and at - self.states[name][-1][0] < ONE_LOOK:
            # The nodes are asked for after the end was seen; they were there already.
            at, _ = self.states[name].pop()
        self._put(name, at, seen)

    def _put(self, name: str, at: float, state: Object | None) -> None:
        states = self.states.setdefault(name, [])
        if self._state(name) != state:
            states.append((at, state))

    def _state(self, name: str) -> Object | None:
        states = self.states.get(name)
        return states[-1][1] if states else None

    def _artifacts(self, exchange: Exchange) -> Iterator[Object]:
        for pattern in STORED:
            if found := pattern.fullmatch(exchange.path):
                known = found.groupdict()
                content: Object = {"base64": base64.b64encode(exchange.body).decode()}
                if exchange.size != len(exchange.body):
                    content = {"generate": {"size": exchange.size, "seed": 1}}
                yield {
                    "workflow": known.get("name") or self.names.get(known["uid"], ""),
                    "node": known["node"],
                    "artifact": known["artifact"],
                    "path": known.get("path") or "",
                    "at": 0,
                    "headers": _kept(exchange),
                    **content,
                }


def convert(har: Object, name: str) -> Object:
    """Make the document of a run of that of a HAR."""
    exchanges = [each for each in read(har) if each.path]
    run = Converted()
    for number, exchange in enumerate(exchanges):
        again = (each.at for each in exchanges[number + 1 :] if each.path == exchange.path)
        if exchange.method == "GET":
            run.take(exchange, next(again, None))
    versions = (each.headers[VERSION] for each in exchanges if VERSION in each.headers)
    document = {
        "scenario": name,
        "shows": "recorded by --record",
        "argo": next(versions, "v4.1.2"),
        "recorded": min(entry["startedDateTime"] for entry in har["log"]["entries"]),
        "namespace": run.namespace,
        "workflows": {each: list(_steps(states)) for each, states in run.states.items()},
        "archive": run.rows.pop("archive"),
    }
    return document | {kind: rows for kind, rows in run.rows.items() if rows}


def _outage(exchange: Exchange, until: float | None) -> Object:
    entry: Object = {"start": exchange.at, "path": re.escape(exchange.path)}
    if until is not None:
        entry["stop"] = until
    if exchange.status:
        entry |= {"status": exchange.status, "headers": _kept(exchange)}
        entry["body"] = exchange.body.decode("utf-8", "replace")
    return entry


def _logs(exchange: Exchange, name: str) -> list[Object]:
    pods: dict[str, list[str]] = {}
    for message in exchange.messages():
        pods.setdefault(message["podName"], []).append(message.get("content", ""))
    container = exchange.query.get("logOptions.container", "main")
    return [
        {"workflow": name, "pod": pod, "container": container, "lines": [[exchange.at, lines]]}
        for pod, lines in pods.items()
    ]


def _kept(exchange: Exchange) -> dict[str, str]:
    return {name: value for name, value in exchange.headers.items() if name.lower() in KEPT}


def _bare(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Drop nulls, which a run file leaves out."""
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if each is not None}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def _whole(fields: str) -> bool:
    return not fields or fields.startswith("-")


def _without(state: Object, fields: str) -> Object:
    """Leave out what was asked for, since the answer says all of it: everything but a list."""
    if _whole(fields):
        return {}
    left = copy.deepcopy(state)
    for entry in fields.split(","):
        *outer, member = entry.split(".")
        place: Any = left
        for part in outer:
            place = place.get(part, {})
        place.pop(member, None)
    return left


def _steps(states: list[tuple[float, Object | None]]) -> Iterator[Object]:
    before: Object | None = None
    for at, state in states:
        if state is None:
            yield {"at": at, "delete": True}
        elif before is None or before["metadata"]["uid"] != state["metadata"]["uid"]:
            yield {"at": at, "put": state}
        else:
            yield {"at": at, "patch": difference(before, state)}
        before = state


def difference(old: Object, new: Object) -> Object:
    """Compute the RFC 7386 merge patch that turns one into the other."""
    patch: Object = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            if nested := difference(before, value):
                patch[name] = nested
        elif name not in old or before != value:
            patch[name] = value
    return patch


def spelled(document: Object) -> str:
    """Write a run file: one line for each change, so that a review can read it."""
    lines = []
    for member, value in document.items():
        if isinstance(value, dict):
            inner = (f"  {json.dumps(name)}: {_rows(rows, 2)}" for name, rows in value.items())
            lines.append(f" {json.dumps(member)}: {{\n" + ",\n".join(inner) + "\n }")
        elif isinstance(value, list):
            lines.append(f" {json.dumps(member)}: {_rows(value, 1)}")
        else:
            lines.append(f" {json.dumps(member)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rows(rows: list[Object], indent: int) -> str:
    if not rows:
        return "[]"
    spelled_rows = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    blank = " " * indent
    return "[\n" + ",\n".join(f"{blank} {row}" for row in spelled_rows) + f"\n{blank}]"


def main() -> None:
    """Convert the file that is named first into the second."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    document = convert(json.loads(source.read_text("utf-8")), target.stem)
    target.write_text(spelled(document), "utf-8")


if __name__ == "__main__":
    main()
