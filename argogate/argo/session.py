"""The HTTP session with the Argo Server: timeouts, redirects, whole answers and streams.

It neither retries nor sleeps: whoever asks decides when to ask again.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests

from argogate import __version__, spell
from argogate.argo import bodies
from argogate.argo.answers import Answer
from argogate.argo.connections import CONNECT_TIMEOUT, BoundedAdapter
from argogate.argo.credentials.jwt import claims_of
from argogate.argo.deadline import Deadline, within
from argogate.argo.failures import MISMATCH, bare, translated
from argogate.argo.proxy import proxy_for, proxy_of
from argogate.argo.remedies import error_of
from argogate.argo.tls import certificate_of, tls_context
from argogate.errors import ArgoError, CertificateRefused, NotUnderstood

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from requests.auth import AuthBase

    from argogate.argo.address import Address
    from argogate.argo.credentials import Credential
    from argogate.argo.portforward import PortForward
    from argogate.argo.recorder import Recorder
    from argogate.argo.tls import Trust

HTTP_1_0 = 10
"""As the standard library numbers it."""


class Transport:
    """One keep-alive session with one server; its methods may be called from several threads."""

    def __init__(
        self,
        address: Address,
        credential: Credential,
        trust: Trust,
        recorder: Recorder | None = None,
        forward: PortForward | None = None,
    ) -> None:
        """Open nothing yet. Raises ValueError where a certificate file cannot be used.

        With `forward` the address only names the server, and requests take that way.
        """
        self.address = address
        self.credential = credential
        self.trust = trust
        self.forward = forward
        self._session = open_session(trust, credential, forward.service.host if forward else "")
        if recorder:
            recorder.attach(self._session, credential.secrets)

    def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        what: str,
        timeout: float,
        whole: float | None = None,
    ) -> Answer:
        """Return the whole answer to a GET, whatever its status.

        `timeout` in seconds bounds all of it; with `whole`, only the time to the head and every
        pause, and `whole` the rest. Raises Unavailable.
        """
        deadline = Deadline(timeout)
        with self._opened(path, query, what, deadline) as response:
            if whole is not None:
                deadline.relax(whole)
            return self._answer(response, what, deadline)

    def put(self, path: str, *, what: str, timeout: float) -> Answer:
        """Return the whole answer to a PUT of an empty object. Raises Unavailable."""
        deadline = Deadline(timeout)
        with self._opened(path, {}, what, deadline, method="PUT", body={}) as response:
            return self._answer(response, what, deadline)

    @contextmanager
    def stream(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        what: str,
        timeout: float,
        whole: float | None = None,
        accept: str = "*/*",
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """Open a GET whose body is read piece by piece: yield its headers and its chunks.

        `timeout` bounds the time to the head and every pause behind it, `whole` all together, if
        it is given. Raises ArgoError for any status but 200, and Unavailable from the iterator
        where the body breaks off.
        """
        deadline = Deadline(timeout)
        with self._opened(path, query, what, deadline, accept=accept) as response:
            self._refuse(response, what, deadline)
            deadline.relax(whole)
            chunks = bodies.chunks(response, what, timeout)
            yield response.headers, bodies.in_time(chunks, what, deadline, whole)

    @contextmanager
    def bulk(
        self, path: str, *, what: str, timeout: float, whole: float | None = None
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes | memoryview]]]:
        """Open a GET of something large: yield its headers and its blocks, as `stream` does.

        Blocks are made for speed, and are the receiver's: nobody writes to one again.
        """
        deadline = Deadline(timeout)
        with self._opened(path, {}, what, deadline) as response:
            self._refuse(response, what, deadline)
            deadline.relax(whole)
            plain = "Content-Encoding" not in response.headers
            is_chunked = plain and response.raw.chunked
            read = bodies.blocks if is_chunked else bodies.chunks
            blocks = read(response, what, timeout)
            yield response.headers, bodies.in_time(blocks, what, deadline, whole)

    def close(self) -> None:
        """Close the connections that are open and idle."""
        self._session.close()

    def error(self, answer: Answer) -> ArgoError:
        """Return the error that an answer is, naming the credential that was used."""
        return error_of(answer, source=self.credential.source, renewable=self.credential.renewable)

    @contextmanager
    def _opened(
        self,
        path: str,
        query: Mapping[str, str],
        what: str,
        deadline: Deadline,
        *,
        accept: str = "*/*",
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
    ) -> Iterator[requests.Response]:
        timeout = deadline.timeout
        with (
            within(deadline),
            self._way() as base,
            self._named_certificate(base, timeout),
            translated(base + path, what, timeout),
        ):
            response = self._session.request(
                method,
                base + path,
                params=dict(query),
                json=body,
                headers={"Accept": accept, "Cache-Control": "no-cache"},
                timeout=cast("Any", deadline),
                allow_redirects=False,
                stream=True,
                verify=self._session.verify,
            )
        if response.status_code == requests.codes.unauthorized:
            self.credential.refused(response.request.headers.get("Authorization", ""))
        with response:
            if not self.address.encrypted and _speaks_tls(response):
                msg = f"{bare(response.url)} answered 400 to plain HTTP: it speaks TLS; write https://"
                raise NotUnderstood(msg)
            yield response

    def _way(self) -> AbstractContextManager[str]:
        """Give what a path is appended to. Raises ArgoError where there is no way just now."""
        return self.forward.way() if self.forward else nullcontext(self.address.url)

    @contextmanager
    def _named_certificate(self, url: str, timeout: float) -> Iterator[None]:
        """Say which names a certificate has, where it is refused for another one."""
        try:
            yield
        except CertificateRefused as refusal:
            if MISMATCH not in refusal.message:
                raise
            names: tuple[str, ...] = ()
            with suppress(ArgoError, ValueError):
                limit = min(timeout, CONNECT_TIMEOUT)
                names = certificate_of(url, proxy_of(url), self.trust, limit).names
            issued = f"; it was issued for {spell.listing(names)}" if names else ""
            raise CertificateRefused(refusal.message + issued) from refusal

    def _refuse(self, response: requests.Response, what: str, deadline: Deadline) -> None:
        """Raise the error that an answer is which is no stream."""
        if response.status_code != requests.codes.ok:
            raise self.error(self._answer(response, what, deadline))

    def _answer(self, response: requests.Response, what: str, deadline: Deadline) -> Answer:
        body = bodies.whole(response, what, deadline)
        sent = response.request.headers.get("Authorization", "")
        return Answer(
            what=what,
            url=bare(response.url),
            status=response.status_code,
            headers=response.headers,
            body=body,
            claims=claims_of(sent),
        )


def _speaks_tls(response: requests.Response) -> bool:
    """Return whether this is how Go answers plain HTTP on a port with TLS.

    It has no header, is of HTTP/1.0, and its text is lost in a reset where the request was long.
    """
    bad = response.status_code == requests.codes.bad_request
    return bad and response.raw.version == HTTP_1_0 and not response.headers


def open_session(trust: Trust, auth: AuthBase, issued_to: str = "") -> requests.Session:
    """Return a session that has opened nothing yet; `auth` keeps `~/.netrc` from being used.

    Certificates have to be issued to the host of a URL, or to `issued_to`, where that is given.
    Raises ValueError where a certificate file cannot be used.
    """
    session = _Session()
    session.auth = auth
    session.verify = trust.verify
    session.headers["User-Agent"] = f"argogate/{__version__}"
    session.headers["Accept-Encoding"] = bodies.ASKED_FOR
    session.mount("https://", _TrustAdapter(tls_context(trust), issued_to))
    session.mount("http://", BoundedAdapter())
    return session


class _Session(requests.Session):
    """Takes the way that `proxy_for` tells: to the server and to an OAuth endpoint alike."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """See no redirect: also where none is followed, `requests` makes ready to.

        It would read the whole body, however large, and raise where the address is none.
        """

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        # Without a host it looks for no proxy itself, which takes two passes over the environment.
        settings = super().merge_environment_settings("", *args, **kwargs)
        proxy = proxy_for(str(url))
        settings["proxies"] = {urlsplit(str(url)).scheme: proxy} if proxy else {}
        return settings


class _TrustAdapter(BoundedAdapter):
    """Hands our context to urllib3, and keeps requests from adding its own bundle."""

    def __init__(self, context: ssl.SSLContext, issued_to: str) -> None:
        self._tls: dict[str, Any] = {"ssl_context": context}
        if issued_to:
            self._tls["server_hostname"] = issued_to
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, **kwargs, **self._tls)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().proxy_manager_for(*args, **kwargs, **self._tls)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401
        """Leave certificates to the context alone."""
