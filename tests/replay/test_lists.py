"""Lists, the archive and instance ids, with small runs made for the purpose."""

from typing import Any

import pytest
import requests

from argo_replay.run import Run, parse
from argo_replay.server import DemoServer
from tests.clock import SimulatedClock

BASE = "/api/v1/workflows/argo"
ARCHIVE = "/api/v1/archived-workflows"


def workflow(name: str, number: int, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "argo",
            "uid": f"uid-{number}",
            "resourceVersion": str(100 + number),
            "creationTimestamp": f"2026-01-01T00:00:0{number}Z",
            "labels": labels,
        },
        "spec": {"arguments": {}, "templates": [{"name": "main"}]},
        "status": {
            "phase": "Succeeded",
            "startedAt": f"2026-01-01T00:00:0{number}Z",
            "finishedAt": f"2026-01-01T00:01:0{number}Z",
        },
    }


def made(version: str = "v4.1.2", **replaced: object) -> Run:
    document: dict[str, Any] = {
        "scenario": "made",
        "shows": "three live and two archived workflows",
        "argo": version,
        "recorded": "2026-01-01T00:00:00Z",
        "namespace": "argo",
        "workflows": {
            "red": [{"at": 0, "put": workflow("red", 1, team="a", tier="one")}],
            "green": [{"at": 0, "put": workflow("green", 2, team="b")}],
            "blue": [{"at": 0, "put": workflow("blue", 3)}],
        },
        "archive": [
            {"at": 0, "workflow": name, "uid": f"uid-{number}", "patch": workflow(name, number)}
            for name, number in (("old", 4), ("old", 5))
        ],
    }
    return parse(document | replaced)


def ask(path: str, run: Run, token: str | None = None, **headers: str) -> requests.Response:
    with DemoServer([run], clock=SimulatedClock(), token=token) as server:
        return requests.get(server.url + path, headers=headers, timeout=5)


def names(response: requests.Response) -> list[str]:
    return [row["metadata"]["name"] for row in response.json()["items"] or []]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["old", "old", "blue", "green", "red"]),
        ("listOptions.labelSelector=team", ["green", "red"]),
        ("listOptions.labelSelector=!team", ["old", "old", "blue"]),
        ("listOptions.labelSelector=team=a,tier==one", ["red"]),
        ("listOptions.labelSelector=team in (a, b),tier notin (one)", ["green"]),
        ("listOptions.fieldSelector=metadata.name=blue,metadata.namespace=argo", ["blue"]),
        ("listOptions.fieldSelector=metadata.name!=old", ["blue", "green", "red"]),
        ("nameFilter=Contains&listOptions.fieldSelector=metadata.name=e", ["blue", "green", "red"]),
        ("nameFilter=Prefix&listOptions.fieldSelector=metadata.name=o", ["old", "old"]),
        (
            "nameFilter=NotEquals&listOptions.fieldSelector=metadata.name=old",
            ["blue", "green", "red"],
        ),
        (
            "nameFilter=Odd&listOptions.fieldSelector=metadata.name=red&listOptions.limit=1",
            ["blue"],
        ),
        ("createdAfter=2026-01-01T00:00:02Z", ["old", "old", "blue"]),
        ("finishedBefore=2026-01-01T00:01:02Z", ["red"]),
    ],
)
def test_rows_are_selected(query: str, expected: list[str]) -> None:
    assert names(ask(f"{BASE}?{query}", made())) == expected


@pytest.mark.parametrize(
    ("version", "query", "metadata"),
    [
        ("v4.1.2", "", {"continue": "5"}),
        ("v4.1.2", "listOptions.limit=2", {"continue": "2"}),
        ("v4.1.2", "listOptions.limit=2&listOptions.continue=4", {}),
        (
            "v4.1.2",
            "listOptions.limit=2&listOptions.fieldSelector=ext.showRemainingItemCount=true",
            {"continue": "2", "remainingItemCount": 3},
        ),
        ("v3.7.18", "", {}),
        ("v3.7.18", "listOptions.limit=2", {"continue": "2"}),
    ],
)
def test_pages_continue_as_the_version_does(
    version: str, query: str, metadata: dict[str, object]
) -> None:
    found = ask(f"{BASE}?{query}", made(version)).json()["metadata"]
    assert found == {"resourceVersion": "103"} | metadata


