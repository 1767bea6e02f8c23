"""What happens on the wire, and what is made of it."""

from __future__ import annotations

import errno
import gzip
import os
import re
import socket
import struct
import threading
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate import __version__
from argogate.argo import bodies
from argogate.argo.credentials import Credential, TokenFile
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import ArgoError, Denied, NotUnderstood, Unavailable
from tests.argo.wire import PATH, SECRET, SHORT, WORKFLOW, Wire, answer, transport_to
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELLO = "/api/v1/workflows/argo/hello-succeeds"
AMPLE = 5.0
"""Seconds: a timeout that never runs out on loopback."""

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"


RESET = "the connection was reset; are http:// and https:// mixed up?"
CLOSED = "the connection was closed without an answer"
"""The same, where sending has met the reset first: then reading finds only an end."""
CUT = "the answer was cut off"
LATE = "no answer to the request for workflow wf within 0.2s"


def failure_of(url: str, timeout: float = AMPLE) -> ArgoError:
    """Return what a request ends with, once for a whole answer and once for a stream."""
    asked = transport_to(url)
    with pytest.raises(ArgoError) as whole:
        raise asked.error(asked.get(PATH, {}, what="workflow wf", timeout=timeout))
    with (
        pytest.raises(ArgoError) as streamed,
        transport_to(url).stream(PATH, {}, what="workflow wf", timeout=timeout) as (_, chunks),
    ):
        for _ in chunks:
            pass
    for error in (whole.value, streamed.value):
        assert SECRET not in error.message
        assert error.message.startswith(url)
    assert type(whole.value) is type(streamed.value)
    return whole.value


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(kind=FaultKind.REFUSE), {RESET, CLOSED}),
        (Fault(kind=FaultKind.RESET, after=9), {CUT}),
        (Fault(kind=FaultKind.CUT, after=9), {CUT}),
        (Fault(kind=FaultKind.HANG), {LATE}),
        (Fault(kind=FaultKind.SLOW, seconds=9), {LATE}),
    ],
    ids=lambda each: each.kind if isinstance(each, Fault) else "",
)
def test_a_broken_connection_is_an_outage(fault: Fault, said: set[str]) -> None:
    broken = Fault(kind=FaultKind.ANSWER, body=b"x" * 50, status=200)
    faults = [fault] if fault.kind in {"refuse", "hang", "slow"} else [fault, broken]
    with DemoServer([recorded("hello-succeeds")], faults=faults) as server:
        timeout = SHORT if fault.kind in {"hang", "slow"} else AMPLE
        asked = transport_to(server.url)
        with pytest.raises(Unavailable) as caught:
            asked.get(HELLO, {}, what="workflow wf", timeout=timeout)
    assert type(caught.value) is Unavailable
    assert caught.value.message in {f"{server.url}: {words}" for words in said}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((b"",), "the connection was closed without an answer"),
        ((b"SSH-2.0-OpenSSH_9.9\r\n",), "does not speak HTTP; is the port right?"),
        ((b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",), "closed without an answer"),
        ((b"HTTP/1.1 200 OK\r\nDate: ",), "the answer was cut off"),
        ((b"HTTP/1.1 200 OK\r\nX: y\r\n",), "the answer was cut off"),
        ((b"HTTP/1.1 200 OK\r\n",), "the answer was cut off"),
        ((SIZED, b"{"), "the answer was cut off"),
        ((CHUNKED, b"5\r\n{}"), "the answer was cut off"),
        ((CHUNKED, b"2\r\n{}\r\n"), "the answer was cut off"),
        ((CHUNKED, b"nonsense\r\n"), "the answer was cut off"),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain",),
            "Error -3 while decompressing",
        ),
    ],
)
def test_a_broken_answer_is_an_outage(parts: tuple[bytes, ...], words: str) -> None:
    with Wire(*parts) as wire:
        error = failure_of(wire.url)
    assert type(error) is Unavailable
    assert words in error.message


