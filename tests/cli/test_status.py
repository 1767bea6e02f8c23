"""`argogate status` as a user calls it, against recorded runs."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.making import make_run
from argo_replay.run import Change, merge
from argo_replay.server import DemoServer
from argogate.cli.colours import painter
from tests.argo.wire import Wire
from tests.clock import SimulatedClock
from tests.harness import TOKEN, recorded
from tests.lookups.captures import grown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from argo_replay.run import Run
    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


def run_of(name: str) -> Run:
    """Return a recorded run, or the recorded fan-out with fewer items."""
    return grown(200) if name == "large-200" else recorded(name)


@contextmanager
def playing(
    name: str, at: float | None = None, faults: Sequence[Fault] = ()
) -> Iterator[tuple[DemoServer, dict[str, str]]]:
    """Serve a recorded run at one of its seconds, by default after its end."""
    run = run_of(name)
    clock = SimulatedClock(settle=0)
    with DemoServer([run], token=TOKEN, clock=clock, faults=faults) as server:
        clock.sleep(run.ends + 60 if at is None else at)
        yield (
            server,
            {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": run.namespace},
        )


STALE = "9302e403-ef48-411d-9946-55d3c3571744"
"""The uid of a green run that is only in the archive."""


@pytest.mark.parametrize(
    ("run", "at", "words", "codes"),
    [
        ("hello-succeeds", None, (), (0, 0)),
        ("dag-diamond-fails", None, (), (0, 1)),
        ("dag-diamond-fails", 3, (), (0, 124)),
        ("suspend-approve", 12, (), (0, 7)),
        ("dag-diamond-fails", None, ("--node", "A"), (0, 0)),
        ("dag-diamond-fails", None, ("--node", "C"), (0, 1)),
        ("dag-diamond-fails", None, ("--node", "nope"), (3, 1)),
        ("hello-succeeds", None, ("--node", "nope"), (3, 3)),
        ("dag-diamond-fails", 3, ("--node", "nope"), (3, 124)),
        ("dag-diamond-fails", 3, ("--node", "A"), (0, 124)),
        ("hello-succeeds", None, ("--uid", "other"), (3, 3)),
        ("hello-succeeds", None, ("dag-diamond-fails",), (3, 3)),
        ("stopped", None, (), (0, 1)),
        ("stale-green", 60, (), (0, 3)),
        ("stale-green", 60, ("--uid", STALE), (0, 0)),
    ],
)
def test_it_exits_0_where_it_could_look_and_mirrors_the_run_if_asked(
    call: Call, run: str, at: float | None, words: tuple[str, ...], codes: tuple[int, int]
) -> None:
    with playing(run, at) as (_, variables):
        assert call("status", run, *words, **variables).code == codes[0]
        assert call("status", run, *words, "--exit-code", **variables).code == codes[1]


@pytest.mark.parametrize("name", ["w", "@latest"])
def test_what_is_over_and_being_deleted_may_be_an_older_run(call: Call, name: str) -> None:
    run = make_run("w")
    ending = {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    changes = (Change(at=0, object=merge(run.workflows["w"][-1].object, ending)),)
    with DemoServer([replace(run, workflows={"w": changes})], token=TOKEN) as server:
        words = ("status", name, "-n", "argo", "-s", server.url, "--exit-code")
        ended = call(*words, ARGO_TOKEN=TOKEN)
        waited = call("wait", *words[1:-1], "--appear-timeout", "0.05", ARGO_TOKEN=TOKEN)
    assert (ended.code, waited.code) == (3, 3)
    assert "may be an older run of that name" in ended.err


def test_it_says_where_the_cache_does_not_help(call: Call, tmp_path: Path) -> None:
    with playing("stale-green", 13) as (_, variables):
        words = ("status", "stale-green", "--cache-dir", str(tmp_path / "cache"))
        assert not call(*words, **variables).err
        for _ in range(2):
            ended = call(*words, "--uid", STALE, **variables)
            assert (ended.code, ended.err.count("the cache does not help")) == (0, 1)
            assert STALE in ended.out


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (Fault(kind=FaultKind.ANSWER, status=403, body=b'{"code":7,"message":"no"}'), 4, "denied"),
        (Fault(kind=FaultKind.ANSWER, status=200, body=b"<html>login"), 5, "unreachable"),
        (Fault(kind=FaultKind.ANSWER, status=400, body=b'{"code":3,"message":"x"}'), 2, "usage"),
    ],
)
def test_where_it_could_not_look_it_exits_as_the_gate_does(
    call: Call, fault: Fault, code: int, said: str
) -> None:
    with playing("hello-succeeds", faults=[fault]) as (_, variables):
        ended = call("status", "hello-succeeds", **variables)
    assert ended.code == code
    assert ended.out.startswith(said)


def test_a_role_that_would_do_is_shown_where_a_permission_is_missing(call: Call) -> None:
    with playing("hello-succeeds") as (_, variables):
        ended = call("status", "hello-succeeds", **variables, ARGOGATE_NAMESPACE="other")
    assert ended.code == 4
    assert "kind: Role" in ended.err


def test_of_several_the_gates_order_decides(call: Call) -> None:
    with playing("latest") as (server, variables):
        names = list(recorded("latest").workflows)
        ended = call("status", *names, "nope", "@latest", **variables)
    assert ended.code == 3
    assert ended.out.count("  Uid  ") == len(names) + 1
    assert "not-found  argo/nope did not appear" in ended.out
    assert "@latest" not in ended.out
    assert len({request.path for request in server.requests}) == len(names) + 3


def test_a_server_that_hangs_is_left_behind(call: Call) -> None:
    hanging = Fault(kind=FaultKind.HANG)
    with playing("hello-succeeds", faults=[hanging]) as (_, variables):
        ended = call("status", "hello-succeeds", "--request-timeout", "0.1s", **variables)
    assert ended.code == 5


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ((), "dag-diamond-fails\n"),
        (("nope",), "dag-diamond-fails\n"),
        (("--phase", "failed"), "C\n"),
        (("--phase", "Omitted,succeeded", "--phase", "ERROR"), "A\nB\nD\nE\n"),
        (("--node", "[AC]"), "A\nC\n"),
        (("--node", "[AC]", "--phase", "Failed"), "C\n"),
    ],
)
def test_names_can_be_piped(call: Call, words: tuple[str, ...], out: str) -> None:
    with playing("dag-diamond-fails") as (_, variables):
        assert call("status", "dag-diamond-fails", "-o", "name", *words, **variables).out == out


def test_json_has_the_same_facts(call: Call) -> None:
    with playing("steps-one-fails") as (_, variables):
        words = ("status", "steps-one-fails", "nope", "-o", "json")
        ended = call(*words, **variables)
        one = call(*words[:2], *words[3:], "--node", "integration", **variables)
    whole, missing = json.loads(ended.out)["workflows"]
    assert whole["phase"] == "Failed"
    assert (whole["conclusion"], whole["exitCode"]) == ("failed", 1)
    assert whole["over"] is True
    assert whole["failures"] == ["integration"]
    assert whole["labels"]["lab/scenario"] == "steps-one-fails"
    assert {node["path"] for node in whole["nodes"]} >= {"build", "integration", "unit"}
    assert (missing["conclusion"], missing["name"]) == ("not-found", "nope")
    assert "nodes" not in missing
    [node] = json.loads(one.out)["workflows"][0]["nodes"]
    assert (node["exitCode"], node["durationSeconds"]) == ("3", 4)
    assert node["log"] == ["assertion failed: 1 != 2", "Error: exit status 3"]


def test_json_tells_that_it_is_under_way(call: Call) -> None:
    with playing("dag-diamond-fails", 3) as (_, variables):
        ended = call("status", "dag-diamond-fails", "-o", "json", "--node", "x", **variables)
    [found] = json.loads(ended.out)["workflows"]
    assert (found["conclusion"], found["exitCode"], found["over"]) == ("running", 124, False)
    assert found["missingNodes"] == ["x"]
    assert found["nextSteps"] == ["wait for its end: argogate wait -n argo dag-diamond-fails"]


@pytest.mark.parametrize(
    ("run", "at", "words", "said"),
    [
        ("steps-one-fails", None, ("--node", "integration"), "    | Error: exit status 3\n"),
        ("steps-one-fails", None, ("--node", "integration"), "  Exit code   3\n"),
        ("steps-one-fails", None, ("--node", "steps-one-fails"), "  Log         none: it runs no"),
        ("outputs-params", None, ("--node", "use"), "  Inputs      p = first second"),
        ("outputs-params", None, ("--node", "gen"), "  Outputs     "),
        ("retry-flaky-succeeds", None, ("--node", "flaky"), "  Attempts    3 (Failed: main: "),
        ("retry-flaky-succeeds", None, ("--node", "flaky(0)"), "✗ Failed  flaky"),
        ("unschedulable", 12, ("--node", "gpu"), "none: it has not started"),
        ("nested-steps-dag", None, ("--node", "outer.d2"), "└ ✗ i2  Failed"),
        ("dag-diamond-fails", 3, ("--node", "nope"), "no node matches --node nope; it has: "),
        ("with-items", None, ("--node", "*case*", "--node", "by*"), "by-dag(1:a:<tag>,b:2)"),
        ("large-200", None, ("--node", "*case*", "--log-lines", "0"), "… and 160 more nodes"),
        ("large-200", None, ("--phase", "succeeded"), "… and 170 more nodes; --all shows them"),
        ("cron-created", None, ("-o", "wide"), "Condition   PodRunning False"),
        ("cron-created", None, ("-o", "wide"), "TEMPLATE"),
        ("workflow-template-ref", None, (), "  From        WorkflowTemplate "),
        ("with-items", None, ("-o", "wide"), "│ ├ ✓ 4 × case  "),
        ("nested-steps-dag", None, ("--node", "outer", "--all"), "  └ ✗ i2  "),
        ("large-200", None, ("--node", "large-1000"), "└ ✓ 200 × case"),
        ("stopped", 9, (), "it is being shut down (Stop"),
        ("spec-suspended", 3, (), "it waits for an approval: the whole workflow (spec.suspend)"),
    ],
)
def test_a_person_reads(
    call: Call, run: str, at: float | None, words: tuple[str, ...], said: str
) -> None:
    with playing(run, at) as (_, variables):
        name = list(run_of(run).workflows)[-1]
        out = call("status", name, *words, **variables).out
    assert said in out


def test_a_page_of_the_ui_names_the_node(call: Call) -> None:
    with playing("steps-one-fails") as (server, variables):
        page = f"{server.url}/workflows/argo/steps-one-fails?nodeId=steps-one-fails-625256484"
        ended = call("status", page, **variables)
    assert "  Exit code   3\n" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no workflow is named; give its NAME, names on stdin with '-'\n"),
        (("w", "--phase", "Done"), "'Done' is none of Pending, Running"),
        (("w", "--phase", ","), "no phase is named"),
        (("w", "v", "--uid", "u"), "--uid names one run"),
        (("@latest", "--uid", "u"), "--uid names one run"),
        (("w", "-n", "N"), "no namespace"),
        (("https://evil.example/workflows/ci/w",), "another server"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    ended = call("status", *words, ARGO_SERVER="127.0.0.1:1", ARGO_TOKEN="t")
    assert ended.code == 2
    assert said.rstrip() in ended.err
    assert ended.out == ""


def test_what_weakens_the_connection_is_said(call: Call) -> None:
    with playing("hello-succeeds") as (_, variables):
        ended = call("status", "hello-succeeds", "-k", **variables)
    assert ended.code == 0
    assert "certificate is not checked" in ended.err


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(
    call: Call, tmp_path: Path
) -> None:
    with playing("with-items") as (server, variables):
        ended = call("status", "with-item", "--record", str(tmp_path / "x.har"), **variables)
    assert "did you mean with-items?" in ended.out
    assert len(server.requests) == 2
    forbidden = Fault(kind=FaultKind.ANSWER, status=403, match="/api/v1/workflows/argo$")
    with playing("with-items", faults=[forbidden]) as (_, variables):
        ended = call("status", "with-item", **variables)
    assert (ended.code, "did you mean" in ended.out) == (3, False)


def test_it_is_as_wide_as_the_terminal_says(call: Call) -> None:
    with playing("with-items") as (_, variables):
        narrow = call("status", "with-items", COLUMNS="60", **variables)
        piped = call("status", "with-items", **variables)
    rows = [line for line in narrow.out.splitlines() if line.startswith(("│", "├", "└"))]
    assert rows
    assert max(map(len, rows)) <= 60
    assert "…" not in piped.out


def test_without_letters_for_it_the_tree_is_plain(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", plain)
    with playing("nested-steps-dag") as (_, variables):
        ended = call("status", "nested-steps-dag", **variables)
    assert "  ` x d2            Failed     10s\n" in ended.out


@pytest.mark.parametrize(
    ("terminal", "environ", "painted"),
    [
        (True, {}, "\x1b[31mx\x1b[0m"),
        (True, {"NO_COLOR": "1"}, "x"),
        (False, {}, "x"),
    ],
)
def test_roles_have_colours_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, environ: dict[str, str], painted: str
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    assert painter(environ)("x", "bad") == painted
    assert painter(environ)("x", "") == "x"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_leaves_the_recording(
    request: pytest.FixtureRequest, tmp_path: Path, number: int, code: int
) -> None:
    if number == signal.SIGINT:  # both run the same lines
        request.getfixturevalue("measured")
    file = tmp_path / "status.har"
    with Wire(30.0) as wire:
        process = subprocess.Popen(
            [sys.executable, "-m", "argogate", "status", "w", "--record", str(file)],
            env={**os.environ, "ARGO_SERVER": wire.url, "ARGO_TOKEN": TOKEN},
            stderr=subprocess.PIPE,
        )
        while not wire.heads:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (code, b"")
    assert file.exists()


def test_a_wait_for_a_name_that_is_nearly_right_is_told_the_right_one(call: Call) -> None:
    with playing("hello-succeeds") as (_, variables):
        words = ("hello-succeds", "other", "--no-watch", "--appear-timeout", "0")
        ended = call("wait", *words, **variables)
    assert ended.code == 3
    assert "argo/hello-succeds is not there; did you mean hello-succeeds?" in ended.err
    assert ended.err.count("did you mean") == 1
