"""The HTTP session: TLS, timeouts, redirects, and the one place where errors are translated.

It neither retries nor sleeps: whoever asks decides when to ask again.
"""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from argogate import __version__
from argogate.argo.answers import Answer, error_of
from argogate.errors import CertificateRefused, NotUnderstood, Unavailable
from argogate.model import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from argogate.argo.address import Address
    from argogate.argo.credentials import Credential
    from argogate.errors import ArgoError

CONNECT_TIMEOUT = 10.0
LARGEST_DOCUMENT = 1 << 30
"""Bytes of one JSON answer; the server itself sends 100 MiB at most (GRPC_MESSAGE_SIZE)."""
CHUNK = 1 << 18
SHORTEST_SECRET = 8
"""Characters: what is shorter occurs by chance, and protects nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose certificates are believed."""

    verify: bool = True
    ca_file: str = ""
    """PEM file that is trusted besides the system's store."""
    client_certificate: str = ""
    client_key: str = ""


class Transport:
    """One keep-alive session with one server; its methods may be called from several threads."""

    def __init__(
        self, address: Address, credential: Credential, trust: Trust, now: Callable[[], float]
    ) -> None:
        """Open nothing yet; `now` gives seconds of a clock that only goes forward.

        Raises ValueError where a certificate file cannot be used.
        """
        self._now = now
        self.address = address
        self.credential = credential
        self._session = requests.Session()
        self._session.auth = credential
        self._session.verify = trust.verify
        self._session.headers["User-Agent"] = f"argogate/{__version__}"
        self._session.mount("https://", _TrustAdapter(tls_context(trust)))

    def get(self, path: str, query: Mapping[str, str], *, what: str, timeout: float) -> Answer:
        """Return the whole answer to a GET, whatever its status.

        `timeout` in seconds bounds every pause, and how long a body is read. Raises Unavailable.
        """
        began = self._now()
        with self._opened(path, query, what=what, timeout=timeout) as response:
            return self._whole(response, what, timeout, began)

    def put(self, path: str, *, what: str, timeout: float) -> Answer:
        """Return the whole answer to a PUT of an empty object. Raises Unavailable."""
        began = self._now()
        with self._opened(path, {}, what=what, timeout=timeout, method="PUT", body={}) as response:
            return self._whole(response, what, timeout, began)

    @contextmanager
    def stream(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        what: str,
        timeout: float,
        accept: str = "*/*",
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """Open a GET whose body is read piece by piece: yield its headers and its chunks.

        `timeout` bounds every pause between chunks. Raises ArgoError for any status but 200, and
        Unavailable from the iterator where the body breaks off.
        """
        began = self._now()
        with self._opened(path, query, what=what, timeout=timeout, accept=accept) as response:
            if response.status_code != requests.codes.ok:
                raise self.error(self._whole(response, what, timeout, began))
            yield response.headers, _chunks(response, what, timeout)

    def error(self, answer: Answer) -> ArgoError:
        """Return the error that an answer is, naming the credential that was used."""
        return error_of(answer, source=self.credential.source, renewable=self.credential.renewable)

    @contextmanager
    def _opened(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        what: str,
        timeout: float,
        accept: str = "*/*",
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[requests.Response]:
        url = self.address.url + path
        with translated(url, what, timeout):
            response = self._session.request(
                method,
                url,
                params=dict(query),
                json=body,
                headers={"Accept": accept},
                timeout=(min(CONNECT_TIMEOUT, timeout), timeout),
                allow_redirects=False,
                stream=True,
                verify=self._session.verify,
            )
        with response:
            yield response

    def _whole(
        self, response: requests.Response, what: str, timeout: float, began: float
    ) -> Answer:
        body = bytearray()
        for chunk in _chunks(response, what, timeout):
            body += chunk
            if self._now() - began > timeout or len(body) > LARGEST_DOCUMENT:
                msg = f"{_bare(response.url)} sent {spell.size(len(body))} and no end of it"
                raise Unavailable(msg)
        return _answer(response, what, bytes(body))


def _chunks(response: requests.Response, what: str, timeout: float) -> Iterator[bytes]:
    """Yield the body as it arrives; `iter_content` would wait for CHUNK bytes however they drip."""
    with translated(response.url, what, timeout):
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            yield chunk


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
    place = _bare(url).split("/api/")[0]
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
    return Unavailable(f"{place}: {meaning}")


TRUST = "trust its authority with --ca-cert FILE"
REMEDIES = (
    ("mismatch", "use a name that it was issued for"),
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


def _bare(url: str) -> str:
    return url.partition("?")[0]


def _answer(response: requests.Response, what: str, body: bytes) -> Answer:
    """Return the answer as a value; a refusal may quote the request, so the secret is cut out."""
    secret = response.request.headers.get("Authorization", "").rpartition(" ")[2]
    if response.status_code != requests.codes.ok and len(secret) >= SHORTEST_SECRET:
        body = body.replace(secret.encode(), b"***")
    return Answer(
        what=what,
        url=_bare(response.url),
        status=response.status_code,
        headers=response.headers,
        body=body,
    )


def tls_context(trust: Trust) -> ssl.SSLContext:
    """Build the TLS context: the system's trust store, as the argo binary uses it.

    Raises ValueError where a certificate file cannot be used.
    """
    context: ssl.SSLContext
    if trust.verify:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if trust.ca_file:
            with _named(trust.ca_file):
                context.load_verify_locations(cafile=trust.ca_file)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if trust.client_certificate:
        with _named(trust.client_certificate):
            # Without a password an encrypted key would make OpenSSL ask for one at the terminal.
            context.load_cert_chain(trust.client_certificate, trust.client_key or None, "")
    return context


@contextmanager
def _named(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"the certificate file {file} cannot be used: {error}"
        raise ValueError(msg) from error


class _TrustAdapter(HTTPAdapter):
    """Hands our context to urllib3, and keeps requests from adding its own bundle."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401
        """Leave certificates to the context alone."""
