"""A request, taken apart."""

from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; of a query parameter given twice, the first value counts."""

    method: str
    target: str
    path: str
    segments: tuple[str, ...]
    query: dict[str, str]
    headers: Message
    body: bytes

    @property
    def fields(self) -> str:
        """The projection asked for."""
        return self.query.get("fields", "")

    @property
    def event_stream(self) -> bool:
        """Whether server-sent events are wanted: the header must equal the type exactly."""
        return self.headers.get("Accept") == "text/event-stream"


def take_apart(method: str, target: str, headers: Message, body: bytes) -> Request:
    """Make a request of what is on the wire."""
    split = urlsplit(target if not target.startswith("//") else f"/.{target}")
    path = split.path.removeprefix("/.") if target.startswith("//") else split.path
    query: dict[str, str] = {}
    for name, value in parse_qsl(split.query, keep_blank_values=True):
        query.setdefault(name, value)
    return Request(
        method=method,
        target=target,
        path=unquote(path),
        segments=tuple(unquote(segment) for segment in path.split("/")[1:]),
        query=query,
        headers=headers,
        body=body,
    )
