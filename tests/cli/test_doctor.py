"""`argogate doctor` as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from tests.argo.wire import Wire
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


@pytest.fixture
def healthy() -> Iterator[dict[str, str]]:
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, epoch=datetime.now(UTC)) as server:
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


def test_a_healthy_server_exits_0(call: Call, healthy: dict[str, str]) -> None:
    ended = call("doctor", "--no-watch", **healthy)
    assert ended.code == 0
    assert ended.out.endswith("\nready\n")
    assert ended.err == ""


def test_the_options_of_a_wait_and_their_variables_say_what_is_needed(
    call: Call, healthy: dict[str, str]
) -> None:
    chosen = {"ARGOGATE_ARTIFACTS": "out", "ARGOGATE_LOGS": "none", "ARGOGATE_WATCH": "false"}
    ended = call("doctor", "@latest", "--on-cancel", "stop", **healthy, **chosen)
    assert "needs the NAME of a workflow that has artifacts" in ended.out
    assert "--logs none" in ended.out
    assert "only stopping one would show" in ended.out
    again = call("doctor", "--on-timeout", "terminate", "-o", "json", **healthy, **chosen)
    rungs = {rung["what"]: rung for rung in json.loads(again.out)["rungs"]}
    assert rungs["watch workflows"]["detail"] == "--no-watch"
    assert "patch" in rungs["stop workflows"]["rule"]


def test_what_weakens_the_connection_is_warned_about(call: Call, healthy: dict[str, str]) -> None:
    ended = call("doctor", "--no-watch", "-k", **healthy)
    assert ended.code == 0
    assert "certificate is not checked" in ended.err


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"ARGO_TOKEN": "nonsense"}, 4, "not ready: mend credentials first"),
        ({"ARGO_NAMESPACE": "other"}, 4, "not ready: mend get workflows first"),
        ({"ARGO_SERVER": "http://127.0.0.1:1"}, 5, "not ready: mend tcp first"),
        ({"ARGO_BASE_HREF": "/argo"}, 5, "not ready: mend api first"),
    ],
)
def test_what_is_broken_decides_the_exit_code(
    call: Call, healthy: dict[str, str], change: dict[str, str], code: int, said: str
) -> None:
    ended = call("doctor", "--no-watch", **(healthy | change))
    assert ended.code == code
    assert ended.out.endswith(f"\n{said}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("No_Such",), "no workflow name"),
        (("-s", "ftp://x"), "begins with ftp://"),
        (("-o", "yaml"), "json"),
        (("--record", "/"), "it is a directory"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    call: Call, healthy: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    ended = call("doctor", *words, **healthy)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""


def test_help_fits_on_80_columns(call: Call) -> None:
    ended = call("doctor", "--help")
    assert ended.code == 0
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    assert "  argogate doctor -n ci --artifacts out --on-cancel stop\n" in ended.out


def test_the_ladder_can_be_recorded(call: Call, healthy: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "new" / "doctor.har"
    assert call("doctor", "--record", str(file), "--no-watch", **healthy).code == 0
    entries = json.loads(file.read_text("utf-8"))["log"]["entries"]
    assert any(entry["request"]["url"].endswith("/api/v1/version") for entry in entries)
    assert TOKEN not in file.read_text("utf-8")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_leaves_the_recording(
    request: pytest.FixtureRequest, tmp_path: Path, number: int, code: int
) -> None:
    if number == signal.SIGINT:  # both run the same lines
        request.getfixturevalue("measured")
    file = tmp_path / "doctor.har"
    with Wire(30.0) as wire:
        process = subprocess.Popen(
            [sys.executable, "-m", "argogate", "doctor", "--record", str(file)],
            env={**os.environ, "ARGO_SERVER": wire.url, "ARGO_TOKEN": TOKEN},
            stderr=subprocess.PIPE,
        )
        while not wire.heads:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert err == b""
    [entry] = json.loads(file.read_text("utf-8"))["log"]["entries"]
    assert entry["response"]["_error"] == "Interrupted"


SECRET = "unique-s3cret-of-this-test"
TROUBLE = {
    "none": (),
    "refused": (Fault(kind=FaultKind.REFUSE, times=1),),
    "echo": (
        Fault(
            kind=FaultKind.ANSWER,
            status=401,
            body=b'{"code":16,"message":"Bearer %s"}' % SECRET.encode(),
            headers=(("X-Echo", SECRET), ("Location", f"http://h/?t={SECRET}")),
        ),
    ),
    "cut": (Fault(kind=FaultKind.CUT, after=20),),
    "reset": (Fault(kind=FaultKind.RESET, after=20),),
    "page": (Fault(kind=FaultKind.ANSWER, status=200, body=f"<p>{SECRET}".encode()),),
}


@pytest.mark.parametrize(
    ("command", "source", "trouble"),
    [
        # Each command with each trouble, from one of the two sources; CI takes the other as well.
        pytest.param(command, source, trouble, marks=pytest.mark.thorough if other % 2 else [])
        for number, command in enumerate(("wait", "doctor", "status"))
        for at, trouble in enumerate(TROUBLE)
        for other, source in enumerate(("variable", "file"), number + at)
    ],
)
def test_a_secret_shows_nowhere(
    call: Call, tmp_path: Path, command: str, source: str, trouble: str
) -> None:
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "token").chmod(0o600)
    words = [command, "hello-succeeds", "-n", "argo", "--record", str(tmp_path / "x.har")]
    if command == "wait":
        words += ["--outage-timeout", "0", "--timeout", "20s", "--poll-interval", "0.01s", "-v"]
        words += ["--result", str(tmp_path / "result.json"), "--junit", str(tmp_path / "junit.xml")]
    variables = {"ARGO_TOKEN": SECRET}
    if source == "file":
        words, variables = [*words, "--token-file", str(tmp_path / "token")], {}
    run = recorded("hello-succeeds")
    with DemoServer([run], token=SECRET, speed=1000, faults=TROUBLE[trouble]) as server:
        ended = call(*words, ARGO_SERVER=server.url, **variables)
    assert SECRET not in ended.out + ended.err
    (tmp_path / "token").unlink()
    written = sorted(path.name for path in tmp_path.iterdir())
    assert "x.har" in written or trouble == "refused"
    assert not [name for name in written if SECRET.encode() in (tmp_path / name).read_bytes()]
