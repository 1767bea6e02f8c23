"""Bad input: one sentence that says how to mend it, exit 2, nothing asked, nothing left behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import pytest

from argogate import __version__, cli
from argogate.cli.types import Duration, TimeOrAge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

GOOD = {"ARGO_SERVER": "127.0.0.1:1", "ARGO_TOKEN": "t0ken"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no workflow is named"),
        (("wf", "--no-such"), "No such option"),
        (("wf", "--timeout", "soon"), "write 90s, 5m, 1h30m or 2d"),
        (("wf", "--timeout", "-5"), "write 90s"),
        (("wf", "--timeout", "900d"), "longer than a year"),
        (("wf", "--poll-interval", "0"), "longer than 0"),
        (("wf", "--poll-interval", "20s"), "--max-poll-interval is shorter than --poll-interval"),
        (("wf", "--created-after", "yesterday"), "neither a time"),
        (("Upper_Case",), "no workflow name"),
        (("../etc",), "no workflow name"),
        (("a" * 254,), "no workflow name"),
        (("wf", "-n", "No Such"), "no namespace"),
        (("wf", "-n", "x" * 64), "no namespace"),
        (("wf", "--success-phase", "green"), "none of Succeeded, Failed, Error"),
        (("a", "b", "--uid", "1"), "--uid names one run"),
        (("@latest", "--uid", "1"), "--uid names one run"),
        (("-l", "app=web", "--uid", "1"), "--uid names one run"),
        (("a", "-l", "app=web"), "not both"),
        (("@latest", "b"), "@latest goes alone"),
        (("wf", "--max-artifact-size", "big"), "write 800K, 500M or 2G"),
        (("wf", "--artifact-path", "{nope}"), "is no such path"),
        (("wf", "--artifact", "logs"), "--artifacts DIR"),
        (("wf", "--require-artifact", "logs"), "--artifacts DIR"),
        (("wf", "--artifact-path", "../{artifactName}"), "relative path"),
        (("wf", "--artifact-path", "{pod}"), "{pod} is no placeholder"),
        (("wf", "--server", "ftp://x"), "begins with ftp://"),
        (("wf", "--server", "http://argo.example"), "--no-secure"),
        (("wf", "--ca-cert", "nowhere.pem"), "does not exist"),
        (("wf", "--jobs", "0"), "1<=x<=32"),
        (("wf", "--output", "yaml"), "json"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    call: Call, words: tuple[str, ...], said: str
) -> None:
    ended = call("wait", *words, **GOOD)
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert "Traceback" not in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "ARGO_SERVER"),
        ({"ARGO_SERVER": "h:1"}, "ARGO_TOKEN"),
        ({"ARGO_SERVER": "h:1", "ARGO_TOKEN": "two words here"}, "no single token"),
        ({"ARGO_SERVER": "h:1", "ARGOGATE_TIMEOUT": "x", "ARGO_TOKEN": "t"}, "time span"),
        ({"ARGO_SERVER": "h:x", "ARGO_TOKEN": "t"}, "cannot be read"),
    ],
)
def test_a_missing_or_odd_environment_is_refused(
    call: Call, variables: dict[str, str], said: str
) -> None:
    ended = call("wait", "wf", **variables)
    assert ended.code == 2
    assert said in ended.err


def test_reports_that_cannot_be_written_are_refused_before_anything_is_asked(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for words in (
        ("--junit", str(tmp_path)),
        ("--junit", str(tmp_path / "file" / "x.xml")),
        ("--artifacts", str(tmp_path / "file" / "out")),
        ("--junit", str(tmp_path / "a"), "--result", str(tmp_path / "." / "a")),
    ):
        assert call("wait", "wf", *words, **GOOD).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_certificate_file_that_is_none_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    ended = call("wait", "wf", "--ca-cert", str(tmp_path / "ca.pem"), **GOOD)
    assert ended.code == 2
    assert "ca.pem" in ended.err


def test_values_that_are_read_already_stay_what_they_are() -> None:
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    assert Duration().convert(2.5, None, None) == 2.5
    assert TimeOrAge().convert(moment, None, None) == moment


@pytest.mark.parametrize(
    ("error", "code"),
    [(click.ClickException("it cannot be"), 2), (click.Abort(), 130), (KeyboardInterrupt(), 130)],
)
def test_what_click_and_people_raise_has_a_code(
    call: Call, clean: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(**_: object) -> None:
        raise error

    clean.setattr(cli.argogate, "main", fail)
    ended = call("wait")
    assert ended.code == code
    assert "Traceback" not in ended.err


def test_commands_are_listed_in_the_order_of_their_importance() -> None:
    context = click.Context(cli.argogate)
    assert cli.argogate.list_commands(context) == list(cli.COMMANDS)


def test_the_version_is_answered_with_and_without_click(call: Call) -> None:
    assert call("--version").out == f"argogate {__version__}\n"
    assert call("-V").out == f"argogate {__version__}\n"


def test_help_fits_on_80_columns(call: Call) -> None:
    for words in (("--help",), ("wait", "--help"), ("demo", "--help")):
        ended = call(*words)
        assert ended.code == 0
        assert max(len(line) for line in ended.out.splitlines()) <= 80
    assert "Exit codes:" in call("--help").out


def test_an_unknown_command_is_refused(call: Call) -> None:
    ended = call("submit")
    assert ended.code == 2
    assert "submit" in ended.err


def test_no_token_is_ever_repeated(call: Call) -> None:
    ended = call("wait", "wf", ARGO_SERVER="h:1", ARGO_TOKEN="s3cret s3cret")
    assert "s3cret" not in ended.err + ended.out
