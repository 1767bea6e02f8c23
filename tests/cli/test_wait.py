"""`argogate wait` as a user calls it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree as ET

import pytest

from argo_replay.server import DemoServer
from argogate import gate
from argogate.argo.api import ArgoServer
from argogate.errors import Interrupted
from tests.clock import at_rest
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from argogate.model.answers import Poll
    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

FINISHED_AFTER = 10_000
"""So fast that a played run is over at once."""


@pytest.fixture
def failing() -> Iterator[dict[str, str]]:
    with DemoServer([recorded("steps-one-fails")], token=TOKEN, speed=FINISHED_AFTER) as server:
        time.sleep(0.02)
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


@pytest.fixture
def passing() -> Iterator[dict[str, str]]:
    with DemoServer([recorded("hello-succeeds")], token=TOKEN, speed=FINISHED_AFTER) as server:
        time.sleep(0.02)
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


def test_what_pods_print_is_shown_while_they_run(call: Call, passing: dict[str, str]) -> None:
    ended = call("wait", "hello-succeeds", "--follow", "--quiet", **passing)
    assert ended.code == 0
    *printed, last = ended.err.splitlines()
    assert [line.partition(" ")[2] for line in printed] == ["[main] hello", "[main] bye"]
    assert last.startswith("argogate: passed (exit 0): ")
    cut = call("wait", "hello-succeeds", "--follow", "--follow-lines", "1", **passing)
    assert "[main] … after 1 line (--follow-lines) the rest" in cut.err


def test_a_failed_run_is_named_with_its_node_and_reason(
    call: Call, failing: dict[str, str], tmp_path: Path
) -> None:
    junit = tmp_path / "new" / "junit.xml"
    ended = call("wait", "steps-one-fails", "--junit", str(junit), **failing)
    assert ended.code == 1
    first = ended.err.splitlines()[0]
    assert f"{failing['ARGO_SERVER']}/workflows/argo/steps-one-fails" in first
    assert "timeout 1h" in first
    assert "node integration Failed: main: Error (exit code 3)" in ended.err
    assert ended.out.startswith("failed  argo/steps-one-fails")
    [failure] = ET.parse(junit).findall(".//failure")
    assert failure.get("message") == "main: Error (exit code 3)"


def test_the_log_is_not_coloured_and_has_no_control_characters(
    call: Call, failing: dict[str, str]
) -> None:
    ended = call("wait", "steps-one-fails", **failing)
    assert all(letter.isprintable() or letter == "\n" for letter in ended.err + ended.out)


def test_quiet_leaves_the_result_and_the_last_line(call: Call, passing: dict[str, str]) -> None:
    ended = call("wait", "hello-succeeds", "--quiet", **passing)
    last = "argogate: passed (exit 0): argo/hello-succeeds ended Succeeded after 10s\n"
    assert ended.err == last
    assert ended.out.startswith("passed")


@pytest.mark.parametrize("output", ["json", "name"])
def test_the_result_has_the_form_asked_for(
    call: Call, passing: dict[str, str], output: str
) -> None:
    ended = call("wait", "hello-succeeds", "-o", output, **passing)
    if output == "name":
        assert ended.out == "hello-succeeds\n"
    else:
        assert json.loads(ended.out)["conclusion"] == "passed"


def test_names_come_from_stdin_too_each_once(
    call: Call, passing: dict[str, str], clean: pytest.MonkeyPatch
) -> None:
    clean.setattr(sys, "stdin", io.StringIO("hello-succeeds\n\nhello-succeeds\n"))
    ended = call("wait", "-", "-o", "name", **passing)
    assert ended.out == "hello-succeeds\n"


class Waiting:
    """A stdin into which nobody writes, until a signal comes."""

    def __init__(self, seen: Path) -> None:
        self._seen = seen
        self.meanwhile = ""

    def read(self, most: int) -> NoReturn:
        assert most
        self.meanwhile = self._seen.read_text()
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("it went on reading")


def test_who_is_ended_while_names_are_awaited_on_stdin_reports_and_was_red_before(
    call: Call, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "argo.xml"
    path.write_text("green")
    clean.setattr(sys, "stdin", stdin := Waiting(path))
    ended = call("wait", "-", "--junit", str(path), ARGO_SERVER="127.0.0.1:1")
    assert ended.code == 143
    assert "the gate did not finish" in stdin.meanwhile
    assert "cancelled by SIGTERM" in path.read_text()
    assert ended.err.splitlines()[-1].startswith("argogate: cancelled (exit 143): ")


def test_reports_that_cannot_be_red_while_names_are_awaited_refuse_the_wait(
    call: Call, tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    clean.setattr(sys, "stdin", io.StringIO("hello-succeeds\n"))
    paths = ("--junit", str(tmp_path / "x"), "--html", str(tmp_path / "x" / "y"))
    ended = call("wait", "-", *paths, ARGO_SERVER="127.0.0.1:1")
    assert (ended.code, "cannot be replaced: Is a directory; give" in ended.err) == (2, True)


def test_names_that_should_be_on_stdin_and_are_not_are_missed(
    call: Call, clean: pytest.MonkeyPatch
) -> None:
    for words in (["-"], ["hello-succeeds", "-"]):
        clean.setattr(sys, "stdin", io.StringIO(" \n"))
        ended = call("wait", *words, ARGO_SERVER="127.0.0.1:1", ARGO_TOKEN="t0ken")
        assert (ended.code, "no name on stdin" in ended.err) == (2, True)


def test_exit_zero_hides_the_failure_from_the_pipeline_only(
    call: Call, failing: dict[str, str]
) -> None:
    ended = call("wait", "steps-one-fails", "--exit-zero", **failing)
    assert ended.code == 0
    assert ended.out.startswith("failed")


def test_a_failed_phase_can_be_a_success(call: Call, failing: dict[str, str]) -> None:
    assert call("wait", "steps-one-fails", "--success-phase", "failed", **failing).code == 0


def test_artifacts_are_downloaded_and_named(
    call: Call, passing: dict[str, str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "out")
    ended = call("wait", "hello-succeeds", "--artifacts", folder, "--verbose", **passing)
    assert ended.code == 0
    [file] = (tmp_path / "out").rglob("*.log")
    size = f"{file.stat().st_size} B"
    assert f"artifact main/main-logs: {size} to {file}" in ended.err
    assert f"1 artifact, {size}, in {folder}\n" in ended.err


def test_artifacts_are_unpacked_into_the_places_that_the_user_wants(
    call: Call, passing: dict[str, str], tmp_path: Path
) -> None:
    words = ["--artifacts", str(tmp_path), "--artifact-path", "{artifactName}", "--extract"]
    limits = ["--max-artifact-size", "0.5k", "--max-artifacts-size", "2MiB"]
    required = ["--require-artifact", "main-*"]
    for code in (0, 0):
        ended = call("wait", "hello-succeeds", *words, *limits, *required, **passing)
        assert ended.code == code
        assert (tmp_path / "main-logs.log").exists()
    assert "1 of them unchanged since an earlier download" in ended.err
    ended = call("wait", "hello-succeeds", *words, "--require-artifact", "report", **passing)
    assert ended.code == 6
    assert "required artifact report is missing" in ended.out


def test_an_artifact_leaves_the_place_of_a_report_to_it(
    call: Call, passing: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "here").symlink_to(".")
    words = ["--artifacts", str(tmp_path), "--artifact-path", "{artifactName}"]
    report = tmp_path / "main-logs.log"
    words += ["--junit", str(tmp_path / "here" / report.name)]
    ended = call("wait", "hello-succeeds", *words, **passing)
    assert ended.code == 0
    assert report.read_text().startswith("<?xml")
    assert (tmp_path / "main-logs-2.log").read_text().startswith("hello")


def test_output_parameters_go_into_a_file(
    call: Call, passing: dict[str, str], tmp_path: Path
) -> None:
    ended = call("wait", "hello-succeeds", "--parameters", str(tmp_path / "p.json"), **passing)
    assert ended.code == 0
    document = json.loads((tmp_path / "p.json").read_bytes())
    assert document["parameters"] == {}
    assert list(document["workflows"]) == ["hello-succeeds"]


def test_options_win_over_our_variables_and_those_over_argos(
    call: Call, passing: dict[str, str]
) -> None:
    wrong = "http://127.0.0.1:1"
    right = passing.pop("ARGO_SERVER")
    assert call("wait", "hello-succeeds", "-s", right, ARGO_SERVER=wrong, **passing).code == 0
    variables = {"ARGO_SERVER": wrong, "ARGOGATE_SERVER": right}
    assert call("wait", "hello-succeeds", **variables, **passing).code == 0


def test_an_age_selects_newer_runs_only(call: Call, passing: dict[str, str]) -> None:
    ended = call(
        "wait", "hello-succeeds", "--created-after", "1s", "--appear-timeout", "0", **passing
    )
    assert ended.code == 3
    assert "--created-after" in ended.out
    assert call("wait", "hello-succeeds", "--created-after", "1h", **passing).code == 0
    moment = "2026-01-01T00:00:00+02:00"
    assert call("wait", "hello-succeeds", "--created-after", moment, **passing).code == 0
    assert call("wait", "hello-succeeds", "--created-after", "2026-01-01", **passing).code == 0


def test_a_token_file_and_no_credentials_at_all_work(
    call: Call, passing: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    del passing["ARGO_TOKEN"]
    arguments = ("wait", "hello-succeeds", "--token-file", str(tmp_path / "token"))
    assert call(*arguments, **passing).code == 0
    with DemoServer([recorded("hello-succeeds")], speed=FINISHED_AFTER) as server:
        passing["ARGO_SERVER"] = server.url
        assert call("wait", "hello-succeeds", "--auth", "none", **passing).code == 0


def test_an_unchecked_certificate_is_warned_about_even_in_quiet(
    call: Call, passing: dict[str, str]
) -> None:
    ended = call("wait", "hello-succeeds", "-k", "-q", **passing)
    assert "certificate is not checked" in ended.err


def test_a_bug_exits_70_with_a_traceback_and_a_report(
    call: Call, passing: dict[str, str], clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # No bug is known, so one is put in; nothing else of the gate is replaced.
    clean.setattr(ArgoServer, "poll", lambda *_, **__: 1 / 0)
    ended = call("wait", "hello-succeeds", "--junit", str(tmp_path / "j.xml"), **passing)
    assert ended.code == 70
    assert "ZeroDivisionError" in ended.err
    assert ET.parse(tmp_path / "j.xml").findall(".//error")
    last = ended.err.splitlines()[-1]
    assert last.startswith(
        "argogate: internal (exit 70): a bug in argogate ended the wait for argo"
    )
    clean.setattr(gate, "give_up", lambda *_: 1 / 0)
    ended = call("wait", "hello-succeeds", **passing)
    assert ended.code == 70
    assert ended.err.splitlines()[-1].startswith("argogate: internal (exit 70): ")


def test_sigusr1_has_it_say_how_it_stands(
    call: Call, passing: dict[str, str], clean: pytest.MonkeyPatch
) -> None:
    poll = ArgoServer.poll

    def asked(server: ArgoServer, *words: str, timeout: float) -> Poll:
        signal.raise_signal(signal.SIGUSR1)
        return poll(server, *words, timeout=timeout)

    clean.setattr(ArgoServer, "poll", asked)
    ended = call("wait", "hello-succeeds", **passing)
    assert ended.code == 0
    assert re.search(r"^[\d:]{8} waiting for \ds$", ended.err, re.MULTILINE)


def test_a_second_signal_leaves_a_last_line(
    call: Call, passing: dict[str, str], clean: pytest.MonkeyPatch
) -> None:
    def hurried(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Interrupted:
            signal.raise_signal(signal.SIGINT)

    clean.setattr(ArgoServer, "poll", hurried)
    clean.setattr(os, "_exit", sys.exit)  # which would end the tests
    ended = call("wait", "hello-succeeds", **passing)
    assert ended.code == 130
    last = "argogate: cancelled (exit 130): a second signal ended it at once"
    assert ended.err.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.thorough),  # as with --on-cancel
    ],
)
def test_a_signal_in_the_middle_of_a_wait_leaves_a_red_report_within_5_seconds(
    tmp_path: Path, number: int, exit_code: int
) -> None:
    junit = tmp_path / "junit.xml"
    with DemoServer([recorded("on-exit-slow")], token=TOKEN) as server:
        process = started("on-exit-slow", "--junit", str(junit), server=server)
        assert process.stderr
        for line in process.stderr:
            if "Running" in line:
                break
        at_rest(process.pid)
        sent = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=10)
    assert time.monotonic() - sent < 5
    assert process.returncode == exit_code
    assert ET.parse(junit).findall(".//error")
    assert [path.name for path in tmp_path.iterdir()] == ["junit.xml"]


@pytest.mark.parametrize("how", ["stop", pytest.param("terminate", marks=pytest.mark.thorough)])
def test_a_signal_shuts_the_workflow_down_within_5_seconds_when_asked_to(
    tmp_path: Path, how: str
) -> None:
    junit = tmp_path / "junit.xml"
    with DemoServer([recorded("on-exit-slow")], token=TOKEN) as server:
        words = ("on-exit-slow", "--junit", str(junit), "--on-cancel", how)
        process = started(*words, server=server)
        assert process.stderr
        for line in process.stderr:
            if "Running" in line:
                break
        at_rest(process.pid)
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
        assert time.monotonic() - sent < 5
        puts = [one.path for one in server.requests if one.method == "PUT"]
    assert process.returncode == 143
    assert puts == [f"/api/v1/workflows/argo/on-exit-slow/{how}"]
    assert f"asked to {how}, which the server confirmed" in err
    assert ET.parse(junit).findall(".//error")


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "junit.xml"
    with DemoServer([recorded("on-exit-slow")], token=TOKEN) as server:
        process = started("on-exit-slow", "--artifacts", str(fifo), server=server)
        assert process.stderr
        for line in process.stderr:
            if "Running" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode in {143, -signal.SIGTERM}


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_reader_that_has_gone_away_changes_no_exit_code(
    failing: dict[str, str], closed: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", "argogate", "wait", "steps-one-fails"],
        env={**os.environ, **failing},
        stdout=writing if closed == "stdout" else subprocess.PIPE,
        stderr=writing if closed == "stderr" else subprocess.PIPE,
    )
    os.close(writing)
    process.communicate(timeout=20)
    assert process.returncode == 1


def started(*words: str, server: DemoServer) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "ARGO_SERVER": server.url,
        "ARGO_TOKEN": TOKEN,
        "ARGO_NAMESPACE": "argo",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "argogate", "wait", *words],
        env=environ,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
