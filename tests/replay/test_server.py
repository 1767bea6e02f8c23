"""The server on the wire: credentials, time, faults, and what clients change."""

import http.client
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests
import trustme

from argo_replay.clock import MonotonicClock
from argo_replay.cluster import suspended
from argo_replay.faults import Fault, FaultKind
from argo_replay.playback import Playback
from argo_replay.run import load
from argo_replay.server import DemoServer
from tests.clock import SimulatedClock
from tests.replay.client import (
    HELLO,
    PHASE,
    RUNS,
    WATCH,
    flowing,
    get,
    messages,
    put,
    shipped,
)

# credentials


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"Authorization": "Bearer sesame"}, 200, None),
        ({"Authorization": "Bearer  sesame"}, 200, None),
        ({"Cookie": "a=b; authorization=Bearer sesame"}, 401, "token not valid"),
        ({"Cookie": 'a=b; authorization="Bearer sesame"'}, 200, None),
        ({"Cookie": 'authorization="Bearer sesame'}, 401, "token not valid"),
        ({"Cookie": "a@b=c"}, 401, "token not valid"),
        ({}, 401, "token not valid"),
        ({"Authorization": "bearer sesame"}, 401, "token not valid"),
        ({"Authorization": "Bearer wrong"}, 401, "Unauthorized"),
        ({"Authorization": "Bearer Bearer sesame"}, 401, "Unauthorized"),
        ({"Authorization": "Basic Zm9vOmJhcg=="}, 403, 'User "system:anonymous" cannot get'),
        ({"Authorization": "Basic foo:bar"}, 401, "error parsing basic authentication"),
        ({"Authorization": "Basic Zm9v"}, 401, "error parsing basic authentication"),
    ],
)
def test_credentials_are_judged_as_recorded(
    headers: dict[str, str], status: int, message: str | None
) -> None:
    with DemoServer([shipped("hello-succeeds")], token="Bearer sesame") as server:
        response = get(server, PHASE, **headers)
    assert response.status_code == status
    assert message is None or message in response.json()["message"]
    assert ("Grpc-Metadata-Argo-Version" in response.headers) == (status == 200)


def test_without_a_token_everybody_may_and_other_namespaces_are_empty() -> None:
    with DemoServer([shipped("hello-succeeds")]) as server:
        assert get(server, PHASE).status_code == 200
        assert get(server, "/api/v1/workflows/other/x").status_code == 404
        assert get(server, "/api/v1/workflows/other").json()["items"] is None
        assert get(server, "/api/v1/userinfo").json()["serviceAccountName"] == "ci"


def test_other_namespaces_are_forbidden_to_the_token() -> None:
    with DemoServer([shipped("hello-succeeds")], token="t") as server:
        bearer = {"Authorization": "Bearer t"}
        assert get(server, "/api/v1/workflows/other/x", **bearer).status_code == 403
        assert get(server, "/api/v1/stream/events/other", **bearer).status_code == 403


# time


def test_a_run_plays_by_the_clock_and_the_date_goes_with_it() -> None:
    clock = SimulatedClock(100.0)
    run = shipped("hello-succeeds")
    with DemoServer([run], clock=clock, speed=2.0) as server:
        assert "phase" not in get(server, PHASE).json()["status"]
        clock.sleep(2.5)
        response = get(server, PHASE)
        assert response.json()["status"]["phase"] == "Running"
        assert response.headers["Date"] == "Mon, 23 Nov 2026 06:07:59 GMT"
        clock.sleep(5)
        assert get(server, PHASE).json()["status"]["phase"] == "Succeeded"
        assert server.elapsed == 15
        assert [seen.at for seen in server.requests] == [0, 5, 15]
        server.begin()
        assert "phase" not in get(server, PHASE).json()["status"]


def test_an_epoch_moves_all_timestamps_and_the_date() -> None:
    clock = SimulatedClock()
    epoch = datetime(2030, 1, 2, 3, 4, 5, 400_000, tzinfo=UTC)
    runs = [shipped("hello-succeeds"), shipped("steps-one-fails")]
    with DemoServer(runs, clock=clock, epoch=epoch) as server:
        clock.sleep(100)
        response = get(server, HELLO)
        assert response.headers["Date"] == "Wed, 02 Jan 2030 03:05:45 GMT"
        workflow = response.json()
        assert workflow["status"]["finishedAt"].startswith("2030-01-02T03:04:1")
        assert workflow["metadata"]["creationTimestamp"].startswith("2030-01-02T03:04:0")
        other = get(server, "/api/v1/workflows/argo/steps-one-fails").json()
        assert other["metadata"]["creationTimestamp"].startswith("2030-01-02T03:04:0")


