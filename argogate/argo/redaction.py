"""Secrets taken out of what is kept. What is not known to be harmless counts as one."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from argogate.argo.secrecy import HIDDEN, SHORTEST, forms

if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "user-agent"}
)
"""Headers of a request whose values may be shown; any other may be a gateway's key."""
_TELLING = re.compile(
    r"auth(?!ority)|cookie|credential|key|passw|secret|session|sig|token", re.IGNORECASE
)
"""Names of headers of an answer, and of query parameters, whose values are not shown."""
_TOKENS = re.compile(rb'"(?:access|refresh|id)_?token"\s*:', re.IGNORECASE)


class Redaction:
    """Knows every secret that was sent or received, and takes it out of texts and bodies."""

    def __init__(self) -> None:
        self._secrets: list[str] = []
        """Longest first, so that no part of one is replaced before the whole."""

    def learn(self, value: str) -> None:
        """Remember a header's value as a secret, and each part of it that is long enough."""
        parts = {value, *re.split(r"[\s;,=\"]+", value)}
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            with suppress(ValueError):
                decoded = base64.b64decode(rest).decode()
                parts |= {decoded, *decoded.split(":", 1)}
        known = {form for part in parts if len(part) >= SHORTEST for form in forms(part)}
        self._secrets = sorted({*self._secrets, *known}, key=lambda each: (-len(each), each))

    def request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a request, and learn those that are not shown."""
        shown = {}
        for name, value in headers.items():
            harmless = name.lower() in HARMLESS
            if not harmless:
                self.learn(value)
            shown[name] = value if harmless else HIDDEN
        return shown

    def response_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of an answer, and learn the cookies that it sets."""
        shown = {}
        for name, value in headers.items():
            if "cookie" in name.lower():
                self.learn(value)
            hidden = HIDDEN if _TELLING.search(name) else value
            shown[name] = self.url(hidden) if name.lower() == "location" else hidden
        return shown

    def url(self, url: str) -> str:
        """Return a URL without user, and without values of parameters that tell too much."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return HIDDEN
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query=urlencode(query_of(url)), fragment="").geturl()

    def body(self, body: bytes, *, complete: bool) -> bytes:
        """Return a body without secrets; of one cut short, not even the beginning of one stays.

        What a token endpoint answers is left out as a whole.
        """
        if _TOKENS.search(body):
            return HIDDEN.encode()
        for secret in self._secrets:
            body = body.replace(secret.encode(), HIDDEN.encode())
        return body if complete else self._without_beginning(body)

    def everywhere(self, value: Any) -> Any:  # noqa: ANN401 - JSON of any kind
        """Return a JSON value whose strings hold no secret; names of members stay."""
        if isinstance(value, dict):
            return {name: self.everywhere(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.everywhere(each) for each in value]
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, HIDDEN)
        return value

    def _without_beginning(self, body: bytes) -> bytes:
        for secret in self._secrets:
            encoded = secret.encode()
            for length in range(min(len(encoded) - 1, len(body)), 0, -1):
                if body.endswith(encoded[:length]):
                    return body[:-length]
        return body


def query_of(url: str) -> list[tuple[str, str]]:
    """Return the parameters of a URL, without values of those that tell too much."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return [(name, HIDDEN if _TELLING.search(name) else value) for name, value in pairs]
