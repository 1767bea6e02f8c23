"""What `--record` keeps can be played again, and the gate says the same of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.run import load, parse
from argo_replay.server import DemoServer
from argogate.verdict.suites import make_report
from argogate.waiting.patience import Limits
from tests.harness import TOKEN, Play, recorded
from tools.har import convert, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from argo_replay.run import Run
    from tests.cli.conftest import Ended
    from tests.clock import SimulatedClock

MOMENTARY = {"url", "began", "fetchedAt", "durationSeconds"}
WORDS = ("--timeout", "2m", "--result", "result.json", "--artifacts", "out", "--logs", "all")


@pytest.fixture
def waited(
    call: Callable[..., Ended], clock: SimulatedClock, tmp_path: Path, clean: pytest.MonkeyPatch
) -> Callable[..., tuple[Ended, dict[str, Any]]]:
    """Return a function that waits for the first workflow of a run, in a folder of its own."""

    def wait(run: Run, folder: str, *words: str) -> tuple[Ended, dict[str, Any]]:
        (tmp_path / folder).mkdir()
        clean.chdir(tmp_path / folder)
        with DemoServer([run], token=TOKEN, clock=clock) as server:
            variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN}
            variables["ARGO_NAMESPACE"] = run.namespace
            ended = call("wait", next(iter(run.workflows)), *WORDS, *words, **variables)
        return ended, json.loads((tmp_path / folder / "result.json").read_bytes())

    return wait


@pytest.mark.parametrize(
    "name",
    [
        "archived-then-deleted",
        "artifacts",
        "deleted-mid-run",
        "hello-succeeds",
        "older/v3.4.18/steps-one-fails",
        *(
            pytest.param(other, marks=pytest.mark.thorough)
            for other in ("retry-flaky-succeeds", "server-restart-mid-poll", "steps-one-fails")
        ),
    ],
)
def test_a_recording_becomes_a_run_of_which_the_gate_says_the_same(
    name: str,
    waited: Callable[..., tuple[Ended, dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended, result = waited(recorded(name), "first", "--record", "x.har")
    target = tmp_path / "again.json"
    monkeypatch.setattr("sys.argv", ["har", str(tmp_path / "first" / "x.har"), str(target)])
    main()
    assert outcome(load(target)) == outcome(recorded(name))
    again, second = waited(load(target), "second")
    assert again.code == ended.code
    assert _told(second) == _told(result)


def outcome(run: Run) -> tuple[int, dict[str, int]]:
    """Wait at another pace; return the exit code, and how many cases ended how.

    Of a run that vanished only that is known which was asked for while it was there.
    """
    limits = Limits(timeout=120, max_poll_interval=7)
    verdict = Play(run=run, names=[next(iter(run.workflows))], limits=limits).play().verdict
    counted = Counter(
        case.outcome.value for suite in make_report(verdict).suites for case in suite.cases
    )
    return verdict.exit_code, {} if verdict.exit_code == 3 else dict(counted)


def _told(value: object) -> object:
    """Return what a result says that depends neither on the moment nor on the address."""
    if isinstance(value, dict):
        return {name: _told(each) for name, each in value.items() if name not in MOMENTARY}
    if isinstance(value, list):
        return [_told(each) for each in value]
    return re.sub(r"127\.0\.0\.1:\d+", "ARGO", value) if isinstance(value, str) else value


def entry(second: int, path: str, status: int, text: str, **more: object) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "text/plain"}, {"name": "Server", "value": "x"}]
    body = {"size": len(text), "text": text, **more}
    return {
        "startedDateTime": f"2026-11-23T12:00:{second:02}+00:00",
        "request": {"method": "GET", "url": f"https://ingress.example/behind{path}"},
        "response": {"status": status, "headers": headers, "content": body},
    }


def converted(*entries: dict[str, Any]) -> dict[str, Any]:
    return convert({"log": {"entries": list(entries)}}, "made-up")


def test_an_answer_that_is_no_success_is_an_outage_until_the_path_is_asked_again() -> None:
    path = "/api/v1/workflows/argo/w"
    run = converted(
        entry(3, path, 502, text="bad gateway"),
        entry(8, path, 404, text='{"code":5,"message":"Not Found"}'),
        entry(1, "/api/v1/version", 200, text="{}"),
        entry(2, path, 404, text='{"message":"workflows.argoproj.io \\"w\\" not found"}'),
    )
    assert run["workflows"] == {"w": []}
    headers = {"Content-Type": "text/plain"}
    first, last = run["outages"]
    assert first == {
        "start": 2,
        "stop": 7,
        "path": re.escape(path),
        "status": 502,
        "headers": headers,
        "body": "bad gateway",
    }
    assert (last["start"], "stop" in last) == (7, False)
    assert [each.status for each in parse(run).outages] == [502, 404]


def test_an_artifact_that_was_kept_in_part_has_its_size() -> None:
    path = "/artifacts/argo/w/n-1/report"
    [stored] = converted(entry(0, path, 200, text="half", size=1000))["artifacts"]
    assert stored["generate"] == {"size": 1000, "seed": 1}
    inside = "/artifact-files/argo/workflows/w/n-1/outputs/site/js/app.js"
    [stored] = converted(entry(0, inside, 200, text="MQ==", size=1, encoding="base64"))["artifacts"]
    assert (stored["artifact"], stored["path"], stored["base64"]) == ("site", "js/app.js", "MQ==")


def test_what_was_not_asked_for_stays_as_it_was() -> None:
    path = "/api/v1/workflows/argo/w"
    named = {"name": "w", "namespace": "argo", "uid": "1"}
    whole = {"metadata": named, "status": {"phase": "Running", "message": "on it", "nodes": {}}}
    part = {"metadata": {**named, "finalizers": None}, "status": {"phase": "Succeeded"}}
    fields = "?fields=metadata.uid,status.phase,status.message"
    run = converted(
        entry(0, path, 200, text=json.dumps(whole)),
        entry(5, f"{path}{fields}", 200, text=json.dumps(part)),
        entry(6, f"{path}{fields}", 200, text=json.dumps(part)),
    )
    first, second = run["workflows"]["w"]
    assert first["put"] == whole | {"spec": {}}
    patch = {"status": {"phase": "Succeeded", "message": None}}
    assert second == {"at": 5, "patch": patch}
