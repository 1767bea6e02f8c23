"""Where only a kubeconfig leads to the server: --port-forward and --kube-token."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from argogate.argo import portforward
from tests.argo.kubectl import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Ended

TOKEN = "from-kubectl"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer([make_run("build")], token=TOKEN) as one:
        yield one


@pytest.fixture
def kubectl(tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in first on the PATH; return its folder."""
    monkeypatch.setattr(portforward, "PAUSE", 0.0)
    stand_in(tmp_path, server.url)
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def starts(kubectl: Path) -> list[str]:
    """Return how often it was started, and with which words, each after its pid."""
    file = kubectl / "starts"
    return file.read_text().splitlines() if file.exists() else []


def forwardings(kubectl: Path) -> list[str]:
    return [start for start in starts(kubectl) if " port-forward " in start]


WAY = ("--port-forward", "argo/argo-server", "--kube-token", "ci/argogate", "-n", "argo")
QUICK = ("--poll-interval", "0.05", "--max-poll-interval", "0.05", "--no-watch")


def test_a_wait_goes_through_the_deaths_of_its_forwarding(
    kubectl: Path, server: DemoServer, call: Callable[..., Ended]
) -> None:
    def die_three_times() -> None:
        for forwarding in range(1, 4):
            while len(forwardings(kubectl)) < forwarding or (kubectl / "gone").exists():
                time.sleep(0.01)
            time.sleep(0.05)
            (kubectl / "gone").touch()
        while len(forwardings(kubectl)) < 4:
            time.sleep(0.01)
        server.play(make_run("build"))

    server.play(make_run("build", seconds=60))
    threading.Thread(target=die_three_times, daemon=True).start()
    ended = call("wait", "build", *WAY, *QUICK, "-o", "json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["conclusion"] == "passed"
    assert len(forwardings(kubectl)) == 4
    assert "answers again" in ended.err
    assert TOKEN not in ended.err + ended.out


def test_it_says_that_the_certificate_is_not_checked_and_gives_no_link_to_nowhere(
    kubectl: Path, call: Callable[..., Ended]
) -> None:
    ended = call("wait", "build", *WAY, *QUICK)
    assert ended.err.count("the server's own certificate is not checked") == 1
    assert "http" not in ended.out
    assert "waiting for argo/build (timeout" in ended.err
    assert "credentials: the token of ci/argogate (kubectl create token)" in ended.err
    linked = call("wait", "build", *WAY, *QUICK, "--ui-url", "https://argo.example")
    assert "https://argo.example/workflows/argo/build" in linked.err
    assert any("-n ci create token argogate --duration 15m" in each for each in starts(kubectl))


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [("missing", 2, "NotFound"), ("forbidden", 4, "create pods/portforward"), ("odd", 5, "seen")],
)
def test_what_kubectl_refuses_at_first_ends_as_its_kind_does(
    kubectl: Path, call: Callable[..., Ended], mode: str, code: int, words: str
) -> None:
    (kubectl / "mode").write_text(mode)
    ended = call(
        "wait", "build", *WAY[:2], *QUICK, "-n", "argo", "--outage-timeout", "0.2", ARGO_TOKEN=TOKEN
    )
    assert ended.code == code, ended.err
    assert words in ended.out


def test_a_token_that_kubectl_refuses_is_exit_4(kubectl: Path, call: Callable[..., Ended]) -> None:
    (kubectl / "mode").write_text("forbidden")
    ended = call("wait", "build", *WAY[2:], *QUICK, ARGO_SERVER="https://127.0.0.1:9")
    assert ended.code == 4
    assert "the token of ci/argogate (kubectl create token) ended with code 1" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port-forward", "a/b/c"), "--port-forward: 'a/b/c' is no [NAMESPACE/]SERVICE[:PORT]"),
        (("--port-forward", "x", "-s", "h"), "--server and --port-forward are two ways"),
        (("--port-forward", "x", "--kubectl", "kubecuttle"), "there is no kubecuttle on the PATH"),
        (("-s", "h", "--kube-token", "a/"), "--kube-token 'a/' is no [NAMESPACE/]SERVICEACCOUNT"),
        (("-s", "h", "--kube-token", "a", "--kubectl", "kubecuttle"), "there is no kubecuttle"),
    ],
)
@pytest.mark.usefixtures("kubectl")
def test_what_cannot_be_is_refused_before_anything_is_started(
    call: Callable[..., Ended], words: tuple[str, ...], said: str
) -> None:
    ended = call("wait", "build", *words, ARGO_TOKEN=TOKEN)
    assert ended.code == 2
    assert said in ended.err


def test_the_option_goes_before_the_variable(kubectl: Path, call: Callable[..., Ended]) -> None:
    ended = call("wait", "build", *WAY, *QUICK, ARGO_SERVER="https://127.0.0.1:9")
    assert ended.code == 0, ended.err
    assert starts(kubectl)


def test_the_doctor_climbs_through_kubectl(kubectl: Path, call: Callable[..., Ended]) -> None:
    ended = call("doctor", *WAY)
    assert "argo/argo-server:2746, through kubectl port-forward" in ended.out
    assert "forwards http://127.0.0.1:" in ended.out
    assert "dns" not in ended.out
    (kubectl / "mode").write_text("missing")
    ended = call("doctor", *WAY)
    assert ended.code == 2
    assert "not ready: mend kubectl first" in ended.out


def test_a_cancelled_wait_leaves_no_kubectl(kubectl: Path) -> None:
    command = [sys.executable, "-m", "argogate", "wait", "later", *WAY, "--appear-timeout", "60"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as gate:
        while not forwardings(kubectl):
            time.sleep(0.01)
        time.sleep(0.2)
        gate.send_signal(signal.SIGTERM)
        gate.communicate()
    assert gate.returncode == 143
    for line in starts(kubectl):
        assert not Path(f"/proc/{line.split()[0]}").exists()