def test_real_time_passes_by_itself() -> None:
    with DemoServer([shipped("hello-succeeds")], speed=100.0) as server:
        text = get(server, f"{HELLO}/log?logOptions.container=main&logOptions.follow=true").text
        assert len(messages(text)) == 6
        assert server.elapsed >= 10
    assert MonotonicClock().now() <= MonotonicClock().now()


# faults


def _refused(server: DemoServer, clock: SimulatedClock) -> None:
    with pytest.raises(requests.ConnectionError):
        get(server, PHASE)
    clock.sleep(10)
    assert get(server, PHASE).status_code == 200


def _reset(server: DemoServer, clock: SimulatedClock) -> None:
    del clock
    with pytest.raises(requests.RequestException):
        get(server, PHASE)
    assert get(server, PHASE).status_code == 200


def _hanging(server: DemoServer, clock: SimulatedClock) -> None:
    with flowing(clock), pytest.raises(requests.ConnectionError):
        get(server, PHASE)
    assert clock.now() >= 5


def _slow(server: DemoServer, clock: SimulatedClock) -> None:
    with flowing(clock):
        assert get(server, PHASE).status_code == 200
    assert clock.now() >= 7


def _answered(server: DemoServer, clock: SimulatedClock) -> None:
    del clock
    response = get(server, PHASE)
    assert (response.status_code, response.text) == (429, "wait")
    assert response.headers["Retry-After"] == "soon"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert get(server, "/api/v1/version").status_code == 200


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (Fault(kind=FaultKind.REFUSE, stop=5), _refused),
        (Fault(kind=FaultKind.REFUSE, stop=5, match="hello"), _refused),
        (Fault(kind=FaultKind.RESET, times=1, after=10), _reset),
        (Fault(kind=FaultKind.CUT, times=1, after=10), _reset),
        (Fault(kind=FaultKind.HANG, stop=5), _hanging),
        (Fault(kind=FaultKind.SLOW, times=1, seconds=7), _slow),
        (
            Fault(
                kind=FaultKind.ANSWER,
                match="hello",
                status=429,
                headers=(("Retry-After", "soon"), ("X-RateLimit-Remaining", "0")),
                body=b"wait",
            ),
            _answered,
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_faults_strike_as_told(
    fault: Fault, check: Callable[[DemoServer, SimulatedClock], None]
) -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock, faults=[fault]) as server:
        check(server, clock)


def test_recorded_outages_are_played() -> None:
    clock = SimulatedClock()
    path = "/api/v1/workflows/argo/server-restart-mid-poll?fields=status.phase"
    with DemoServer([shipped("server-restart-mid-poll")], clock=clock) as server:
        with requests.Session() as session:
            assert session.get(server.url + path, timeout=5).status_code == 200
            clock.sleep(9)
            with pytest.raises(requests.ConnectionError):
                session.get(server.url + path, timeout=5)
        clock.sleep(5)
        assert get(server, path).json()["code"] == 14
        clock.sleep(2)
        assert get(server, path).status_code == 200


def test_an_open_stream_breaks_when_the_server_is_stopped() -> None:
    clock = SimulatedClock()
    run = shipped("server-restart-mid-poll")
    with DemoServer([run], clock=clock) as server, flowing(clock):
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            get(server, WATCH)
        assert server.elapsed < run.ends


def test_open_streams_end_with_the_server() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", WATCH)
        response = connection.getresponse()
        response.read(10)
        while not clock.waiting:
            pass
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    connection.close()


def test_open_streams_end_where_other_runs_are_played() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", WATCH)
        response = connection.getresponse()
        response.read(10)
        while not clock.waiting:
            pass
        server.play()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        connection.close()


def test_a_client_that_goes_away_is_no_news() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        stream = requests.get(server.url + WATCH, stream=True, timeout=5)
        stream.close()
        clock.sleep(100)
        assert get(server, PHASE).json()["status"]["phase"] == "Succeeded"


def test_tls_is_served() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with DemoServer([shipped("hello-succeeds")], tls=context) as server:
        client = ssl.create_default_context()
        authority.configure_trust(client)
        host = server.url.removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=client)
        connection.request("GET", PHASE)
        assert connection.getresponse().status == 200
        connection.close()


# what clients change


