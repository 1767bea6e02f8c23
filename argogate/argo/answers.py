"""Status, headers and body of an answer → an error by remedy. Pure, so that a table tests it.

The bodies that real servers send are described in `docs/server.md`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from argogate.argo.credentials.jwt import expiry_of
from argogate.argo.missing import Missing, what_is_missing
from argogate.errors import (
    ArgoError,
    Denied,
    Impossible,
    Malformed,
    NotFound,
    NotUnderstood,
    Unavailable,
)
from argogate.model import spell
from argogate.model.lenient import object_in, text_in
from argogate.model.spell import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from argogate.model.lenient import JsonObject

GRPC_NOT_FOUND, GRPC_UNIMPLEMENTED = 5, 12
NO_FILE = "Not Implemented"
"""The artifact server's answer for a directory (server/artifacts/artifact_server.go:636-670)."""
LONGEST_PAUSE = 300.0
"""Seconds: a `Retry-After` beyond this is taken as this, so that no header stops the gate."""

LAST_GRPC_CODE = 16
"""A `code` beyond it is not gRPC's: the Kubernetes API repeats the HTTP status there."""

PLAIN_HTTP = (b"HTTP request to an HTTPS server", b"plain HTTP request was sent to HTTPS port")
"""What Go and nginx answer to plain HTTP where they speak TLS."""

PERMANENT = (
    "message larger than max",
    "archived workflows not supported",
    "offload node status is not supported",
)
"""Argo's own texts that no repetition changes (429 and 500)."""
NO_ARCHIVE = ("/archived-workflows", "not supported")
"""Path and text of an answer where there is no archive, however the text begins."""
DEAD_SESSION = "session proxy is closed"
DEAD_SESSION_ADVICE = (
    "; the server has lost its database for good, which only a restart of the Argo Server mends"
)
"""A server that made one call while its database was down never connects again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer with the request it belongs to."""

    what: str
    """What was asked for, to be named in a message: `workflow ci/nightly`."""
    url: str
    """Scheme, host and path, without the query."""
    status: int
    headers: Mapping[str, str]
    body: bytes
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What the token that was sent says of itself, where it is a JWT."""

    @property
    def content_type(self) -> str:
        """The media type alone, in small letters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> datetime | None:
        """The `Date` header."""
        return server_time_in(self.headers)

    def document(self) -> Any:  # noqa: ANN401 - JSON of any kind
        """Return the JSON that the body holds; raises ValueError where it holds none."""
        return parsed(self.body)


