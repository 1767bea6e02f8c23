"""Watching workflows, and Kubernetes events."""

from collections.abc import Iterator
from math import inf

from argo_replay.answers import Answer, Refusal
from argo_replay.cluster import INSTANCE, Seen, labels
from argo_replay.request import Request
from argo_replay.run import Object
from argo_replay.selectors import selector
from argo_replay.site import Site
from argo_replay.streams import check_numbers, stream
from argo_replay.workflows import bad_resource_version, find

_NAME = "metadata.name="
_INITIAL, _INITIAL_END = "listOptions.sendInitialEvents", "k8s.io/initial-events-end"


class WorkflowSource:
    """Changes of workflows; those that exist come first, as `ADDED`."""

    def __init__(self, site: Site, request: Request, namespace: str, name: str | None) -> None:
        self._cluster = site.cluster
        self._namespace, self._name = namespace, name
        self._selects = selector(request.query.get("listOptions.labelSelector", ""))
        self._opened = site.playback.now()
        given = request.query.get("listOptions.resourceVersion", "")
        if given and not given.isdigit():
            raise bad_resource_version(given)
        self._since = int(given or 0)
        self._marks_what_there_is = request.query.get(_INITIAL) == "true"
        if self._marks_what_there_is and site.cluster.version < (4,):
            # Not recorded: those servers stood before a Kubernetes that refuses it.
            raise Refusal(3, "sendInitialEvents: Forbidden: sendInitialEvents is forbidden")
        if self._since and self._since < (oldest := self._oldest()):
            raise Refusal(3, f"too old resource version: {self._since} ({oldest})")

    def due(self, after: float, upto: float) -> Iterator[Object]:
        """The changes meanwhile, preceded once by what there is."""
        if after < self._opened:
            yield from self._present()
            if self._marks_what_there_is:
                yield _message("BOOKMARK", _END_OF_WHAT_THERE_IS)
            after = self._opened
        for seen in self._cluster.changes(self._namespace, after, upto):
            yield from self._message(seen)

    def upcoming(self, after: float) -> float:
        """The next change of any workflow of the namespace."""
        return self._cluster.next_change(self._namespace, after)

    def finished(self, at: float) -> bool:  # noqa: ARG002 -- as the protocol has it
        """Never: a watch goes on after the workflow's end."""
        return False

    def _present(self) -> Iterator[Object]:
        if self._since:
            for seen in self._cluster.changes(self._namespace, -inf, self._opened):
                if _version(seen.after or seen.before) > self._since:
                    yield from self._message(seen)
            return
        for workflow in self._cluster.everything(self._namespace, self._opened):
            if self._shows(workflow):
                yield _message("ADDED", workflow)

    def _message(self, seen: Seen) -> Iterator[Object]:
        before = seen.before is not None and self._shows(seen.before)
        if seen.after is not None and self._shows(seen.after):
            if _version(seen.after) > self._since:
                yield _message("MODIFIED" if before else "ADDED", seen.after)
        elif before and seen.before is not None:
            yield _message("DELETED", seen.before)

    def _shows(self, workflow: Object) -> bool:
        named = self._name in {None, workflow["metadata"]["name"]}
        # The server only sees what no other controller instance has claimed.
        return named and INSTANCE not in labels(workflow) and self._selects(labels(workflow))

    def _oldest(self) -> int:
        seen = self._cluster.changes(self._namespace, -inf, inf)
        return min((_version(change.after or change.before) for change in seen), default=0)


class EventSource:
    """Kubernetes events; those of the last hour come first."""

    def __init__(self, site: Site, request: Request, namespace: str) -> None:
        wanted = request.query.get("listOptions.fieldSelector", "")
        self._wanted = [part.partition("=")[::2] for part in wanted.split(",") if part]
        self._events = [
            event for event in site.cluster.events(namespace) if self._selects(event.object)
        ]

    def due(self, after: float, upto: float) -> Iterator[Object]:
        """The events published meanwhile."""
        for event in self._events:
            if after < event.at <= upto:
                yield {"result": event.object}

    def upcoming(self, after: float) -> float:
        """The next event."""
        return min((event.at for event in self._events if event.at > after), default=inf)

    def finished(self, at: float) -> bool:  # noqa: ARG002 -- as the protocol has it
        """Never."""
        return False

    def _selects(self, event: Object) -> bool:
        for path, value in self._wanted:
            found: object = event
            for part in path.split("."):
                found = found.get(part) if isinstance(found, dict) else None
            if found != value.removeprefix("="):
                return False
        return True


def watch_workflows(site: Site, request: Request, namespace: str) -> Answer:
    """`GET /api/v1/workflow-events/{namespace}`.

    A field selector with a name makes the server look for that workflow first; one that only the
    archive has passes, and then nothing ever happens.
    """
    check_numbers(request, "listOptions.timeoutSeconds")
    fields = request.query.get("listOptions.fieldSelector", "")
    name = None
    if _NAME in fields:
        name = fields.partition(_NAME)[2].partition(",")[0]
        name = str(find(site, request, namespace, name)["metadata"]["name"])
    site.access.check(request, "watch", namespace)
    source = WorkflowSource(site, request, namespace, name)
    return stream(site, request, source, _ends(site, request))


def watch_events(site: Site, request: Request, namespace: str) -> Answer:
    """`GET /api/v1/stream/events/{namespace}`."""
    site.access.check(request, "watch", namespace, resource="events")
    return stream(site, request, EventSource(site, request, namespace), _ends(site, request))


def _ends(site: Site, request: Request) -> float:
    seconds = int(request.query.get("listOptions.timeoutSeconds") or 0)
    return site.playback.now() + seconds if seconds else inf


_END_OF_WHAT_THERE_IS: Object = {"metadata": {"annotations": {_INITIAL_END: "true"}}, "status": {}}


def _message(kind: str, workflow: Object) -> Object:
    return {"result": {"type": kind, "object": workflow}}


def _version(workflow: Object | None) -> int:
    return int((workflow or {}).get("metadata", {}).get("resourceVersion", 0))
