"""Framing of streams, however the network cuts them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.argo.streams import (
    LONGEST_LINE,
    LONGEST_LOG,
    initial_rows,
    last,
    lines,
    log_entries,
    messages,
    pod_lines,
)
from argogate.errors import CutShort, Impossible, Unavailable
from argogate.model.pods import PodLine

EXECUTOR = "time=x argo=true"
NDJSON = b'{"result":{"content":"one"}}\n{"result":{}}\n{"result":{"content":"\xc3\xbc"}}'
EVENTS = (
    b':\ndata: {"result":{"content":"one"}} \n\n\n:\ndata: {"result":{}} \n\n\n'
    b'data: {"result":{"content":"\xc3\xbc"}} \n\n'
)
SEEN = [{"result": {"content": "one"}}, {"result": {}}, {"result": {"content": "ü"}}]


@pytest.mark.parametrize("stream", [NDJSON, NDJSON + b"\n", EVENTS, NDJSON.replace(b"\n", b"\r\n")])
def test_messages_do_not_depend_on_where_one_cut_falls(stream: bytes) -> None:
    for cut in range(len(stream) + 1):
        assert list(messages([stream[:cut], stream[cut:]])) == SEEN


@pytest.mark.parametrize("stream", [NDJSON, EVENTS])
def test_messages_may_come_byte_by_byte(stream: bytes) -> None:
    assert list(messages(bytes([byte]) for byte in stream)) == SEEN


@given(st.lists(st.binary(max_size=12)), st.data())
def test_lines_do_not_depend_on_how_a_stream_is_cut(
    parts: list[bytes], draw: st.DataObject
) -> None:
    stream = b"\n".join(parts)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = stream.split(b"\n")
    assert list(lines(chunks)) == (whole if whole[-1] else whole[:-1])


@given(
    sent=st.lists(st.dictionaries(st.text(), st.text() | st.integers())),
    draw=st.data(),
    as_events=st.booleans(),
)
def test_any_messages_arrive_whatever_the_framing_and_the_cuts(
    sent: list[dict[str, object]], draw: st.DataObject, *, as_events: bool
) -> None:
    frame = "data: {} \n\n\n:\n" if as_events else "{}\n"
    stream = "".join(frame.format(json.dumps(each)) for each in sent).encode()
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert list(messages(chunks)) == sent


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n\n",
        b":",
        b":\n:\n",
        b"data:",
        b"data: \n\n",
        b"event: message\nid: 1\n",
        b"<html>login</html>",
        b'{"result":',
        b"[]\n17\nnull\n",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_message_is_left_out(garbage: bytes) -> None:
    assert list(messages([garbage])) == []
    assert list(messages([garbage, b'\n{"a":1}\n', garbage])) == [{"a": 1}]


def test_a_line_without_end_takes_no_memory_without_end() -> None:
    chunk = b"x" * (LONGEST_LINE // 4)
    (line,) = lines(chunk for _ in range(12))
    assert len(line) == LONGEST_LINE


def log(*contents: str) -> bytes:
    return b"".join(
        json.dumps({"result": {"content": text, "podName": "p"}}).encode() + b"\n"
        for text in contents
    )


@pytest.mark.parametrize(
    "executor",
    [
        'time=2026-11-23T05:41:02.075Z level=INFO msg="capturing logs" argo=true',
        'time="2026-11-23T06:54:15.412Z" level=info msg="capturing logs" argo=true',
        'time=2026-11-23T05:41:02Z level=INFO msg="waiting" argo=true signalPath=/var/run/argo',
        'time="2026-11-23T06:54:15Z" level=info msg="sub-process exited" argo=true error="<nil>"',
    ],
)
def test_lines_of_the_executor_are_no_log_of_the_container(executor: str) -> None:
    assert list(log_entries([log("one", executor, "two")], "log")) == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "deploy --set argo=true",
        "time=now argo=false",
        "time=",
        " argo=true",
        "Error: exit status 3",
    ],
)
def test_what_the_container_printed_stays(text: str) -> None:
    assert list(log_entries([log(text)], "log")) == [text]


def test_an_empty_line_of_a_log_has_no_content() -> None:
    assert list(log_entries([b'{"result":{"podName":"p"}}\n{"result":{}}\n'], "log")) == ["", ""]


def test_an_empty_log_has_no_lines() -> None:
    assert list(log_entries([], "log")) == []


@pytest.mark.parametrize("frame", ["{}", "{}\n", "data: {} \n\n"])
def test_a_stream_that_breaks_off_says_why(frame: str) -> None:
    failure = {"error": {"grpc_code": 8, "http_code": 429, "message": "EOF"}}
    entries = log_entries([log("one"), frame.format(json.dumps(failure)).encode()], "log of pod p")
    assert next(entries) == "one"
    with pytest.raises(Unavailable, match="the log of pod p broke off: EOF"):
        next(entries)


def test_only_the_last_entries_of_a_log_are_held() -> None:
    assert last(iter("abcde"), 2) == ["d", "e"]
    assert last(iter([]), 2) == []
    flood = (f"{number} {'x' * 100_000}" for number in range(1000))
    kept = last(flood, 100)
    assert [each.partition(" ")[0] for each in kept] == ["998", "999"]
    [line] = last(iter(["y" * LONGEST_LOG + "end"]), 5)
    assert len(line) == LONGEST_LOG
    assert line.endswith("end")


def test_a_log_that_breaks_off_gives_what_came() -> None:
    failure = json.dumps({"error": {"message": "EOF"}}).encode()
    with pytest.raises(CutShort, match="broke off: EOF") as cut:
        last(log_entries([log("one", "two", "three"), failure], "log"), 2)
    assert cut.value.lines == ("two", "three")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("2026-11-25T16:44:04.957675695Z one", ("2026-11-25T16:44:04.957675695Z", "one", False)),
        ("2026-11-25T18:44:04+02:00  indented", ("2026-11-25T18:44:04+02:00", " indented", False)),
        ("2026-11-25T16:44:04Z ", ("2026-11-25T16:44:04Z", "", False)),
        ("2026-11-25T16:44:04Z", ("2026-11-25T16:44:04Z", "", False)),
        ("2026-11-25T16:44:04Zone", ("", "2026-11-25T16:44:04Zone", False)),
        ("no time", ("", "no time", False)),
        ("2026-11-25T16:44:04Z time=x argo=true", ("2026-11-25T16:44:04Z", EXECUTOR, True)),
    ],
)
def test_a_line_of_a_pod_is_told_from_the_time_before_it(
    content: str, line: tuple[str, str, bool]
) -> None:
    open_now, found = pod_lines([log(content)], "log")
    assert open_now is None
    assert found == PodLine("p", *line)


def test_a_log_that_breaks_off_is_no_end_of_it() -> None:
    broken = b'{"result":{"podName":"p"}}\n{"error":{"message":"boom"}}'
    found = pod_lines([broken], "log stream")
    assert [next(found), next(found)] == [None, PodLine("p", "", "", argo=False)]
    with pytest.raises(Unavailable, match="the log stream ended: boom"):
        next(found)


def event(kind: str, uid: str = "", annotations: dict[str, str] | None = None) -> dict[str, object]:
    metadata = {"name": "w", "uid": uid, "annotations": annotations or {}}
    return {"result": {"type": kind, "object": {"metadata": metadata}}}


def test_what_a_watch_begins_with_ends_at_its_mark() -> None:
    seen = [
        event("ADDED", "u-1"),
        event("BOOKMARK"),
        event("DELETED", "u-2"),
        event("ADDED", "u-3"),
        event("BOOKMARK", annotations={"k8s.io/initial-events-end": "true"}),
        event("ADDED", "u-4"),
    ]
    assert [row.uid for row in initial_rows(seen, "watch")] == ["u-1", "u-3"]


def test_without_that_mark_nobody_knows_whether_it_was_all() -> None:
    found = initial_rows([event("ADDED", "u-1"), event("ADDED", "u-2")], "watch")
    assert [next(found).uid, next(found).uid] == ["u-1", "u-2"]
    with pytest.raises(Impossible, match="did not show all there is"):
        next(found)
