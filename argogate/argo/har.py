"""An exchange with the server as HAR 1.2 has it, secrets removed."""

from __future__ import annotations

import base64
import codecs
import json
from typing import TYPE_CHECKING, Any

from argogate import __version__
from argogate.argo.redaction import Redaction, query_of
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from requests import PreparedRequest, Response

MOST_OF_A_BODY = 64 * 1024
"""Bytes kept of a body, unless it is JSON of the API: half of a workflow would show nothing."""
HEAD = json.dumps(
    {"log": {"version": "1.2", "creator": {"name": "argogate", "version": __version__}}}
).removesuffix("}}")


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and what became of it; times in seconds of the recorder's clock."""

    request: PreparedRequest
    began: float
    headed: float = 0
    """When the headers of the answer were there; 0 until then."""
    response: Response | None = None
    most: int = MOST_OF_A_BODY
    """Bytes that are kept of the body."""
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    """Bytes of the body that came, kept or not."""
    complete: bool = False
    error: str = ""


class Archive:
    """Makes entries; every secret that was ever sent or received is left out of them."""

    def __init__(self) -> None:
        self._redaction = Redaction()

    def learn(self, secrets: Iterable[str]) -> None:
        """Leave these out from now on."""
        for secret in secrets:
            self._redaction.learn(secret)

    def entry(self, exchange: Exchange, moment: datetime, over: float) -> dict[str, Any]:
        """Return an exchange as HAR 1.2 has it; it began at `moment`, and is over by its clock."""
        request = exchange.request
        headed = exchange.headed or over
        waited, received = (headed - exchange.began) * 1000, (over - headed) * 1000
        sent = self._redaction.request_headers(request.headers)
        entry = {
            "startedDateTime": moment.isoformat(),
            "time": waited + received,
            "request": {
                "method": request.method or "",
                "url": self._redaction.url(request.url or ""),
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": _pairs(sent),
                "queryString": [
                    {"name": name, "value": value} for name, value in query_of(request.url or "")
                ],
                "headersSize": -1,
                "bodySize": len(request.body or b""),
                **_posted(request),
            },
            "response": self._response(exchange),
            "cache": {},
            "timings": {"send": 0, "wait": waited, "receive": received},
        }
        cleaned: dict[str, Any] = self._redaction.everywhere(entry)
        return cleaned

    def _response(self, exchange: Exchange) -> dict[str, Any]:
        response = exchange.response
        headers: Mapping[str, str] = {} if response is None else response.headers
        shown = self._redaction.response_headers(headers)
        answer: dict[str, Any] = {
            "status": response.status_code if response is not None else 0,
            "statusText": (response.reason or "") if response is not None else "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(shown),
            "content": self._content(exchange, headers.get("Content-Type", "")),
            "redirectURL": next(
                (value for name, value in shown.items() if name.lower() == "location"), ""
            ),
            "headersSize": -1,
            "bodySize": -1,
        }
        # The word under which Chromium shows why there is no answer; no text of the error, which
        # may hold the password of a proxy.
        return answer | ({"_error": exchange.error} if exchange.error else {})

    def _content(self, exchange: Exchange, media_type: str) -> dict[str, Any]:
        whole = exchange.complete and exchange.size == len(exchange.body)
        body = self._redaction.body(bytes(exchange.body), complete=whole)
        content: dict[str, Any] = {
            "size": exchange.size,
            "mimeType": media_type or "application/octet-stream",
        }
        try:
            content["text"] = codecs.getincrementaldecoder("utf-8")().decode(body, final=whole)
        except UnicodeDecodeError:
            content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
        if not whole:
            content["comment"] = f"the first {len(exchange.body)} bytes"
        return content


def _posted(request: PreparedRequest) -> dict[str, Any]:
    """Return the body of a request, which may be shown where it is JSON: no form of a login."""
    media_type = request.headers.get("Content-Type", "")
    if not isinstance(request.body, bytes) or media_type != "application/json":
        return {}
    text = request.body[:MOST_OF_A_BODY].decode("utf-8", "replace")
    return {"postData": {"mimeType": media_type, "text": text}}


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
