"""A forwarding that dies is begun anew; what the requests see meanwhile is an outage."""

from __future__ import annotations

import io
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from argogate.argo import portforward
from argogate.argo.address import Address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.kubectl import Kubectl, Service, parse_service
from argogate.argo.portforward import PortForward
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import CertificateRefused, Denied, Malformed, Unavailable
from tests.argo.kubectl import stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.argo.conftest import Authority

SERVICE = Service(namespace="argo", name="argo-server")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portforward, "PAUSE", 0.0)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer([make_run("build")], token="sesame") as one:
        yield one


@pytest.fixture
def cluster(tmp_path: Path, server: DemoServer) -> Path:
    """Return the folder of a stand-in for kubectl, which forwards to the server."""
    stand_in(tmp_path, server.url)
    return tmp_path


@pytest.fixture
def forward(cluster: Path) -> Iterator[PortForward]:
    with closing(PortForward(SERVICE, Kubectl(program=str(cluster / "kubectl")))) as one:
        yield one


def starts(cluster: Path) -> list[str]:
    return (cluster / "starts").read_text().splitlines()


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return b"\nState:\tZ" not in Path(f"/proc/{pid}/status").read_bytes()
    return False


def wait_for_death(pid: int) -> None:
    until = time.monotonic() + 5
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not lives(pid)


def phase(forward: PortForward, trust: Trust | None = None, timeout: float = 5) -> str:
    address = Address(url=f"https://{SERVICE.host}:2746", hidden=True)
    transport = Transport(
        address, Token("sesame", "the token"), trust or Trust(verify=False), forward=forward
    )
    with closing(transport):
        return ArgoServer(transport).poll("argo", "build", timeout=timeout).workflow.phase_word


def test_requests_take_the_way_that_kubectl_names(cluster: Path, forward: PortForward) -> None:
    assert phase(forward) == phase(forward) == "Succeeded"
    [start] = starts(cluster)
    assert start.endswith(" -n argo port-forward --address 127.0.0.1 svc/argo-server :2746")


def test_a_forwarding_whose_pod_has_gone_is_an_outage_and_then_a_new_one(
    cluster: Path, forward: PortForward
) -> None:
    for deaths in range(3):
        assert phase(forward) == "Succeeded"
        assert len(starts(cluster)) == deaths + 1
        (cluster / "gone").touch()
        with pytest.raises(Unavailable):
            phase(forward)
        wait_for_end(forward)


def wait_for_end(forward: PortForward) -> None:
    running = forward._running  # noqa: SLF001 - what has ended is seen by the next request only
    while running and not running.has_ended:
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [
        ("missing", Malformed, "NotFound"),
        ("unconfigured", Malformed, "localhost:8080 was refused"),
        ("forbidden", Denied, "create pods/portforward"),
        ("odd", Unavailable, "something that nobody has seen before"),
    ],
)
def test_what_kubectl_says_at_first_is_sorted_by_remedy(
    cluster: Path, forward: PortForward, mode: str, error: type[Exception], words: str
) -> None:
    (cluster / "mode").write_text(mode)
    with pytest.raises(error, match=words):
        phase(forward)


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("no program", Malformed, "odd cannot be run: Exec format error; check .*--kubectl"),
        (
            f"#!/bin/sh\necho Forwarding from 127.0.0.1:{'9' * 5000} -\\> 1\nsleep 9",
            Unavailable,
            "has not begun",
        ),
        ("#!/bin/sh\necho Forwarding from 127.0.0.1:99999 -\\> 1\nsleep 9", Unavailable, "answers"),
    ],
    ids=["no-program", "no-number", "no-port"],
)
def test_a_kubectl_that_is_none_is_no_traceback(
    tmp_path: Path, program: str, error: type[Exception], words: str
) -> None:
    odd = tmp_path / "odd"
    odd.write_text(program)
    odd.chmod(0o755)
    with (
        closing(PortForward(SERVICE, Kubectl(program=str(odd)))) as forward,
        pytest.raises(error, match=words) as raised,
    ):
        phase(forward, timeout=0.5)
    assert "Traceback" not in str(raised.value)


