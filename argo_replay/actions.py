"""What a client changes: from then on a workflow does something else than was recorded."""

import json

from argo_replay.answers import Answer, Refusal
from argo_replay.cluster import suspended
from argo_replay.golang import restore
from argo_replay.playing import play
from argo_replay.request import Request
from argo_replay.run import Change, Object, merge
from argo_replay.site import Site
from argo_replay.workflows import find, missing

_LABELS = "workflows.argoproj.io/"
_FINAL = {"Succeeded", "Failed", "Error", "Skipped", "Omitted"}
_STOPPING = 1.0


def stop(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`PUT …/stop`; exit handlers do not run here."""
    return _shut_down(site, request, namespace, name, "Stop")


def terminate(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`PUT …/terminate`."""
    return _shut_down(site, request, namespace, name, "Terminate")


def resume(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`PUT …/resume`: what was recorded after the suspension happens now."""
    workflow = _target(site, request, namespace, name)
    if workflow["status"]["finishedAt"] is None and suspended(workflow):
        at, key = site.playback.now(), (namespace, name)
        resumed = merge(workflow, {"spec": {"suspend": None}})
        site.cluster.insert(key, [Change(at=at, object=resumed)])
        site.cluster.release(key, at)
        site.playback.wake()
        workflow = site.cluster.live(namespace, name, at) or resumed
    return site.unary(workflow)


def create(site: Site, request: Request, namespace: str) -> Answer:
    """`POST` of a workflow, which is then played by the rules of `playing`."""
    site.access.check(request, "create", namespace)
    given = json.loads(request.body or b"{}").get("workflow")
    if not given:
        raise Refusal(3, "workflow body not specified")
    at, wanted = site.playback.now(), given.get("metadata", {})
    number = next(site.numbers)
    name = wanted.get("name") or f"{wanted.get('generateName', '')}{number:05}"
    if site.cluster.live(namespace, name, at) is not None:
        raise Refusal(6, f'workflows.argoproj.io "{name}" already exists')
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"00000000-0000-4000-9000-{number:012}",
        "resourceVersion": f"{number}000000",
        "creationTimestamp": _second(site, at),
        "labels": wanted.get("labels", {}),
    }
    spec = {"arguments": {}} | given["spec"]
    created: Object = {"metadata": metadata, "spec": spec, "status": {}}
    try:
        states = play(created, lambda second: site.playback.wall(at + second))
    except (KeyError, IndexError, ValueError) as error:
        raise Refusal(3, f"the replay server cannot play it: {error!r}") from None
    key = (namespace, name)
    site.cluster.halt(key, at)
    site.cluster.insert(key, [Change(at=at + after, object=restore(o)) for after, o in states])
    site.playback.wake()
    return site.unary(restore(created))


def delete(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`DELETE` of a live workflow; what the archive has stays there."""
    site.access.check(request, "delete", namespace, name)
    at, key = site.playback.now(), (namespace, name)
    if site.cluster.live(namespace, name, at) is None:
        raise missing(name)
    site.cluster.halt(key, at)
    site.cluster.insert(key, [Change(at=at, object=None)])
    site.playback.wake()
    return site.unary({})


def _shut_down(site: Site, request: Request, namespace: str, name: str, how: str) -> Answer:
    workflow = _target(site, request, namespace, name)
    if workflow["status"]["finishedAt"] is not None:
        what = f'workflow: "{name}", namespace: "{namespace}"'
        raise Refusal(13, f"cannot shutdown a completed workflow: {what}")
    at = site.playback.now()
    finished = _second(site, at + _STOPPING)
    given = json.loads(request.body or b"{}").get("message")
    ended: Object = {
        "phase": "Failed",
        "finishedAt": finished,
        "message": given or f"Stopped with strategy '{how}'",
        "nodes": {
            key: {
                "phase": "Failed",
                "finishedAt": finished,
                # Two blanks, as the controller writes it.
                "message": f"workflow shutdown with strategy:  {how}",
            }
            for key, node in workflow["status"].get("nodes", {}).items()
            if node.get("phase") not in _FINAL
        },
    }
    end = {
        "metadata": {"labels": {f"{_LABELS}phase": "Failed", f"{_LABELS}completed": "true"}},
        "status": ended,
    }
    patch = _acted(site, how) | {"spec": {"shutdown": how}}
    return _become(site, workflow, patch, at, (at + _STOPPING, end))


def _target(site: Site, request: Request, namespace: str, name: str) -> Object:
    workflow = find(site, request, namespace, name)
    if site.cluster.live(namespace, name, site.playback.now()) is None:
        raise missing(name)
    return workflow


def _acted(site: Site, action: str) -> Object:
    if site.cluster.version < (3, 7):
        return {}
    actor = "system-serviceaccount-argo-ci"
    return {"metadata": {"labels": {f"{_LABELS}action": action, f"{_LABELS}actor": actor}}}


def _second(site: Site, at: float) -> str:
    moment = site.playback.wall(at).replace(microsecond=0)
    return moment.isoformat().replace("+00:00", "Z")


def _become(
    site: Site, workflow: Object, patch: Object, at: float, *later: tuple[float, Object]
) -> Answer:
    metadata = workflow["metadata"]
    changes: list[Change] = []
    state, version = workflow, int(metadata["resourceVersion"])
    for moment, step in ((at, patch), *later):
        version += 1
        state = merge(merge(state, step), {"metadata": {"resourceVersion": str(version)}})
        changes.append(Change(at=moment, object=restore(state)))
    key = (metadata["namespace"], metadata["name"])
    site.cluster.halt(key, at)
    site.cluster.insert(key, changes)
    site.playback.wake()
    return site.unary(restore(changes[0].object or {}))
