"""Large bodies: whole, or an error, on connections that are used again."""

from __future__ import annotations

import pytest

from argogate.argo import bodies
from argogate.errors import Unavailable
from tests.argo.wire import Wire, transport_to

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BIG = bytes(range(256)) * 6000


def chunked(body: bytes, size: int) -> bytes:
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


@pytest.mark.parametrize("size", [100, 32 * 1024, 1 << 20, 1 << 21])
def test_chunks_of_any_size_become_the_body(size: int) -> None:
    with Wire(HEAD + chunked(BIG, size) + b"0\r\n\r\n", keep_alive=True) as wire:
        transport = transport_to(wire.url)
        for _ in range(2):
            with transport.bulk("/", what="it", timeout=5) as (_, blocks):
                assert b"".join(bytes(block) for block in blocks) == BIG
        assert (len(wire.heads), wire.connections) == (2, 1)


@pytest.mark.parametrize("size", [7, 1000, 1 << 19])
def test_a_block_stays_as_it_came_however_long_it_is_held(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(bodies, "BLOCK", size)
    body = BIG[: 500 * size]
    with (
        Wire(HEAD + chunked(body, 1000) + b"0\r\n\r\n") as wire,
        transport_to(wire.url).bulk("/", what="it", timeout=5) as (_, blocks),
    ):
        held = list(blocks)
    assert len(held) > 1
    assert b"".join(held) == body


@pytest.mark.parametrize(
    "end", [b"", b"5\r\nworl", b"5\r\nworld", b"5\r\nworld\r\n", b"nonsense\r\n", b"-5\r\nx"]
)
def test_a_body_that_is_cut_off_is_an_error(end: bytes) -> None:
    with (
        Wire(HEAD + chunked(BIG, 1000) + end) as wire,
        transport_to(wire.url).bulk("/", what="it", timeout=5) as (_, blocks),
        pytest.raises(Unavailable, match="cut off"),
    ):
        for _ in blocks:
            pass


def test_a_silent_server_is_an_error() -> None:
    with (
        Wire(HEAD + chunked(BIG, 1000), 5.0) as wire,
        transport_to(wire.url).bulk("/", what="it", timeout=0.1) as (_, blocks),
        pytest.raises(Unavailable, match="no answer"),
    ):
        for _ in blocks:
            pass


@pytest.mark.parametrize(
    "headers",
    [b"Content-Length: 5\r\n", b"Content-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"],
)
def test_other_bodies_are_read_as_ever(headers: bytes) -> None:
    body = b"hello" if b"Length" in headers else b"5\r\nhello\r\n0\r\n\r\n"
    with (
        Wire(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + body) as wire,
        transport_to(wire.url).bulk("/", what="it", timeout=5) as (_, blocks),
    ):
        assert b"".join(blocks) == b"hello"


def test_a_short_body_with_a_length_is_an_error() -> None:
    with (
        Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello") as wire,
        transport_to(wire.url).bulk("/", what="it", timeout=5) as (_, blocks),
        pytest.raises(Unavailable, match="cut off"),
    ):
        b"".join(blocks)


def test_another_status_is_an_error() -> None:
    with (
        Wire(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nNot Found\n") as wire,
        pytest.raises(Unavailable) as raised,
        transport_to(wire.url).bulk("/", what="it", timeout=5),
    ):
        pass
    assert raised.value.status == 404
