"""OAuth 2.0 for a person at a terminal: authorization code with PKCE (RFC 7636, RFC 8252).

Not by `requests-auth`, whose receiver listens on all interfaces, does not compare the state, and
puts what it was sent unescaped into a page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from argogate.argo.credentials.base import UNAUTHORIZED, Grant, Renewed
from argogate.argo.credentials.oauth import TIMEOUT, WHAT, Client, denied, granted, nonsense
from argogate.argo.deadline import at_most
from argogate.argo.failures import bare, translated
from argogate.errors import Denied
from argogate.model.lenient import text_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOGIN_TIMEOUT = 300.0
"""Seconds that a person gets."""
BAD_REQUEST = 400
PAGE = b"<!doctype html><title>argogate</title><p>You can close this page and go back."


class Login(Renewed):
    """Sends a person to the authorization server once, then refreshes as long as that lasts."""

    def __init__(
        self,
        client: Client,
        authorize_url: str,
        wall: Callable[[], float],
        *,
        show: Callable[[str], None],
        browse: Callable[[str], object],
        port: int = 0,
    ) -> None:
        """`show` prints a sentence, `browse` opens an address; port 0 picks a free one."""
        super().__init__(f"your login at {bare(authorize_url)}", wall)
        self._client = client
        self._authorize_url = authorize_url
        self._show = show
        self._browse = browse
        self._port = port
        self._refresh_token = ""

    def fetch(self) -> Grant:
        """Refresh, or ask the person."""
        if self._refresh_token:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            with suppress(Denied):  # it has an end too
                return self._exchanged(form)
        return self._exchanged(self._code())

    def _code(self) -> dict[str, str]:
        """Return what a login gave, to be exchanged for a token."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode()).digest()
        deadline = self._wall() + LOGIN_TIMEOUT
        with _Receiver(state, self._port) as receiver:
            query = {
                "response_type": "code",
                "client_id": self._client.client_id,
                "redirect_uri": receiver.url,
                "state": state,
                "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
                **self._client.parameters(),
            }
            separator = "&" if urlsplit(self._authorize_url).query else "?"
            url = f"{self._authorize_url}{separator}{urlencode(query)}"
            self._show(f"log in with your browser: {url}")
            # Some browsers return only when they are closed.
            threading.Thread(target=self._browse, args=(url,), daemon=True).start()
            heard = self._heard(receiver, deadline)
        if "code" not in heard:
            raise denied(self.source, heard.get("error_description") or heard.get("error", ""))
        return {
            "grant_type": "authorization_code",
            "code": heard["code"],
            "redirect_uri": receiver.url,
            "code_verifier": verifier,
        }

    def _heard(self, receiver: _Receiver, deadline: float) -> Mapping[str, str]:
        while not receiver.heard:
            receiver.timeout = deadline - self._wall()
            if receiver.timeout <= 0:
                msg = f"{self.source} did not happen within {LOGIN_TIMEOUT / 60:.0f} minutes"
                raise Denied(msg, status=UNAUTHORIZED, renewable=False)
            receiver.handle_request()
        return receiver.heard

    def _exchanged(self, form: dict[str, str]) -> Grant:
        client = self._client
        form["client_id"] = client.client_id
        with translated(client.token_url, WHAT, at_most(TIMEOUT)), client.session() as session:
            if client.secret:
                secret = client.secret.read()
                self._secrets.add(secret)
                session.auth = (client.client_id, secret)
            response = session.post(client.token_url, data=form, timeout=TIMEOUT)
            try:
                answer: Any = response.json()
            except ValueError:
                answer = None
        if not isinstance(answer, dict):
            raise nonsense(client.token_url)
        if response.status_code >= BAD_REQUEST:
            reason = text_in(answer, "error_description") or text_in(answer, "error")
            raise denied(self.source, reason)
        grant = granted(
            client.token_url, answer.get("access_token"), answer.get("expires_in"), self._wall()
        )
        # A new one replaces the old one, which stays valid where none is sent.
        self._refresh_token = text_in(answer, "refresh_token") or self._refresh_token
        self._secrets |= {self._refresh_token} - {""}
        return grant


class _Receiver(HTTPServer):
    """Hears, on loopback only, what the authorization server sends the browser back with."""

    def __init__(self, state: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Receiving)
        self.state = state
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self.heard: dict[str, str] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as there
        """A browser that went away is no news."""


class _Receiving(BaseHTTPRequestHandler):
    server: _Receiver
    timeout = 5
    """Seconds: browsers open connections that they do not use."""

    def do_GET(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        if not hmac.compare_digest(query.get("state", "").encode(), self.server.state.encode()):
            self.send_error(404)  # somebody else, or an icon
            return
        self.server.heard = query
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as there
        """Print nothing: the request line holds the code."""
