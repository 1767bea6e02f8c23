"""The artifact routes: answers in text, live and archive strictly apart."""

import posixpath
import re
from html import escape
from urllib.parse import quote

from argo_replay.answers import HTML, Answer, Refusal, plain
from argo_replay.request import Request
from argo_replay.run import Object, Stored
from argo_replay.site import Site
from argo_replay.workflows import find, missing

_OWN_ORIGIN = (
    "; base-uri 'none'; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'"
)


def serve_artifact(site: Site, request: Request) -> Answer:
    """Any of the routes below `/artifact…`; errors are reason phrases."""
    try:
        match request.segments:
            case ("artifacts", namespace, workflow, node, *rest) if rest:
                found = _live(site, request, namespace, workflow)
                return _file(site, found, node, "/".join(rest))
            case ("artifacts-by-uid", uid, node, *rest) if rest:
                found = _archived(site, request, uid)
                return _file(site, found, node, "/".join(rest))
            case ("artifact-files", namespace, kind, key, node, "outputs", name, *rest):
                return _browse(site, request, namespace, kind, key, node, name, rest)
            case _:
                return plain(400)
    except Refusal as refusal:
        return refusal.text()


def _live(site: Site, request: Request, namespace: str, name: str) -> Object:
    try:
        workflow = find(site, request, namespace, name)
    except Refusal as refusal:
        # That another controller manages it is no bad request here, but an error.
        raise Refusal(13 if refusal.code == 3 else refusal.code, refusal.message) from None  # noqa: PLR2004 -- gRPC's InvalidArgument
    if site.cluster.live(namespace, name, site.playback.now()) is None:
        raise missing(name)
    return workflow


def _archived(site: Site, request: Request, uid: str) -> Object:
    if not site.cluster.archives:
        raise Refusal(13, "getting archived workflows not supported")
    for workflow in site.cluster.archived(site.playback.now()):
        if workflow["metadata"]["uid"] == uid:
            try:
                site.access.check(request, "get", workflow["metadata"]["namespace"])
            except Refusal as refusal:
                raise Refusal(16, refusal.message) from None
            return workflow
    raise Refusal(5, "not found")


def _objects(site: Site, workflow: Object, node: str, artifact: str) -> list[Stored]:
    nodes = workflow["status"].get("nodes", {})
    outputs = nodes.get(node, {}).get("outputs", {}).get("artifacts", [])
    known = {output["name"]: output for output in outputs}
    # An artifact without a place is an optional one that was not produced; v3.4 lists those.
    if artifact not in known or not _has_place(known[artifact]):
        raise Refusal(13, "artifact not found")
    metadata = workflow["metadata"]
    at = site.playback.now()
    return [
        entry
        for entry in site.cluster.stored((metadata["namespace"], metadata["name"]), at)
        if (entry.node, entry.artifact) == (node, artifact)
    ]


def _has_place(output: Object) -> bool:
    return bool(output.keys() & {"s3", "gcs", "oss", "azure", "http", "raw", "artifactory"})


def _file(site: Site, workflow: Object, node: str, artifact: str) -> Answer:
    entries = _objects(site, workflow, node, artifact)
    if any(entry.path for entry in entries):
        return plain(501)
    return _content(site, entries[0]) if entries else plain(404)


def _browse(  # noqa: PLR0917 -- the parts of one path
    site: Site,
    request: Request,
    namespace: str,
    kind: str,
    key: str,
    node: str,
    artifact: str,
    rest: list[str],
) -> Answer:
    workflow = _subject(site, request, namespace, kind, key)
    if workflow is None:
        return plain(400)
    entries = _objects(site, workflow, node, artifact)
    inside = "/".join(rest)
    path = posixpath.normpath(inside).strip("/.") if inside else ""
    for entry in entries:
        if entry.path == path and not inside.endswith("/") and rest[-1:] != [""]:
            return _content(site, entry)
    prefix = f"{path}/" if path else ""
    below = [entry.path.removeprefix(prefix) for entry in entries if entry.path.startswith(prefix)]
    if not below:
        return plain(404)
    if not request.path.endswith("/"):
        return redirect(307, f"{request.target}/")
    if "index.html" in below:
        return Answer(307, (("Location", f"{request.target}index.html"),), b"")
    return _listing(site, below)


def _subject(site: Site, request: Request, namespace: str, kind: str, key: str) -> Object | None:
    match kind:
        case "workflows":
            site.access.form(request)
            try:
                return _live(site, request, namespace, key)
            except Refusal as refusal:
                # This route hides why: forbidden, unauthenticated and missing are all 500.
                raise Refusal(13, refusal.message) from None
        case "archived-workflows":
            workflow = _archived(site, request, key)
            return workflow if workflow["metadata"]["namespace"] == namespace else None
        case _:
            return None


def _security(site: Site) -> tuple[tuple[str, str], ...]:
    version = site.cluster.version
    own = (3, 7, 14) <= version < (4,) or version >= (4, 0, 5)
    policy = ("sandbox allow-same-origin" if own else "sandbox") + _OWN_ORIGIN
    return (("Content-Security-Policy", policy), ("X-Frame-Options", "SAMEORIGIN"))


def _content(site: Site, entry: Stored) -> Answer:
    return Answer(200, entry.headers + _security(site), entry.content or entry.read())


def redirect(status: int, target: str) -> Answer:
    """A redirect as Go's standard library answers it."""
    phrase = {301: "Moved Permanently", 307: "Temporary Redirect"}[status]
    body = f'<a href="{escape(target)}">{phrase}</a>.\n\n'.encode()
    return Answer(status, (*HTML, ("Location", target)), body)


def _listing(site: Site, below: list[str]) -> Answer:
    directories = {f"{posixpath.dirname(path)}/" for path in below if "/" in path}
    names = sorted({path for path in below if path and "/" not in path} | directories)
    here = "" if site.cluster.version < (3, 6) else "./"
    rows = [f'<li><a href="{here}{_link(name)}">{escape(name)}</a></li>\n' for name in names]
    top = '<html><body><ul>\n<li><a href="..">..</a></li>\n'
    body = f"{top}{''.join(rows)}</ul></body></html>".encode()
    return Answer(200, HTML + _security(site), body)


def _link(name: str) -> str:
    # Go's template escapes in lower case, and leaves `&` to the escaping of HTML.
    quoted = re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote(name, safe="/&"))
    return escape(quoted)
