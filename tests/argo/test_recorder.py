"""`--record`: every exchange is there, the shape is HAR 1.2, and no secret is."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from requests import Session
from requests.adapters import HTTPAdapter

from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.har import MOST_OF_A_BODY
from argogate.argo.query import Selection
from argogate.argo.recorder import MOST, Recorder
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import ArgoError, Unavailable
from argogate.model.workflow import Shutdown
from tests.argo.wire import WORKFLOW, Wire, answer
from tests.clock import SimulatedClock
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "unique-s3cret-of-this-test"
BEGAN = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMED = {
    "type": "object",
    "required": ["name", "value"],
    "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
}
LIST = {"type": "array", "items": NAMED}
SIZE = {"type": "integer", "minimum": -1}
TIME = {"type": "number", "minimum": 0}
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "comment": {"type": "string"},
                "entries": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": [
                            *("startedDateTime", "time", "request", "response"),
                            *("cache", "timings"),
                        ],
                        "properties": {
                            "startedDateTime": {
                                "type": "string",
                                "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$",
                            },
                            "time": TIME,
                            "cache": {"type": "object", "maxProperties": 0},
                            "timings": {
                                "type": "object",
                                "required": ["send", "wait", "receive"],
                                "properties": {"send": TIME, "wait": TIME, "receive": TIME},
                            },
                            "request": {
                                "type": "object",
                                "required": [
                                    *("method", "url", "httpVersion", "cookies", "headers"),
                                    *("queryString", "headersSize", "bodySize"),
                                ],
                                "properties": {
                                    "url": {"type": "string", "pattern": "^https?://"},
                                    "cookies": LIST,
                                    "headers": LIST,
                                    "queryString": LIST,
                                    "headersSize": SIZE,
                                    "bodySize": SIZE,
                                    "postData": {
                                        "type": "object",
                                        "required": ["mimeType", "text"],
                                    },
                                },
                            },
                            "response": {
                                "type": "object",
                                "required": [
                                    *("status", "statusText", "httpVersion", "cookies"),
                                    *("headers", "content", "redirectURL", "headersSize"),
                                    "bodySize",
                                ],
                                "properties": {
                                    "status": {"type": "integer"},
                                    "cookies": LIST,
                                    "headers": LIST,
                                    "headersSize": SIZE,
                                    "bodySize": SIZE,
                                    "content": {
                                        "type": "object",
                                        "required": ["size", "mimeType"],
                                        "properties": {
                                            "size": {"type": "integer", "minimum": 0},
                                            "mimeType": {"type": "string", "minLength": 1},
                                            "text": {"type": "string"},
                                            "encoding": {"const": "base64"},
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""HAR 1.2 as far as it is used (http://www.softwareishard.com/blog/har-12-spec/)."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchanges.har"


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    recorder = Recorder(path, BEGAN, time.monotonic)
    yield recorder
    recorder.close()


def transport_to(url: str, recorder: Recorder) -> Transport:
    token = Token(SECRET, "the token of ARGO_TOKEN")
    return Transport(parse_address(url), token, Trust(), recorder)


def entries_in(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a recording, whose shape is checked, and that it holds no secret."""
    text = path.read_text("utf-8")
    document = json.loads(text)
    Draft202012Validator(HAR).validate(document)
    assert SECRET not in text
    entries: list[dict[str, Any]] = document["log"]["entries"]
    return entries


def test_every_kind_of_exchange_is_kept(recorder: Recorder, path: Path) -> None:
    # The server's time stands still, so the run is not over before it is stopped.
    run = recorded("hello-succeeds")
    with DemoServer([run], token=SECRET, clock=SimulatedClock()) as demo:
        server = ArgoServer(transport_to(demo.url, recorder))
        server.poll("argo", "hello-succeeds", timeout=5)
        with pytest.raises(ArgoError):
            server.poll("argo", "missing", timeout=5)
        with server.changes("argo", Selection()) as frames:
            assert next(frames) is None
            assert next(frames)
        server.shut_down("argo", "hello-succeeds", Shutdown.STOP, timeout=5)
    recorder.close()
    got, missing, stream, put = entries_in(path)
    assert got["request"]["url"].startswith(f"{demo.url}/api/v1/workflows/argo/hello-succeeds?")
    assert {"name": "Authorization", "value": "***"} in got["request"]["headers"]
    assert got["request"]["queryString"][0]["name"] == "fields"
    assert json.loads(got["response"]["content"]["text"])["metadata"]["name"] == "hello-succeeds"
    assert got["startedDateTime"].startswith("2026-11-23T12:00:0")
    assert missing["response"]["status"] == 404
    assert stream["response"]["content"]["text"].startswith('data: {"result":')
    assert stream["response"]["content"]["mimeType"] == "text/event-stream"
    assert put["request"]["method"] == "PUT"
    assert put["request"]["postData"] == {"mimeType": "application/json", "text": "{}"}


