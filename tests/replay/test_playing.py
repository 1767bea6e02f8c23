"""Workflows that a client creates, and deletes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from argogate.model.parse import parse_workflow
from argogate.model.tree import Tree
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = {"name": "sleep", "suspend": {"duration": "5"}}
MINUTE = {"name": "minute", "suspend": {"duration": "1m"}}
FAIL = {"name": "fail", "container": {"args": ["exit 3"]}}
GOOD = {"name": "good", "http": {"url": "x"}}
LATE = SLEEP | {"name": "late", "activeDeadlineSeconds": 2}
AGAIN = FAIL | {"name": "again", "retryStrategy": {"limit": "2"}}
ONCE = SLEEP | {"name": "once", "retryStrategy": {"limit": "2"}}
ASK = {"name": "ask", "suspend": {}}
BASE = [SLEEP, MINUTE, FAIL, GOOD, LATE, AGAIN, ONCE, ASK]


def steps(*groups: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    main = {"name": "main", "steps": list(groups)}
    return {"entrypoint": "main", "templates": [main, *BASE], **more}


def dag(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {
        "entrypoint": "main",
        "templates": [{"name": "main", "dag": {"tasks": list(tasks)}}, *BASE],
    }


def step(template: str, **more: object) -> dict[str, Any]:
    return {"name": template, "template": template, **more}


def leaf(template: str, **more: object) -> dict[str, Any]:
    return {"entrypoint": template, "templates": BASE, **more}


class Client:
    """Asks the server, and lets its time pass."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.server = DemoServer([make_run("other")], token="sesame", clock=self.clock)

    def ask(self, method: str, path: str = "", body: object = None) -> dict[str, Any]:
        url = f"{self.server.url}/api/v1/workflows/argo{path}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer sesame"}
        request = Request(url, data=data, method=method, headers=headers)  # noqa: S310 - loopback
        try:
            with urlopen(request) as response:  # noqa: S310 - loopback
                answered: dict[str, Any] = json.load(response)
        except HTTPError as error:
            with error:
                answered = json.load(error) | {"status": error.code}
        return answered

    def create(self, spec: dict[str, Any], **metadata: object) -> dict[str, Any]:
        return self.ask("POST", "", {"workflow": {"metadata": metadata, "spec": spec}})


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    with made.server:
        yield made


@pytest.mark.parametrize(
    ("spec", "seconds", "phase", "leaves"),
    [
        (leaf("sleep"), 5, "Succeeded", {"sleep": "Succeeded"}),
        (leaf("fail"), 1, "Failed", {"fail": "Failed"}),
        (leaf("late"), 2, "Failed", {"late": "Failed"}),
        (leaf("minute", activeDeadlineSeconds=9), 9, "Failed", {"minute": "Failed"}),
        (
            steps([step("good"), step("sleep")], [step("fail")], [step("minute")]),
            6,
            "Failed",
            {"good": "Succeeded", "sleep": "Succeeded", "fail": "Failed"},
        ),
        (
            steps([step("fail", continueOn={"failed": True})], [step("good")]),
            2,
            "Succeeded",
            {"fail": "Failed", "good": "Succeeded"},
        ),
        (
            steps([step("good", when="a == a"), step("fail", when="a == b")]),
            1,
            "Succeeded",
            {"good": "Succeeded", "fail": "Skipped"},
        ),
        (steps([step("good", when="nonsense")]), 0, "Failed", {"good": "Error"}),
        (
            steps([step("sleep", withItems=["a", "b"])]),
            5,
            "Succeeded",
            {"sleep(0:a)": "Succeeded", "sleep(1:b)": "Succeeded"},
        ),
        (
            leaf("again"),
            3,
            "Failed",
            {"again": "Failed"},
        ),
        (leaf("once"), 5, "Succeeded", {"once": "Succeeded"}),
        (
            steps([step("sleep"), step("minute")], activeDeadlineSeconds=8),
            8,
            "Failed",
            {"sleep": "Succeeded", "minute": "Failed"},
        ),
        (
            steps([step("sleep")], [step("minute")], activeDeadlineSeconds=5),
            5,
            "Failed",
            {"sleep": "Succeeded"},
        ),
        (
            dag(
                step("late", withItems=[1]),
                step("sleep", dependencies=["late"]),
                step("good", depends="late.Failed && minute"),
                step("minute"),
            ),
            61,
            "Failed",
            {
                "late(0:1)": "Failed",
                "sleep": "Omitted",
                "good": "Succeeded",
                "minute": "Succeeded",
            },
        ),
        (
            dag(step("good", when="a != a", withItems=[1]), step("sleep", depends="good")),
            5,
            "Succeeded",
            {"good": "Skipped", "sleep": "Succeeded"},
        ),
    ],
)  # fmt: skip
def test_a_workflow_that_was_created_is_played(
    client: Client, spec: dict[str, Any], seconds: float, phase: str, leaves: dict[str, str]
) -> None:
    client.create(spec, name="wf")
    client.clock.sleep(max(seconds - 0.5, 0))
    before = client.ask("GET", "/wf")["status"]
    client.clock.sleep(0.6)
    after = client.ask("GET", "/wf")

    assert seconds == 0 or before["finishedAt"] is None
    assert after["status"]["phase"] == phase
    assert after["status"]["finishedAt"]
    found = Tree(parse_workflow(after)).leaves()
    shown = {one.path.removeprefix("[0]."): str(one.node.phase) for one in found}
    assert shown == leaves


