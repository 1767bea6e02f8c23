"""The ladder against a healthy server, and with each rung broken in turn."""

from __future__ import annotations

import base64
import itertools
import json
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate.argo import deadline
from argogate.argo.address import parse_address
from argogate.argo.credentials import Credential, Token, TokenFile
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.doctor.climb import UPPER, WAY, climb
from argogate.doctor.ladder import Visit
from argogate.doctor.permissions import NO_UID
from argogate.doctor.text import render_json, render_text
from argogate.model.workflow import Shutdown
from tests.argo.wire import Tunnel, Wire, answer
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.doctor.ladder import Ladder
    from tests.argo.conftest import Authority

NAME = "hello-succeeds"

RUNGS = (*WAY, *UPPER)
EXPECTED = Path(__file__).parent / "expected"
"""What is written for each of the cases; URL and PORT stand for the server's own."""
HEALTHY = (EXPECTED / "healthy.txt").read_text("utf-8")


def visited(
    url: str,
    *,
    credential: Credential | None = None,
    trust: Trust | None = None,
    now: datetime | None = None,
    **wishes: Any,  # noqa: ANN401 - as a Visit has it
) -> Ladder:
    """Climb the ladder at that address."""
    token = credential or Token(TOKEN, "the token of ARGO_TOKEN")
    visit = Visit(
        transport=Transport(parse_address(url), token, trust or Trust()),
        now=lambda: now or datetime.now(UTC),
        timeout=5,
        **({"namespace": "argo"} | wishes),
    )
    return climb(visit)


def told(ladder: Ladder, url: str) -> str:
    """Return the text, without what differs from run to run."""
    text = render_text(ladder).replace(url, "URL")
    return text.replace(url.rpartition(":")[2], "PORT")


def unusual(ladder: Ladder, url: str) -> list[str]:
    """Return the lines that a healthy server would not have caused, their blanks folded."""
    healthy = HEALTHY.splitlines()
    return [
        " ".join(line.split()) for line in told(ladder, url).splitlines() if line not in healthy
    ]


class Hasty:
    """A clock whose waits are over at once: the time is there when they end."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self._skipped

    def wait(self, seconds: float, wake: threading.Event) -> None:
        wake.wait(0.001)
        self._skipped += seconds


@contextmanager
def serving(
    *faults: Fault,
    run: str = NAME,
    token: str | None = TOKEN,
    tls: ssl.SSLContext | None = None,
    at: float = 5,
) -> Iterator[str]:
    """Serve a run, of which it is that second now."""
    clock, began = Hasty(), datetime.now(UTC) - timedelta(seconds=at)
    with DemoServer(
        [recorded(run)], faults=faults, token=token, tls=tls, clock=clock, epoch=began
    ) as server:
        clock.wait(at, threading.Event())
        yield server.url


def answering(path: str, status: int, document: object) -> Fault:
    """Answer requests for that path with JSON, or with a page."""
    page = isinstance(document, bytes)
    return Fault(
        kind=FaultKind.ANSWER,
        match=path,
        status=status,
        headers=(("Content-Type", "text/html" if page else "application/json"),),
        body=document if isinstance(document, bytes) else json.dumps(document).encode(),
    )


def forbidding(path: str, verb: str, resource: str) -> Fault:
    """Forbid one thing, in the words of Kubernetes."""
    said = f'{resource} is forbidden: User "ci" cannot {verb} resource "{resource}"'
    return answering(path, 403, {"code": 7, "message": said})


def not_reached(first: str) -> list[str]:
    """Return the lines for the rungs from that one on."""
    return [f"skipped {what} not reached" for what in RUNGS[RUNGS.index(first) :]]


def test_a_healthy_server_is_told_so() -> None:
    with serving() as url:
        ladder = visited(url)
    assert told(ladder, url) == HEALTHY
    assert ladder.exit_code == 0


LIST, GET = r"\A/api/v1/workflows/argo\Z", r"/workflows/argo/[^/]+\Z"
VERSION, ARCHIVE = r"/version\Z", "archived-workflows"
PAGE = b"<html>"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What goes wrong, what is wished for, and the exit code."""

    exit_code: int = 0
    faults: tuple[Fault, ...] = ()
    wishes: dict[str, Any] = field(default_factory=dict)