def compressed(body: bytes, coding: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def zipped(body: bytes) -> bytes:
    """Return the same bytes whenever it is asked: a test is collected twice."""
    return gzip.compress(body, mtime=0)


ZIPPED, DEFLATED = zipped(WORKFLOW), zlib.compress(WORKFLOW)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (ZIPPED[:-1], "gzip"),
        (ZIPPED[:-8], "X-GZIP"),
        (ZIPPED[:9], "gzip"),
        (ZIPPED + ZIPPED[:-9], "gzip"),
        (DEFLATED[:-3], "deflate"),
        (DEFLATED[2:-7], "deflate"),
        (zipped(ZIPPED)[:-4], "gzip, gzip"),
        (zipped(ZIPPED[:-4]), "gzip, gzip"),
    ],
    ids=["last", "sum", "head", "second", "zlib", "deflate", "outer", "inner"],
)
def test_what_was_compressed_and_has_no_end_was_cut_off(body: bytes, coding: str) -> None:
    with Wire(compressed(body, coding)) as wire:
        error = failure_of(wire.url)
    assert type(error) is Unavailable
    assert "the answer was cut off" in error.message


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "aes128gcm"])
def test_what_was_compressed_as_nobody_asked_is_not_taken_as_it_is(coding: str) -> None:
    with Wire(compressed(WORKFLOW, coding)) as wire:
        error = failure_of(wire.url)
    assert type(error) is Unavailable
    word = coding.rpartition(" ")[2]
    assert f"the answer is encoded as {word}, which was not asked for" in error.message


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (ZIPPED, "GZip"),
        (ZIPPED + zipped(b""), "gzip"),
        (ZIPPED + bytes(9), "gzip"),
        (ZIPPED + b"what others leave alone", "gzip"),
        (DEFLATED, "deflate"),
        (DEFLATED[2:-4], "deflate"),
        (zipped(ZIPPED), "gzip, gzip"),
        (WORKFLOW, "identity"),
        (WORKFLOW, ""),
    ],
    ids=["gzip", "two", "padded", "more", "zlib", "deflate", "twice", "identity", "none"],
)
def test_what_was_compressed_on_the_way_is_what_it_was(body: bytes, coding: str) -> None:
    with Wire(compressed(body, coding)) as wire:
        asked = transport_to(wire.url)
        assert asked.get(PATH, {}, what="workflow wf", timeout=AMPLE).body == WORKFLOW


def test_nothing_at_all_is_no_answer_that_was_cut_off() -> None:
    with Wire(compressed(b"", "gzip")) as wire:
        asked = transport_to(wire.url)
        assert asked.get(PATH, {}, what="workflow wf", timeout=AMPLE).body == b""


def test_an_answer_with_two_lengths_is_what_is_wrong_not_the_address() -> None:
    lengths = b"Content-Length: 4\r\nContent-Length: 66\r\n"
    with Wire(b"HTTP/1.1 200 OK\r\n" + lengths + b"\r\n" + WORKFLOW) as wire:
        error = failure_of(wire.url)
    assert type(error) is Unavailable
    assert "the answer contradicts itself: Content-Length contained" in error.message


class GoWithTls(Wire):
    """Answers plain HTTP as Go does, and resets the connection: the request was not read."""

    def talk(self, connection: socket.socket) -> None:
        connection.recv(5)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_plain_http_where_tls_is_spoken_is_known_by_the_status_line() -> None:
    with GoWithTls() as wire:
        error = failure_of(wire.url)
    assert type(error) is NotUnderstood
    assert "answered 400 to plain HTTP: it speaks TLS; write https://" in error.message


def test_a_pause_in_the_middle_is_not_waited_out() -> None:
    with Wire(SIZED, b"{", AMPLE) as wire:
        began = time.monotonic()
        failure_of(wire.url, SHORT)
    assert time.monotonic() - began < AMPLE / 2


def test_a_body_that_has_no_end_is_told_from_silence() -> None:
    with (
        Wire(SIZED, *(b"x", 0.02) * 100) as wire,
        pytest.raises(Unavailable, match=r"sent \d+ B and no end of it"),
    ):
        transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=SHORT)


