"""Which path is answered by whom, and in which shape its refusals are written."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from argo_replay import actions
from argo_replay.answers import HTML, Answer, Refusal, not_implemented
from argo_replay.archive import get_archived, list_archived
from argo_replay.artifacts import redirect, serve_artifact
from argo_replay.lists import list_workflows
from argo_replay.request import Request
from argo_replay.site import Site
from argo_replay.streams import get_log, refuse
from argo_replay.watch import watch_events, watch_workflows
from argo_replay.workflows import get_info, get_userinfo, get_version, get_workflow

_INDEX = b"<!doctype html><title>Argo</title>\n"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `*` stands for one segment, which the handler is given."""

    method: str
    path: str
    handler: Callable[..., Answer]
    rpc: str
    """Service and method of gRPC behind it."""
    streams: bool = False

    def match(self, request: Request) -> tuple[str, ...] | None:
        """The segments for the stars; None if it is another route."""
        pattern = self.path.split("/")[1:]
        if request.method != self.method or len(pattern) != len(request.segments):
            return None
        pairs = list(zip(pattern, request.segments, strict=True))
        if any(part not in {"*", segment} for part, segment in pairs):
            return None
        return tuple(segment for part, segment in pairs if part == "*")


_INFO = "/info.InfoService/"
_WORKFLOW = "/workflow.WorkflowService/"
_ARCHIVE = "/workflowarchive.ArchivedWorkflowService/"

ROUTES = (
    Route("GET", "/api/v1/version", get_version, _INFO + "GetVersion"),
    Route("GET", "/api/v1/info", get_info, _INFO + "GetInfo"),
    Route("GET", "/api/v1/userinfo", get_userinfo, _INFO + "GetUserInfo"),
    Route("GET", "/api/v1/workflows/*", list_workflows, _WORKFLOW + "ListWorkflows"),
    Route("GET", "/api/v1/workflows/*/*", get_workflow, _WORKFLOW + "GetWorkflow"),
    Route("GET", "/api/v1/workflows/*/*/log", get_log, _WORKFLOW + "WorkflowLogs", streams=True),
    Route(
        "GET",
        "/api/v1/workflow-events/*",
        watch_workflows,
        _WORKFLOW + "WatchWorkflows",
        streams=True,
    ),
    Route("GET", "/api/v1/stream/events/*", watch_events, _WORKFLOW + "WatchEvents", streams=True),
    Route("PUT", "/api/v1/workflows/*/*/stop", actions.stop, _WORKFLOW + "StopWorkflow"),
    Route(
        "PUT", "/api/v1/workflows/*/*/terminate", actions.terminate, _WORKFLOW + "TerminateWorkflow"
    ),
    Route("PUT", "/api/v1/workflows/*/*/resume", actions.resume, _WORKFLOW + "ResumeWorkflow"),
    Route("POST", "/api/v1/workflows/*", actions.create, _WORKFLOW + "CreateWorkflow"),
    Route("DELETE", "/api/v1/workflows/*/*", actions.delete, _WORKFLOW + "DeleteWorkflow"),
    Route("GET", "/api/v1/archived-workflows", list_archived, _ARCHIVE + "ListArchivedWorkflows"),
    Route("GET", "/api/v1/archived-workflows/*", get_archived, _ARCHIVE + "GetArchivedWorkflow"),
)


def answer(site: Site, request: Request) -> Answer:
    """Answer a request as the Argo Server does."""
    path = urlsplit(request.target).path if not request.target.startswith("//") else request.path
    if re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return Answer(400, (("Content-Type", "text/plain; charset=utf-8"),), b"400 Bad Request")
    if (tidy := _tidy(path)) != path:
        query = request.target.partition("?")[2]
        status = 301 if site.cluster.version < (3, 5) else 307
        return redirect(status, tidy + (f"?{query}" if query else ""))
    first = request.segments[0]
    if first == "api":
        return _api(site, request)
    if first in {"artifacts", "artifacts-by-uid", "artifact-files"} and len(request.segments) > 1:
        return serve_artifact(site, request)
    if request.path.startswith("/oauth2/"):
        return Answer(501, (), b"")
    return Answer(200, HTML, _INDEX)


def _api(site: Site, request: Request) -> Answer:
    try:
        # A colon or an escaped slash in the last segment never matches a pattern of the gateway.
        if not re.search(r":|%2[Ff]", request.target.partition("?")[0].rpartition("/")[2]):
            for route in ROUTES:
                stars = route.match(request)
                if stars is not None:
                    return _call(route, site, request, stars)
        raise not_implemented()
    except Refusal as refusal:
        return refusal.unary(site.metadata(success=False))


def _call(route: Route, site: Site, request: Request, stars: tuple[str, ...]) -> Answer:
    try:
        _count(site, request, route.rpc)
        return route.handler(site, request, *stars)
    except Refusal as refusal:
        if not route.streams or refusal.gateway:
            raise
        return refuse(site, request, refusal)


def _count(site: Site, request: Request, rpc: str) -> None:
    """Take the token of gRPC, behind the check of the credentials' form."""
    if site.limiter.limits:
        site.access.form(request)
        if site.limiter.take(site.playback.wall(site.playback.now())) is None:
            text = f"{rpc} is rejected by grpc_ratelimit middleware, please retry later."
            raise Refusal(8, text)


def _tidy(path: str) -> str:
    if path == "/api":
        return "/api/"
    if "//" not in path and "/." not in path:
        return path
    cleaned = posixpath.normpath(path.replace("//", "/"))
    return cleaned + "/" if path.endswith("/") and cleaned != "/" else cleaned