CASES = {
    "healthy": Case(),
    "no-get-with-everything": Case(
        exit_code=4,
        faults=(forbidding(GET, "get", "workflows"),),
        wishes={"name": NAME, "artifacts": True, "shutdown": Shutdown.STOP},
    ),
    "logs-of-a-pod": Case(
        faults=(answering("/log", 200, {"result": {"content": "hello"}}),), wishes={"name": NAME}
    ),
    "no-get": Case(exit_code=4, faults=(forbidding(GET, "get", "workflows"),)),
    "no-list": Case(faults=(forbidding(LIST, "list", "workflows"),)),
    "no-list-for-labels": Case(
        exit_code=4, faults=(forbidding(LIST, "list", "workflows"),), wishes={"several": True}
    ),
    "no-watch": Case(faults=(forbidding("workflow-events", "watch", "workflows"),)),
    "no-events": Case(faults=(forbidding("stream/events", "watch", "events"),)),
    "not-listening": Case(
        faults=(forbidding("events", "watch", "events"),), wishes={"listen": False}
    ),
    "streams-down": Case(faults=(answering("events/argo", 503, {"code": 14, "message": "down"}),)),
    "streams-quiet": Case(
        faults=(answering("events/argo", 429, {"error": {"grpc_code": 8, "message": "EOF"}}),)
    ),
    "streams-limited": Case(
        faults=(answering("events/argo", 429, {"error": {"grpc_code": 8, "message": "later"}}),)
    ),
    "no-pods": Case(faults=(forbidding("/log", "watch", "pods"),), wishes={"name": NAME}),
    "with-name": Case(wishes={"name": NAME}),
    "no-logs-wished": Case(wishes={"logs": False}),
    "nothing-to-follow": Case(
        faults=(forbidding("/log", "watch", "pods"),),
        wishes={"name": NAME, "logs": False, "follow": True},
    ),
    "not-there-yet": Case(wishes={"name": "later"}),
    "no-archive": Case(faults=(answering(ARCHIVE, 500, {"code": 13, "message": "not supported"}),)),
    "archive-forbidden": Case(
        faults=(answering(ARCHIVE, 403, {"code": 7, "message": "permission denied"}),)
    ),
    "archive-with-everything": Case(
        faults=(answering(ARCHIVE, 200, {"metadata": {"uid": NO_UID, "name": "any"}}),)
    ),
    "artifacts-without-name": Case(wishes={"artifacts": True}),
    "stopping": Case(wishes={"shutdown": Shutdown.STOP}),
    "no-stopping": Case(
        exit_code=4,
        faults=(forbidding("/stop", "patch", "workflows"),),
        wishes={"shutdown": Shutdown.STOP},
    ),
    "stops-anything": Case(
        faults=(answering("/stop", 200, {}),), wishes={"shutdown": Shutdown.STOP}
    ),
    "page-for-list": Case(exit_code=5, faults=(answering(LIST, 200, PAGE),)),
    "redirect": Case(exit_code=5, faults=(answering(VERSION, 302, b""),)),
    "refused-by-proxy": Case(exit_code=4, faults=(answering(VERSION, 403, PAGE),)),
    "page-for-version": Case(exit_code=5, faults=(answering(VERSION, 200, PAGE),)),
    "another-api": Case(exit_code=5, faults=(answering(VERSION, 200, {"hello": "world"}),)),
    "another-shape": Case(exit_code=5, faults=(answering(VERSION, 200, []),)),
    "very-old": Case(faults=(answering(VERSION, 200, {"version": "v3.3.10"}),)),
    "own-build": Case(faults=(answering(VERSION, 200, {"version": "latest+unknown"}),)),
    "wrong-token": Case(
        exit_code=4, wishes={"credential": Token("nonsense", "the token of ARGO_TOKEN")}
    ),
    "no-token": Case(exit_code=4, wishes={"credential": Credential()}),
    "no-token-file": Case(exit_code=4, wishes={"credential": TokenFile("/no/such/token")}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_rung_says_what_was_seen_and_what_to_do(name: str) -> None:
    case = CASES[name]
    with serving(*case.faults) as url:
        ladder = visited(url, **case.wishes)
    assert told(ladder, url) == (EXPECTED / f"{name}.txt").read_text("utf-8")
    assert ladder.exit_code == case.exit_code


def test_every_expected_text_belongs_to_a_case() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(CASES)


def test_nothing_is_changed() -> None:
    with DemoServer([recorded(NAME)], token=TOKEN, clock=Hasty()) as server:
        visited(server.url, name=NAME, artifacts=True, shutdown=Shutdown.TERMINATE)
        asked = [(request.method, request.path) for request in server.requests]
        assert all("container" in str(r.query) for r in server.requests if r.path.endswith("/log"))
    changing = [path for method, path in asked if method != "GET"]
    assert changing == ["/api/v1/workflows/argo/argogate-doctor-looks-for-nothing/terminate"]


def test_a_page_in_place_of_the_api_is_a_wrong_base_path() -> None:
    with serving() as url:
        ladder = visited(f"{url}/argo")
    assert unusual(ladder, f"{url}/argo")[1:] == [
        "failed api URL/api/v1/version answered 200 with an HTML page",
        "→ that is the UI or a login page: check the address and --base-href",
        *not_reached("version"),
        "not ready: mend api first",
    ]
    assert ladder.exit_code == 5


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    ladder = visited(url)
    assert unusual(ladder, url) == [
        "failed tcp URL: connection refused",
        "→ is the server up and the port right?",
        *not_reached("tls"),
        "not ready: mend tcp first",
    ]
    assert ladder.exit_code == 5


@pytest.mark.parametrize("host", ["argo.invalid", "a" * 64 + ".example"])
def test_a_host_that_nobody_knows_fails_at_dns(host: str) -> None:
    ladder = visited(f"http://{host}:2746")
    lines = unusual(ladder, f"http://{host}:2746")
    assert re.fullmatch(rf"failed dns {host} is unknown here \(.+\)", lines[0])
    assert lines[1:] == [
        "→ check the address and DNS",
        *not_reached("tcp"),
        "not ready: mend dns first",
    ]
    assert ladder.exit_code == 5


def test_a_name_is_looked_up() -> None:
    with serving() as url:
        local = url.replace("127.0.0.1", "localhost")
        text = render_text(visited(local))
    assert re.search(r"ok +dns +localhost is .*127\.0\.0\.1", text)


def test_a_server_that_does_not_speak_http_fails_at_the_api() -> None:
    with Wire(b"SSH-2.0-OpenSSH_9.2\r\n") as wire:
        ladder = visited(wire.url)
    assert unusual(ladder, wire.url)[0] == "failed api URL: what answers there does not speak HTTP"
    assert ladder.exit_code == 5


def jwt(expires: datetime) -> str:
    """Return a token that says when it ends."""
    claims = json.dumps({"exp": int(expires.timestamp())}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sig"


def test_the_end_of_a_token_is_told() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    token = jwt(now + timedelta(minutes=50))
    with serving(token=token) as url:
        ladder = visited(url, credential=Token(token, "the token"), now=now)
    [line] = unusual(ladder, url)
    assert re.fullmatch(r"ok credentials the token \(expires in 50m, \S+ \S+ UTC\)", line)


def test_an_expired_token_is_told_from_a_wrong_one() -> None:
    token = jwt(datetime(2026, 11, 23, 10, tzinfo=UTC))
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with serving() as url:
        text = render_text(visited(url, credential=Token(token, "the token"), now=noon))
    assert "Unauthorized (has expired, 2026-11-23 10:00 UTC)" in text


def test_another_namespace_shows_as_missing_permissions() -> None:
    with serving() as url:
        ladder = visited(url, namespace="other", listen=False)
    assert ladder.exit_code == 4
    assert "Role in namespace other" in told(ladder, url)


def test_a_server_without_authentication_is_fine() -> None:
    with serving(token=None) as url:
        ladder = visited(url, credential=Credential())
    assert unusual(ladder, url) == ["ok credentials none sent"]


@pytest.mark.parametrize(("minutes", "side"), [(5.5, "ahead of"), (-5.5, "behind")])
def test_a_clock_that_is_off_is_a_warning(minutes: float, side: str) -> None:
    with serving() as url:
        ladder = visited(url, now=datetime.now(UTC) + timedelta(minutes=minutes))
    first, *others = unusual(ladder, url)
    assert re.fullmatch(rf"warning clock 5m \d+s {side} the server's", first)
    assert others == [
        "→ set the clock: ages, tokens and certificates are judged by it",
        "ready, but see clock",
    ]


def test_a_server_that_does_not_say_its_time_is_no_problem() -> None:
    listed = answer(b'{"version":"v4.1.2","items":null}', headers=b"Content-Type: text/json\r\n")
    with Wire(listed) as wire:
        ladder = visited(wire.url, listen=False, logs=False)
    assert "skipped clock the server does not say its time" in unusual(ladder, wire.url)


def test_an_old_release_is_known_without_its_header() -> None:
    with serving(run="older/v3.4.18/hello-succeeds") as url:
        ladder = visited(url)
    assert unusual(ladder, url) == ["ok version v3.4.18"]


OPENED = r"ok +read artifacts +\S+ of \S+ can be read"
ENDED = 60
"""Played seconds after which the runs below are over."""


@pytest.mark.parametrize(
    ("fault", "exit_code", "said"),
    [
        ({"times": 0}, 0, OPENED),
        ({"status": 501, "body": b"Not Implemented\n"}, 0, OPENED),
        (
            {"status": 500},
            4,
            r"answered 500\n +→ the storage may be down, .* lacks:\n +- .* resources: \[secrets\]",
        ),
        ({"status": 503}, 5, r"failed +read artifacts +\S+ answered 503\n"),
        (
            {"status": 403, "body": b"Forbidden\n"},
            4,
            r"failed +read artifacts .+\n.+\n +- \{apiGroups: \[\"\"\], resources: \[secrets\]",
        ),
    ],
)
def test_an_artifact_of_a_workflow_is_opened(
    fault: dict[str, Any], exit_code: int, said: str
) -> None:
    broken = Fault(kind=FaultKind.ANSWER, match="/artifacts/", **fault)
    with serving(broken, run="artifacts", at=ENDED) as url:
        ladder = visited(url, name="artifacts", artifacts=True, logs=False, listen=False)
    assert re.search(said, told(ladder, url)), told(ladder, url)
    assert ladder.exit_code == exit_code


def test_an_artifact_of_an_archived_run_is_opened_by_uid() -> None:
    name, paths = "archived-then-deleted", ""
    for at in range(0, ENDED, 5):
        with DemoServer([recorded(name)], token=TOKEN, clock=(clock := Hasty())) as server:
            clock.wait(at, threading.Event())
            visited(server.url, name=name, artifacts=True, listen=False)
            paths += " ".join(request.path for request in server.requests)
    assert "/artifacts-by-uid/" in paths


def test_a_missing_workflow_has_no_artifacts_to_try() -> None:
    with serving() as url:
        ladder = visited(url, name="later", artifacts=True, listen=False)
    assert "needs the NAME of a workflow that has artifacts" in told(ladder, url)


def test_a_certificate_that_is_believed_is_described(authority: Authority) -> None:
    with serving(tls=authority.server("127.0.0.1")) as url:
        ladder = visited(url, trust=authority.trust)
    [line] = unusual(ladder, url)
    assert re.fullmatch(
        r"ok tls for 127\.0\.0\.1, issued by trustme v\S+, until \d{4}-\d\d-\d\d", line
    )


def test_a_certificate_that_is_not_believed_is_described_too(authority: Authority) -> None:
    with serving(tls=authority.server("127.0.0.1")) as url:
        ladder = visited(url)
        unseen = visited(url, trust=Trust(verify=False))
    lines = unusual(ladder, url)
    assert re.fullmatch(
        r"failed tls the certificate of URL is refused: unable to get local issuer certificate "
        r"\(it is for 127\.0\.0\.1, issued by trustme v\S+, until \d{4}-\d\d-\d\d\)",
        lines[0],
    )
    assert lines[1] == "→ trust its authority with --ca-cert FILE (or, for a test only, -k)"
    assert lines[2:] == [*not_reached("api"), "not ready: mend tls first"]
    assert ladder.exit_code == 5
    assert unusual(unseen, url)[0].endswith(", believed unseen (-k)")
    assert unseen.exit_code == 0


@pytest.mark.parametrize(("days", "standing"), [(-5, "failed"), (5, "warning")])
def test_a_certificate_at_its_end_is_told(authority: Authority, days: int, standing: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = datetime.now(UTC) + timedelta(days=days)
    made = authority.maker.issue_cert(
        "127.0.0.1", not_before=end - timedelta(days=90), not_after=end
    )
    made.configure_cert(context)
    with serving(tls=context) as url:
        ladder = visited(url, trust=authority.trust)
    lines = unusual(ladder, url)
    assert lines[0].startswith(f"{standing} tls ")
    assert f"until {end:%Y-%m-%d}" in lines[0]
    assert "must be renewed" in lines[1]


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_authorities_of_the_environment_are_believed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, authority.file)
    with serving(tls=authority.server("127.0.0.1")) as url:
        assert visited(url).exit_code == 0


def test_a_server_without_tls_fails_at_tls() -> None:
    with serving() as url:
        secure = url.replace("http:", "https:")
        ladder = visited(secure)
    assert unusual(ladder, secure)[:2] == [
        "failed tls URL does not speak TLS",
        "→ if it is plain HTTP, write http:// and say --no-secure",
    ]


def test_a_proxy_of_the_environment_is_gone_through(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serving(tls=authority.server("argo.example")) as url,
        Tunnel(int(url.rpartition(":")[2])) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//me:hunter2-pass@"))
        ladder = visited("https://argo.example:2746", trust=authority.trust)
    text = told(ladder, proxy.url)
    assert ladder.exit_code == 0, text
    assert "ok       proxy            URL\n" in text
    assert "ok       dns              127.0.0.1 needs no look-up\n" in text
    assert "ok       tls              for argo.example, issued by" in text
    assert "hunter2" not in text
    assert all("Proxy-Authorization: Basic" in head for head in proxy.heads if head)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answer(b"", "407 Proxy Authentication Required"), "407 Proxy Authentication Required"),
        (b"220 ftp.example ready\r\n\r\n", "what answers as the proxy does not speak HTTP"),
    ],
)
def test_a_proxy_that_opens_no_tunnel_fails_at_tls(
    monkeypatch: pytest.MonkeyPatch, reply: bytes, said: str
) -> None:
    with Wire(reply) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        ladder = visited("https://argo.example:2746")
    assert said in unusual(ladder, proxy.url)[2]
    assert ladder.exit_code == 5


def test_a_proxy_that_is_spoken_to_over_tls_is_not_looked_through(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wire(tls=authority.server("127.0.0.1")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        ladder = visited("https://argo.example:2746")
    assert "skipped tls inside the proxy's own TLS; the next rung needs it" in unusual(
        ladder, proxy.url
    )
    assert ladder.exit_code == 5


@pytest.mark.parametrize("proxy", ["socks5://me:hunter2@h", "http://h:port", "http://"])
def test_a_proxy_that_cannot_be_used_fails(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    ladder = visited("http://argo.example:2746")
    assert unusual(ladder, "http://argo.example:2746")[1:3] == [
        "→ check HTTPS_PROXY and ALL_PROXY",
        "skipped dns not reached",
    ]
    assert "hunter2" not in render_text(ladder)
    assert ladder.exit_code == 5


def test_the_ladder_is_also_json() -> None:
    with serving(forbidding(GET, "get", "workflows")) as url:
        document = json.loads(render_json(visited(url)))
    assert document["ready"] is False
    assert document["exitCode"] == 4
    assert document["summary"] == "not ready: mend get workflows first"
    assert [rung["what"] for rung in document["rungs"]] == list(RUNGS)
    [broken] = [rung for rung in document["rungs"] if rung["standing"] == "failed"]
    assert broken["rule"] == "- {apiGroups: [argoproj.io], resources: [workflows], verbs: [get]}"


def test_foreign_text_stays_on_its_line() -> None:
    hostile = "\x1b[31mred\n::error::no\r\n##[command]"
    with serving(answering("version", 500, {"code": 13, "message": hostile})) as url:
        ladder = visited(url)
    written = render_json(ladder)
    assert any("##[" in rung["detail"] for rung in json.loads(written)["rungs"])
    assert "##" not in written
    text = told(ladder, url)
    assert "\x1b" not in text
    assert len(text.splitlines()) == len(RUNGS) + 1
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


STATUSES = (100, 204, 301, 400, 404, 418, 429, 500, 501, 503, 599)
BODIES = (b"", b"null", b"[]", b'{"code":', b"\xff\xfe", b"[" * 100_000)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        # A third of the bodies with each status, a third of the statuses with each body.
        pytest.param(status, body, marks=pytest.mark.thorough if (at + number) % 3 else [])
        for at, status in enumerate(STATUSES)
        for number, body in enumerate(BODIES)
    ],
)
def test_no_answer_is_beyond_it(status: int, body: bytes) -> None:
    with Wire(answer(body, f"{status} Odd", b"Date: never\r\n")) as wire:
        ladder = visited(wire.url, name="wf", artifacts=True, shutdown=Shutdown.STOP)
    assert ladder.exit_code in {4, 5}
    assert render_text(ladder)


def test_a_file_of_a_token_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("unique-secret-7d1f")
    with serving() as url:
        ladder = visited(url, credential=TokenFile(str(tmp_path / "token")))
    assert "unique-secret" not in render_text(ladder) + render_json(ladder)


class Dripping(Wire):
    """Answers all, but of one path only bytes that mean nothing yet, for long."""

    def __init__(self, path: str) -> None:
        super().__init__(keep_alive=True)
        self._path = path

    def reply(self) -> Iterator[bytes | float]:
        path = self.heads[-1].split()[1]
        if self._path in path:
            yield b'HTTP/1.1 200 OK\r\nContent-Disposition: filename="x"\r\n'
            yield b"Transfer-Encoding: chunked\r\n\r\n"
            yield from (b"0", 0.001) * 20_000
        node: dict[str, Any] = {"id": "wf", "name": "wf", "type": "Pod", "phase": "Running"}
        node["outputs"] = {"artifacts": [{"name": "a", "s3": {"key": "k"}}]}
        document = {
            "metadata": {"name": "wf", "namespace": "argo", "uid": "u"},
            "status": {"phase": "Running", "nodes": {"wf": node}},
            "version": "v4.1.2",
            "items": [],
        }
        yield answer(json.dumps(document).encode())


@pytest.mark.parametrize("path", ["/log", "/artifacts/"])
def test_a_question_has_an_end_whatever_drips(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Time passes by reading, and in no other way: a busy machine costs none.
    looks = itertools.count()
    monkeypatch.setattr(deadline, "_now", lambda: next(looks) / 10)
    with Dripping(path) as wire:
        ladder = visited(wire.url, name="wf", artifacts=True, listen=False)
    assert "did not end within 5s" in render_text(ladder)


def impatient(url: str, **wishes: Any) -> tuple[str, float]:  # noqa: ANN401 - as a Visit has it
    """Return what is told with a short timeout, and how many seconds that took."""
    visit = Visit(
        transport=Transport(parse_address(url), Token(TOKEN, "it"), Trust()),
        now=lambda: datetime.now(UTC),
        timeout=0.2,
        namespace="argo",
        **wishes,
    )
    began = time.monotonic()
    return render_text(climb(visit)), time.monotonic() - began


@pytest.mark.parametrize("path", ["/workflow-events/", "/stream/events/"])
def test_a_stream_has_to_begin_within_the_timeout(path: str) -> None:
    hang = Fault(kind=FaultKind.HANG, match=path)
    with DemoServer([recorded(NAME)], token=TOKEN, faults=[hang], clock=Hasty()) as server:
        told, seconds = impatient(server.url)
    assert seconds < 5
    assert "within 0.2s" in told