def test_v4_without_an_archive_does_not_say_that_there_is_more() -> None:
    response = ask(f"{BASE}?listOptions.limit=2", made(archive=None))
    assert names(response) == ["blue", "green"]
    assert "continue" not in response.json()["metadata"]


def test_v3_4_pages_as_kubernetes_does() -> None:
    run = made("v3.4.18")
    first = ask(f"{BASE}?listOptions.limit=2", run)
    token = first.json()["metadata"]["continue"]
    second = ask(f"{BASE}?listOptions.limit=2&listOptions.continue={token}", run)
    assert (names(first), names(second)) == (["blue", "green"], ["red"])
    assert "continue" not in second.json()["metadata"]
    chosen = "listOptions.fieldSelector=metadata.name=red"
    assert names(ask(f"{BASE}?{chosen}", run)) == ["red"]


def test_the_archive_is_listed_in_pages() -> None:
    page = ask(f"{ARCHIVE}?namespace=argo&namePrefix=ol&listOptions.limit=1", made())
    assert names(page) == ["old"]
    assert page.json()["metadata"] == {"continue": "1"}
    rest = ask(f"{ARCHIVE}?listOptions.limit=1&listOptions.continue=1", made()).json()
    assert rest["items"][0]["metadata"]["uid"] == "uid-4"


@pytest.mark.parametrize(
    ("version", "path", "status", "message"),
    [
        ("v4.1.2", f"{ARCHIVE}/?namespace=argo&name=old", 200, None),
        ("v3.7.3", f"{ARCHIVE}/?namespace=argo&name=old", 500, "found 2 archived workflows"),
        ("v3.7.3", f"{BASE}/old", 404, "not found"),
        ("v4.1.2", f"{BASE}/old", 200, None),
        ("v4.1.2", f"{BASE}/red?uid=uid-1", 200, None),
        ("v4.1.2", f"{BASE}/red?uid=uid-9", 500, "nil pointer"),
        ("v3.6.19", f"{BASE}/red?uid=uid-9", 200, None),
        ("v3.5.15", ARCHIVE, 500, "nil pointer"),
        ("v3.5.15", f"{ARCHIVE}?listOptions.limit=9", 200, None),
    ],
)
def test_lookups_depend_on_the_version(
    version: str, path: str, status: int, message: str | None
) -> None:
    response = ask(path, made(version))
    assert response.status_code == status
    assert message is None or message in response.json()["message"]


def test_without_an_archive_its_list_is_empty_and_the_rest_is_not_supported() -> None:
    run = made(archive=None)
    assert ask(ARCHIVE, run).json() == {"metadata": {}, "items": None}
    assert ask(f"{ARCHIVE}/uid-4", run).json()["code"] == 13
    assert ask("/artifacts-by-uid/uid-4/n/a", run).status_code == 500


def test_the_archive_is_searched_before_the_right_to_it_is_checked() -> None:
    basic = {"Authorization": "Basic Zm9vOmJhcg=="}
    found = ask(f"{ARCHIVE}/uid-4", made(), token="t", **basic)
    missing = ask(f"{ARCHIVE}/uid-9", made(), token="t", **basic)
    assert (found.status_code, found.json()["message"]) == (403, "permission denied")
    assert missing.status_code == 404
    assert ask("/artifacts-by-uid/uid-4/n/a", made(), token="t", **basic).status_code == 401


def test_workflows_of_another_controller_are_not_managed() -> None:
    name = "workflows.argoproj.io/controller-instanceid"
    run = made(workflows={"red": [{"at": 0, "put": workflow("red", 1, **{name: "other"})}]})
    response = ask(f"{BASE}/red", run)
    assert response.status_code == 400
    assert response.json()["message"] == "'red' is not managed by the current Argo Server"
    assert "red" not in names(ask(BASE, run))
    assert ask("/artifacts/argo/red/n/a", run).status_code == 500


def test_the_latest_workflow_is_the_one_created_last() -> None:
    assert ask(f"{BASE}/@latest", made()).json()["metadata"]["name"] == "blue"
    empty = ask(f"{BASE}/@latest", made(workflows={}))
    assert empty.json() == {"code": 5, "message": "no workflows found"}