def test_an_exit_handler_is_played_after_it_and_may_fail_it(client: Client) -> None:
    client.create(leaf("good", onExit="sleep"), name="well")
    client.create(leaf("good", onExit="fail"), name="badly")
    client.create(leaf("fail", onExit="sleep"), name="failed")
    client.create(leaf("ask", onExit="sleep"), name="asks")
    client.clock.sleep(5.5)
    assert client.ask("GET", "/well")["status"]["phase"] == "Running"
    client.clock.sleep(1)
    phases = [client.ask("GET", f"/{name}")["status"]["phase"] for name in ("well", "badly")]
    assert [*phases, client.ask("GET", "/failed")["status"]["phase"]] == [
        "Succeeded",
        "Failed",
        "Failed",
    ]
    assert client.ask("GET", "/asks")["status"]["phase"] == "Running"


def test_a_name_is_made_and_taken_once_and_free_after_a_deletion(client: Client) -> None:
    made = client.create(leaf("sleep"), generateName="wf-", labels={"a": "b"})
    name, uid = made["metadata"]["name"], made["metadata"]["uid"]
    again = client.create(leaf("sleep"), name=name)
    assert name.startswith("wf-")
    assert made["metadata"]["labels"] == {"a": "b"}
    assert (again["status"], again["code"]) == (409, 6)
    assert client.ask("DELETE", f"/{name}") == {}
    assert client.ask("DELETE", f"/{name}")["status"] == 404
    client.clock.sleep(9)
    assert client.ask("GET", f"/{name}")["status"] == 404
    assert client.create(leaf("sleep"), name=name)["metadata"]["uid"] != uid


def test_what_was_created_can_be_stopped(client: Client) -> None:
    client.create(leaf("minute"), name="wf")
    client.clock.sleep(1)
    client.ask("PUT", "/wf/stop", {})
    client.clock.sleep(99)
    assert client.ask("GET", "/wf")["status"]["phase"] == "Failed"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "workflow body not specified"),
        ({"workflow": {"spec": {"entrypoint": "x", "templates": []}}}, "KeyError('x')"),
        ({"workflow": {"spec": dag(step("good", dependencies=["good"]))}}, "need each other: good"),
    ],
)
def test_what_cannot_be_played_is_refused(client: Client, body: object, text: str) -> None:
    refused = client.ask("POST", "", body)
    assert refused["status"] == 400
    assert text in refused["message"]
