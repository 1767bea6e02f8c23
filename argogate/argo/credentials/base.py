"""What all credentials have in common, and the life of those that expire."""

from __future__ import annotations

import base64
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING

from requests.auth import AuthBase

from argogate.errors import ArgoError, Denied, Unavailable
from argogate.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest

MARGIN = 60.0
"""Seconds before its expiry at which a credential is renewed; half its life if that is shorter."""
RENEWAL_PAUSE = 10.0
"""Seconds until the next try, where a renewal failed and the old credential still serves."""
UNAUTHORIZED = 401


class Credential(AuthBase):
    """A source of the header; being an AuthBase it also keeps `~/.netrc` from being used."""

    renewable = False
    """Whether asking the source again may give another credential."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        """Where it comes from, in the words of a message; empty where there is none."""
        self._secrets: set[str] = set()

    def header(self) -> str:
        """Return the value of the `Authorization` header, or an empty string.

        Raises Unavailable where the source has none at the moment, and Denied where it refuses.
        """
        return ""

    def refused(self, header: str) -> None:
        """Hear that the server answered 401 to this header: what is remembered of it is stale."""

    def secrets(self) -> frozenset[str]:
        """Return what must not be shown, as far as it was needed by now."""
        return frozenset(self._secrets)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the header on the request."""
        if value := self.header():
            request.headers["Authorization"] = value
        return request

    def _known(self, header: str) -> str:
        """Note a header as a secret, with the password that it may hold, and return it."""
        scheme, _, secret = header.rpartition(" ")
        self._secrets |= {secret} - {""}
        if scheme.lower() == "basic":
            with suppress(ValueError):
                password = base64.b64decode(secret).decode().partition(":")[2]
                self._secrets |= {password} - {""}
        return header


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A credential with an end."""

    header: str = field(repr=False)
    expires: float | None = None
    """Seconds since 1970; None where it does not say."""


class Renewed(Credential, ABC):
    """A credential that is fetched, kept, and fetched again before it expires or on a 401."""

    renewable = True

    def __init__(self, source: str, wall: Callable[[], float]) -> None:
        """`wall` gives seconds since 1970."""
        super().__init__(source)
        self._wall = wall
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._renew_at: float | None = None
        self._served = False

    @abstractmethod
    def fetch(self) -> Grant:
        """Get a new one. Raises Unavailable or Denied."""

    def header(self) -> str:
        """Return the one at hand, or a new one; several threads wait for one renewal."""
        with self._lock:
            now = self._wall()
            if self._grant is None or (self._renew_at is not None and now >= self._renew_at):
                self._grant = self._fetched(now)
            return self._grant.header

    def refused(self, header: str) -> None:
        """Forget it, unless another thread has renewed it meanwhile."""
        with self._lock:
            if self._grant and self._grant.header == header:
                self._grant = None

    def failure(self, reason: str) -> ArgoError:
        """Return the error of a source that fails: to be mended at first, a hiccup later."""
        message = f"{self.source} {reason}"
        if self._served:
            return Unavailable(message)
        return Denied(message, status=UNAUTHORIZED, renewable=True)

    def _fetched(self, now: float) -> Grant:
        try:
            grant = self.fetch()
        except ArgoError:
            old = self._grant
            if old is None or old.expires is None or old.expires <= now:
                raise
            self._renew_at = min(now + RENEWAL_PAUSE, old.expires)
            return old
        self._served = True
        self._known(grant.header)
        self._renew_at = _due(grant.expires, self._wall())
        return grant


def _due(expires: float | None, now: float) -> float | None:
    """Return when to renew; never, if it comes expired: then the clock here is wrong."""
    if expires is None or expires <= now:
        return None
    left = expires - now
    return now + max(left - MARGIN, left / 2)
