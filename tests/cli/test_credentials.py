"""Which credentials are taken, what is said about it, and what is refused at the door."""

from __future__ import annotations

import base64
import os
import pty
import shlex
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from argo_replay.server import DemoServer
from argogate.cli import credentials
from tests.authorization import CLIENT, SECRET, AuthorizationServer
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

NAME = "hello-succeeds"


@pytest.fixture(autouse=True)
def no_cluster(clean: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let no pod around these tests give them a token; return where one would be."""
    place = tmp_path / "serviceaccount"
    clean.setattr(credentials, "SERVICE_ACCOUNT", place)
    for name in list(os.environ):
        if name.startswith(("ACTIONS_", "BUILDKITE", "CIRCLECI", "GOOGLE_")):
            clean.delenv(name)
    return place


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer([recorded(NAME)], token=TOKEN, speed=10_000) as server:
        time.sleep(0.02)
        yield server


def environment(server: DemoServer) -> dict[str, str]:
    return {"ARGO_SERVER": server.url, "ARGO_NAMESPACE": "argo"}


def authorization(server: DemoServer) -> str:
    """Return the header of the first request."""
    return str(server.requests[0].headers["Authorization"])


def test_the_order_of_the_sources(
    call: Call, server: DemoServer, tmp_path: Path, no_cluster: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    no_cluster.mkdir()
    (no_cluster / "token").write_text(TOKEN)
    command = shlex.join([sys.executable, "-c", f"print({TOKEN!r})"])
    known = environment(server)
    for variables, said in (
        ({}, "credentials: the service account of this pod"),
        ({"ARGO_TOKEN": TOKEN}, "credentials: the token of ARGO_TOKEN"),
        ({"ARGOGATE_TOKEN": TOKEN}, "credentials: the token of ARGOGATE_TOKEN"),
        ({"ARGOGATE_TOKEN_COMMAND": command}, "credentials: the token command python"),
        ({"ARGOGATE_TOKEN_FILE": str(file)}, f"credentials: the token file {file}"),
    ):
        known |= variables
        ended = call("wait", NAME, **known)
        assert ended.code == 0
        assert said in ended.err
        assert TOKEN not in ended.err + ended.out


def test_the_first_line_still_says_where_to_look(call: Call, server: DemoServer) -> None:
    ended = call("wait", NAME, ARGO_TOKEN=TOKEN, **environment(server))
    assert server.url in ended.err.splitlines()[0]
    assert "credentials: " in ended.err.splitlines()[1]


def test_a_source_can_be_chosen(call: Call, server: DemoServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("another")
    (tmp_path / "token").chmod(0o600)
    variables = environment(server) | {"ARGO_TOKEN": TOKEN}
    words = ("--token-file", str(tmp_path / "token"))
    assert call("wait", NAME, *words, "--auth", "token", **variables).code == 0
    assert call("wait", NAME, *words, "--timeout", "0.3s", **variables).code == 124


def test_name_and_password_go_to_a_proxy(call: Call, server: DemoServer, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2-hunter2\n")
    (tmp_path / "password").chmod(0o600)
    expected = "Basic " + base64.b64encode(b"ci:hunter2-hunter2").decode()
    variables = environment(server) | {"ARGOGATE_BASIC_USER": "ci"}
    file = str(tmp_path / "password")
    for words, more in (
        (("--basic-password-file", file), {}),
        ((), {"ARGOGATE_BASIC_PASSWORD": "hunter2-hunter2"}),
    ):
        server.requests.clear()
        ended = call("wait", NAME, "--timeout", "0.3s", *words, **variables, **more)
        assert authorization(server) == expected
        assert "system:anonymous" in ended.err
        assert "hunter2" not in ended.err + ended.out


def test_headers_come_from_options_and_lines_of_a_variable(
    call: Call, server: DemoServer, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text("key-in-a-file")
    file.chmod(0o600)
    variables = environment(server) | {"ARGO_TOKEN": TOKEN, "KEY": "key-in-a-variable"}
    words = ("-H", f"X-File=@{file}", "--header", "X-Variable=$KEY", "-H", "X-Literal: a b")
    ended = call("wait", NAME, *words, **variables)
    assert ended.code == 0
    sent = server.requests[0].headers
    assert sent["Authorization"] == f"Bearer {TOKEN}"
    assert (sent["X-File"], sent["X-Variable"]) == ("key-in-a-file", "key-in-a-variable")
    assert sent["X-Literal"] == "a b"
    assert "the value of the header X-Literal can be seen in the process list" in ended.err
    assert "key-in-a" not in ended.err + ended.out
    server.requests.clear()
    ended = call("wait", NAME, ARGOGATE_HEADER="X-One: a b\n\nX-Two=$KEY\n", **variables)
    assert ended.code == 0
    assert server.requests[0].headers["X-One"] == "a b"
    assert server.requests[0].headers["X-Two"] == "key-in-a-variable"
    assert "process list" not in ended.err


def test_a_header_authorization_stands_for_itself(call: Call, server: DemoServer) -> None:
    variables = environment(server) | {"MINE": f"Bearer {TOKEN}", "ARGO_TOKEN": "other"}
    ended = call("wait", NAME, "-H", "Authorization=$MINE", **variables)
    assert ended.code == 0
    assert "credentials: the header Authorization" in ended.err
    assert authorization(server) == f"Bearer {TOKEN}"


def test_no_credentials_at_all_are_said_too(call: Call) -> None:
    with DemoServer([recorded(NAME)], speed=10_000) as server:
        time.sleep(0.02)
        ended = call("wait", NAME, "--auth", "none", **environment(server))
    assert ended.code == 0
    assert "credentials: none" in ended.err


def test_a_key_or_token_that_others_may_read_is_warned_about(
    call: Call, server: DemoServer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o644)
    certificate = trustme.CA().issue_cert("ci@argo.example").private_key_and_cert_chain_pem
    certificate.write_to_path(tmp_path / "client.pem")
    (tmp_path / "client.pem").chmod(0o640)
    pem = str(tmp_path / "client.pem")
    words = ("--token-file", str(tmp_path / "token"), "--client-certificate", pem)
    ended = call("wait", NAME, *words, "--client-key", pem, **environment(server))
    assert ended.code == 0
    assert f"chmod 600 {tmp_path / 'token'}" in ended.err
    assert f"chmod 600 {pem}" in ended.err
    (tmp_path / "client.pem").chmod(0o600)
    ended = call("wait", NAME, *words, "--client-key", pem, **environment(server))
    assert f"chmod 600 {pem}" not in ended.err


def test_a_missing_permission_comes_with_the_role_that_grants_it(
    call: Call, server: DemoServer, tmp_path: Path
) -> None:
    variables = environment(server) | {"ARGO_TOKEN": TOKEN}
    junit = tmp_path / "junit.xml"
    ended = call("wait", NAME, "-n", "other", "--junit", str(junit), **variables)
    assert ended.code == 4
    assert "a Role that would do (kubectl apply -f -):\napiVersion: rbac" in ended.err
    assert "metadata: {name: argogate, namespace: other}" in ended.err
    assert "kind: RoleBinding" in ended.err
    assert "kind: Role" not in ended.out + junit.read_text()


REFUSED = [
    (("--auth", "token"), "no token is there"),
    (("--auth", "auto"), "no token is there"),
    (("--auth", "token-file"), "--auth token-file needs --token-file FILE"),
    (("--auth", "token-command"), "--auth token-command needs --token-command COMMAND"),
    (("--token-command", "'open"), "--token-command cannot be run: No closing quotation"),
    (("--auth", "oidc"), "--auth oidc needs --oidc-audience AUDIENCE"),
    (("--auth", "basic", "--basic-password-file", "/dev/null"), "needs --basic-user NAME"),
    (("--basic-user", "ci"), "set ARGOGATE_BASIC_PASSWORD or give --basic-password-file"),
    (("--auth", "oauth"), "--oauth-token-url must be an https:// address"),
    (("--oauth-token-url", "https://idp/t"), "--auth oauth needs --oauth-client-id ID"),
    (("--token-file", "/dev/null"), "can be read once only; use --token-command instead"),
    (("-H", "nonsense"), "a header is NAME=@FILE"),
    (("-H", "X=@/no/such/file"), "the header X: the file /no/such/file does not exist"),
    (("-H", "X=@/dev/null"), "the header X: the file /dev/null cannot be read (again)"),
    (("-H", "X=${S3CRET}"), "the header X has no value but what looks like a placeholder"),
    (("--basic-user", "${USER}"), "--basic-user looks like a placeholder"),
    (("-H", "X=$NO_SUCH_VARIABLE"), "the variable NO_SUCH_VARIABLE is not set"),
    (("-H", "Authorization=x", "--auth", "oidc"), "exclude each other; give one"),
    (("--header", "X-Key=s3cret", "--auth", "none", "-s", "http://h"), "plain HTTP and would show"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_is_missing_or_contradicts_itself_is_said_in_one_sentence(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    ended = call("wait", "wf", *words, ARGO_SERVER="127.0.0.1:1")
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1
    assert "s3cret" not in ended.err


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("$(ARGO_TOKEN)", "looks like a placeholder that nobody has filled in"),
        ("'s3cret'", "looks like a value with quotes around it"),
        ("/builds/ci/s3cret", "looks like the path of a file; give it with --"),
        ("ZXlKaGJHY2lPaS5KOS1odW50ZXIyLngK", "looks like a token in base64"),
    ],
)
def test_a_secret_that_can_be_none_is_not_sent_wherever_it_is_kept(
    call: Call, tmp_path: Path, value: str, said: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{value}\n")
    basic = ("--basic-user", "ci")
    oauth = ("--oauth-token-url", "https://idp.example/t", "--oauth-client-id", "x")
    for words, variables in (
        ((), {"ARGO_TOKEN": value}),
        (("--token-file", str(file)), {}),
        (basic, {"ARGOGATE_BASIC_PASSWORD": value}),
        ((*basic, "--basic-password-file", str(file)), {}),
        (oauth, {"ARGOGATE_OAUTH_CLIENT_SECRET": value}),
        ((*oauth, "--oauth-client-secret-file", str(file)), {}),
    ):
        ended = call("wait", "wf", *words, ARGO_SERVER="127.0.0.1:1", **variables)
        assert ended.code == 2, words
        assert said in ended.err
        assert "s3cret" not in ended.err


def test_a_file_that_is_still_empty_may_be_written_soon(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.touch()
    words = ("--token-file", str(file), "--outage-timeout", "0")
    assert call("wait", "wf", *words, ARGO_SERVER="127.0.0.1:1").code == 5


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example/t",
        "idp.example/t",
        "https://me:x@idp.example/t",
        "https:///t",
        "http://[",
    ],
)
def test_a_client_secret_goes_only_where_nobody_listens(call: Call, url: str) -> None:
    words = ("--oauth-token-url", url, "--oauth-client-id", "x")
    ended = call("wait", "wf", *words, ARGO_SERVER="h:1", ARGOGATE_OAUTH_CLIENT_SECRET="x")
    assert ended.code == 2
    assert "--oauth-token-url must be an https:// address without a user's name" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--oauth-client-id needs its secret: set ARGOGATE_OAUTH_CLIENT_SECRET or"),
        (("--oauth-authorize-url", "https://idp.example/a"), "needs a person at a terminal"),
    ],
)
def test_a_client_needs_a_secret_or_a_person(call: Call, words: tuple[str, ...], said: str) -> None:
    known = ("--oauth-token-url", "https://idp.example/t", "--oauth-client-id", "x")
    ended = call("wait", "wf", *known, *words, ARGO_SERVER="h:1")
    assert ended.code == 2
    assert said in ended.err


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[tuple[AuthorizationServer, str]]:
    """Return an authorization server that gives the token of the demo server, and its authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with AuthorizationServer(lambda: TOKEN, 600).serving(context) as idp:
        yield idp, str(tmp_path / "ca.pem")


def test_a_machine_gets_its_token_by_oauth(
    call: Call, server: DemoServer, identity: tuple[AuthorizationServer, str]
) -> None:
    idp, ca_file = identity
    words = ("--oauth-token-url", f"{idp.url}/token", "--oauth-client-id", CLIENT)
    variables = environment(server) | {"ARGOGATE_OAUTH_CLIENT_SECRET": SECRET}
    ended = call("wait", NAME, *words, "--ca-cert", ca_file, **variables)
    assert ended.code == 0
    assert f"credentials: the OAuth client {CLIENT} of {idp.url}/token" in ended.err
    wrong = variables | {"ARGOGATE_OAUTH_CLIENT_SECRET": "wrong-secret-99"}
    ended = call("wait", NAME, *words, "--ca-cert", ca_file, **wrong)
    assert ended.code == 4
    assert "is refused: invalid_client" in ended.out
    assert "wrong-secret-99" not in ended.out + ended.err


def test_a_job_asks_its_ci_system(call: Call, server: DemoServer) -> None:
    variables = environment(server) | {"GITLAB_CI": "true", "ARGO_ID_TOKEN": TOKEN}
    ended = call("wait", NAME, "--oidc-audience", "argo", **variables)
    assert ended.code == 0
    assert "credentials: the CI's identity for the audience argo" in ended.err


@pytest.mark.usefixtures("measured")
def test_a_person_at_a_terminal_logs_in_with_a_browser(
    clean: pytest.MonkeyPatch,
    server: DemoServer,
    identity: tuple[AuthorizationServer, str],
    tmp_path: Path,
) -> None:
    idp, ca_file = identity
    browser = tmp_path / "browser"
    code = (
        "import ssl, sys; from urllib.request import urlopen;"
        f"urlopen(sys.argv[1], context=ssl.create_default_context(cafile={ca_file!r}), timeout=20)"
    )
    browser.write_text(f"#!{sys.executable} -S\n{code}\n")  # not measured, other than the gate
    browser.chmod(0o700)
    clean.setenv("BROWSER", str(browser))
    clean.setenv("ARGO_SERVER", server.url)
    words = ["wait", NAME, "-n", "argo", "--oauth-token-url", f"{idp.url}/token"]
    words += ["--oauth-authorize-url", f"{idp.url}/authorize", "--oauth-client-id", CLIENT]
    terminal, inner = pty.openpty()
    with os.fdopen(terminal, "rb"), os.fdopen(inner, "rb+", buffering=0) as screen:
        ended = subprocess.run(
            [sys.executable, "-m", "argogate", *words, "--ca-cert", ca_file],
            stdin=screen,
            stdout=subprocess.PIPE,
            stderr=screen,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 0
    assert b"passed" in ended.stdout
    assert idp.requests == ["GET /authorize", "POST /token"]