def test_a_line_without_an_end_comes_in_pieces() -> None:
    read = list(portforward._lines(io.BytesIO(b"x" * 9999 + b"\nForwarding")))  # noqa: SLF001
    assert max(map(len, read)) == portforward.LONGEST_LINE
    assert read[-1] == b"Forwarding"


def test_the_same_later_is_an_outage(cluster: Path, forward: PortForward) -> None:
    assert phase(forward) == "Succeeded"
    (cluster / "mode").write_text("forbidden")
    (cluster / "gone").touch()
    for _ in range(2):
        with pytest.raises(Unavailable):
            phase(forward)
        wait_for_end(forward)


def test_silence_is_an_outage_that_names_the_likely_cause(
    cluster: Path, forward: PortForward
) -> None:
    (cluster / "mode").write_text("silent")
    with pytest.raises(Unavailable, match="does a running pod stand behind that service"):
        phase(forward, timeout=0.3)


def test_a_forwarding_that_lives_and_leads_nowhere_is_begun_anew(
    cluster: Path, forward: PortForward
) -> None:
    (cluster / "mode").write_text("stuck")
    for _ in range(2):
        with pytest.raises(Unavailable):
            phase(forward)
    (cluster / "mode").write_text("")
    assert phase(forward) == "Succeeded"
    assert len(starts(cluster)) == 2


def test_only_failures_in_a_row_begin_it_anew(cluster: Path, forward: PortForward) -> None:
    def ask(*, fails: bool) -> None:
        with suppress(Unavailable), forward.way():
            if fails:
                msg = "no answer"
                raise Unavailable(msg)

    for fails in (True, False, True, False):
        ask(fails=fails)
    assert len(starts(cluster)) == 1
    for fails in (True, True, True, False):  # after two of them there is another one
        ask(fails=fails)
    assert len(starts(cluster)) == 2


def test_the_port_of_what_has_ended_is_nobodys(forward: PortForward) -> None:
    assert phase(forward) == "Succeeded"
    running = forward._running  # noqa: SLF001 - between two looks at it
    assert running
    assert running.port(0) is not None
    running.end()
    assert running.port(0) is None


def test_the_signals_of_a_terminal_are_not_for_kubectl(cluster: Path, forward: PortForward) -> None:
    assert phase(forward) == "Succeeded"
    [start] = starts(cluster)
    assert os.getsid(int(start.split()[0])) != os.getsid(0)


def test_what_does_not_even_say_whether_it_speaks_tls_is_an_outage(
    cluster: Path, forward: PortForward
) -> None:
    (cluster / "mode").write_text("deaf")
    assert forward._alive().port(5)  # noqa: SLF001 - kubectl has begun, however slow the machine
    with pytest.raises(Unavailable, match="nothing answers through kubectl port-forward"):
        phase(forward, timeout=0.3)


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Give the port of a server that says this at the first word, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(1 << 16)
                link.sendall(answer)

        threading.Thread(target=hang_up, daemon=True).start()
        yield listener.getsockname()[1]


def test_who_hangs_up_at_the_first_word_of_tls_has_not_said_that_it_is_plain() -> None:
    with answering(b"") as port, pytest.raises(ssl.SSLEOFError):
        portforward._speaks_tls(port, 5)  # noqa: SLF001 - no race then


@pytest.mark.parametrize(
    ("answer", "is_tls"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00", False),
        (b"\x15\x03\x03\x00\x02\x02\x28", True),
        (b"\x15\x03\x03\x00\x02\x02\x50", True),
    ],
    ids=["HTTP", "HTTP/2", "handshake_failure", "internal_error"],
)
def test_an_alert_of_tls_is_no_sign_of_plain_http(answer: bytes, *, is_tls: bool) -> None:
    with answering(answer) as port:
        assert portforward._speaks_tls(port, 5) is is_tls  # noqa: SLF001 - as above


def test_starts_are_not_in_a_hurry(
    cluster: Path, forward: PortForward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portforward, "PAUSE", 60.0)
    (cluster / "mode").write_text("odd")
    for _ in range(2):
        with pytest.raises(Unavailable, match="nobody has seen before"):
            phase(forward)
    assert len(starts(cluster)) == 1


