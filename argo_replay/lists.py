"""Lists of workflows, live and archived, page by page."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from datetime import datetime

from argo_replay.answers import Answer, Refusal
from argo_replay.cluster import ARCHIVING, INSTANCE, labels
from argo_replay.fields import clean
from argo_replay.golang import decode
from argo_replay.request import Request
from argo_replay.rows import (
    CONTINUE,
    LABELS,
    LIMIT,
    SQLITE,
    Chosen,
    chosen_by,
    named,
    offset_of,
    reduced,
    requirements,
)
from argo_replay.run import Object
from argo_replay.selectors import selector
from argo_replay.site import Site
from argo_replay.streams import check_numbers
from argo_replay.workflows import writes_null_creation


def list_workflows(site: Site, request: Request, namespace: str) -> Answer:
    """`GET /api/v1/workflows/{namespace}`: live rows, then those of the archive, reduced."""
    check_numbers(request, LIMIT)
    if site.cluster.version < (3, 5):
        return _list_like_kubernetes(site, request, namespace)
    at = site.playback.now()
    offset = offset_of(request)
    chosen = chosen_by(request, namespace)
    matches = selector(request.query.get(LABELS, ""))
    times = _times(site, request)
    site.access.check_list(request, namespace)
    live = [
        workflow
        for workflow in site.cluster.everything(namespace, at)
        if not (_archive_counts(site) and labels(workflow).get(ARCHIVING) == "Archived")
        and INSTANCE not in labels(workflow)
    ]
    # Since it is made from two databases, a run that both have is there twice: one that is being
    # archived, and one that goes on again after a retry, with the end of its first attempt.
    doubles = site.cluster.version >= SQLITE
    uids = {row["metadata"].get("uid") for row in live}
    archived = [
        reduced(workflow, site.cluster.version)
        for workflow in site.cluster.archived(at)
        if namespace in {"", workflow["metadata"]["namespace"]}
        and (doubles or workflow["metadata"]["uid"] not in uids)
    ]
    rows = [
        [
            workflow
            for workflow in half
            if matches(labels(workflow))
            and named(site, request, chosen, workflow)
            and times(workflow)
        ]
        for half in (sorted(live, key=_created, reverse=True), archived)
    ]
    every = rows[0] + rows[1]
    limit = int(request.query.get(LIMIT, "0"))
    page = every[offset : offset + limit] if limit > 0 else every
    rest = len(every) - offset - len(page)
    version = max((int(row["metadata"].get("resourceVersion", 0)) for row in live), default=0)
    metadata: Object = {"resourceVersion": str(version)}
    # Since v4 only the archive is asked whether it has more, even if nothing was limited.
    unlimited = limit <= 0 and len(rows[1]) > 0
    more = unlimited or (rest > 0 and len(rows[1]) > 0)
    if site.cluster.version < (4,) or chosen.remaining:
        more = rest > 0
    if more:
        metadata["continue"] = str(offset + len(page))
    if chosen.remaining:
        metadata["remainingItemCount"] = max(rest, 0)
    return _page(site, request, metadata, sorted(page, key=_unfinished_then_newest))


def _archive_counts(site: Site) -> bool:
    # What is archived is taken from there, and left out of the live half.
    return site.cluster.archives and site.cluster.version >= SQLITE


def _list_like_kubernetes(site: Site, request: Request, namespace: str) -> Answer:
    for key, _, _ in requirements(request):
        if key not in {"metadata.name", "metadata.namespace"}:
            raise Refusal(3, f"field label not supported: {key}")
    start = _token(request.query.get(CONTINUE, ""))
    chosen = tuple(
        (operator, value) for key, operator, value in requirements(request) if key[9:] == "name"
    )
    spaces = {value for key, _, value in requirements(request) if key == "metadata.namespace"}
    matches = selector(request.query.get(LABELS, ""))
    site.access.check_list(request, namespace)
    everything = site.cluster.everything(namespace, site.playback.now())
    rows = [
        workflow
        for workflow in sorted(everything, key=lambda row: str(row["metadata"]["name"]))
        if matches(labels(workflow))
        and (not spaces or workflow["metadata"]["namespace"] in spaces)
        and named(site, request, Chosen(names=chosen), workflow)
        and workflow["metadata"]["name"] > start
    ]
    version = max((int(row["metadata"]["resourceVersion"]) for row in everything), default=0)
    metadata: Object = {"resourceVersion": str(version)}
    limit = int(request.query.get(LIMIT, "0"))
    if 0 < limit < len(rows):
        rows = rows[:limit]
        metadata["continue"] = b64encode(rows[-1]["metadata"]["name"].encode()).decode()
    return _page(site, request, metadata, rows)


def _token(text: str) -> str:
    try:
        # Kubernetes' tokens are JSON, ours are names: opaque to a client that plays by the rules.
        return b64decode(text, validate=True).decode("ascii")
    except (NoBase64, UnicodeDecodeError):
        reason = "illegal base64 data at input byte 0"
        message = f"invalid continue token: continue key is not valid: {reason}"
        raise Refusal(3, message) from None


def _page(site: Site, request: Request, metadata: Object, rows: list[Object]) -> Answer:
    document: Object = {"metadata": metadata, "items": rows or None}
    if request.fields:
        kept = clean(document, request.fields)
        null = writes_null_creation(site)
        items = [decode(row, creation_time=null) for row in kept.get("items") or ()]
        document = {"metadata": kept.get("metadata", {}), "items": items or None}
    return site.unary(document)


class _Times:
    """The window of `createdAfter` and `finishedBefore`."""

    def __init__(self, after: datetime | None, before: datetime | None) -> None:
        self._after, self._before = after, before

    def __call__(self, workflow: Object) -> bool:
        created = datetime.fromisoformat(workflow["metadata"]["creationTimestamp"])
        finished = workflow["status"].get("finishedAt")
        early = self._after is not None and created <= self._after
        late = self._before is not None and (
            finished is None or datetime.fromisoformat(finished) >= self._before
        )
        return not early and not late


def _times(site: Site, request: Request) -> _Times:
    limits: list[datetime | None] = []
    for name in ("createdAfter", "finishedBefore"):
        text = request.query.get(name, "") if site.cluster.version >= (3, 7) else ""
        try:
            limits.append(datetime.fromisoformat(text) if text else None)
        except ValueError:
            layout = "2006-01-02T15:04:05Z07:00"
            reason = f'cannot parse "{text}" as "2006"'
            raise Refusal(13, f'parsing time "{text}" as "{layout}": {reason}') from None
    return _Times(*limits)


def _created(workflow: Object) -> str:
    return str(workflow["metadata"].get("creationTimestamp", ""))


def _unfinished_then_newest(workflow: Object) -> tuple[bool, float]:
    finished = workflow["status"].get("finishedAt")
    moment = datetime.fromisoformat(finished).timestamp() if finished else 0.0
    return finished is not None, -moment