def test_a_refusal_of_a_stream_that_drips_is_bounded_too() -> None:
    head = b"HTTP/1.1 500 Oops\r\nContent-Length: 900000\r\n\r\n"
    with (
        Wire(head, *(b"x", 0.02) * 100) as wire,
        pytest.raises(Unavailable, match="no end of it"),
        transport_to(wire.url).stream(PATH, {}, what="log", timeout=SHORT),
    ):
        pass


def test_a_body_is_bounded_in_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST_DOCUMENT", 1000)
    with (
        Wire(answer(b"x" * 1001)) as wire,
        pytest.raises(Unavailable, match=r"sent 1001 B and no end of it"),
    ):
        transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=AMPLE)
    with Wire(answer(b"x" * 1000)) as wire:
        whole = transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=AMPLE)
    assert len(whole.body) == 1000


def test_a_stream_yields_what_has_arrived_and_may_take_longer_than_its_timeout() -> None:
    # A piece may come ten times as late as it does before the stream counts as silent.
    with Wire(SIZED, *(b"x", 0.1) * 12) as wire:
        began = time.monotonic()
        with transport_to(wire.url).stream(PATH, {}, what="log", timeout=1.0) as (_, chunks):
            assert next(chunks) == b"x"
            with pytest.raises(Unavailable, match="cut off"):
                list(chunks)
    assert time.monotonic() - began > 1.0


def test_a_stream_that_falls_silent_is_an_outage() -> None:
    with (
        Wire(CHUNKED, b"2\r\n{}\r\n", AMPLE) as wire,
        transport_to(wire.url).stream(PATH, {}, what="log of pod p", timeout=SHORT) as (_, chunks),
    ):
        assert next(chunks) == b"{}"
        with pytest.raises(Unavailable, match=r"request for log of pod p within 0\.2s"):
            next(chunks)


def test_what_fails_on_our_side_of_a_stream_is_no_outage() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        Wire(answer(b"bytes")) as wire,
        pytest.raises(OSError, match="No space left on device") as caught,
        transport_to(wire.url).stream(PATH, {}, what="artifact a", timeout=AMPLE),
    ):
        raise full
    assert caught.value is full


