"""Tokens of an OAuth 2.0 authorization server: for a machine, and for a person with a browser."""

from __future__ import annotations

import gzip
import json
import re
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from argogate.argo.credentials import Renewed, Secret, oauth
from argogate.argo.credentials.browser import LOGIN_TIMEOUT, Login
from argogate.argo.credentials.oauth import Client, ClientCredentials
from argogate.errors import (
    ArgoError,
    CertificateRefused,
    Denied,
    NotUnderstood,
    Unavailable,
)
from tests.argo.wire import PATH, SHORT, WORKFLOW, Wire, answer, transport_to
from tests.authorization import CLIENT, SECRET, AuthorizationServer
from tests.clock import SimulatedClock
from tests.tokens import Mint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.argo.conftest import Authority

LIFETIME = 600
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1000)


@pytest.fixture
def mint(clock: SimulatedClock) -> Mint:
    return Mint(clock.now, LIFETIME)


@pytest.fixture
def idp(authority: Authority, mint: Mint) -> Iterator[AuthorizationServer]:
    with AuthorizationServer(mint.issue, LIFETIME).serving(authority.server("127.0.0.1")) as server:
        yield server


@pytest.fixture
def client(idp: AuthorizationServer, authority: Authority) -> Client:
    return Client(token_url=f"{idp.url}/token", client_id=CLIENT, ca_file=authority.file)


def fixed(text: str = SECRET) -> Secret:
    return Secret("the client secret", text)


def failure_of(source: Renewed) -> ArgoError:
    with pytest.raises(ArgoError) as caught:
        source.header()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


def changed(client: Client, **changes: Any) -> Client:  # noqa: ANN401 - of several kinds
    """Return the client with other words."""
    return replace(client, **changes)


def test_a_machine_exchanges_its_secret_for_a_token_and_again_before_that_ends(
    client: Client, idp: AuthorizationServer, mint: Mint, clock: SimulatedClock
) -> None:
    asked = changed(client, scope="argo", audience="workflows")
    source = ClientCredentials(asked, fixed(), clock.now)
    assert source.header() == f"Bearer {mint.issued[0]}"
    clock.sleep(LIFETIME - 61)
    assert source.header() == f"Bearer {mint.issued[0]}"
    clock.sleep(2)
    assert source.header() == f"Bearer {mint.issued[1]}"
    source.refused(source.header())
    assert source.header() == f"Bearer {mint.issued[2]}"
    assert idp.audiences == ["workflows"] * 3
    assert {SECRET, *mint.issued} == source.secrets()
    assert SECRET not in f"{source!r} {asked!r} {client!r}"
    assert source.source == f"the OAuth client {CLIENT} of {idp.url}/token"