def test_a_secret_that_comes_back_is_removed_wherever_it_is(recorder: Recorder, path: Path) -> None:
    echo = b'{"code":16,"message":"Bearer %s is no good"}' % SECRET.encode()
    headers = b"X-Echo: %s\r\nSet-Cookie: sid=cookie-of-this-test\r\n" % SECRET.encode()
    headers += b"Location: https://login.example/%s?id_token=of-this-test\r\n" % SECRET.encode()
    with Wire(answer(echo, "401 Unauthorized", headers), keep_alive=True) as wire:
        transport = transport_to(wire.url, recorder)
        for path_of in ("/a", "/b"):
            transport.get(path_of, {"access_token": "of-this-test"}, what="echo", timeout=5)
    recorder.close()
    first, second = entries_in(path)
    text = path.read_text("utf-8")
    assert "of-this-test" not in text
    assert first["response"]["content"]["text"] == '{"code":16,"message":"*** is no good"}'
    assert second["response"]["redirectURL"] == "https://login.example/***?id_token=%2A%2A%2A"


def test_large_bodies_are_cut_and_bytes_are_base64(recorder: Recorder, path: Path) -> None:
    noise = bytes(range(256)) * 1024
    with Wire(answer(noise)) as wire:
        transport_to(wire.url, recorder).get("/", {}, what="noise", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    content = entry["response"]["content"]
    assert content["encoding"] == "base64"
    assert base64.b64decode(content["text"]) == noise[:MOST_OF_A_BODY]
    assert content["size"] == len(noise)
    assert content["comment"] == "the first 65536 bytes"
    assert content["mimeType"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("path_of", "media_type", "whole"),
    [
        ("/api/v1/workflows/argo/wf", b"application/json", True),
        ("/argo/api/v1/archived-workflows/u1", b"application/json; charset=utf-8", True),
        ("/api/v1/workflows/argo/wf", b"text/html", False),
        ("/api/v1/workflow-events/argo", b"text/event-stream", False),
        ("/artifacts/argo/wf/node/report", b"application/json", False),
    ],
)
def test_a_workflow_is_kept_whole_however_large(
    recorder: Recorder, path: Path, path_of: str, media_type: bytes, *, whole: bool
) -> None:
    tree = json.dumps({"status": {"nodes": {f"n{at}": {} for at in range(10_000)}}}).encode()
    with Wire(answer(tree, headers=b"Content-Type: %s\r\n" % media_type)) as wire:
        transport_to(wire.url, recorder).get(path_of, {}, what="tree", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    content = entry["response"]["content"]
    assert len(content["text"]) == (len(tree) if whole else MOST_OF_A_BODY)
    assert ("comment" in content) is not whole


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    ("end", "error"), [(b"5\r\nworld\r\n0\r\n\r\n", None), (b"5\r\nworld", "ProtocolError")]
)
def test_bodies_in_chunks_are_kept_however_they_are_read(
    recorder: Recorder, path: Path, end: bytes, error: str | None, *, bulk: bool
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n"
    with (
        Wire(head + end) as wire,
        (
            transport_to(wire.url, recorder).bulk("/", what="it", timeout=5)
            if bulk
            else transport_to(wire.url, recorder).stream("/", {}, what="it", timeout=5)
        ) as (_, chunks),
        suppress(Unavailable),
    ):
        assert b"".join(chunks) == b"hello world"
    recorder.close()
    [entry] = entries_in(path)
    assert entry["response"].get("_error") == error
    assert entry["response"]["content"]["text"].startswith("hello ")
    assert ("comment" in entry["response"]["content"]) is bool(error)


def test_a_download_that_is_given_up_is_kept_as_far_as_it_came(
    recorder: Recorder, path: Path
) -> None:
    with Wire(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 5.0) as wire:
        transport = transport_to(wire.url, recorder)
        with transport.bulk("/", what="it", timeout=5) as (_, chunks):
            assert next(iter(chunks)) == b"ab"
    recorder.close()
    [entry] = entries_in(path)
    assert entry["response"]["content"]["text"] == "ab"
    assert "_error" not in entry["response"]


def test_a_text_that_is_cut_within_a_letter_stays_a_text(recorder: Recorder, path: Path) -> None:
    with Wire(answer(b"a" + "ü".encode() * MOST_OF_A_BODY)) as wire:
        transport_to(wire.url, recorder).get("/", {}, what="text", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    assert entry["response"]["content"]["text"] == "a" + "ü" * (MOST_OF_A_BODY // 2 - 1)


def test_a_secret_that_a_cut_goes_through_leaves_no_half(recorder: Recorder, path: Path) -> None:
    body = b"x" * (MOST_OF_A_BODY - 10) + SECRET.encode() * 2
    with Wire(answer(body)) as wire:
        transport_to(wire.url, recorder).get("/", {}, what="text", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    assert set(entry["response"]["content"]["text"]) == {"x"}


def test_a_request_without_an_answer_is_kept_with_its_reason(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2-hunter2@127.0.0.1:9")
    with pytest.raises(Unavailable):
        transport_to("http://argo.example", recorder).get("/", {}, what="it", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "ProxyError"
    assert "hunter2" not in path.read_text("utf-8")


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(
    recorder: Recorder, path: Path
) -> None:
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"
    with Wire(broken) as wire, pytest.raises(Unavailable):
        transport_to(wire.url, recorder).get("/", {}, what="it", timeout=5)
    recorder.close()
    [entry] = entries_in(path)
    assert entry["response"]["content"]["text"] == "half of it"
    assert entry["response"]["_error"] == "ProtocolError"


def test_a_stream_that_is_still_open_at_the_end_is_kept(recorder: Recorder, path: Path) -> None:
    over = threading.Event()
    with DemoServer([recorded("hello-succeeds")], token=SECRET) as demo:
        server = ArgoServer(transport_to(demo.url, recorder))
        with server.changes("argo", Selection()) as frames:
            assert next(frames) is None
            assert next(frames)
            recorder.close()
            over.set()
        server.poll("argo", "hello-succeeds", timeout=5)
    assert over.is_set()
    [entry] = entries_in(path)
    assert "hello-succeeds" in entry["response"]["content"]["text"]


def test_a_process_that_is_killed_leaves_what_it_had(
    recorder: Recorder, path: Path, tmp_path: Path
) -> None:
    with Wire(answer(WORKFLOW), keep_alive=True) as wire:
        transport = transport_to(wire.url, recorder)
        for count in (1, 2, 3):
            transport.get("/", {}, what="it", timeout=5)
            assert not path.exists()
            [part] = tmp_path.glob(".argogate.*.part")
            assert len(entries_in(part)) == count


def test_without_an_exchange_there_is_no_file(recorder: Recorder, tmp_path: Path) -> None:
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_bounded_and_says_so(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST == 50_000_000
    monkeypatch.setattr("argogate.argo.recorder.MOST", 3000)
    with Wire(answer(WORKFLOW), keep_alive=True) as wire:
        transport = transport_to(wire.url, recorder)
        for _ in range(10):
            transport.get("/", {}, what="it", timeout=5)
    recorder.close()
    kept = len(entries_in(path))
    assert 0 < kept < 10
    assert path.stat().st_size < 3200
    document = json.loads(path.read_bytes())
    assert document["log"]["comment"] == f"{10 - kept} later exchanges were left out"


def test_a_disk_that_is_full_stops_the_recording_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    recorder = Recorder(folder / "exchanges.har", BEGAN, time.monotonic)
    folder.write_text("in the way")
    with Wire(answer(WORKFLOW), keep_alive=True) as wire:
        transport = transport_to(wire.url, recorder)
        for _ in range(2):
            assert transport.get("/", {}, what="it", timeout=5).body == WORKFLOW
    with pytest.raises(OSError, match="folder"):
        recorder.close()


def test_cookies_that_a_server_sets_and_gets_back_are_hidden(
    recorder: Recorder, path: Path
) -> None:
    cookie = b"Set-Cookie: sticky=node-of-the-cluster\r\n"
    with Wire(answer(b"node-of-the-cluster", headers=cookie), keep_alive=True) as wire:
        transport = transport_to(wire.url, recorder)
        for _ in range(2):
            transport.get("/", {}, what="it", timeout=5)
        assert "sticky=node-of-the-cluster" in wire.heads[1]
    recorder.close()
    entries_in(path)
    assert "node-of-the-cluster" not in path.read_text("utf-8")


def test_a_session_that_is_closed_closes_what_it_records(recorder: Recorder) -> None:
    closed = []

    class Witness(HTTPAdapter):
        def close(self) -> None:
            closed.append(self)

    with Session() as session:
        session.mount("http://", witness := Witness())
        recorder.attach(session, tuple)
    assert closed == [witness]


def test_several_threads_leave_one_whole_file(recorder: Recorder, path: Path) -> None:
    with DemoServer([recorded("hello-succeeds")], token=SECRET) as demo:
        server = ArgoServer(transport_to(demo.url, recorder))

        def ask() -> None:
            for _ in range(10):
                server.poll("argo", "hello-succeeds", timeout=5)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    recorder.close()
    assert len(entries_in(path)) == 40
