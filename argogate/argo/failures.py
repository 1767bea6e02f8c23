"""What the libraries raise → one sentence and its remedy. The one place where that is done."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from argogate import spell
from argogate.argo.connections import CONNECT_TIMEOUT
from argogate.errors import CertificateRefused, NotUnderstood, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

MISMATCH = "certificate is not valid for"
"""How OpenSSL words that a certificate was issued for another name."""


@contextmanager
def translated(url: str, what: str, timeout: float) -> Iterator[None]:
    """Translate what the libraries raise: around the call and around reading, nothing else.

    What is done with the bytes stays outside, or a full disk would look like an outage.
    """
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _connection_error(url, what, timeout, error) from error


def _connection_error(url: str, what: str, timeout: float, error: Exception) -> Unavailable:
    root = _root_of(error)
    place = bare(url).split("/api/")[0]
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Unavailable(f"{place}: the answer contradicts itself: {_spelled(root)}")
    if isinstance(error, ValueError):  # whose text may hold the password of a proxy
        return NotUnderstood(
            f"{place}: this address, or that of the proxy, cannot be used (SOCKS is not "
            "supported); check --server, HTTPS_PROXY and ALL_PROXY"
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return Unavailable(
            f"{place} cannot be reached through the proxy: {_spelled(root)}; "
            "check HTTPS_PROXY and NO_PROXY"
        )
    if isinstance(root, ssl.SSLCertVerificationError):
        reason = root.verify_message.rstrip(".")
        remedy = next((remedy for sign, remedy in REMEDIES if sign in reason), TRUST)
        return CertificateRefused(
            f"the certificate of {place} is refused: {reason}; {remedy} (or, for a test only, -k)"
        )
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text.lower():
        return NotUnderstood(
            f"{place} does not speak TLS; if it is plain HTTP, write http:// and say --no-secure"
        )
    if isinstance(error, requests.ConnectTimeout):
        within = spell.duration(min(CONNECT_TIMEOUT, timeout))
        meaning = f"no connection within {within}; is the address right and no firewall between?"
    elif "timed out" in text.lower():
        meaning = f"no answer to the request for {what} within {spell.duration(timeout)}"
    else:
        meaning = next((meaning for sign, meaning in SIGNS if sign in text), _spelled(root))
    # What follows a semicolon guesses at the address, which an answer would have proved right.
    return Unavailable(f"{place}: {meaning}", later=f"{place}: {meaning.partition(';')[0]}")


TRUST = "trust its authority with --ca-cert FILE"
REMEDIES = (
    (MISMATCH, "use a name that it was issued for"),
    ("expired", "it must be renewed"),
    ("not yet valid", "check the clock of this machine"),
)

SIGNS = (
    ("Connection refused", "connection refused; is the server up and the port right?"),
    ("NameResolutionError", "the host name is unknown here; check the address and DNS"),
    ("BadStatusLine", "what answers there does not speak HTTP; is the port right?"),
    ("IncompleteRead", "the answer was cut off"),
    ("Connection broken", "the answer was cut off"),
    ("reset by peer", "the connection was reset; are http:// and https:// mixed up?"),
    ("Connection aborted", "the connection was closed without an answer"),
    ("EOF occurred", "the TLS handshake was cut off"),
)


def _spelled(error: BaseException) -> str:
    return spell.one_line(str(error) or type(error).__name__, 160)


def _root_of(error: BaseException) -> BaseException:
    """Return the innermost cause: requests wraps urllib3, which wraps ssl and socket errors."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        inner: Any = getattr(current, "reason", None) or next(iter(current.args), None)
        current = inner if isinstance(inner, BaseException) else current.__cause__
    return seen[-1]


def bare(url: str) -> str:
    """Return a URL without its query, which may hold what a message must not."""
    return url.partition("?")[0]