def test_a_secret_in_a_file_is_read_anew(
    client: Client, clock: SimulatedClock, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    source = ClientCredentials(client, Secret("the client secret", path=str(file)), clock.now)
    assert isinstance(failure_of(source), Denied)
    file.write_text(f"{SECRET}\n")
    assert source.header().startswith("Bearer ")


@pytest.mark.parametrize(
    ("words", "secret", "said"),
    [
        ({}, "wrong-secret-99", "invalid_client"),
        ({"scope": "everything"}, SECRET, "invalid_scope"),
    ],
)
def test_a_client_that_is_refused_is_told_so(
    client: Client, clock: SimulatedClock, words: dict[str, str], secret: str, said: str
) -> None:
    error = failure_of(ClientCredentials(changed(client, **words), fixed(secret), clock.now))
    assert isinstance(error, Denied)
    assert not error.renewable
    assert f"/token is refused: {said}" in error.message
    assert error.message.endswith("; check id, secret, scope and audience")
    assert "wrong-secret-99" not in error.message


JSON = {"Content-Type": "application/json"}
OUT_OF_ORDER = [
    ((JSON, "", 500), Unavailable, "answered 500 to the request for an access token"),
    ((JSON, "", 503), Unavailable, "answered 503"),
    ((JSON, "", 429), Unavailable, "answered 429"),
    (({"Location": "https://evil.example/"}, "", 302), NotUnderstood, "answered 302, a redirect"),
    (({"Location": "https://evil.example/"}, "", 307), NotUnderstood, "answered 307, a redirect"),
    ((JSON, "", 404), NotUnderstood, "without an access token: check that this is the token"),
    (({"Content-Type": "text/html"}, "<p>", 200), NotUnderstood, "without an access token"),
    ((JSON, "", 200), NotUnderstood, "without an access token"),
    ((JSON, "[1]", 200), NotUnderstood, "without an access token"),
    ((JSON, f'{{"id_token":"{SECRET}"}}', 200), NotUnderstood, "without an access token"),
    ((JSON, '{"access_token":7}', 200), NotUnderstood, "without an access token"),
    ((JSON, '{"access_token":"two words"}', 200), NotUnderstood, "without an access token"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), OUT_OF_ORDER)
@pytest.mark.parametrize("by_login", [False, True])
def test_an_endpoint_that_is_out_of_order_or_none_is_told_apart_from_a_refusal(  # noqa: PLR0917
    client: Client,
    idp: AuthorizationServer,
    clock: SimulatedClock,
    answer: tuple[dict[str, str], str, int],
    kind: type[ArgoError],
    words: str,
    *,
    by_login: bool,
) -> None:
    idp.answers.append(answer)
    source: Renewed = ClientCredentials(client, fixed(), clock.now)
    if by_login:
        source = person(client, idp, clock)
    error = failure_of(source)
    assert type(error) is kind
    assert words in error.message
    assert idp.answers == []


@pytest.mark.parametrize(
    ("body", "expires"),
    [
        ('{"access_token":"opaque","expires_in":"90"}', 1090),
        ('{"access_token":"opaque","expires_in":90.5}', 1090.5),
        ('{"access_token":"opaque"}', None),
        ('{"access_token":"opaque","expires_in":"soon"}', None),
        ('{"access_token":"Bearer opaque","expires_in":null}', None),
    ],
)
def test_the_end_of_a_token_may_be_told_or_not(
    client: Client,
    idp: AuthorizationServer,
    clock: SimulatedClock,
    body: str,
    expires: float | None,
) -> None:
    idp.answers.append((JSON, body, 200))
    grant = ClientCredentials(client, fixed(), clock.now).fetch()
    assert (grant.header, grant.expires) == ("Bearer opaque", expires)


def test_an_endpoint_that_cannot_be_trusted_or_reached_is_an_outage(
    client: Client, clock: SimulatedClock
) -> None:
    distrusted = failure_of(ClientCredentials(changed(client, ca_file=""), fixed(), clock.now))
    elsewhere = changed(client, token_url="https://127.0.0.1:1/token?x=hunter2")
    unreached = failure_of(ClientCredentials(elsewhere, fixed(), clock.now))
    assert type(distrusted) is CertificateRefused
    assert type(unreached) is Unavailable
    assert unreached.message == (
        "https://127.0.0.1:1/token: connection refused; is the server up and the port right?"
    )


def test_netrc_plays_no_part(
    client: Client,
    idp: AuthorizationServer,
    clock: SimulatedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text(f"default login {CLIENT} password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert isinstance(failure_of(ClientCredentials(client, fixed("x"), clock.now)), Denied)
    source = person(client, idp, clock)
    assert source.header().startswith("Bearer ")


def in_browser(client: Client) -> Callable[[str], None]:
    """Return what opens an address as a browser does, redirects followed."""

    def browse(url: str) -> None:
        requests.get(url, verify=client.ca_file, timeout=5)

    return browse


def person(
    client: Client,
    idp: AuthorizationServer,
    clock: SimulatedClock,
    browse: Callable[[str], None] | None = None,
    shown: list[str] | None = None,
) -> Login:
    """Return the login of a person whose browser does what it is told."""
    return Login(
        client,
        f"{idp.url}/authorize",
        clock.now,
        show=(shown if shown is not None else []).append,
        browse=browse or in_browser(client),
    )


def test_a_person_logs_in_once_and_the_token_is_refreshed(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock, mint: Mint
) -> None:
    shown: list[str] = []
    source = person(client, idp, clock, shown=shown)
    assert source.header() == f"Bearer {mint.issued[0]}"
    clock.sleep(LIFETIME)
    refreshed = source.header()
    source.refused(refreshed)
    assert source.header() != refreshed
    assert idp.requests == ["GET /authorize", "POST /token", "POST /token", "POST /token"]
    assert len(shown) == 1
    assert shown[0].startswith(f"log in with your browser: {idp.url}/authorize?response_type=code")
    assert not any(secret in shown[0] for secret in source.secrets())


def test_a_refresh_token_that_has_ended_leads_to_a_new_login(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock
) -> None:
    source = person(client, idp, clock)
    first = source.header()
    idp.revoke()
    clock.sleep(LIFETIME)
    assert source.header() != first
    assert idp.requests.count("GET /authorize") == 2


def test_a_client_with_a_secret_proves_itself_at_a_login_too(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock
) -> None:
    def login(secret: str) -> Login:
        url = f"{idp.url}/authorize?prompt=login"
        browse = in_browser(client)
        confidential = changed(client, secret=fixed(secret))
        return Login(confidential, url, clock.now, show=lambda _: None, browse=browse)

    source = login(SECRET)
    assert source.header().startswith("Bearer ")
    assert SECRET in source.secrets()
    assert "invalid_client" in failure_of(login("wrong")).message


def test_a_login_that_is_refused_is_told_so(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock
) -> None:
    source = person(changed(client, scope="everything"), idp, clock)
    error = failure_of(source)
    assert isinstance(error, Denied)
    assert f"your login at {idp.url}/authorize is refused: invalid_scope" in error.message


def test_only_the_answer_to_this_login_counts(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock, mint: Mint
) -> None:
    statuses: list[int] = []

    def browse(url: str) -> None:
        home = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", home)
        for path in ("favicon.ico", "?code=evil", "?code=evil&state=other", "?state=é"):
            statuses.append(requests.get(home + path, timeout=5).status_code)  # noqa: PERF401
        in_browser(client)(url)

    assert person(client, idp, clock, browse).header() == f"Bearer {mint.issued[0]}"
    assert statuses == [404] * 4


def test_a_person_gets_five_minutes(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock
) -> None:
    def browse(url: str) -> None:
        home = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        clock.sleep(LOGIN_TIMEOUT)
        with suppress(requests.ConnectionError):  # nobody listens any more
            requests.get(home, timeout=5)

    error = failure_of(person(client, idp, clock, browse))
    assert isinstance(error, Denied)
    assert error.message.endswith("did not happen within 5 minutes")


def test_the_port_of_the_login_can_be_chosen(
    client: Client, idp: AuthorizationServer, clock: SimulatedClock
) -> None:
    seen: list[str] = []

    def browse(url: str) -> None:
        seen.extend(parse_qs(urlsplit(url).query)["redirect_uri"])
        in_browser(client)(url)

    person(client, idp, clock, browse).header()
    port = urlsplit(seen[0]).port or 0
    url = f"{idp.url}/authorize"
    again = Login(client, url, clock.now, show=print, browse=browse, port=port)
    again.header()
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "parts",
    [(b"HTTP/1.1 200 OK\r\nX: ", *(b"x", 0.04) * 50), (HEAD, *(b" ", 0.04) * 50)],
    ids=["head", "body"],
)
def test_an_endpoint_that_drips_gets_no_more_time_than_the_request_that_waits_for_it(
    clock: SimulatedClock, parts: tuple[bytes | float, ...]
) -> None:
    with Wire(*parts) as endpoint, Wire(answer(WORKFLOW)) as server:
        client = Client(token_url=endpoint.url, client_id=CLIENT)
        asked = transport_to(server.url, credential=ClientCredentials(client, fixed(), clock.now))
        began = time.monotonic()
        with pytest.raises(Unavailable, match=r"request for access token within 0\.2s"):
            asked.get(PATH, {}, what="workflow wf", timeout=SHORT)
    assert time.monotonic() - began < 1
    assert server.heads == []


@pytest.mark.parametrize("packed", [False, True])
def test_an_endpoint_that_floods_is_none(
    clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(oauth, "LARGEST_ANSWER", 1000)
    flood = json.dumps({"access_token": "x" * 1000}).encode()
    headers = b"Content-Encoding: gzip\r\n" if packed else b""
    reply = answer(gzip.compress(flood) if packed else flood, headers=headers)
    with Wire(reply) as endpoint:
        client = Client(token_url=endpoint.url, client_id=CLIENT)
        error = failure_of(ClientCredentials(client, fixed(), clock.now))
    assert isinstance(error, NotUnderstood)
    assert "without an access token" in error.message
