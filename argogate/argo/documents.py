"""Good answers → the JSON that was asked for, or NotUnderstood: whatever else answers with 200."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from argogate.argo.remedies import error_of
from argogate.errors import NotUnderstood
from argogate.model.lenient import object_in, objects_in, text_in
from argogate.spell import one_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from argogate.argo.answers import Answer
    from argogate.model.lenient import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A workflow as an answer holds it, to be read, or to be kept."""

    content: JsonObject
    server_time: datetime | None = None
    """The server's clock (`Date` header) when it answered."""
    size: int = 0
    """Bytes of the body."""

    def named(self, member: str) -> str:
        """Return a text of its metadata: `name`, `namespace`, `uid`."""
        return text_in(object_in(self.content, "metadata"), member)


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


def names_in(document: JsonObject) -> list[str]:
    """Return the names of a list's rows."""
    return [text_in(object_in(row, "metadata"), "name") for row in objects_in(document, "items")]


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


def require_file(headers: Mapping[str, str], what: str) -> None:
    """Raise NotUnderstood for what is no file: the server names each one that it sends.

    The UI's page has no name, nor has what a proxy says in the server's place: a text, nothing.
    """
    if "Content-Disposition" not in headers:
        kind = "a web page" if "html" in headers.get("Content-Type", "") else "something else"
        msg = f"the server answered with {kind} instead of the {what}"
        raise NotUnderstood(msg, passing=True)


def refuse_page(headers: Mapping[str, str], what: str) -> None:
    """Raise NotUnderstood for a UI page in place of a stream."""
    if "html" in headers.get("Content-Type", ""):
        msg = f"the server answered with a web page instead of the {what}"
        raise NotUnderstood(msg)


def require_same(told: str, asked: str) -> None:
    """Raise NotUnderstood for an answer about something else, of a cache or a wrong route."""
    if told != asked:
        msg = f"asked about {asked}, the server answered about {one_line(told)}"
        raise NotUnderstood(msg, passing=True)


def _no_json(answer: Answer) -> NotUnderstood:
    if answer.is_page:
        seen = "an HTML page; that is the UI or a login page: check the address and --base-href"
    elif not answer.body:
        seen = "an empty body"
    else:
        seen = "something else than was asked for; check that this address is an Argo Server"
    error = NotUnderstood(f"{answer.url} answered 200 with {seen}", passing=not answer.is_page)
    error.server_time = answer.server_time
    return error
