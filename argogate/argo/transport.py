"""The HTTP session with the Argo Server: timeouts, redirects, whole answers and streams.

It neither retries nor sleeps: whoever asks decides when to ask again.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import requests

from argogate.argo.answers import Answer, error_of
from argogate.argo.credentials.jwt import claims_of
from argogate.argo.failures import CONNECT_TIMEOUT, MISMATCH, bare, translated
from argogate.argo.route import certificate_of, proxy_of
from argogate.argo.trust import open_session
from argogate.argo.wide import blocks
from argogate.errors import ArgoError, CertificateRefused, Unavailable
from argogate.model import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from argogate.argo.address import Address
    from argogate.argo.credentials import Credential
    from argogate.argo.recorder import Recorder
    from argogate.argo.trust import Trust

LARGEST_DOCUMENT = 1 << 30
"""Bytes of one JSON answer; the server itself sends 100 MiB at most (GRPC_MESSAGE_SIZE)."""
CHUNK = 1 << 18
SHORTEST_SECRET = 8
"""Characters: what is shorter occurs by chance, and protects nothing."""


class Transport:
    """One keep-alive session with one server; its methods may be called from several threads."""

    def __init__(
        self,
        address: Address,
        credential: Credential,
        trust: Trust,
        now: Callable[[], float],
        recorder: Recorder | None = None,
    ) -> None:
        """Open nothing yet; `now` gives seconds of a clock that only goes forward.

        Raises ValueError where a certificate file cannot be used.
        """
        self._now = now
        self.address = address
        self.credential = credential
        self.trust = trust
        self._session = open_session(trust, credential)
        if recorder:
            recorder.attach(self._session, credential.secrets)

    def now(self) -> float:
        """Return the seconds of the clock that it was given."""
        return self._now()

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

    @contextmanager
    def bulk(
        self, path: str, *, what: str, timeout: float
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes | memoryview]]]:
        """Open a GET of something large: yield its headers and its blocks, as `stream` does.

        Blocks are made for speed: one holds its bytes until the next but one is asked for.
        """
        began = self._now()
        with self._opened(path, {}, what=what, timeout=timeout) as response:
            if response.status_code != requests.codes.ok:
                raise self.error(self._whole(response, what, timeout, began))
            plain = "Content-Encoding" not in response.headers
            if plain and response.raw.chunked:
                yield response.headers, _blocks(response, what, timeout)
            else:
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
        with self._named_certificate(url, timeout), translated(url, what, timeout):
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
        if response.status_code == requests.codes.unauthorized:
            self.credential.refused(response.request.headers.get("Authorization", ""))
        with response:
            yield response

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
                within = min(timeout, CONNECT_TIMEOUT)
                names = certificate_of(url, proxy_of(url), self.trust, within).names
            issued = f"; it was issued for {spell.listing(names)}" if names else ""
            raise CertificateRefused(refusal.message + issued) from refusal

    def _whole(
        self, response: requests.Response, what: str, timeout: float, began: float
    ) -> Answer:
        body = bytearray()
        for chunk in _chunks(response, what, timeout):
            body += chunk
            if self._now() - began > timeout or len(body) > LARGEST_DOCUMENT:
                msg = f"{bare(response.url)} sent {spell.size(len(body))} and no end of it"
                raise Unavailable(msg)
        return self._answer(response, what, bytes(body))

    def _answer(self, response: requests.Response, what: str, body: bytes) -> Answer:
        """Return the answer as a value; a refusal may quote the request, so secrets are cut out."""
        sent = response.request.headers.get("Authorization", "")
        if response.status_code != requests.codes.ok:
            for secret in sorted(self.credential.secrets(), key=len, reverse=True):
                if len(secret) >= SHORTEST_SECRET:
                    body = body.replace(secret.encode(), b"***")
        return Answer(
            what=what,
            url=bare(response.url),
            status=response.status_code,
            headers=response.headers,
            body=body,
            claims=claims_of(sent),
        )


def _blocks(response: requests.Response, what: str, timeout: float) -> Iterator[bytes | memoryview]:
    with translated(response.url, what, timeout):
        yield from blocks(response.raw)


def _chunks(response: requests.Response, what: str, timeout: float) -> Iterator[bytes]:
    """Yield the body as it arrives; `iter_content` would wait for CHUNK bytes however they drip."""
    with translated(response.url, what, timeout):
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            yield chunk
