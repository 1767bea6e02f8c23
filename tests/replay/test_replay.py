"""Every recorded request is asked again, at its recorded second, and answered as recorded.

`deviations.json` says where that is not so, and why; a deviation that is not listed fails.
"""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argo_replay.library import scenarios
from argo_replay.run import Run, load
from argo_replay.server import DemoServer
from tests.recorded_runs import BETWEEN
from tests.replay.digest import summary

HERE = Path(__file__).parent
RUNS = HERE.parent / "runs"
DEVIATIONS: dict[str, str] = json.loads((HERE / "deviations.json").read_text("utf-8"))
TOKEN = "sesame"
CREDENTIALS = {"valid": f"Bearer {TOKEN}", "garbage": "Bearer garbage"}
# The recorder and the recorded watch disagree by some milliseconds, up to half a second.
TOLERANCES = (0.0, -0.05, 0.05, 0.5)


class StillClock:
    """A clock that stands wherever the test puts it."""

    def __init__(self) -> None:
        self.moment = 0.0

    def now(self) -> float:
        return self.moment

    def wait(self, seconds: float, wake: threading.Event) -> None:
        del seconds
        wake.wait()


def _run(version: str, scenario: str) -> Run:
    directory = RUNS if version == "v4.1.2" else RUNS / "older" / version
    path = directory / f"{scenario}.json"
    return load(path) if path.exists() else scenarios()[scenario][0]


def _groups() -> Iterator[Any]:
    for path in sorted((HERE / "checks").glob("*.ndjson")):
        groups: dict[str, list[dict[str, Any]]] = {}
        for line in path.read_text("utf-8").splitlines():
            check = json.loads(line)
            groups.setdefault(check["scenario"], []).append(check)
        for scenario, checks in groups.items():
            # 3.5 lists archived workflows as no other does, and little was recorded of it.
            again = BETWEEN.match(f"{path.stem}.") and not path.stem.startswith("v3.5")
            between = [pytest.mark.thorough] if again else []
            name = f"{path.stem}/{scenario}"
            yield pytest.param(path.stem, scenario, checks, id=name, marks=between)


def _ask(
    connection: http.client.HTTPConnection, check: dict[str, Any]
) -> tuple[int | None, str | None, bytes]:
    headers = {"Accept": check["accept"]}
    if check["credentials"] in CREDENTIALS:
        headers["Authorization"] = CREDENTIALS[check["credentials"]]
    try:
        connection.request(check["method"], check["url"].replace(" ", "%20"), headers=headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type"), response.read()
    except ConnectionError:
        connection.close()
        return None, None, b""


def _agrees(
    connection: http.client.HTTPConnection,
    clock: StillClock,
    check: dict[str, Any],
    uids: set[str],
) -> bool:
    for tolerance in (*TOLERANCES, check["seconds"]):
        clock.moment = check["at"] + tolerance
        status, kind, body = _ask(connection, check)
        if (status, kind) == (check["status"], check["type"]) and (
            status is None or summary(body, uids) == check["body"]
        ):
            return True
    return False


@pytest.mark.parametrize(("version", "scenario", "checks"), list(_groups()))
def test_recorded_requests_are_answered_as_recorded(
    version: str, scenario: str, checks: list[dict[str, Any]]
) -> None:
    run = _run(version, scenario)
    uids = {
        change.object["metadata"]["uid"]
        for changes in run.workflows.values()
        for change in changes
        if change.object is not None and "uid" in change.object["metadata"]
    }
    clock = StillClock()
    deviating = set()
    with DemoServer([run], token=TOKEN, clock=clock) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        for check in checks:
            if not _agrees(connection, clock, check, uids):
                deviating.add(f"{version}/{scenario}/{check['file']}")
        connection.close()
    listed = {name for name in DEVIATIONS if name.startswith(f"{version}/{scenario}/")}
    assert deviating == listed
