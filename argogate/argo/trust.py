"""Whose certificates are believed: the system's trust store, as the argo binary uses it."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import truststore
import urllib3

from argogate import __version__
from argogate.argo.connections import BoundedAdapter
from argogate.argo.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.auth import AuthBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose certificates are believed."""

    verify: bool = True
    ca_file: str = ""
    """PEM file that is trusted besides the system's store."""
    client_certificate: str = ""
    client_key: str = ""


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


def open_session(trust: Trust, auth: AuthBase) -> requests.Session:
    """Return a session that has opened nothing yet; `auth` keeps `~/.netrc` from being used.

    Raises ValueError where a certificate file cannot be used.
    """
    session = _Session()
    session.auth = auth
    session.verify = trust.verify
    session.headers["User-Agent"] = f"argogate/{__version__}"
    session.mount("https://", _TrustAdapter(tls_context(trust)))
    session.mount("http://", BoundedAdapter())
    return session


class _Session(requests.Session):
    """Takes the way that `proxy_for` tells: to the server and to an OAuth endpoint alike."""

    def merge_environment_settings(self, url: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        settings = super().merge_environment_settings(url, *args, **kwargs)
        proxy = proxy_for(str(url))
        settings["proxies"] = {urlsplit(str(url)).scheme: proxy} if proxy else {}
        return settings


class _TrustAdapter(BoundedAdapter):
    """Hands our context to urllib3, and keeps requests from adding its own bundle."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401
        """Leave certificates to the context alone."""
