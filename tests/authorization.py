"""A real OAuth 2.0 authorization server (oauthlib) on loopback, over TLS."""

# ruff: noqa: ANN401, ARG002 - oauthlib's signatures
from __future__ import annotations

import base64
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from oauthlib.oauth2 import OAuth2Error, RequestValidator, Server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

CLIENT, SECRET = "ci-gate", "open-sesame-42"
SCOPE = "argo"


class _Clients(RequestValidator):
    """One client; its codes can be used once, its refresh tokens until they are revoked."""

    def __init__(self) -> None:
        self.codes: dict[str, Any] = {}
        self.refresh_tokens: set[str] = set()
        self.audiences: list[str | None] = []

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = type("Client", (), {"client_id": CLIENT})
        self.audiences.append(getattr(request, "audience", None))
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        return kind == "Basic" and base64.b64decode(pair) == f"{CLIENT}:{SECRET}".encode()

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return "Authorization" in request.headers or request.grant_type == "client_credentials"

    def authenticate_client_id(
        self, client_id: str, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        request.client = type("Client", (), {"client_id": CLIENT})
        return client_id == CLIENT

    def validate_client_id(self, client_id: str, *args: Any, **kwargs: Any) -> bool:
        return client_id == CLIENT

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, *args: Any, **kwargs: Any
    ) -> bool:
        return redirect_uri.startswith("http://127.0.0.1:")  # any port: RFC 8252, section 7.3

    def is_pkce_required(self, *_: Any) -> bool:
        return True

    def save_authorization_code(
        self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        self.codes[code["code"]] = request

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        request.scopes, request.user = [SCOPE], "somebody"
        return code in self.codes

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(self.codes[code].redirect_uri == redirect_uri)

    def get_code_challenge(self, code: str, request: Any) -> Any:
        return self.codes[code].code_challenge

    def get_code_challenge_method(self, code: str, request: Any) -> Any:
        return self.codes[code].code_challenge_method

    def invalidate_authorization_code(
        self, client_id: str, code: str, *args: Any, **kwargs: Any
    ) -> None:
        del self.codes[code]

    def get_default_scopes(self, *args: Any, **kwargs: Any) -> list[str]:
        return [SCOPE]

    def validate_scopes(self, client_id: str, scopes: list[str], *args: Any, **kwargs: Any) -> bool:
        return scopes == [SCOPE]

    def validate_response_type(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_grant_type(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        self.refresh_tokens |= {token["refresh_token"]} if "refresh_token" in token else set()

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return refresh_token in self.refresh_tokens

    def get_original_scopes(self, *args: Any, **kwargs: Any) -> list[str]:
        return [SCOPE]


class AuthorizationServer:
    """Knows one client, and everybody who comes with a browser."""

    def __init__(self, issue: Callable[[], str], lifetime: int) -> None:
        """`issue` makes the tokens; their `lifetime`, in seconds, is told with them."""
        self._clients = _Clients()
        self._server = Server(
            self._clients,
            token_expires_in=lifetime,
            token_generator=lambda _: issue(),
            refresh_token_generator=lambda _: secrets.token_urlsafe(16),
        )
        self.url = ""
        self.requests: list[str] = []
        """Method and path of each request."""
        self.answers: list[tuple[dict[str, str], str, int]] = []
        """What the token endpoint answers next instead."""

    @property
    def audiences(self) -> list[str | None]:
        """The audience that each request named."""
        return self._clients.audiences

    def revoke(self) -> None:
        """Forget all refresh tokens."""
        self._clients.refresh_tokens.clear()

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Any:
        """Return headers, body and status."""
        self.requests.append(f"{method} {path.partition('?')[0]}")
        if self.answers and method == "POST":
            return self.answers.pop(0)
        if path.startswith("/authorize"):
            uri = self.url + path
            try:
                self._server.validate_authorization_request(uri, "GET", None, headers)
            except OAuth2Error as error:
                return {"Location": error.in_uri(error.redirect_uri or "")}, "", 302
            return self._server.create_authorization_response(
                uri, "GET", None, headers, [SCOPE], {}
            )
        return self._server.create_token_response(self.url + path, "POST", body, headers, {})

    @contextmanager
    def serving(self, tls: ssl.SSLContext) -> Iterator[AuthorizationServer]:
        """Serve on loopback."""
        listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
        self.url = f"https://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            listener.shutdown()
            listener.server_close()


def _handler(server: AuthorizationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers, text, status = server.answer(
                self.command, self.path, dict(self.headers.items()), body
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((text or "").encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    return Handler
