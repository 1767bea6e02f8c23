"""Secrets that somebody repeats, and words that only look like one."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from requests import Request

from argo_replay.faults import Fault, FaultKind
from argogate.argo.credentials import Basic, Credential, Secret, Token
from argogate.argo.credentials.headers import WithHeaders, parse_header
from argogate.argo.secrecy import Secrets
from argogate.evidence.collect import ArtifactWish
from argogate.reports.formats import Format
from argogate.verdict.conclusion import Conclusion
from tests.harness import Play, recorded
from tests.tokens import jwt

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "sesame-open-5f3a"
LONG = jwt(exp=1234, iss="https://issuer.example", sub="system:serviceaccount:ci:argogate")
ODD = 'pass"wörd/&<1>'


@pytest.mark.parametrize(
    ("secret", "text", "left"),
    [
        (TOKEN, f"bad token {TOKEN}!", "bad token ***!"),
        (TOKEN, f"{TOKEN}{TOKEN}", "******"),
        (TOKEN, f"cut short: {TOKEN[:9]}…", "cut short: ***…"),
        (TOKEN, "cut short: sesam…", "cut short: sesam…"),
        (TOKEN, "sesame street", "sesame street"),
        (LONG, f"/login/{LONG}/x", "/login/***/x"),
        (LONG, f"kept: {LONG[:40]}, and so on", "kept: ***, and so on"),
        (LONG, f"{LONG[:20]} {LONG}", "*** ***"),
        (LONG, f"{LONG[:20]}", "***"),
        (LONG, "eyJ is how they begin", "eyJ is how they begin"),
        (ODD, json.dumps({"password": ODD}), '{"password": "***"}'),
        (ODD, f"?p={quote(ODD, safe='')}", "?p=***"),
        ("short", "a short one", "a short one"),
        ("production", "in production", "in production"),
        ("argogate", "argogate/1.0", "argogate/1.0"),
        ("production-1", "in production-1", "in ***"),
        ("correcthorsebattery", "correcthorsebattery", "***"),
        ("", "nothing", "nothing"),
    ],
)
def test_a_secret_is_cut_out_and_a_word_is_not(secret: str, text: str, left: str) -> None:
    assert Secrets([secret]).cut(text) == left


def test_of_two_secrets_the_longer_one_is_found_first() -> None:
    secrets = Secrets(["sesame-open", f"sesame-open{LONG}"])
    assert secrets.cut(f"sesame-open{LONG} sesame-open") == "*** ***"


@pytest.mark.parametrize(
    "credential",
    [
        Basic("ci", Secret("the password", "open-5f3a-sesame")),
        Token(f"Basic {base64.b64encode(b'ci:open-5f3a-sesame').decode()}", "it"),
        WithHeaders(
            Credential(),
            [
                parse_header(
                    f"Authorization: Basic {base64.b64encode(b'ci:open-5f3a-sesame').decode()}", {}
                )
            ],
        ),
    ],
    ids=["basic", "token", "header"],
)
def test_of_basic_both_forms_are_secret(credential: Credential) -> None:
    credential(Request("GET", "http://h").prepare())
    encoded = base64.b64encode(b"ci:open-5f3a-sesame").decode()
    assert Secrets(credential.secrets()).cut(f"open-5f3a-sesame {encoded}") == "*** ***"


def test_a_word_of_a_header_is_no_secret() -> None:
    credential = WithHeaders(Credential(), [parse_header("X-Who: the production-7 team", {})])
    credential(Request("GET", "http://h").prepare())
    assert Secrets(credential.secrets()).cut("production-7") == "production-7"
    assert Secrets(credential.secrets()).cut("for the production-7 team") == "for ***"


def test_a_value_without_a_secret_is_the_same() -> None:
    verdict = Play(run=recorded("steps-one-fails")).play().verdict
    assert Secrets([TOKEN]).cut_from(verdict) is verdict
    assert Secrets([]).cut_from(verdict) is verdict


def test_what_a_workflow_says_of_our_token_is_in_no_report(tmp_path: Path) -> None:
    """Its names, messages and logs come from whoever can push a branch, and may know it."""
    run = recorded("steps-one-fails")
    name = next(iter(run.workflows))
    reports = {each: tmp_path / f"{each.value}.json" for each in Format}
    mention = json.dumps({"result": {"content": f"curl -H 'Authorization: Bearer {TOKEN}'"}})
    log = Fault(kind=FaultKind.ANSWER, status=200, body=f"{mention}\n".encode(), match="/log$")
    clean = Play(run=run, token=TOKEN, valid=TOKEN).play().verdict
    played = Play(run=run, token=TOKEN, valid=TOKEN, faults=[log], reports=reports).play()
    assert played.verdict.exit_code == clean.exit_code == 1
    assert name in reports[Format.JUNIT].read_text()
    written = "".join(path.read_text() for path in reports.values())
    assert TOKEN not in written
    assert "Bearer ***" in written


def test_a_redirect_that_repeats_the_token_does_not_show_it(tmp_path: Path) -> None:
    login = Fault(kind=FaultKind.ANSWER, status=302, headers=(("Location", f"/login/{LONG}/x"),))
    reports = {each: tmp_path / f"{each.value}.json" for each in Format}
    run = recorded("hello-succeeds")
    played = Play(run=run, token=LONG, faults=[login] * 50, reports=reports).play()
    assert played.verdict.conclusion is Conclusion.UNREACHABLE
    shown = "".join(path.read_text() for path in reports.values()) + played.verdict.message
    assert LONG[:20] not in shown
    assert "/login/***" in shown


def test_what_is_noted_of_a_download_holds_no_secret(tmp_path: Path) -> None:
    refusal = json.dumps({"code": 13, "message": f"no: Bearer {TOKEN}"}).encode()
    fault = Fault(kind=FaultKind.ANSWER, status=403, body=refusal, match="^/artifact")
    Play(
        run=recorded("artifacts"),
        token=TOKEN,
        valid=TOKEN,
        faults=[fault],
        artifacts=ArtifactWish(folder=tmp_path),
    ).play()
    [manifest] = tmp_path.rglob("manifest.json")
    assert "no: Bearer ***" in manifest.read_text()
    assert TOKEN not in manifest.read_text()