def test_nobody_listening_is_an_outage() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure_of(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert type(error) is Unavailable
    assert "connection refused; is the server up and the port right?" in error.message


@contextmanager
def full_queue() -> Iterator[int]:
    """Yield a port whose queue of connections is full, so that nobody gets through."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003 - the name of the standard library
            each.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for each in waiting:
                each.close()


def test_a_connection_that_does_not_come_about_is_an_outage() -> None:
    with full_queue() as port:
        error = failure_of(f"http://127.0.0.1:{port}", SHORT)
    assert type(error) is Unavailable
    assert "no connection within 0.2s; is the address right" in error.message


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        ("does-not-exist.invalid", Unavailable, "the host name is unknown here; check the address"),
        ("a" * 64 + ".invalid", NotUnderstood, "this address, or that of the proxy, cannot be"),
        ("..", NotUnderstood, "this address, or that of the proxy, cannot be used"),
    ],
)
def test_a_name_that_nobody_knows_is_an_outage_and_one_that_cannot_be_is_a_mistake(
    host: str, kind: type[ArgoError], words: str
) -> None:
    error = failure_of(f"http://{host}")
    assert type(error) is kind
    assert words in error.message


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
def test_no_redirect_is_followed_so_no_token_goes_elsewhere(status: str) -> None:
    with Wire(answer(WORKFLOW)) as other:
        location = f"Location: {other.url}{PATH}?state=1\r\n".encode()
        with Wire(answer(b"", status, location), keep_alive=True) as wire:
            asked = transport_to(wire.url)
            moved = asked.get(PATH, {}, what="workflow wf", timeout=AMPLE)
            with (
                pytest.raises(NotUnderstood, match="that is a login page or another address"),
                asked.stream(PATH, {}, what="log", timeout=AMPLE),
            ):
                pass
        assert moved.status == int(status[:3])
        error = asked.error(moved)
        assert type(error) is NotUnderstood
        assert f"a redirect to {other.url}{PATH}: that is" in str(error)
    assert other.heads == []


@pytest.mark.parametrize("location", ["http://[::1", "http://\xff", "//:99999999"])
def test_a_redirect_to_no_address_is_what_is_wrong_not_ours(location: str) -> None:
    line = f"Location: {location}\r\n".encode("latin-1")
    with Wire(answer(b"", "302 Found", line)) as wire:
        asked = transport_to(wire.url)
        error = asked.error(asked.get(PATH, {}, what="workflow wf", timeout=AMPLE))
    assert type(error) is NotUnderstood
    assert "answered 302, a redirect to " in error.message


def test_the_body_of_a_redirect_is_bounded_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST_DOCUMENT", 1000)
    with Wire(answer(b" " * 5000, "302 Found", b"Location: /login\r\n")) as wire:
        asked = transport_to(wire.url)
        with pytest.raises(Unavailable, match="and no end of it"):
            asked.get(PATH, {}, what="workflow wf", timeout=AMPLE)


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_netrc_never_replaces_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login evil password evil\ndefault login e password e\n")
    netrc.chmod(0o600)
    monkeypatch.setenv(variable, str(tmp_path if variable == "HOME" else netrc))
    with Wire(answer(WORKFLOW)) as wire:
        transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=AMPLE)
        silent = transport_to(wire.url, credential=Credential())
        silent.get(PATH, {}, what="workflow wf", timeout=AMPLE)
    assert f"\r\nAuthorization: Bearer {SECRET}\r\n" in wire.heads[0]
    assert "authorization" not in wire.heads[1].lower()


def test_a_request_says_who_asks_in_http_1_1() -> None:
    with Wire(answer(WORKFLOW)) as wire:
        transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=AMPLE)
    (head,) = wire.heads
    assert head.startswith(f"GET {PATH} HTTP/1.1\r\n")
    assert f"\r\nUser-Agent: argogate/{__version__}\r\n" in head
    assert "\r\nAccept: */*\r\n" in head


def test_the_form_of_a_stream_can_be_chosen() -> None:
    with Wire(answer(b""), keep_alive=True) as wire:
        asked = transport_to(wire.url)
        for accept in ("*/*", "text/event-stream"):
            with asked.stream(PATH, {}, what="log", timeout=AMPLE, accept=accept) as (_, chunks):
                assert list(chunks) == []
    assert [re.findall(r"\r\nAccept: (.*)\r\n", head) for head in wire.heads] == [
        ["*/*"],
        ["text/event-stream"],
    ]


def test_a_query_arrives_as_it_was_meant() -> None:
    query = {"fields": "-a.b,c", "odd": "a&b=c d+e%20#ü/?", "empty": ""}
    with DemoServer([recorded("hello-succeeds")]) as server:
        transport_to(server.url).get(HELLO, query, what="workflow", timeout=AMPLE)
    assert server.requests[-1].path == HELLO
    assert server.requests[-1].query == query


def test_a_base_path_comes_before_the_path() -> None:
    with Wire(answer(WORKFLOW)) as wire:
        asked = transport_to(f"{wire.url}/ci/argo")
        whole = asked.get(PATH, {"fields": "x"}, what="workflow wf", timeout=AMPLE)
    assert wire.heads[0].startswith(f"GET /ci/argo{PATH}?fields=x HTTP/1.1")
    assert whole.url == f"{wire.url}/ci/argo{PATH}"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_server_may_have_an_address_of_ipv6() -> None:
    with Wire(answer(WORKFLOW), host="::1") as wire:
        answered = transport_to(wire.url).get(PATH, {}, what="workflow wf", timeout=AMPLE)
    assert answered.status == 200
    assert f"\r\nHost: [::1]:{wire.port}\r\n" in wire.heads[0]


def test_one_connection_serves_several_requests() -> None:
    chunked = CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(WORKFLOW), WORKFLOW)
    packed = gzip.compress(WORKFLOW)
    for good in (
        answer(WORKFLOW),
        chunked,
        answer(packed, "200 OK", b"Content-Encoding: gzip\r\n"),
    ):
        with Wire(good, keep_alive=True) as wire:
            asked = transport_to(wire.url)
            for _ in range(3):
                whole = asked.get(PATH, {}, what="workflow wf", timeout=AMPLE)
                assert whole.body == WORKFLOW
                with asked.stream(PATH, {}, what="log", timeout=AMPLE) as (_, chunks):
                    assert b"".join(chunks) == WORKFLOW
        assert wire.connections == 1
        assert len(wire.heads) == 6


def test_a_refusal_leaves_the_connection_usable() -> None:
    with Wire(answer(b"Oops", "503 Unavailable"), keep_alive=True) as wire:
        asked = transport_to(wire.url)
        for _ in range(3):
            with (
                pytest.raises(Unavailable, match="answered 503: Oops"),
                asked.stream(PATH, {}, what="log", timeout=AMPLE),
            ):
                pass
            assert asked.get(PATH, {}, what="workflow wf", timeout=AMPLE).status == 503
    assert wire.connections == 1


def test_a_server_that_closed_an_idle_connection_is_asked_anew() -> None:
    with Wire(answer(WORKFLOW)) as wire:
        asked = transport_to(wire.url)
        for count in range(1, 4):
            assert asked.get(PATH, {}, what="workflow wf", timeout=AMPLE).status == 200
            while wire.closed < count:
                time.sleep(0.001)
    assert wire.connections == 3


def test_an_abandoned_stream_does_not_spoil_the_next_request() -> None:
    with Wire(answer(WORKFLOW * 100_000), keep_alive=True) as wire:
        asked = transport_to(wire.url)
        with asked.stream(PATH, {}, what="artifact a", timeout=AMPLE) as (_, chunks):
            next(chunks)
        whole = asked.get(PATH, {}, what="workflow wf", timeout=AMPLE)
    assert len(whole.body) == len(WORKFLOW) * 100_000
    assert wire.connections == 2


def test_several_threads_may_ask_at_once() -> None:
    seen: list[bytes] = []
    with Wire(0.01, answer(WORKFLOW), keep_alive=True) as wire:
        asked = transport_to(wire.url)

        def ask() -> None:
            for _ in range(5):
                body = asked.get(PATH, {}, what="workflow wf", timeout=AMPLE).body
                seen.append(body)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(AMPLE)
    assert seen == [WORKFLOW] * 40
    assert wire.connections <= 8


def test_a_cookie_does_not_replace_the_token() -> None:
    cookie = b"Set-Cookie: authorization=evil; Path=/\r\n"
    with Wire(answer(WORKFLOW, "200 OK", cookie), keep_alive=True) as wire:
        asked = transport_to(wire.url)
        for _ in range(2):
            asked.get(PATH, {}, what="workflow wf", timeout=AMPLE)
    assert f"\r\nAuthorization: Bearer {SECRET}\r\n" in wire.heads[1]


def test_a_token_that_was_renewed_is_used_at_once(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with DemoServer([recorded("hello-succeeds")], token="second") as server:
        asked = Transport(
            transport_to(server.url).address,
            TokenFile(str(path)),
            Trust(),
        )
        with pytest.raises(Unavailable, match="No such file"):
            asked.get(HELLO, {}, what="workflow", timeout=AMPLE)
        path.write_text("first")
        old = asked.error(asked.get(HELLO, {}, what="workflow", timeout=AMPLE))
        assert isinstance(old, Denied)
        assert old.renewable
        assert f"answered 401 to the token file {path}: Unauthorized" in old.message
        path.write_text("second")
        assert asked.get(HELLO, {}, what="workflow", timeout=AMPLE).status == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"<html>Bad Gateway</html>", "an HTML page"), (b"no upstream", "no upstream")],
)
def test_a_packed_refusal_can_be_read(body: bytes, words: str) -> None:
    packed = answer(gzip.compress(body), "502 Bad Gateway", b"Content-Encoding: gzip\r\n")
    with Wire(packed) as wire:
        error = failure_of(wire.url)
    assert f"answered 502: {words}" in error.message


def test_what_is_said_later_has_no_guesses_at_the_address() -> None:
    with pytest.raises(Unavailable) as caught:
        transport_to("http://127.0.0.1:1").get(PATH, {}, what="it", timeout=SHORT)
    assert caught.value.message.endswith("connection refused; is the server up and the port right?")
    assert caught.value.later.endswith("http://127.0.0.1:1: connection refused")
