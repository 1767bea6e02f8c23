"""Each source of credentials through a wait, and downloads, in which the token expires twice."""

from __future__ import annotations

import json
import shlex
import ssl
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import trustme

from argogate.argo.credentials import Secret, Token, TokenFile
from argogate.argo.credentials.browser import Login
from argogate.argo.credentials.command import TokenCommand
from argogate.argo.credentials.headers import WithHeaders, parse_header
from argogate.argo.credentials.identity import CiIdentity
from argogate.argo.credentials.oauth import Client, ClientCredentials
from argogate.evidence.collect import ArtifactWish
from argogate.verdict.conclusion import Conclusion
from argogate.waiting.patience import Limits
from tests.authorization import CLIENT, SECRET, AuthorizationServer
from tests.clock import SimulatedClock
from tests.harness import Play, recorded
from tests.tokens import Mint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from argogate.argo.credentials import Credential
    from tests.harness import Played

    Make = Callable[[SimulatedClock, Mint], Credential]

LIFETIME = 10
"""Seconds; the run takes about 37."""
FETCHED = ("gen/j*", "gen/dir-none")


class Watch:
    """The time of a play that has not begun yet."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()

    def now(self) -> float:
        return self.clock.now()


def waited(make: Make, folder: Path, renew: Callable[[Mint], None] = lambda _: None) -> Played:
    """Run the gate with what `make` returns; `renew` is called when the latest token expired."""
    watch = Watch()
    mint = Mint(watch.now, LIFETIME, aud="argo")

    def valid() -> str:
        if mint.expired:
            renew(mint)
        return mint.valid()

    def credential(clock: SimulatedClock) -> Credential:
        watch.clock = clock
        return make(clock, mint)

    played = Play(
        run=recorded("artifacts"),
        credential=credential,
        valid=valid,
        limits=Limits(poll_interval=4, max_poll_interval=4),
        artifacts=ArtifactWish(folder=folder, patterns=FETCHED),
    ).play()
    assert len(mint.issued) >= 3
    return played


def passed_quietly(played: Played) -> None:
    """Check that nobody noticed."""
    assert played.verdict.conclusion is Conclusion.PASSED
    assert "Troubled" not in played.said


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """Return the context of a server and the file of its authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, str(tmp_path / "ca.pem")


@pytest.mark.parametrize("source", ["", "the service account of this pod"])
def test_a_file_that_something_else_renews(tmp_path: Path, source: str) -> None:
    file = tmp_path / "token"

    def renew(mint: Mint) -> None:
        file.write_text(mint.issue())

    def make(_: SimulatedClock, mint: Mint) -> Credential:
        renew(mint)
        return TokenFile(str(file), source)

    played = waited(make, tmp_path / "out", renew)
    assert played.verdict.conclusion is Conclusion.PASSED
    assert played.said.count("Troubled") >= 1  # told by a 401 only, and borne


def test_a_command(tmp_path: Path) -> None:
    file = tmp_path / "vault"

    class Vault(TokenCommand):
        """A command whose vault is filled when it is asked."""

        mint: Mint

        def fetch(self):  # type: ignore[no-untyped-def] # noqa: ANN202
            file.write_text(self.mint.issue())
            return super().fetch()

    def make(clock: SimulatedClock, mint: Mint) -> Credential:
        code = f"print(open({str(file)!r}).read())"
        vault = Vault(shlex.join([sys.executable, "-c", code]), clock.now)
        vault.mint = mint
        return vault

    passed_quietly(waited(make, tmp_path / "out"))


def test_an_oauth_client_and_the_key_of_a_gateway(
    tmp_path: Path, tls: tuple[ssl.SSLContext, str]
) -> None:
    context, ca_file = tls
    issue: list[Callable[[], str]] = []
    server = AuthorizationServer(lambda: issue[0](), LIFETIME)  # noqa: PLW0108 - not there yet

    def make(clock: SimulatedClock, mint: Mint) -> Credential:
        issue.append(mint.issue)
        client = Client(token_url=f"{server.url}/token", client_id=CLIENT, ca_file=ca_file)
        inner = ClientCredentials(client, Secret("the client secret", SECRET), clock.now)
        return WithHeaders(inner, [parse_header("X-Api-Key=$KEY", {"KEY": "gateway-key-77"})])

    with server.serving(context):
        played = waited(make, tmp_path / "out")
    passed_quietly(played)
    assert all(request.headers["X-Api-Key"] == "gateway-key-77" for request in played.requests)


