"""What argogate says when it does not get in. `make generate` writes the page.

Each message comes from a real server on loopback, whose address is replaced.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from argo_replay.server import DemoServer
from tests.argo.wire import Tunnel, Wire, answer
from tests.harness import recorded
from tests.tokens import jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Gate = Callable[[list[str], Mapping[str, str]], tuple[int, str, str]]
    """Runs `argogate WORDS` with variables; returns the exit code and what it wrote where."""

DOCUMENT = Path(__file__).parent.parent / "docs" / "troubleshooting.md"
NAME = "hello-succeeds"
TOKEN = "a-good-token"
DAY, HOUR = 86400, 3600
MARK = "<!-- What follows is written by make generate. -->\n"
"""What stands before it is written by hand."""
HEAD = """
## It does not get in

What `argogate wait` says, and what to do. Every message comes from a run against a real server:
`make generate` writes them, and a test compares. `argogate doctor` tries the same steps one by one.
"""
NO_ROLE = (
    'workflows.argoproj.io "hello-succeeds" is forbidden: User "system:serviceaccount:ci:gate" '
    'cannot get resource "workflows" in API group "argoproj.io" in the namespace "ci"'
)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One way not to get in."""

    title: str
    remedy: str
    exit_code: int
    server: str
    words: tuple[str, ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    token: str = TOKEN
    whole: bool = False
    """Whether what follows the first line belongs to the message."""


class Lab:
    """Servers that do not let one in."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.folder = folder
        ours, other = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(folder / "ca.pem")
        run = recorded(NAME)
        self.recorded = run.recorded.timestamp()

        def demo(tls: ssl.SSLContext | None = None) -> str:
            return stack.enter_context(DemoServer([run], token=TOKEN, tls=tls)).url

        def tls(maker: trustme.CA, *names: str) -> ssl.SSLContext:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            maker.issue_cert(*names).configure_cert(context)
            return context

        def wire(body: bytes, status: str, headers: bytes) -> str:
            return stack.enter_context(Wire(answer(body, status, headers), keep_alive=True)).url

        self.good = demo()
        self.encrypted = demo(tls(ours, "127.0.0.1"))
        self.unknown = demo(tls(other, "127.0.0.1"))
        self.misnamed = demo(tls(ours, "argo.internal"))
        refusal = json.dumps({"code": 7, "message": NO_ROLE}).encode()
        media_type = b"Content-Type: application/json\r\n"
        self.forbidding = wire(refusal, "403 Forbidden", media_type)
        self.login = wire(b"", "302 Found", b"Location: https://login.example.com/auth?x=1\r\n")
        self.page = wire(b"<html>Argo</html>", "200 OK", b"Content-Type: text/html\r\n")
        self.plain = wire(b"Client sent an HTTP request to an HTTPS server.\n", "400 Bad", b"")
        self.proxy = stack.enter_context(Tunnel(1, user="ci:secret")).url


def troubles(lab: Lab) -> list[Trouble]:
    """Return all of them, in the order in which one meets them."""
    ca = ("--ca-cert", str(lab.folder / "ca.pem"))
    ended = jwt(exp=lab.recorded - 3 * DAY - 2 * HOUR - 60)
    elsewhere = jwt(iss="https://token.actions.githubusercontent.com")
    return [
        Trouble(
            title="No token",
            remedy="Set `ARGO_TOKEN` in the step's environment: in GitHub Actions under `env:`, in "
            "Jenkins with `withCredentials`. A protected GitLab variable is empty on a branch "
            "that is not protected.",
            exit_code=2,
            server=lab.good,
            token="",
        ),
        Trouble(
            title="Garbage instead of a token",
            remedy="Look at the variable: `argo auth token` prints the right form, with or without "
            "`Bearer `. The text itself is never shown.",
            exit_code=2,
            server=lab.good,
            token="token: abc",
        ),
        Trouble(
            title="A wrong token",
            remedy="It is for another cluster or has been revoked: `kubectl create token "
            "SERVICEACCOUNT -n NAMESPACE` makes one for this cluster.",
            exit_code=4,
            server=lab.good,
            token="a-wrong-token",
        ),
        Trouble(
            title="A token of somebody else's",
            remedy="The cluster does not know who issued it. A CI's identity works only where "
            "the Kubernetes API server, or a proxy in front of Argo, trusts that issuer.",
            exit_code=4,
            server=lab.good,
            token=elsewhere,
        ),
        Trouble(
            title="An expired token",
            remedy="Take a source that renews it: `--token-file`, `--token-command`, OAuth, or the "
            "service account of the pod. They last as long as the wait.",
            exit_code=4,
            server=lab.good,
            token=ended,
        ),
        Trouble(
            title="No permission (RBAC)",
            remedy="Apply the Role that it prints, or have it applied. The whole list is in "
            "[security](security.md).",
            exit_code=4,
            server=lab.forbidding,
            words=("-n", "ci"),
            whole=True,
        ),
        Trouble(
            title="The wrong namespace",
            remedy="The token is good, but not there: `-n`, or `ARGO_NAMESPACE`, is the workflow's "
            "namespace.",
            exit_code=4,
            server=lab.good,
            words=("-n", "production"),
        ),
        Trouble(
            title="The wrong address or base path: HTML",
            remedy="The UI or another web site answers. Behind an ingress with a path, say "
            "`--base-href /argo`.",
            exit_code=5,
            server=lab.page,
        ),
        Trouble(
            title="A login page",
            remedy="A proxy in front wants to know who you are: `--auth oauth`, or its key as "
            "`-H NAME=@FILE`. No redirect is followed, so the token goes nowhere else.",
            exit_code=5,
            server=lab.login,
        ),
        Trouble(
            title="A self-signed certificate, or one of a private authority",
            remedy="`--ca-cert FILE` with the authority's certificate (`SSL_CERT_FILE` and "
            "`REQUESTS_CA_BUNDLE` are honoured as well).",
            exit_code=5,
            server=lab.unknown,
            words=ca,
        ),
        Trouble(
            title="A certificate for another name",
            remedy="Use one of the names that it was issued for; an IP address counts as one.",
            exit_code=5,
            server=lab.misnamed,
            words=ca,
        ),
        Trouble(
            title="https:// to a server without TLS",
            remedy="For a server started with `--secure=false`: `--no-secure`, or "
            "`ARGO_SECURE=false`. The token then travels in the open.",
            exit_code=5,
            server=lab.good.replace("http:", "https:"),
        ),
        Trouble(
            title="http:// to a server with TLS",
            remedy="Write `https://`, or leave the scheme away.",
            exit_code=5,
            server=lab.plain,
        ),
        Trouble(
            title="Connection refused",
            remedy="Is it running, is the port right (2746 by default), is there a port-forward?",
            exit_code=5,
            server="http://127.0.0.1:1",
        ),
        Trouble(
            title="An unknown host name",
            remedy="A name like `argo-server.argo.svc` is known inside the cluster only.",
            exit_code=5,
            server="https://argo.invalid:2746",
        ),
        Trouble(
            title="A proxy that refuses",
            remedy="Put name and password into `HTTPS_PROXY`, which is a secret then, or the "
            "server's name into `NO_PROXY`.",
            exit_code=5,
            server="https://argo.example.com:2746",
            environ={"HTTPS_PROXY": lab.proxy},
        ),
    ]


def started(words: list[str], variables: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the gate as a process."""
    ended = subprocess.run(
        [sys.executable, "-m", "argogate", *words],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def said(trouble: Trouble, gate: Gate, folder: Path) -> str:
    """Run the gate into it; return its message, the address of this machine replaced."""
    environ = {"HOME": str(folder), "ARGO_SERVER": trouble.server, "ARGO_NAMESPACE": "argo"}
    environ |= {"ARGO_TOKEN": trouble.token} if trouble.token else {}
    words = ["wait", NAME, "--outage-timeout", "0", "--timeout", "1m", *trouble.words]
    code, out, err = gate(words, environ | trouble.environ)
    if code != trouble.exit_code:
        msg = f"{trouble.title}: exit code {code}\n{out}{err}"
        raise AssertionError(msg)
    message = (out or err).splitlines()[0]
    if trouble.whole:
        _, _, more = err.partition("argogate: ")
        message = f"{message}\n\n{more.rstrip()}"
    message = re.sub(r"127\.0\.0\.1:\d+", "argo.example.com:2746", message)
    return message.replace("127.0.0.1", "argo.example.com")


def render(gate: Gate) -> str:
    """Return the document: what is written by hand, and what argogate says today."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lab = Lab(stack, folder)
        listed = troubles(lab)
        messages = [said(trouble, gate, folder) for trouble in listed]
    parts = [
        f"### {trouble.title}\n\n```text\n{message}\n```\n\nExit code {trouble.exit_code}. "
        f"{trouble.remedy}\n"
        for trouble, message in zip(listed, messages, strict=True)
    ]
    by_hand, mark, _ = DOCUMENT.read_text("utf-8").partition(MARK)
    return by_hand + mark + "\n".join([HEAD, *parts])


def main() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(render(started), "utf-8")


if __name__ == "__main__":
    main()
