"""A whole answer, and what its headers and body are."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


RELEASE = r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})"


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

    @property
    def is_page(self) -> bool:
        """Whether it is HTML, which no route of the API answers with."""
        return "html" in self.content_type or self.body.lstrip()[:1] == b"<"

    def document(self) -> Any:  # noqa: ANN401 - JSON of any kind
        """Return the JSON that the body holds; raises ValueError where it holds none."""
        return parsed(self.body)


def server_time_in(headers: Mapping[str, str]) -> datetime | None:
    """Return the server's clock, by the `Date` header."""
    return moment_in(headers.get("Date", ""))


def release_in(headers: Mapping[str, str]) -> tuple[int, ...]:
    """Return the release of the server, (4, 1, 2); nothing where it does not tell, as before 3.6.

    It stands in good answers to plain calls only.
    """
    return release_of(headers.get("Grpc-Metadata-Argo-Version", ""))


def release_of(version: str) -> tuple[int, ...]:
    """Return the numbers of a release that is spelled `v4.1.2`, or nothing."""
    numbers = re.match(RELEASE, version)
    return tuple(int(number) for number in numbers.groups()) if numbers else ()


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON of any kind
    """Return the JSON that these bytes are; raises ValueError where they are none."""
    try:
        return json.loads(body)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error


def moment_in(text: str) -> datetime | None:
    """Return the time that a header tells."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None
