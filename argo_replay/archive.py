"""The archive's own calls; `fields` means nothing here."""

from argo_replay.answers import Answer, Refusal
from argo_replay.cluster import labels
from argo_replay.request import Request
from argo_replay.rows import LABELS, LIMIT, SQLITE, chosen_by, named, offset_of, reduced
from argo_replay.run import Object
from argo_replay.selectors import selector
from argo_replay.site import Site
from argo_replay.streams import check_numbers
from argo_replay.workflows import PANIC


def list_archived(site: Site, request: Request) -> Answer:
    """`GET /api/v1/archived-workflows`: reduced rows; no `fields` here."""
    check_numbers(request, LIMIT)
    namespace = request.query.get("namespace", "")
    version = site.cluster.version
    listing = any(name.startswith("listOptions.") for name in request.query)
    site.access.identify(request)
    if SQLITE <= version < (3, 6) and not listing:
        raise Refusal(13, PANIC)
    offset, limit = offset_of(request), int(request.query.get(LIMIT, "0"))
    chosen = chosen_by(request, namespace)
    matches = selector(request.query.get(LABELS, ""))
    site.access.check_list(request, namespace)
    prefix = request.query.get("namePrefix", "")
    rows = [
        reduced(workflow, version)
        for workflow in site.cluster.archived(site.playback.now())
        if namespace in {"", workflow["metadata"]["namespace"]}
        and workflow["metadata"]["name"].startswith(prefix)
        and matches(labels(workflow))
        and named(site, request, chosen, workflow)
    ]
    page = rows[offset : offset + limit] if limit > 0 else rows[offset:]
    metadata: Object = {}
    if offset + len(page) < len(rows):
        metadata["continue"] = str(offset + len(page))
    return site.unary({"metadata": metadata, "items": page or None})


def get_archived(site: Site, request: Request, uid: str) -> Answer:
    """`GET /api/v1/archived-workflows/{uid}`; with an empty uid, by namespace and name."""
    site.access.identify(request)
    if not site.cluster.archives:
        raise Refusal(13, "getting archived workflows not supported")
    namespace = request.query.get("namespace", "")
    name = request.query.get("name", "")
    found = site.cluster.archived(site.playback.now())
    version = site.cluster.version
    if uid or version < (3, 5):
        found = [workflow for workflow in found if workflow["metadata"]["uid"] == uid]
    elif namespace and name:
        place = (namespace, name)
        found = [workflow for workflow in found if _place(workflow) == place]
        if len(found) > 1 and version < (3, 7, 4):
            text = f"found {len(found)} archived workflows with namespace/name: {namespace}/{name}"
            raise Refusal(13, text)
    else:
        raise Refusal(3, "both name and namespace are required if uid is not specified")
    if not found:
        raise Refusal(5, "not found")
    try:
        site.access.check(request, "get", found[0]["metadata"]["namespace"])
    except Refusal:
        raise Refusal(7, "permission denied") from None
    return site.unary(found[0])


def _place(workflow: Object) -> tuple[str, str]:
    return workflow["metadata"]["namespace"], workflow["metadata"]["name"]
