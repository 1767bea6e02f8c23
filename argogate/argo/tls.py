"""TLS: whose certificates are believed, and which one a server shows.

The system's trust store decides, as for the argo binary.
"""

from __future__ import annotations

import ssl
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import truststore
import urllib3
from requests import Session
from requests.exceptions import SSLError as TlsError

from argogate.argo.connections import Answering
from argogate.argo.deadline import Deadline, within
from argogate.argo.failures import translated
from argogate.argo.proxy import port_of
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.argo.proxy import Proxy

ANY_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: an expired certificate can be described as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose certificates are believed."""

    verify: bool = True
    ca_file: str = ""
    """PEM file that is trusted besides the system's store."""
    client_certificate: str = ""
    client_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a server shows of itself; none of it is verified."""

    names: tuple[str, ...]
    issuer: str
    expires: datetime


def tls_context(trust: Trust) -> ssl.SSLContext:
    """Build the TLS context.

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


def certificate_of(url: str, proxy: Proxy | None, trust: Trust, timeout: float) -> Certificate:
    """Return the certificate that is shown there, whether or not it is to be believed.

    Raises ArgoError where nobody speaks TLS.
    """
    unverified = replace(trust, verify=False)
    with translated(url, "TLS handshake", timeout):
        shown = _handshake(url, proxy, tls_context(unverified), timeout, binary=True)
        # The standard library takes only a verified certificate apart: so it vouches for itself.
        own = tls_context(unverified)
        own.verify_mode = ssl.CERT_REQUIRED
        own.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ANY_TIME
        own.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(shown))
        parts = _handshake(url, proxy, own, timeout, binary=False)
    subject = _attributes(parts.get("subject", ()))
    names = [value for _, value in parts.get("subjectAltName", ())]
    issuer = _attributes(parts.get("issuer", ()))
    return Certificate(
        names=tuple(names or filter(None, [subject.get("commonName")])),
        issuer=issuer.get("commonName") or issuer.get("organizationName") or "nobody named",
        expires=datetime.fromtimestamp(ssl.cert_time_to_seconds(parts["notAfter"]), UTC),
    )


def verify(url: str, proxy: Proxy | None, trust: Trust, timeout: float) -> None:
    """Look whether the certificate there is believed, as a request will. Raises ArgoError."""
    with translated(url, "TLS handshake", timeout):
        context = tls_context(trust)
        if bundle := _bundle(url):
            context.load_verify_locations(
                **{"capath" if Path(bundle).is_dir() else "cafile": bundle}
            )
        _handshake(url, proxy, context, timeout, binary=True)


def _bundle(url: str) -> str:
    """Return what requests adds to the trusted authorities: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE."""
    chosen = Session().merge_environment_settings(
        url, proxies={}, stream=None, verify=True, cert=None
    )["verify"]
    return chosen if isinstance(chosen, str) else ""


def _handshake(
    url: str, proxy: Proxy | None, context: ssl.SSLContext, timeout: float, *, binary: bool
) -> Any:  # noqa: ANN401 - bytes if binary, else the parts as the standard library names them
    host, port = urlsplit(url).hostname or "", port_of(url)
    near = (proxy.host, proxy.port) if proxy else (host, port)
    with (
        closing(HTTPSConnection(*near, timeout=timeout, context=context)) as link,
        within(Deadline(timeout)),
    ):
        link.response_class = Answering
        if proxy:
            link.set_tunnel(host, port, dict(proxy.headers))
        try:
            link.connect()
        except ssl.SSLError as error:  # as requests has it: bare, it would be a ValueError too
            raise TlsError(error) from error
        except HTTPException:
            msg = "what answers as the proxy does not speak HTTP; check HTTPS_PROXY"
            raise ConnectionError(msg) from None
        return link.sock.getpeercert(binary)


def _attributes(names: tuple[tuple[tuple[str, str], ...], ...]) -> dict[str, str]:
    return {name: value for group in names for name, value in group}
