"""Answers, and the three shapes in which the server says no."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from argo_replay.golang import encode
from argo_replay.run import Object

Headers = tuple[tuple[str, str], ...]

JSON: Headers = (("Content-Type", "application/json"),)
TEXT: Headers = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("X-Content-Type-Options", "nosniff"),
)
HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)

_STATUS = {3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 12: 501, 13: 500, 14: 503, 16: 401}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; an iterator is sent as it comes, headers with its first block."""

    status: int
    headers: Headers
    body: bytes | Iterator[bytes]


class Broken(Exception):
    """The connection ends here, without a proper end of the answer."""


class Refusal(Exception):
    """The server says no: a gRPC code and a message.

    `gateway` says that gRPC was not reached, so that its headers are missing.
    """

    def __init__(self, code: int, message: str, *, gateway: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.gateway = gateway

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS[self.code]

    def unary(self, metadata: Headers) -> Answer:
        """As the answer to a plain call."""
        body = encode({"code": self.code, "message": self.message})
        return Answer(self.status, JSON if self.gateway else JSON + metadata, body)

    def envelope(self) -> Object:
        """As a message in a stream."""
        phrase = HTTPStatus(self.status).phrase
        reason = {"grpc_code": self.code, "http_code": self.status, "message": self.message}
        return {"error": reason | {"http_status": phrase}}

    def text(self) -> Answer:
        """As the answer of an artifact route: the reason phrase."""
        return plain(self.status)


def plain(status: int) -> Answer:
    """An answer in text that only says what its status says."""
    return Answer(status, TEXT, f"{HTTPStatus(status).phrase}\n".encode())


def too_many(until: str) -> Answer:
    """What the limiter in front of everything says; the date has the zone `UTC`."""
    return Answer(429, (*TEXT, ("Retry-After", until)), plain(429).body)


def not_implemented() -> Refusal:
    """No such route, or not with this method."""
    return Refusal(12, "Not Implemented", gateway=True)