def server_time_in(headers: Mapping[str, str]) -> datetime | None:
    """Return the server's clock, by the `Date` header."""
    return _moment(headers.get("Date", ""))


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON of any kind
    """Return the JSON that these bytes are; raises ValueError where they are none."""
    try:
        return json.loads(body)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def workflow_document(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of a good answer, or raise the error that the answer is.

    Raises ArgoError in every other case, HTML with status 200 and redirects included.
    """
    if answer.status != HTTPStatus.OK:
        raise error_of(answer)
    try:
        document = answer.document()
    except ValueError as error:
        raise _no_json(answer) from error
    if not isinstance(document, dict) or not text_in(object_in(document, "metadata"), "uid"):
        raise _no_json(answer)
    return document


def list_document(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of a list; `items` may be null. Raises NotUnderstood."""
    try:
        document = answer.document()
    except ValueError as error:
        raise _no_json(answer) from error
    if not isinstance(document, dict) or not isinstance(document.get("items", ""), list | None):
        raise _no_json(answer)
    return document


def version_in(answer: Answer) -> str:
    """Return the release that an Argo Server says it is. Raises NotUnderstood for anything else."""
    try:
        document = answer.document()
    except ValueError as error:
        raise _no_json(answer) from error
    version = text_in(document, "version") if isinstance(document, dict) else ""
    if not version:
        raise _no_json(answer)
    return version


def says_argo(answer: Answer) -> bool:
    """Return whether a refusal is in the words of an Argo Server, not of a proxy before it."""
    return bool(_reported(answer)[0])


def error_of(answer: Answer, *, source: str = "", renewable: bool = False) -> ArgoError:
    """Sort an answer that is not 200 by its remedy; `source` names the credential used."""
    code, message = _reported(answer)
    status = HTTPStatus
    said = f"{answer.url} answered {answer.status}"
    error: ArgoError
    match answer.status:
        case status.UNAUTHORIZED | status.FORBIDDEN:
            by = f" to {source}" if source else ""
            remedy = _remedy(answer, code, message, source)
            error = Denied(
                f"{said}{by}: {message or 'no reason given'}; {remedy}",
                status=answer.status,
                renewable=renewable,
            )
        case status.NOT_FOUND if code == GRPC_NOT_FOUND and (missing := _missing(answer)):
            error = NotFound(f"{said}: {message}", names_another=missing is Missing.ANOTHER)
        case status.BAD_REQUEST if code:
            error = Malformed(f"{said} to the request for {answer.what}: {message}")
        case status.NOT_IMPLEMENTED if code == GRPC_UNIMPLEMENTED or message == NO_FILE:
            error = Impossible(f"{said}: the request for {answer.what} is not known here")
        case _ if code and _is_permanent(answer, message):
            error = Impossible(f"{said}: {message}")
        case status.BAD_REQUEST if any(text in answer.body for text in PLAIN_HTTP):
            error = NotUnderstood(f"{said} to plain HTTP: it speaks TLS; write https://")
        case answered if status.MULTIPLE_CHOICES <= answered < status.BAD_REQUEST:
            error = _redirected(answer)
        case _:
            advice = DEAD_SESSION_ADVICE if DEAD_SESSION in message else ""
            error = Unavailable(
                f"{said}{': ' + message if message else ''}{advice}",
                retry_after=retry_after(answer),
                status=answer.status,
            )
    error.server_time = answer.server_time
    return error


def _is_permanent(answer: Answer, message: str) -> bool:
    path, text = NO_ARCHIVE
    return any(text in message for text in PERMANENT) or (path in answer.url and text in message)


def retry_after(answer: Answer) -> float:
    """Return the pause in seconds that `Retry-After` asks for, whichever form it has.

    Argo's own rate limiter sends a date whose zone is spelled `UTC` (httplimit/middleware.go);
    it is read against the `Date` of the same answer, so that no clock here matters.
    """
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_PAUSE)
    until, now = _moment(text), answer.server_time
    if until is None or now is None:
        return 0
    return min(max((until - now).total_seconds(), 0), LONGEST_PAUSE)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _reported(answer: Answer) -> tuple[int, str]:
    """Return gRPC code and message of either JSON shape, or 0 and the text that there is.

    A stream that was asked for as server-sent events is refused as one: `data: {…}`.
    """
    inner = _inner(answer)
    if inner is None:
        return 0, _readable(answer)
    code = inner.get("grpc_code", inner.get("code"))
    if type(code) is not int or code > LAST_GRPC_CODE:
        code = 0
    return code, one_line(text_in(inner, "message"))


def _inner(answer: Answer) -> JsonObject | None:
    """Return the JSON object that tells what is wrong, out of its envelope where it has one."""
    try:
        document = parsed(answer.body.strip().removeprefix(b"data:"))
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    envelope = document.get("error")
    return envelope if isinstance(envelope, dict) else document


def _missing(answer: Answer) -> Missing | None:
    return what_is_missing(answer.url, text_in(_inner(answer) or {}, "message"))


def _readable(answer: Answer) -> str:
    if _is_page(answer):
        return "an HTML page, not Argo's API"
    return one_line(answer.body[:1000].decode("utf-8", "replace"))


def _is_page(answer: Answer) -> bool:
    return "html" in answer.content_type or answer.body.lstrip()[:1] == b"<"


def _remedy(answer: Answer, code: int, message: str, source: str) -> str:
    if not code and message != HTTPStatus(answer.status).phrase:
        return "that is no Argo Server's answer: check the address, or ask who runs the proxy"
    if answer.status == HTTPStatus.FORBIDDEN:
        return "bind a role that allows it to the token's service account, or check --namespace"
    if not source:
        return "no credentials were sent: set ARGO_TOKEN"
    expires, now = expiry_of(answer.claims), answer.server_time
    if expires is not None and now and expires <= now.timestamp():
        ago = spell.duration(now.timestamp() - expires)
        return f"the token expired {ago} ago: take a fresh one, or a source that renews it"
    if issuer := text_in(answer.claims, "iss"):
        return f"the token was issued by {one_line(issuer, 100)}: is it for this cluster?"
    return "check that the token is for this cluster and has not expired"


def _redirected(answer: Answer) -> NotUnderstood:
    return NotUnderstood(
        f"{answer.url} answered {answer.status}, a redirect to "
        f"{one_line(answer.headers.get('Location', 'nowhere'), 200).partition('?')[0]}: "
        "that is a login page or another address, not Argo's API"
    )


def _no_json(answer: Answer) -> NotUnderstood:
    if _is_page(answer):
        seen = "an HTML page; that is the UI or a login page: check the address and --base-href"
    elif not answer.body:
        seen = "an empty body"
    else:
        seen = "something else than was asked for; check that this address is an Argo Server"
    error = NotUnderstood(f"{answer.url} answered 200 with {seen}", passing=not _is_page(answer))
    error.server_time = answer.server_time
    return error
