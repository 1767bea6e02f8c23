"""GET of one workflow, and the information calls."""

from argo_replay.answers import Answer, Refusal
from argo_replay.cluster import INSTANCE, labels
from argo_replay.fields import clean
from argo_replay.golang import decode
from argo_replay.request import Request
from argo_replay.run import Object
from argo_replay.site import Site

PANIC = "runtime error: invalid memory address or nil pointer dereference"


def find(site: Site, request: Request, namespace: str, name: str, uid: str = "") -> Object:
    """Find a workflow as GET does: live, else in the archive; Refusal if there is none.

    The order is that of the server, so that a mismatch of `uid` panics exactly where it does.
    """
    site.access.identify(request)
    if not name:
        raise Refusal(13, "resource name may not be empty")
    at, cluster = site.playback.now(), site.cluster
    if name == "@latest":
        site.access.check(request, "list", namespace)
        workflow = cluster.latest(namespace, at)
        if workflow is None:
            raise Refusal(5, "no workflows found")
        return _managed(workflow)
    site.access.check(request, "get", namespace, name)
    live = cluster.live(namespace, name, at)
    uid = uid if _knows_uid(cluster.version) else ""
    if live is not None and uid in {"", live["metadata"]["uid"]}:
        return _managed(live)
    found = _from_archive(site, namespace, name, uid, at)
    if found is not None:
        return _managed(found)
    if live is not None:
        raise Refusal(13, PANIC)
    raise missing(name)


def missing(name: str) -> Refusal:
    """What Kubernetes says of a workflow that is not there."""
    return Refusal(5, f'workflows.argoproj.io "{name}" not found')


def get_workflow(site: Site, request: Request, namespace: str, name: str) -> Answer:
    """`GET /api/v1/workflows/{namespace}/{name}`."""
    version = request.query.get("getOptions.resourceVersion", "")
    if version and not version.isdigit():
        site.access.identify(request)
        raise bad_resource_version(version)
    workflow = find(site, request, namespace, name, request.query.get("uid", ""))
    return site.unary(project(site, workflow, request.fields))


def project(site: Site, workflow: Object, fields: str) -> Object:
    """Project a workflow; zero values reappear."""
    if not fields:
        return workflow
    return decode(clean(workflow, fields), creation_time=writes_null_creation(site))


def writes_null_creation(site: Site) -> bool:
    """Whether this version writes `creationTimestamp: null`."""
    return site.cluster.version < (4, 1)


def bad_resource_version(version: str) -> Refusal:
    """What Kubernetes says of a resource version that is no number."""
    reason = f'strconv.ParseUint: parsing "{version}": invalid syntax'
    return Refusal(13, f'resourceVersion: Invalid value: "{version}": {reason}')


def get_version(site: Site, request: Request) -> Answer:
    """`GET /api/v1/version`: only the form of the credentials is checked."""
    site.access.form(request)
    return site.unary(
        {
            "version": site.cluster.argo,
            "buildDate": "2026-01-01T00:00:00Z",
            "gitCommit": "16a52d67daf2f4a8a76fa8bec02a76a46aa46257",
            "gitTag": site.cluster.argo,
            "gitTreeState": "clean",
            "goVersion": "go1.26.8",
            "compiler": "gc",
            "platform": "linux/amd64",
        }
    )


def get_info(site: Site, request: Request) -> Answer:
    """`GET /api/v1/info`."""
    site.access.form(request)
    return site.unary({"modals": {"feedback": True, "firstTimeUser": True, "newVersion": True}})


def get_userinfo(site: Site, request: Request) -> Answer:
    """`GET /api/v1/userinfo`: empty for a token that is no JWT."""
    site.access.form(request)
    try:
        user = site.access.identify(request)
    except Refusal:
        return site.unary({})
    account: Object = {"issuer": "https://kubernetes.default.svc", "subject": user}
    if site.cluster.version >= (3, 6):
        account |= {"serviceAccountName": "ci", "serviceAccountNamespace": "argo"}
    return site.unary(account)


def _managed(workflow: Object) -> Object:
    if INSTANCE in labels(workflow):
        name = workflow["metadata"]["name"]
        raise Refusal(3, f"'{name}' is not managed by the current Argo Server")
    return workflow


def _knows_uid(version: tuple[int, ...]) -> bool:
    return (3, 7, 11) <= version < (4,) or version >= (4, 0, 2)


def _from_archive(site: Site, namespace: str, name: str, uid: str, at: float) -> Object | None:
    if site.cluster.version < (3, 5):
        return None
    found = [
        workflow
        for workflow in site.cluster.archived(at)
        if workflow["metadata"]["namespace"] == namespace
        and workflow["metadata"]["name"] == name
        and uid in {"", workflow["metadata"]["uid"]}
    ]
    if len(found) > 1 and site.cluster.version < (3, 7, 4):
        return None  # the lookup fails: "found 2 archived workflows"
    return found[0] if found else None
