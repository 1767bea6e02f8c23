"""Proxies of the environment, between the gate and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests.auth import AuthBase

from argo_replay.server import DemoServer
from argogate.argo import proxy
from argogate.argo.proxy import excepted, proxy_for
from argogate.argo.session import open_session
from argogate.argo.tls import Trust
from argogate.errors import ArgoError, NotUnderstood, Unavailable
from tests.argo.wire import SECRET, WORKFLOW, Tunnel, Wire, answer, server_at
from tests.harness import recorded

if TYPE_CHECKING:
    from tests.argo.conftest import Authority

AMPLE = 5.0


def failure_of(url: str, trust: Trust | None = None) -> ArgoError:
    """Return what a poll ends with."""
    with pytest.raises(ArgoError) as caught:
        server_at(url, trust).poll("argo", "hello-succeeds", timeout=AMPLE)
    return caught.value


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_plain_requests_go_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with Wire(answer(WORKFLOW)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        poll = server_at("http://argo.example:2746").poll("argo", "wf", timeout=AMPLE)
    assert poll.workflow.uid == "u1"
    assert proxy.heads[0].startswith("GET http://argo.example:2746/api/v1/workflows/argo/wf?")


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_encrypted_requests_go_through_a_tunnel_that_sees_no_token(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with DemoServer([recorded("hello-succeeds")], tls=authority.server("argo.example")) as server:
        port = int(server.url.rpartition(":")[2])
        with Tunnel(port) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            asked = server_at("https://argo.example:2746", authority.trust)
            poll = asked.poll("argo", "hello-succeeds", timeout=AMPLE)
            error = failure_of("https://other.example", authority.trust)
    assert poll.workflow.name == "hello-succeeds"
    assert proxy.heads[0].startswith("CONNECT argo.example:2746 HTTP/1.")
    assert SECRET not in "".join(proxy.heads)
    assert "not valid for 'other.example'" in error.message


@pytest.mark.parametrize("user", ["ci:hunter2", "ci:wrong", ""])
def test_a_proxy_may_want_to_know_who_asks(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    with DemoServer([recorded("hello-succeeds")], tls=authority.server("argo.example")) as server:
        port = int(server.url.rpartition(":")[2])
        with Tunnel(port, user="ci:hunter2") as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{user}@127.0.0.1:{proxy.port}")
            asked = server_at("https://argo.example", authority.trust)
            if user == "ci:hunter2":
                assert asked.poll("argo", "hello-succeeds", timeout=AMPLE).workflow.uid
                return
            with pytest.raises(Unavailable) as caught:
                asked.poll("argo", "hello-succeeds", timeout=AMPLE)
    assert "407 Proxy Authentication Required; check HTTPS_PROXY" in caught.value.message
    assert "wrong" not in caught.value.message


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_loopback_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The token would go to it in clear, and what it answers would be believed."""
    with Wire(answer(WORKFLOW)) as proxy, Wire(answer(WORKFLOW), keep_alive=True) as wire:
        monkeypatch.setenv(variable, proxy.url)
        for host in ("127.0.0.1", "localhost", "LOCALHOST", "[::ffff:127.0.0.1]"):
            server = server_at(f"http://{host}:{wire.port}")
            assert server.poll("argo", "wf", timeout=AMPLE).workflow.uid == "u1"
        assert isinstance(failure_of("http://127.0.0.1:9"), Unavailable)
    assert proxy.heads == []
    assert len(wire.heads) == 4


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_some_hosts_are_asked_directly(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with Wire(answer(WORKFLOW)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv(variable, "*.invalid")
        assert "the host name is unknown here" in failure_of("http://argo.invalid").message
    assert proxy.heads == []


NAME, V4, V6 = "argo.corp.test", "10.1.2.3", "fd00::7"
OTHER = "argo-corp.test"


@pytest.mark.parametrize(
    ("exceptions", "among", "not_among"),
    [
        ("*", (NAME, V4, V6), ()),
        ("", (), (NAME, V4, V6)),
        (" , ,", (), (NAME, V4, V6)),
        ("corp.test", (NAME, "corp.test"), (OTHER, V4)),
        ("CORP.test", (NAME, "Corp.Test"), (OTHER,)),
        (".corp.test", (NAME,), ("corp.test", OTHER)),
        ("*.corp.test", (NAME, "a.b.corp.test"), ("corp.test", OTHER)),
        ("*corp.test", (), (NAME, OTHER)),
        ("*.", (), (NAME, V4)),
        ("corp.test:2746", (NAME,), ()),
        ("corp.test:443", (), (NAME,)),
        ("*.corp.test:2746", (NAME,), ("corp.test",)),
        ("10.0.0.0/8, *.corp.test", (NAME, V4), (V6, "11.0.0.1")),
        ("10.9.9.9/8", (V4,), ("11.0.0.1",)),
        ("10.0.0.0/99", (), (V4, NAME)),
        ("fd00::/8", (V6,), (V4, NAME)),
        ("10.1.2.3", (V4, "::ffff:10.1.2.3"), ("10.1.2.4", "x10.1.2.3")),
        ("10.1.2.3:2746,10.1.2.4:1", (V4,), ("10.1.2.4",)),
        (".3", (), (V4,)),
        ("fd00::7", (V6,), (NAME,)),
        ("[fd00::7]", (V6,), ("fd00::8",)),
        ("[fd00::7]:2746", (V6,), ("fd00::8",)),
        ("[fd00::7]:1", (), (V6,)),
        (":2746", (), (NAME, V4)),
    ],
)
def test_no_proxy_means_what_it_means_to_go(
    exceptions: str, among: tuple[str, ...], not_among: tuple[str, ...]
) -> None:
    """Argo's own client and kubectl read it, and whoever sets it has tried it with those."""
    assert [host for host in (*among, *not_among) if excepted(host, 2746, exceptions)] == [*among]


def test_what_go_reads_first_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("no_proxy", "argo.corp.test")
    assert proxy_for("https://argo.corp.test:2746/x") == ""
    assert proxy_for("http://argo.corp.test") == ""
    assert proxy_for("https://argo.other.test") == "http://proxy:1"
    monkeypatch.setenv("NO_PROXY", "other.test")
    assert proxy_for("https://argo.corp.test") == "http://proxy:1"


@pytest.mark.parametrize("bypassed", [True, False])
def test_the_settings_of_a_desktop_have_exceptions_of_their_own(
    monkeypatch: pytest.MonkeyPatch, *, bypassed: bool
) -> None:
    monkeypatch.setattr(proxy, "getproxies", lambda: {"https": "http://proxy:1"})
    monkeypatch.setattr(proxy, "proxy_bypass", lambda _: bypassed)
    assert proxy_for("https://argo.corp.test") == ("" if bypassed else "http://proxy:1")


def test_each_server_has_its_own_way_and_the_environment_is_read_once_for_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[None] = []

    def counted() -> dict[str, str]:
        asked.append(None)
        return {"http": "http://proxy:1"}

    monkeypatch.setenv("HTTP_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", "near.test")
    monkeypatch.setattr(proxy, "getproxies", counted)
    session = open_session(Trust(), AuthBase())

    def way(url: str) -> object:
        found = session.merge_environment_settings(url, {}, stream=True, verify=True, cert=None)
        return found["proxies"]

    for page in ("1", "2"):
        assert way(f"http://far.test/{page}") == {"http": "http://proxy:1"}
        assert way(f"http://near.test/{page}") == {}
        assert way(f"http://near.test:81/{page}") == {}
        assert way(f"https://far.test/{page}") == {}
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("403 Forbidden", "Tunnel connection failed: 403 Forbidden"),
        ("407 Proxy Authentication Required", "407 Proxy Authentication Required"),
        ("502 Bad Gateway", "502 Bad Gateway"),
    ],
)
def test_a_tunnel_that_is_refused_is_an_outage_of_the_proxy(
    monkeypatch: pytest.MonkeyPatch, status: str, words: str
) -> None:
    with Wire(answer(b"", status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure_of("https://argo.example")
    assert type(error) is Unavailable
    assert error.message.startswith("https://argo.example cannot be reached through the proxy: ")
    assert words in error.message
    assert error.message.endswith("; check HTTPS_PROXY and NO_PROXY")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://me:hunter2@127.0.0.1:9", "Connection refused"),
        ("http://me:hunter2@nobody.invalid", "check HTTPS_PROXY and NO_PROXY"),
    ],
)
def test_a_proxy_that_is_not_there_is_an_outage_that_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str, proxy: str, words: str
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", proxy)
    error = failure_of(f"{scheme}://argo.example")
    assert type(error) is Unavailable
    assert error.message.startswith(f"{scheme}://argo.example cannot be reached through the proxy")
    assert words in error.message
    assert "hunter2" not in error.message


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "proxy",
    [
        "http://me:hunter2@127.0.0.1:port",
        "http://me:hunter2/x@h",
        "http://me:hunter2@[::1",
        "http://me:hunter2]@h",
        "//me:hunter2@h:x",
        "ftp://me:hunter2@h",
        "socks5://me:hunter2@h",
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_mistake_that_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str, proxy: str
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", proxy)
    error = failure_of(f"{scheme}://argo.example")
    assert type(error) is NotUnderstood
    assert error.message == (
        f"{scheme}://argo.example: this address, or that of the proxy, cannot be used (SOCKS is "
        "not supported); check --server, HTTPS_PROXY and ALL_PROXY"
    )
