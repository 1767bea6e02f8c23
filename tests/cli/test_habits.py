"""What people type who know argo, kubectl or other gates is answered with what does the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from argogate.cli.habits import ours
from argogate.cli.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wiat", "w"), "did you mean argogate wait?"),
        (("dokter",), "did you mean argogate doctor?"),
        (("version",), "that is argogate --version"),
        (("help",), "that is argogate --help"),
        (("get", "w"), "argogate status NAME (argo's own: argo get NAME)"),
        (("watch", "w"), "argogate wait NAME (argo's own: argo watch NAME)"),
        (("submit", "w"), "argo submit, and then argogate wait NAME"),
        (("statsu", "w"), "did you mean argogate status?"),
        (("logs", "w"), "argo logs NAME"),
        (("terminate", "w"), "that is argo terminate"),
        (("nightly-7f",), "argogate wait NAME"),
        (("--versoin",), "--version"),
        (("wait", "w", "--token", "s3cret"), "set ARGO_TOKEN"),
        (("wait", "w", "--token=s3cret"), "set ARGO_TOKEN"),
        (("wait", "w", "--instanceid", "x"), "workflows.argoproj.io/controller-instanceid=ID"),
        (("wait", "w", "--context", "x"), "not to Kubernetes"),
        (("wait", "w", "--timout", "1h"), "'--timeout'"),
        (("wait", "w", "--server"), "(see: argogate wait --help)"),
        (("list", "--status", "Failed"), "argogate list has --phase Failed,Error"),
        (("list", "--since", "2h"), "--created-after 2h"),
        (("archive", "list"), "that is argogate list --archived only"),
        (("doctor", "--server"), "(see: argogate doctor --help)"),
    ],
)
def test_an_unknown_word_is_answered_with_the_one_that_is_meant(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    ended = call(*words)
    assert ended.code == 2
    assert said in ended.err
    assert "s3cret" not in ended.err


def test_argos_spellings_of_switches_are_taken() -> None:
    words = ["w", "--secure=false", "--argo-http1", "--insecure-skip-verify=true"]
    assert ours(words) == ["w", "--no-secure", "--insecure-skip-verify"]
    assert ours(["wait", "", "--uid", ""]) == ["wait", "", "--uid", ""]
    assert ours(["--", "--secure=false"]) == ["--", "--secure=false"]


def test_plain_http_may_be_said_as_argo_says_it(call: Call) -> None:
    variables = {"ARGO_SERVER": "argo.invalid:1", "ARGO_TOKEN": "t"}
    words = ("wait", "w", "--timeout", "0.1s", "--no-watch")
    assert call(*words, "--secure=false", **variables).code in {5, 124}


@pytest.mark.parametrize("command", ["wait", "doctor"])
def test_help_has_its_options_under_headings(call: Call, command: str) -> None:
    out = call(command, "--help").out
    for heading in ("Selecting", "Waiting", "Reports", "Artifacts", "Connection", "Credentials"):
        assert f"\n{heading}:\n" in out


def test_help_is_as_wide_as_the_terminal(call: Call) -> None:
    wide = max(len(line) for line in call("wait", "--help", COLUMNS="140").out.splitlines())
    assert 100 < wide <= 140


def test_every_command_has_its_help(call: Call) -> None:
    for name in COMMANDS:
        assert call(name, "--help").code == 0
