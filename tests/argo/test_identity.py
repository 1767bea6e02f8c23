"""The identity that CI systems give their jobs."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argogate.argo.credentials.identity import CiIdentity
from argogate.argo.deadline import Deadline, within
from argogate.errors import ArgoError, Denied, Unavailable
from tests.argo.wire import Wire, answer
from tests.clock import SimulatedClock
from tests.tokens import jwt

if TYPE_CHECKING:
    from collections.abc import Callable

AUDIENCE = "argo.example"
REQUEST_TOKEN = "request-token-31"
GOOGLE = Path("/sys/class/dmi/id/product_name")
NO_PERMISSION = "insufficient OIDC token permissions"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away whatever CI system runs these tests."""
    for name in os.environ:
        if name.startswith(("GITHUB_", "ACTIONS_", "GITLAB_", "BUILDKITE", "CIRCLECI", "GOOGLE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], CiIdentity]:
    """Return a function that makes the identity of a GitHub job, asked for at a URL."""

    def identity(url: str) -> CiIdentity:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{url}/token?api-version=2")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)
        return CiIdentity(AUDIENCE, SimulatedClock().now, os.environ)

    return identity


def failure_of(source: CiIdentity) -> ArgoError:
    with pytest.raises(ArgoError) as caught:
        source.header()
    shown = "".join(traceback.format_exception(caught.value))
    assert REQUEST_TOKEN not in shown
    return caught.value


def test_a_github_job_asks_for_its_audience(github: Callable[[str], CiIdentity]) -> None:
    token = jwt(aud=AUDIENCE, exp=300)
    with Wire(answer(json.dumps({"value": token}).encode())) as wire:
        grant = github(wire.url).fetch()
    assert grant.header == f"Bearer {token}"
    assert grant.expires == 300
    assert wire.heads[0].startswith(f"GET /token?api-version=2&audience={AUDIENCE} ")
    assert f"bearer {REQUEST_TOKEN}" in wire.heads[0]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"no: " + REQUEST_TOKEN.encode(), "403 Forbidden", "no: ***"),
        (b"{}", "200 OK", "malformed or incomplete JSON"),
        (b"[]", "200 OK", "malformed or incomplete JSON"),
        (b'{"value":"opaque"}', "200 OK", "Malformed token"),
        (json.dumps({"value": jwt(aud="x")}).encode(), "200 OK", "audience claim mismatch"),
    ],
)
def test_an_answer_without_a_token_is_told(
    github: Callable[[str], CiIdentity], body: bytes, status: str, words: str
) -> None:
    with Wire(answer(body, status)) as wire:
        error = failure_of(github(wire.url))
    assert isinstance(error, Denied)
    assert words in error.message
    assert error.message.startswith(f"the CI's identity for the audience {AUDIENCE} cannot be had")


def test_an_address_that_cannot_be_is_told_without_it(github: Callable[[str], CiIdentity]) -> None:
    error = failure_of(github("http://[hunter2"))
    assert error.message.endswith("cannot be had: ValueError")


@pytest.mark.parametrize(
    "parts",
    [
        (answer(b"", "503 Service Unavailable"),),
        (answer(b"", "429 Too Many Requests"),),
        (b"HTTP/1.1 200 OK\r\nX: ", *(b"a", 0.05) * 30),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",),
        (b"",),
    ],
)
def test_a_ci_system_that_is_away_is_asked_again(
    github: Callable[[str], CiIdentity], parts: tuple[bytes | float, ...]
) -> None:
    with Wire(*parts) as wire, within(Deadline(0.5)):
        assert isinstance(failure_of(github(wire.url)), Unavailable)


def test_a_github_job_without_the_permission_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert (
        NO_PERMISSION in failure_of(CiIdentity(AUDIENCE, SimulatedClock().now, os.environ)).message
    )


def test_a_gitlab_job_has_its_token_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    token = jwt(aud=AUDIENCE, exp=3600)
    monkeypatch.setenv("GITLAB_CI", "true")
    source = CiIdentity(AUDIENCE, SimulatedClock().now, os.environ)
    assert "a GitLab job an entry NAME_ID_TOKEN" in failure_of(source).message
    monkeypatch.setenv("ARGO_EXAMPLE_ID_TOKEN", token)
    assert source.header() == f"Bearer {token}"
    monkeypatch.delenv("ARGO_EXAMPLE_ID_TOKEN")
    source.refused(f"Bearer {token}")
    assert type(failure_of(source)) is Unavailable


@pytest.mark.skipif(
    GOOGLE.exists() and GOOGLE.read_text().startswith("Google"), reason="a machine of Google's"
)
def test_where_no_ci_system_runs_us_it_is_said_what_to_write() -> None:
    error = failure_of(CiIdentity(AUDIENCE, SimulatedClock().now, os.environ))
    assert isinstance(error, Denied)
    assert "offers none here: a GitHub job needs 'permissions: {id-token: write}'" in error.message
