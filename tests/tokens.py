"""Tokens that expire, for servers that check that."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def jwt(**claims: object) -> str:
    """Return a JSON web token with these claims; nobody here checks its signature.

    The same claims give the same token: it stands in names of tests.
    """
    parts = ({"alg": "none"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return ".".join([*(part.decode() for part in encoded), "c2lnbmF0dXJl"])


class Mint:
    """Issues tokens; the latest one is valid, until it expires."""

    def __init__(self, now: Callable[[], float], lifetime: float, **claims: object) -> None:
        self._now = now
        self._lifetime = lifetime
        self._claims = claims
        self._expires = 0.0
        self.issued: list[str] = []

    def issue(self) -> str:
        """Return a new token."""
        self._expires = self._now() + self._lifetime
        self.issued.append(jwt(exp=self._expires, jti=len(self.issued), **self._claims))
        return self.issued[-1]

    @property
    def expired(self) -> bool:
        """Whether the latest token, if there is one, is no longer valid."""
        return self._now() >= self._expires

    def valid(self) -> str:
        """Return what a server accepts now; nobody has it where all have expired."""
        return secrets.token_urlsafe(8) if self.expired else self.issued[-1]