def test_a_person_with_a_browser(tmp_path: Path, tls: tuple[ssl.SSLContext, str]) -> None:
    context, ca_file = tls
    issue: list[Callable[[], str]] = []
    server = AuthorizationServer(lambda: issue[0](), LIFETIME)  # noqa: PLW0108 - not there yet

    def browse(url: str) -> None:
        requests.get(url, verify=ca_file, timeout=5)

    def make(clock: SimulatedClock, mint: Mint) -> Credential:
        issue.append(mint.issue)
        client = Client(token_url=f"{server.url}/token", client_id=CLIENT, ca_file=ca_file)
        url = f"{server.url}/authorize"
        return Login(client, url, clock.now, show=lambda _: None, browse=browse)

    with server.serving(context):
        passed_quietly(waited(make, tmp_path / "out"))
    assert server.requests.count("GET /authorize") == 1


@contextmanager
def github(issue: Callable[[], str]) -> Iterator[str]:
    """Serve the identity of a job as GitHub's runner service does; yields the URL to ask."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == "bearer request-token-31"
            assert parse_qs(urlsplit(self.path).query)["audience"] == ["argo"]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"value": issue()}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}/token?api-version=2"
    finally:
        listener.shutdown()
        listener.server_close()


def test_a_job_of_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue: list[Callable[[], str]] = []
    environ = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token-31"}

    def make(clock: SimulatedClock, mint: Mint) -> Credential:
        issue.append(mint.issue)
        return CiIdentity("argo", clock.now, environ)

    with github(lambda: issue[0]()) as url:  # noqa: PLW0108 - not there yet
        for name, value in {**environ, "ACTIONS_ID_TOKEN_REQUEST_URL": url}.items():
            monkeypatch.setenv(name, value)
        passed_quietly(waited(make, tmp_path / "out"))


def test_a_token_that_is_revoked_before_its_end_is_fetched_anew(tmp_path: Path) -> None:
    """The source says that they live long; the server forgets them sooner."""
    held: list[Mint] = []

    class Opaque(TokenCommand):
        def fetch(self):  # type: ignore[no-untyped-def] # noqa: ANN202
            held[0].issue()
            (tmp_path / "vault").write_text(f"opaque-{len(held[0].issued)}")
            return super().fetch()

    def make(clock: SimulatedClock, mint: Mint) -> Credential:
        held.append(mint)
        code = f"print(open({str(tmp_path / 'vault')!r}).read())"
        return Opaque(shlex.join([sys.executable, "-c", code]), clock.now)

    watch = Watch()
    mint = Mint(watch.now, LIFETIME)

    def credential(clock: SimulatedClock) -> Credential:
        watch.clock = clock
        return make(clock, mint)

    played = Play(
        run=recorded("artifacts"),
        credential=credential,
        valid=lambda: "nobody's" if mint.expired else f"opaque-{len(mint.issued)}",
        artifacts=ArtifactWish(folder=tmp_path / "out", patterns=FETCHED),
    ).play()
    assert played.verdict.conclusion is Conclusion.PASSED
    assert len(mint.issued) >= 3


def test_a_token_that_ends_and_cannot_be_renewed_ends_in_denied_and_says_why() -> None:
    """`ARGO_TOKEN` alone cannot outlive itself."""
    run = recorded("artifacts")
    moment = run.recorded.timestamp()
    watch = Watch()
    mint = Mint(lambda: moment + watch.now(), LIFETIME)

    def credential(clock: SimulatedClock) -> Credential:
        watch.clock = clock
        return Token(mint.issue(), "the token of ARGO_TOKEN")

    played = Play(run=run, credential=credential, valid=mint.valid).play()
    assert played.verdict.exit_code == 4
    assert "to the token of ARGO_TOKEN: Unauthorized; the token expired" in played.verdict.message
    assert "ago: take a fresh one, or a source that renews it" in played.verdict.message
    assert not any(token in played.verdict.message for token in mint.issued)
