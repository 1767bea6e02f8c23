"""`wait --record`: the recording is there in every ending, and is no report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.server import DemoServer
from argogate.argo.api import ArgoServer
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


def entries_in(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["log"]["entries"]
    return entries


@pytest.mark.parametrize(
    ("words", "token", "code"),
    [
        (("hello-succeeds",), TOKEN, 0),
        (("hello-succeeds", "--timeout", "0.2s"), TOKEN, 124),
        (("missing", "--appear-timeout", "0"), TOKEN, 3),
        (("hello-succeeds",), "nonsense", 4),
    ],
)
def test_every_ending_leaves_a_recording(
    call: Call, tmp_path: Path, words: tuple[str, ...], token: str, code: int
) -> None:
    file = tmp_path / "x.har"
    speed = 1 if code == 124 else 1000
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=speed) as server:
        variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": token, "ARGO_NAMESPACE": "argo"}
        ended = call("wait", *words, "--record", str(file), **variables)
        asked = len(server.requests)
    assert ended.code == code
    assert len(entries_in(file)) >= asked > 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.har"]


def test_a_bug_leaves_a_recording(call: Call, clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # No bug is known, so one is put in; nothing else of the gate is replaced.
    clean.setattr(ArgoServer, "tree", lambda *_, **__: 1 / 0)
    file = tmp_path / "x.har"
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=1000) as server:
        variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
        assert call("wait", "hello-succeeds", "--record", str(file), **variables).code == 70
    assert entries_in(file)


def test_a_recording_that_cannot_be_written_is_warned_about(
    call: Call, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    clean.setattr("argogate.argo.recorder.whole_file", full)
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=1000) as server:
        variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
        ended = call("wait", "hello-succeeds", "--record", str(tmp_path / "x.har"), **variables)
    assert ended.code == 0
    assert "x.har could not be written: No space left on device" in ended.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_a_recording_with_its_open_streams(
    tmp_path: Path, number: int, code: int
) -> None:
    file = tmp_path / "x.har"
    words = [sys.executable, "-m", "argogate", "wait", "on-exit-slow", "--record", str(file)]
    with DemoServer([recorded("on-exit-slow")], token=TOKEN) as server:
        process = subprocess.Popen(
            words,
            env={
                **os.environ,
                "ARGO_SERVER": server.url,
                "ARGO_TOKEN": TOKEN,
                "ARGO_NAMESPACE": "argo",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        while not any("workflow-events" in request.path for request in server.requests):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == code
    streams = [each for each in entries_in(file) if "workflow-events" in each["request"]["url"]]
    assert len(streams) == 1
    assert TOKEN not in file.read_text("utf-8")