def test_what_is_closed_is_not_begun_anew(cluster: Path, forward: PortForward) -> None:
    forward.close()
    with pytest.raises(Unavailable, match="is closed"):
        phase(forward)
    assert not (cluster / "starts").exists()


def test_closing_leaves_no_process(cluster: Path, forward: PortForward) -> None:
    assert phase(forward) == "Succeeded"
    [start] = starts(cluster)
    forward.close()
    assert not lives(int(start.split()[0]))
    with pytest.raises(Unavailable):
        phase(forward)


def test_closing_ends_the_real_kubectl_behind_a_script_of_that_name(cluster: Path) -> None:
    script = cluster / "wrapper"
    script.write_text(f'#!/bin/sh\n{cluster / "kubectl"} "$@"\necho it ended\n')
    script.chmod(0o755)
    with closing(PortForward(SERVICE, Kubectl(program=str(script)))) as forward:
        assert phase(forward) == "Succeeded"
    [start] = starts(cluster)
    wait_for_death(int(start.split()[0]))


def test_a_supervisor_that_hears_nothing_is_ended(
    cluster: Path, forward: PortForward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portforward, "ENDING", 0.05)
    monkeypatch.setattr(portforward, "SUPERVISOR", "import time; time.sleep(30)")
    with pytest.raises(Unavailable):
        phase(forward, timeout=0.2)
    forward.close()
    assert not (cluster / "starts").exists()


def test_not_even_kill_9_leaves_kubectl_behind(cluster: Path) -> None:
    script = (
        "import time\n"
        "from argogate.argo.kubectl import Kubectl, Service\n"
        "from argogate.argo.portforward import PortForward\n"
        f"forward = PortForward(Service(namespace='argo', name='argo-server'), "
        f"Kubectl(program={str(cluster / 'kubectl')!r}))\n"
        "with forward.way() as way:\n"
        "    print(way, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as gate:
        assert gate.stdout
        assert gate.stdout.readline().startswith(b"http://127.0.0.1:")
        [start] = starts(cluster)
        gate.send_signal(signal.SIGKILL)
    wait_for_death(int(start.split()[0]))


def test_a_program_that_cannot_be_started_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="cannot be started: No such file"):
        phase(PortForward(SERVICE, Kubectl()))


def test_tls_is_found_out_and_the_certificate_is_that_of_the_service(
    tmp_path: Path, authority: Authority
) -> None:
    kubectl = Kubectl(program=str(tmp_path / "kubectl"))
    for name, right in ((SERVICE.host, True), ("127.0.0.1", False)):
        tls = authority.server(name)
        with (
            DemoServer([make_run("build")], token="sesame", tls=tls) as server,
            closing(PortForward(SERVICE, kubectl)) as forward,
        ):
            stand_in(tmp_path, server.url)
            assert phase(forward) == "Succeeded"  # unverified, where no authority is named
            if right:
                assert phase(forward, authority.trust) == "Succeeded"
                continue
            with pytest.raises(CertificateRefused, match="it was issued for 127"):
                phase(forward, authority.trust)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("argo-server", Service(namespace="ci", name="argo-server")),
        ("argo/argo-server", SERVICE),
        ("argo/svc:80", Service(namespace="argo", name="svc", port=80)),
        (" svc/argo-server ", Service(namespace="ci", name="argo-server")),
    ],
)
def test_a_service_is_read(text: str, service: Service) -> None:
    assert parse_service(text, "ci") == service


@pytest.mark.parametrize(
    "text", ["", "/a", "a/", "-a", "a b", "a:0", "a:x", "a:70000", "a/b/c", "--flag", "A", "a/-o"]
)
def test_what_is_no_service_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SERVICE"):
        parse_service(text, "ci")


def test_a_context_is_said_first() -> None:
    words = Kubectl(program="k", context="lab").words("argo", "get")
    assert words == ["k", "--context", "lab", "-n", "argo", "get"]
