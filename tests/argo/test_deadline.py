"""A request ends, wherever it drips."""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from argogate.argo.deadline import Deadline
from argogate.argo.proxy import proxy_of
from argogate.argo.tls import Trust, verify
from argogate.errors import ArgoError, Unavailable
from tests.argo.wire import PATH, SHORT, WORKFLOW, Wire, answer, server_at, transport_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.argo.conftest import Authority

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
DRIP = 0.04
"""Seconds between two drops: no read ever waits for SHORT."""


def drops(drop: bytes) -> tuple[bytes | float, ...]:
    return (drop, DRIP) * 50


IN_THE_HEAD = {
    "the status line": (b"HTTP/1.1 2", *drops(b"0")),
    "a header": (OK + b"X: ", *drops(b"x")),
    "interim answers": drops(b"HTTP/1.1 100 Continue\r\n\r\n"),
}
IN_THE_BODY = {
    "a body with a length": (OK + b"Content-Length: 9999\r\n\r\n", *drops(b" ")),
    "a body without": (OK + b"\r\n", *drops(b" ")),
    "the size of a chunk": (CHUNKED, *drops(b"0")),
    "what belongs to it": (CHUNKED + b"1;", *drops(b"x")),
    "chunks": (CHUNKED, *drops(b"1\r\n \r\n")),
    "trailers": (CHUNKED + b"0\r\n", *drops(b"X: y\r\n")),
}


def named(cases: dict[str, tuple[bytes | float, ...]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("parts", cases.values(), ids=cases.keys())


@contextmanager
def ended_in_time() -> Iterator[None]:
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        yield
    assert re.search(
        "no answer to the request|no end of it|through the proxy|did not end within",
        str(caught.value),
    )
    assert SHORT / 2 < time.monotonic() - began < DRIP * 30


@named(IN_THE_HEAD | IN_THE_BODY)
def test_an_answer_is_there_within_its_timeout_or_it_is_none(
    parts: tuple[bytes | float, ...],
) -> None:
    with Wire(*parts) as wire, ended_in_time():
        transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=SHORT)


@named(IN_THE_HEAD)
def test_a_stream_begins_within_its_timeout(parts: tuple[bytes | float, ...]) -> None:
    with Wire(*parts) as wire:
        transport = transport_to(wire.url)
        with ended_in_time(), transport.bulk(PATH, what="artifact a", timeout=SHORT):
            pass
        with ended_in_time(), transport.stream(PATH, {}, what="log", timeout=SHORT):
            pass


@named(IN_THE_BODY)
def test_a_stream_goes_on_as_long_as_it_may(parts: tuple[bytes | float, ...]) -> None:
    with Wire(*parts) as wire, ended_in_time():
        opened = transport_to(wire.url).bulk(PATH, what="artifact a", timeout=0.1, whole=SHORT)
        with opened as (_, blocks):
            list(blocks)
    with Wire(*parts) as wire, ended_in_time():
        opened = transport_to(wire.url).stream(PATH, {}, what="log", timeout=0.1, whole=SHORT)
        with opened as (_, chunks):
            list(chunks)


def test_a_large_answer_may_take_longer_than_its_timeout_where_that_is_said() -> None:
    parts = (OK + b"Content-Length: 6\r\n\r\n", *(b"x", DRIP) * 6)
    with Wire(*parts) as wire:
        transport = transport_to(wire.url)
        with pytest.raises(Unavailable):
            transport.get(PATH, {}, what="workflow wf", timeout=DRIP * 3)
        large = transport.get(PATH, {}, what="workflow wf", timeout=DRIP * 3, whole=5)
    assert large.body == b"xxxxxx"


def test_a_tree_has_a_limit_beside_that_of_a_pause() -> None:
    with Wire(*IN_THE_BODY["chunks"]) as wire:
        server = server_at(wire.url)
        with ended_in_time():
            server.tree("argo", "wf", timeout=5, whole=SHORT)
        with ended_in_time():
            server.archived("u1", timeout=5, whole=SHORT)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_drips_is_no_excuse(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    with Wire(*IN_THE_HEAD["a header"]) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url)
        url = f"{scheme}://argo.example"
        with ended_in_time():
            transport_to(url).get(PATH, {}, what="workflow wf", timeout=SHORT)
        if scheme == "https":
            with ended_in_time():
                verify(url, proxy_of(url), Trust(), SHORT)


def test_a_handshake_that_drips_is_over_in_time() -> None:
    """A record of TLS that never gets whole."""

    class Dripping(Wire):
        def talk(self, connection: socket.socket) -> None:
            connection.recv(1)
            for drop in (b"\x16", *[b"\x03"] * 50):
                connection.sendall(drop)
                time.sleep(DRIP)

    with Dripping() as wire:
        began = time.monotonic()
        with pytest.raises(ArgoError):
            transport_to(wire.url.replace("http:", "https:")).get(
                PATH, {}, what="workflow wf", timeout=SHORT
            )
    assert time.monotonic() - began < DRIP * 30


def test_an_encrypted_answer_that_drips_ends_as_well(authority: Authority) -> None:
    tls = authority.server("127.0.0.1")
    with Wire(*IN_THE_HEAD["a header"], tls=tls) as wire, ended_in_time():
        transport_to(wire.url, authority.trust).get(PATH, {}, what="workflow wf", timeout=0.3)


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the host `many.test`."""
    known: list[str] = []
    real = socket.getaddrinfo

    def found(host: str, port: int, *args: int, **kwargs: int) -> object:
        if host == "many.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in known]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return known


def test_a_host_may_have_addresses_where_nobody_is(addresses: list[str]) -> None:
    addresses += ["127.9.9.9", "127.0.0.1"]
    with Wire(answer(WORKFLOW)) as wire:
        url = f"http://many.test:{wire.port}"
        assert transport_to(url).get(PATH, {}, what="workflow wf", timeout=5).status == 200
    assert re.findall(r"Host: (\S+)", wire.heads[0]) == [f"many.test:{wire.port}"]


def test_all_addresses_of_a_host_together_have_one_deadline(addresses: list[str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003 - the name of the standard library
            each.connect_ex(("127.0.0.1", port))
        addresses += ["127.0.0.1"] * 9
        began = time.monotonic()
        with pytest.raises(Unavailable):
            transport_to(f"http://many.test:{port}").get(PATH, {}, what="wf", timeout=SHORT)
        assert time.monotonic() - began < SHORT * 3
        for each in waiting:
            each.close()


def test_where_no_time_is_left_nothing_is_tried() -> None:
    with pytest.raises(TimeoutError, match="timed out"):
        Deadline(0).left()
