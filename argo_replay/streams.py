"""Streams: framing, keep-alive, and log lines and events as time passes."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from math import inf
from typing import Protocol

from argo_replay.answers import JSON, Answer, Broken, Headers, Refusal
from argo_replay.cluster import labels
from argo_replay.fields import clean
from argo_replay.golang import encode
from argo_replay.request import Request
from argo_replay.run import Log, Object
from argo_replay.site import Site
from argo_replay.workflows import find, missing

_KEEP_ALIVE = 15.0
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_SSE: Headers = (("Content-Type", "text/event-stream"), ("X-Content-Type-Options", "nosniff"))


class Source(Protocol):
    """Where the messages of a stream come from."""

    def due(self, after: float, upto: float) -> Iterable[Object]:
        """The messages after one second and up to another, in order."""

    def upcoming(self, after: float) -> float:
        """The second at which there may be something new, or the end."""

    def finished(self, at: float) -> bool:
        """Whether the server ends the stream, after everything due was sent."""


def stream(site: Site, request: Request, source: Source, ends: float = inf) -> Answer:
    """Answer with the messages of a source; at `ends` the stream expires as a watch does."""
    sse = request.event_stream
    headers = (_SSE if sse else JSON) + site.metadata(success=False)
    return Answer(200, headers, _play(site, request, source, ends))


def refuse(site: Site, request: Request, refusal: Refusal) -> Answer:
    """Answer a stream that did not begin: the mapped status, and the message of a stream."""
    headers = (_SSE if request.event_stream else JSON) + site.metadata(success=False)
    return Answer(refusal.status, headers, _frame(request, refusal.envelope(), last=True))


def _play(site: Site, request: Request, source: Source, ends: float) -> Iterator[bytes]:
    playback = site.playback
    opened = written = playback.now()
    seen = -inf
    while True:
        now = playback.now()
        breaks = site.faults.next_break(max(seen, opened), request.path)
        query = request.target.partition("?")[2]
        silent = min(site.faults.silent_until(now, request.path, query), breaks)
        if now < silent and not playback.closed:
            playback.wait(silent - now)
            continue
        for message in source.due(seen, min(now, ends, breaks)):
            yield _frame(request, message)
            written = now
        if breaks <= now or playback.closed:
            raise Broken
        if ends <= now:
            yield _frame(request, Refusal(8, "EOF").envelope(), last=True)
            return
        if source.finished(now):
            return
        if request.event_stream and now - written >= _KEEP_ALIVE:
            yield b":\n"
            written = now
        keep_alive = written + _KEEP_ALIVE if request.event_stream else inf
        seen = now
        playback.wait(min(source.upcoming(now), keep_alive, ends, breaks) - now)


def _frame(request: Request, message: Object, *, last: bool = False) -> bytes:
    # A projected message went through a Go map, which is written in alphabetical order.
    payload = encode(clean(message, request.fields), sort=bool(request.fields))
    if request.event_stream:
        return b"data: " + payload + (b" \n\n" if last else b" \n\n\n")
    return payload if last else payload + b"\n"


class LogSource:
    """The lines of a workflow's pods."""

    def __init__(self, site: Site, request: Request, namespace: str, name: str) -> None:
        self._site = site
        self._namespace, self._name = namespace, name
        query = request.query
        self._follow = query.get("logOptions.follow") in _TRUE
        self._opened = site.playback.now()
        self._pattern = re.compile(query.get("grep", ""))
        self._tail = int(query.get("logOptions.tailLines") or -1)
        since = int(query.get("logOptions.sinceSeconds") or 0)
        self._since = self._opened - since if since else -inf
        self._timestamps = query.get("logOptions.timestamps") in _TRUE
        self._entries = [
            (log, tuple(self._stamped(log)))
            for log in site.cluster.logs((namespace, name))
            if log.container == query.get("logOptions.container")
            and query.get("podName", log.pod) in {"", log.pod}
            and log.until > self._opened
        ]

    def due(self, after: float, upto: float) -> Iterator[Object]:
        """The lines printed meanwhile, merged by time."""
        lines: list[tuple[float, str, Object]] = []
        for log, stamped in self._entries:
            printed = [
                (at, line, {"podName": log.pod})
                for at, line in stamped
                if after < at <= upto and self._since <= at < log.until
            ]
            if after < self._opened and self._tail >= 0:
                printed = printed[len(printed) - min(self._tail, len(printed)) :]
            lines += printed
        for _, line, pod in sorted(lines, key=lambda printed: printed[0]):
            if self._pattern.search(line):
                yield {"result": {"content": line, **pod} if line else pod}

    def _stamped(self, log: Log) -> Iterator[tuple[float, str]]:
        """The lines of a pod; no two have the same time, as with a container's runtime."""
        last, same = -inf, 0
        for at, line in log.lines:
            same = same + 1 if at == last else 0
            last = at
            if self._timestamps:
                moment = self._site.playback.wall(at) + same * timedelta(microseconds=1)
                yield at, f"{moment:%Y-%m-%dT%H:%M:%S.%f}000Z {line}"
            else:
                yield at, line

    def upcoming(self, after: float) -> float:
        """The next line, or the next change of the workflow, which may be its end."""
        lines = (at for log, _ in self._entries for at, _ in log.lines if at > after)
        return min(min(lines, default=inf), self._site.cluster.next_change(self._namespace, after))

    def finished(self, at: float) -> bool:
        """Without `follow` at once, else when the workflow is finished or gone."""
        if not self._follow:
            return True
        workflow = self._site.cluster.live(self._namespace, self._name, at)
        completed = "workflows.argoproj.io/completed"
        return workflow is None or labels(workflow).get(completed) == "true"


def get_log(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`GET /api/v1/workflows/{namespace}/{name}/log`; live workflows only."""
    check_numbers(request, "logOptions.tailLines", "logOptions.sinceSeconds")
    if "logOptions.sinceTime" in request.query:
        message = "field type *v1.Time is not supported in query parameters"
        raise Refusal(3, message, gateway=True)
    workflow = find(site, request, namespace, name)
    name = workflow["metadata"]["name"]
    if site.cluster.live(namespace, name, site.playback.now()) is None:
        raise missing(name)
    try:
        source = LogSource(site, request, namespace, name)
    except re.error:
        pattern = request.query["grep"]
        reason = f"error parsing regexp: missing closing ): `{pattern}`"
        raise Refusal(13, f'failed to compile "{pattern}": {reason}') from None
    return stream(site, request, source)


def check_numbers(request: Request, *names: str) -> None:
    """Refuse parameters that should be integers and are not, as the gateway does."""
    for name in names:
        value = request.query.get(name, "0")
        if not re.fullmatch(r"[+-]?\d+", value):
            reason = f'strconv.ParseInt: parsing "{value}": invalid syntax'
            raise Refusal(3, reason, gateway=True)