def test_a_terminated_workflow_fails_a_second_later() -> None:
    clock = SimulatedClock()
    with DemoServer([shipped("hello-succeeds")], clock=clock) as server:
        clock.sleep(3)
        assert put(server, f"{HELLO}/terminate").json()["spec"]["shutdown"] == "Terminate"
        assert get(server, HELLO).json()["status"]["phase"] == "Running"
        clock.sleep(1)
        status = get(server, HELLO).json()["status"]
        assert (status["phase"], status["message"]) == (
            "Failed",
            "Stopped with strategy 'Terminate'",
        )
        assert {node["phase"] for node in status["nodes"].values()} == {"Failed"}
        clock.sleep(100)
        assert get(server, HELLO).json()["status"]["phase"] == "Failed"
        refusal = put(server, f"{HELLO}/stop")
        assert refusal.status_code == 500
        assert "cannot shutdown a completed workflow" in refusal.json()["message"]


def test_a_stopped_workflow_has_the_message_given() -> None:
    clock = SimulatedClock()
    with DemoServer([load(RUNS / "older/v3.6.19/hello-succeeds.json")], clock=clock) as server:
        clock.sleep(1)
        stopped = put(server, f"{HELLO}/stop", message="enough").json()
        assert "workflows.argoproj.io/action" not in stopped["metadata"]["labels"]
        clock.sleep(2)
        assert get(server, HELLO).json()["status"]["message"] == "enough"


@pytest.mark.parametrize("resumable", [True, False])
def test_a_suspended_workflow_goes_on_when_resumed(*, resumable: bool) -> None:
    clock = SimulatedClock()
    name = "/api/v1/workflows/argo/suspend-approve"
    with DemoServer([shipped("suspend-approve")], clock=clock, resumable=resumable) as server:
        clock.sleep(15)
        if resumable:
            clock.sleep(1000)
        waiting = get(server, name).json()["status"]["nodes"].values()
        assert {n["phase"] for n in waiting if n["type"] == "Suspend"} == {"Running"}
        put(server, f"{name}/resume")
        nodes = get(server, name).json()["status"]["nodes"].values()
        assert {n["phase"] for n in nodes if n["type"] == "Suspend"} == {"Succeeded"}
        clock.sleep(21)
        assert get(server, name).json()["status"]["phase"] == "Succeeded"
        assert put(server, f"{name}/resume").json()["status"]["phase"] == "Succeeded"


def test_a_suspension_with_a_duration_ends_by_itself() -> None:
    clock = SimulatedClock()
    run = load(RUNS / "suspend-duration.json")
    with DemoServer([run], clock=clock, resumable=True) as server:
        clock.sleep(run.ends)
        workflow = get(server, "/api/v1/workflows/argo/suspend-duration").json()
        assert workflow["status"]["phase"] == "Succeeded"


def test_a_suspension_whose_end_was_not_recorded_is_over_when_resumed() -> None:
    clock = SimulatedClock()
    whole = load(RUNS / "spec-suspended.json")
    [(name, changes)] = whole.workflows.items()
    last = next(at for at, one in enumerate(changes) if one.object and suspended(one.object))
    run = replace(whole, workflows={name: changes[: last + 1]})
    with DemoServer([run], clock=clock, resumable=True) as server:
        clock.sleep(100)
        path = f"/api/v1/workflows/argo/{name}"
        assert get(server, path).json()["spec"]["suspend"] is True
        assert "suspend" not in put(server, f"{path}/resume").json()["spec"]


def test_what_only_the_archive_has_cannot_be_stopped() -> None:
    clock = SimulatedClock()
    with DemoServer([load(RUNS / "archived-then-deleted.json")], clock=clock) as server:
        clock.sleep(30)
        name = "/api/v1/workflows/argo/archived-then-deleted"
        assert get(server, name).status_code == 200
        assert put(server, f"{name}/stop").status_code == 404


# runs


def test_nobody_waits_for_a_server_that_is_closed() -> None:
    playback = Playback(SimulatedClock(), 1.0, datetime(2026, 1, 1, tzinfo=UTC))
    playback.close()
    playback.wait(1e9)
    assert playback.closed


def test_runs_of_several_versions_or_with_the_same_workflow_are_refused() -> None:
    older = load(RUNS / "older/v3.6.19/stopped.json")
    with pytest.raises(ValueError, match="one version"):
        DemoServer([shipped("hello-succeeds"), older])
    with pytest.raises(ValueError, match="two runs have a workflow argo/hello-succeeds"):
        DemoServer([shipped("hello-succeeds"), shipped("hello-succeeds")])
