"""A secret in every source, every command in every ending: nobody gets to see one."""

from __future__ import annotations

import json
import os
import shlex
import ssl
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from argo_replay.server import DemoServer
from argogate.cli.main import COMMANDS
from tests.argo.wire import Tunnel, Wire, answer
from tests.authorization import CLIENT, AuthorizationServer
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Ended

MARK = "s3cr3t"
"""Part of every secret below."""
PROC = Path("/proc")
NAME = "steps-one-fails"


def secret(of: str) -> str:
    return f"{MARK}-{of}-0123456789"


@dataclass(kw_only=True)
class Gate:
    """How the gate is told its secret."""

    words: list[str]
    environ: dict[str, str] = field(default_factory=dict)

    def variables(self, places: Places) -> dict[str, str]:
        """Return the variables, with the addresses of servers put in."""
        put = {"idp": places.idp, "echo": places.urls["401 No"]}
        return {name: text.format(**put) for name, text in self.environ.items()}


def token_variable(_: Path) -> Gate:
    return Gate(words=[], environ={"ARGO_TOKEN": secret("token")})


def token_file(folder: Path) -> Gate:
    (folder / "token").write_text(secret("token"))
    return Gate(words=["--token-file", str(folder / "token")])


def token_command(folder: Path) -> Gate:
    (folder / "vault").write_text(secret("token"))
    code = f"print(open({str(folder / 'vault')!r}).read())"
    command = shlex.join([sys.executable, "-c", code])
    return Gate(words=["--token-command", command])


def broken_command(folder: Path) -> Gate:
    (folder / "vault").write_text(secret("token"))
    code = f"s = open({str(folder / 'vault')!r}).read(); print(s); raise SystemExit('no: ' + s)"
    return Gate(words=["--token-command", shlex.join([sys.executable, "-c", code])])


def basic(_: Path) -> Gate:
    return Gate(
        words=["--basic-user", "ci"], environ={"ARGOGATE_BASIC_PASSWORD": secret("password")}
    )


def headers(folder: Path) -> Gate:
    (folder / "key").write_text(secret("key-in-a-file"))
    return Gate(
        words=["-H", f"X-Key=@{folder / 'key'}", "-H", "Authorization=$MINE", "-H", "X-V=$KEY"],
        environ={"MINE": f"Bearer {secret('token')}", "KEY": secret("key-in-a-variable")},
    )


def oauth(_: Path) -> Gate:
    return Gate(
        words=["--oauth-client-id", CLIENT],
        environ={
            "ARGOGATE_OAUTH_CLIENT_SECRET": secret("client"),
            "ARGOGATE_OAUTH_TOKEN_URL": "{idp}/token",
        },
    )


def github(_: Path) -> Gate:
    return Gate(
        words=["--oidc-audience", "argo"],
        environ={
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret("request"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": "{echo}/token?x=1",
        },
    )


def gitlab(_: Path) -> Gate:
    return Gate(
        words=["--oidc-audience", "argo"],
        environ={"GITLAB_CI": "true", "ARGO_ID_TOKEN": secret("token")},
    )


SOURCES: list[Callable[[Path], Gate]] = [
    token_variable,
    token_file,
    token_command,
    broken_command,
    basic,
    headers,
    oauth,
    github,
    gitlab,
]


class Echo(Wire):
    """Answers with what was asked, as servers and proxies do that want to be helpful."""

    def __init__(self, status: str) -> None:
        super().__init__(keep_alive=True)
        self._status = status

    def reply(self) -> tuple[bytes | float, ...]:
        quoted = " ".join(line for line in self.heads[-1].splitlines() if MARK in line)
        body = json.dumps({"code": 16, "message": f"no: {quoted}"}).encode()
        return (answer(body, self._status, b"Content-Type: application/json\r\n"),)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Servers that end a wait in many ways."""

    urls: dict[str, str]
    idp: str
    ca_file: str


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("places")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with ExitStack() as stack:
        good = stack.enter_context(
            DemoServer([recorded(NAME)], token=secret("token"), speed=10_000)
        )
        login = answer(b"", "302 Found", b"Location: https://login.example/?x=1\r\n")
        page = answer(b"<html>", "200 OK", b"Content-Type: text/html\r\n")
        nonsense = answer(b"{nonsense")
        echoes = [stack.enter_context(Echo(status)) for status in ECHOES]
        wires = [stack.enter_context(Wire(reply)) for reply in (login, page, nonsense)]
        idp = AuthorizationServer(lambda: secret("token"), 600)
        stack.enter_context(idp.serving(tls))
        yield Places(
            urls={
                "good": good.url,
                "refused": "http://127.0.0.1:1",
                "mixed up": good.url.replace("http:", "https:"),
                **dict(zip(ECHOES, (echo.url for echo in echoes), strict=True)),
                **dict(zip(("login", "page", "nonsense"), (w.url for w in wires), strict=True)),
            },
            idp=idp.url,
            ca_file=str(folder / "ca.pem"),
        )


ECHOES = ("401 No", "403 No", "400 Bad", "404 None", "500 Oops", "429 Slow")


@contextmanager
def watched(seen: set[str], mark: str = MARK) -> Iterator[None]:
    """Note the command lines of all processes meanwhile that have the mark."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.005):
            for process in filter(str.isdigit, os.listdir(PROC)):  # noqa: PTH208 - paths are dear
                try:
                    line = (PROC / process / "cmdline").read_bytes()
                except OSError:
                    continue
                if mark.encode() in line:
                    seen.add(line.decode("utf-8", "replace"))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def written(folder: Path) -> str:
    """Return all that was written into a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_text("utf-8", "replace") for path in files)


def run(command: list[str], gate: Gate, places: Places) -> str:
    """Run a command as a process; return all that it showed."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", "argogate", *command, *gate.words],
        env=environ | gate.variables(places),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.stdout + ended.stderr


