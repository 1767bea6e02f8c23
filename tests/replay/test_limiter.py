"""The rate limiter, beside what a real server with `--api-rate-limit=3` answered to bursts."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.making import make_run
from argo_replay.server import DemoServer
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Mapping

GET = "/api/v1/workflows/argo/run"
GOOD, FOREIGN, SHAPELESS = "Bearer sesame", "Bearer another", "sesame"


class Answered:
    """One answer, read."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = dict(response.getheaders())
        self.text = response.read().decode()

    @property
    def what(self) -> int | str:
        """The status, of a 429 its form."""
        if self.status != 429:
            return self.status
        return "json" if self.headers["Content-Type"] == "application/json" else "text"


def burst(server: DemoServer, path: str, times: int, credentials: str = GOOD) -> list[Answered]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    answered = []
    for _ in range(times):
        connection.request("GET", path, headers={"Authorization": credentials})
        answered.append(Answered(connection.getresponse()))
    connection.close()
    return answered


@pytest.mark.parametrize(
    ("path", "credentials", "answers"),
    [
        (GET, GOOD, [200, "json", "text", "text"]),
        ("/", GOOD, [200, 200, 200, "text"]),
        ("/artifacts/argo/run/x/x", GOOD, [500, 500, 500, "text"]),
        (GET, FOREIGN, [401, "json", "text", "text"]),
        (GET, SHAPELESS, [401, 401, 401, "text"]),
    ],
)
def test_a_burst_is_answered_as_by_the_real_one(
    path: str, credentials: str, answers: list[int | str]
) -> None:
    clock = SimulatedClock()
    with DemoServer([make_run("run")], token="sesame", clock=clock, rate_limit=3) as server:
        assert [each.what for each in burst(server, path, 4, credentials)] == answers
        clock.sleep(1)
        assert burst(server, path, 1, credentials)[0].what == answers[0]


def test_a_refusal_says_until_when_in_the_words_of_the_server() -> None:
    with DemoServer(
        [make_run("run")], token="sesame", clock=SimulatedClock(), rate_limit=3
    ) as server:
        first, json_one, text_one = burst(server, GET, 3)

    assert first.headers["X-Ratelimit-Limit"] == "3"
    assert first.headers["X-Ratelimit-Remaining"] == "2"
    told = json.loads(json_one.text)
    assert told["code"] == 8
    assert told["message"].startswith("/workflow.WorkflowService/GetWorkflow is rejected by grpc_")
    assert "Retry-After" not in json_one.headers
    assert text_one.text == "Too Many Requests\n"
    assert text_one.headers["Retry-After"] == "Sat, 31 Jan 2026 12:00:01 UTC"
    assert text_one.headers["X-Ratelimit-Reset"] == text_one.headers["Retry-After"]


def test_a_stream_is_refused_in_a_stream_s_words() -> None:
    path = "/api/v1/workflow-events/argo"
    with DemoServer(
        [make_run("run")], token="sesame", clock=SimulatedClock(), rate_limit=1
    ) as server:
        refused = burst(server, path, 1)[0]
    assert json.loads(refused.text)["error"]["grpc_code"] == 8
    assert "/workflow.WorkflowService/WatchWorkflows" in refused.text


def test_without_a_limit_nobody_is_refused() -> None:
    fault = Fault(kind=FaultKind.ANSWER, times=1, status=503)
    with DemoServer([make_run("run")], token="sesame", faults=[fault]) as server:
        answered = burst(server, GET, 5)
    assert [each.status for each in answered] == [503, 200, 200, 200, 200]
    assert {each.headers["X-Ratelimit-Remaining"] for each in answered} == {"999"}
