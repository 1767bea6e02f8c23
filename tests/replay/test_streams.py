"""What the server streams: events, watches, logs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests

from argo_replay.faults import Fault, FaultKind
from argo_replay.run import load
from argo_replay.server import DemoServer
from tests.clock import SimulatedClock
from tests.replay.client import HELLO, PROJECTED, RUNS, WATCH, flowing, get, messages, shipped


def test_server_sent_events_are_framed_and_kept_alive() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server, flowing(clock):
        path = f"{WATCH}?{PROJECTED}&listOptions.timeoutSeconds=60"
        response = get(server, path, Accept="text/event-stream")
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.text.startswith(
        'data: {"result":{"object":{"status":{}},"type":"ADDED"}} \n\n\n'
    )
    assert ":\n" in response.text
    assert response.text.endswith('"message":"EOF"}} \n\n')
    kinds = [message.get("result", {}).get("type") for message in messages(response.text)]
    assert kinds == ["ADDED", "MODIFIED", "MODIFIED", "MODIFIED", None]


def test_a_deleted_workflow_is_announced_with_its_last_state() -> None:
    clock = SimulatedClock()
    with DemoServer([load(RUNS / "deleted-mid-run.json")], clock=clock) as server, flowing(clock):
        selector = "listOptions.fieldSelector=metadata.name=deleted-mid-run"
        path = f"{WATCH}?{selector}&{PROJECTED}&listOptions.timeoutSeconds=60"
        text = get(server, path, Accept="*/*").text
    last = messages(text)[-2]["result"]
    assert last == {"object": {"status": {"phase": "Running"}}, "type": "DELETED"}


@pytest.mark.parametrize(
    ("query", "status", "kinds"),
    [
        ("listOptions.labelSelector=no=such", 200, []),
        ("listOptions.labelSelector=workflows.argoproj.io/completed=true", 200, ["ADDED"]),
        ("listOptions.labelSelector=workflows.argoproj.io/completed!=true", 200, []),
        ("listOptions.resourceVersion=13801", 200, ["MODIFIED", "MODIFIED"]),
        ("listOptions.resourceVersion=99999999", 200, []),
        ("listOptions.resourceVersion=1", 400, []),
        ("listOptions.resourceVersion=x", 500, []),
        ("listOptions.timeoutSeconds=x", 400, []),
        ("listOptions.fieldSelector=metadata.name=none", 404, []),
    ],
)
def test_watches_begin_with_what_was_asked(query: str, status: int, kinds: list[str]) -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        clock.sleep(50)
        with flowing(clock):
            given = "" if "timeout" in query else "&listOptions.timeoutSeconds=5"
            response = get(server, f"{WATCH}?{query}{given}")
    assert response.status_code == status
    found = [m["result"]["type"] for m in messages(response.text) if "result" in m]
    assert found == kinds


def test_a_watch_from_the_future_is_silent() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server, flowing(clock):
        query = "listOptions.resourceVersion=99999999&listOptions.timeoutSeconds=50"
        found = messages(get(server, f"{WATCH}?{query}").text)
    assert [list(message) for message in found] == [["error"]]


def test_a_label_that_is_lost_looks_like_a_deletion() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server, flowing(clock):
        query = "listOptions.labelSelector=workflows.argoproj.io/completed=false"
        text = get(server, f"{WATCH}?{query}&{PROJECTED}&listOptions.timeoutSeconds=30").text
    assert [m["result"]["type"] for m in messages(text)[:-1]] == ["ADDED", "DELETED"]


def test_kubernetes_events_are_selected() -> None:
    clock = SimulatedClock()
    run = load(RUNS / "node-events.json")
    with DemoServer([run], clock=clock) as server, flowing(clock, 5.0):
        base = "/api/v1/stream/events/argo?listOptions.timeoutSeconds=100"
        every = messages(get(server, base).text)[:-1]
        failed = "&listOptions.fieldSelector=involvedObject.name=node-events,type=Warning"
        warnings = messages(get(server, base + failed).text)[:-1]
    assert len(every) == len(run.events) > len(warnings) > 0
    assert {event["result"]["type"] for event in warnings} == {"Warning"}


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("logOptions.container=main", ["hello", "bye"]),
        ("logOptions.container=main&podName=hello-succeeds", ["hello", "bye"]),
        ("logOptions.container=main&podName=other", []),
        ("logOptions.container=init", []),
        ("", []),
        ("logOptions.container=main&grep=^b", ["bye"]),
        ("logOptions.container=main&logOptions.tailLines=0", []),
    ],
)
def test_logs_are_selected(query: str, lines: list[str]) -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        clock.sleep(50)
        found = messages(get(server, f"{HELLO}/log?{query}").text)
    contents = [entry["result"]["content"] for entry in found]
    assert [line for line in contents if "argo=true" not in line] == lines


@pytest.mark.parametrize(("since", "lines"), [("", 1), ("3600", 1), ("40", 0)])
def test_logs_of_the_last_seconds_only(since: str, lines: int) -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        clock.sleep(50)
        query = f"logOptions.container=main&logOptions.sinceSeconds={since or 0}"
        found = messages(get(server, f"{HELLO}/log?{query}").text)
    assert [entry["result"]["content"] for entry in found].count("hello") == lines


def test_logs_have_the_time_of_each_line_and_none_twice() -> None:
    clock, epoch = SimulatedClock(), datetime(2026, 1, 31, 12, tzinfo=UTC)
    whole = load(RUNS / "big-log.json")
    logs = tuple(replace(log, lines=log.lines[:5000]) for log in whole.logs)
    run = replace(whole, logs=logs)
    with DemoServer([run], clock=clock, epoch=epoch) as server:
        clock.sleep(100)
        query = "logOptions.container=main&logOptions.timestamps=true"
        text = get(server, f"/api/v1/workflows/argo/big-log/log?{query}").text
    times = [entry["result"]["content"].partition(" ")[0] for entry in messages(text)]
    assert len(times) == 5000
    assert sorted(set(times)) == times
    assert times[0].startswith("2026-01-31T12:00:")


def test_an_open_stream_is_silent_while_the_server_hangs_and_then_catches_up() -> None:
    clock = SimulatedClock()
    fault = Fault(kind=FaultKind.HANG, start=1, stop=30, match="/log")
    with (
        DemoServer([shipped("hello-succeeds")], clock=clock, faults=[fault]) as server,
        flowing(clock),
        requests.get(
            f"{server.url}{HELLO}/log?logOptions.container=main&logOptions.follow=true",
            timeout=5,
            stream=True,
        ) as response,
    ):
        late = [server.elapsed for _ in response.iter_lines()]
    assert len(late) > 1
    assert min(late) >= 30