def waiting(url: str, places: Places, folder: Path, timeout: str = "10s") -> list[str]:
    reports = [
        word
        for name in ("junit", "summary", "result", "record")
        for word in (f"--{name}", str(folder / f"{name}.har"))
    ]
    words = ["wait", NAME, "-s", url, "-n", "argo", "--ca-cert", places.ca_file, "--verbose"]
    limits = ["--outage-timeout", "0", "--timeout", timeout]
    return [*words, *limits, "--artifacts", str(folder / "out"), *reports]


SHARES = 3
"""`make check` tries a share of the endings with each source, CI the others as well."""


@pytest.mark.parametrize(
    "share", [0, *(pytest.param(share, marks=pytest.mark.thorough) for share in range(1, SHARES))]
)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_no_secret_is_shown_in_any_ending(
    places: Places,
    tmp_path: Path,
    source: Callable[[Path], Gate],
    call: Callable[..., Ended],
    share: int,
) -> None:
    gate = source(made(tmp_path / "secrets"))
    variables = gate.variables(places)
    first = SOURCES.index(source) + share
    for number, (ending, url) in enumerate(places.urls.items(), first):
        if number % SHARES and ending != "good":
            continue
        folder = made(tmp_path / "reports" / ending)
        # What is refused is asked again for a while, which adds nothing here.
        timeout = "10s" if ending == "good" else "0.3s"
        ended = call(*waiting(url, places, folder, timeout), *gate.words, **variables)
        assert MARK not in ended.out + ended.err + written(folder), ending
        assert "Traceback" not in ended.err, ending
        assert ended.code in {1, 2, 4, 5, 124}, (ending, ended)


# Those that start another process or say a secret in words; each is a process of the gate.
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            source,
            id=source.__name__,
            marks=[] if source in {token_command, headers} else pytest.mark.thorough,
        )
        for source in SOURCES
    ],
)
def test_no_secret_is_in_the_process_table(
    places: Places, tmp_path: Path, source: Callable[[Path], Gate]
) -> None:
    gate = source(made(tmp_path / "secrets"))
    seen: set[str] = set()
    with watched(seen):
        shown = run(
            waiting(places.urls["good"], places, made(tmp_path / "out"), "2s"), gate, places
        )
    assert MARK not in shown
    assert seen == set()


def test_the_password_of_a_proxy_is_not_shown(
    places: Places, tmp_path: Path, call: Callable[..., Ended]
) -> None:
    with Tunnel(1, user=f"ci:{secret('proxy')}") as proxy:
        right = f"http://ci:{secret('proxy')}@127.0.0.1:{proxy.port}"
        for url in (right, right.replace("ci:", "other:"), right.replace("http:", "ftp:")):
            words = waiting("https://argo.example", places, tmp_path)
            ended = call(*words, HTTPS_PROXY=url, ARGO_TOKEN=secret("token"))
            assert ended.code == 5
            assert MARK not in ended.out + ended.err + written(tmp_path)


def test_a_gate_that_is_called_wrongly_shows_none(
    places: Places, tmp_path: Path, call: Callable[..., Ended]
) -> None:
    for words in (["--no-such"], ["-H", "X"], ["--auth", "oidc"], ["--help"]):
        line = [*waiting(places.urls["good"], places, tmp_path), *words]
        ended = call(*line, ARGO_TOKEN=secret("token"))
        assert ended.code in {0, 2}
        assert MARK not in ended.out + ended.err


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "wait"])
@pytest.mark.parametrize("ending", ["good", "401 No"])
def test_the_other_commands_show_none(
    places: Places, tmp_path: Path, call: Callable[..., Ended], command: str, ending: str
) -> None:
    words = ["demo", str(tmp_path / "out"), "--speed", "1000"]
    if command != "demo":
        words = [command, "--help"] if command == "report" else [command, "-n", "argo"]
    ended = call(
        *words,
        ARGO_SERVER=places.urls[ending],
        ARGO_TOKEN=secret("token"),
        ARGOGATE_HEADER="X-Key=$KEY",
        ARGOGATE_OAUTH_CLIENT_SECRET=secret("client"),
        KEY=secret("key"),
    )
    assert MARK not in ended.out + ended.err + written(tmp_path)
    assert "Traceback" not in ended.err


def test_the_watcher_would_have_seen_a_secret_in_argv() -> None:
    seen: set[str] = set()
    with watched(seen, "visible-1234"):
        subprocess.run(
            [sys.executable, "-c", "import time; time.sleep(0.2)", "visible-1234"], check=True
        )
    assert len(seen) == 1


def test_the_child_of_the_demo_gets_no_secret_that_it_does_not_need(tmp_path: Path) -> None:
    """It talks to a server of its own, so the environment's tokens are none of its business."""
    environ = {
        **os.environ,
        "ARGO_TOKEN": secret("token"),
        "ARGOGATE_HEADER": f"X-Key: {secret('key')}",
        "ARGOGATE_OAUTH_CLIENT_SECRET": secret("client"),
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "argogate", "demo", str(tmp_path / "out"), "--speed", "100"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    child = b""
    while not child and time.monotonic() < until:
        for place in PROC.glob("[0-9]*/stat"):
            try:
                if place.read_text().rpartition(")")[2].split()[1] == str(demo.pid):
                    child = (place.parent / "environ").read_bytes()
            except OSError:
                continue
            if b"demo-token" not in child:
                child = b""
        time.sleep(0.01)
    demo.wait(30)
    assert b"ARGO_TOKEN=demo-token" in child
    assert MARK.encode() not in child
