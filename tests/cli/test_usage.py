"""Bad input: one sentence that says how to mend it, exit 2, nothing asked, nothing left behind."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from argogate import __version__
from argogate.cli import main as cli
from argogate.cli import request
from argogate.cli.times import Duration, TimeOrAge
from argogate.cli.types import Patterns, Phases

if TYPE_CHECKING:
    from collections.abc import Callable

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
        (("../etc",), "no namespace"),
        (("a" * 254,), "no workflow name"),
        (("wf", "-n", "No Such"), "no namespace"),
        (("wf", "-n", "x" * 64), "no namespace"),
        (("wf", "--success-phase", "green"), "none of Succeeded, Failed, Error"),
        (("a", ""), "'' is no workflow name"),
        (("-l", ""), "no workflow is named"),
        (("-l", " , "), "no workflow is named"),
        (("wf", "--uid", ""), "'' is no uid"),
        (("wf", "--node", ""), "'' matches nothing"),
        (("wf", "--node", "main", "--node", " "), "' ' matches nothing"),
        (("wf", "--artifacts", "out", "--artifact", ""), "'' matches nothing"),
        (("wf", "--artifacts", "out", "--require-artifact", ""), "'' matches nothing"),
        (("wf", "--junit-merge", ""), "'' matches nothing"),
        (("wf", "--uid", "a b"), "'a b' is no uid"),
        (("wf", "--namespace", "", "--exit-zero"), "'' is no namespace"),
        (("a", "b", "--uid", "1"), "--uid names one run"),
        (("@latest", "--uid", "1"), "--uid names one run"),
        (("-l", "app=web", "--uid", "1"), "--uid names one run"),
        (("a", "-l", "app=web"), "not both"),
        (("@latest", "b"), "@latest goes alone"),
        (("wf", "--max-artifact-size", "big"), "write 800K, 500M or 2G"),
        (("wf", "--max-artifact-size", "9" * 400), "more than any disk has"),
        (("wf", "--created-after", "0001-01-01T00:00:00+23:59"), "no time of this calendar"),
        (("wf", "--dotenv-prefix", "1x"), "begins no names of variables"),
        (("wf", "--dotenv-prefix", "Argogate"), "options of a later gate"),
        (("wf", "--artifact-path", "{nope}"), "is no such path"),
        (("wf", "--artifact", "logs"), "--artifacts DIR"),
        (("wf", "--require-artifact", "logs"), "--artifacts DIR"),
        (("wf", "--artifact-path", "../{artifactName}"), "relative path"),
        (("wf", "--artifact-path", "{pod}"), "{pod} is no placeholder"),
        (("wf", "--server", "ftp://x"), "begins with ftp://"),
        (("wf", "--server", "::1"), "write it in brackets, as [::1]:2746"),
        (
            ("wf", "--server", "https://h/argo/workflows/ci/w?tab=x"),
            "a page of the UI; write https://h/argo",
        ),
        (("wf", "--server", "http://argo.example"), "--no-secure"),
        (("wf", "--ui-url", "https://me:hunter2@ui.example"), "holds a user name or password"),
        (("wf", "--ui-url", "javascript:alert(1)"), "cannot be read"),
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


def test_what_to_wait_for_is_asked_before_where(call: Call) -> None:
    assert "no workflow is named" in call("wait").err


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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1h 30m", 5400), ("1h30m", 5400), (" 2m  5s ", 125), ("1 h", 3600), ("90", 90)),
        *(("5 min", 300), ("1 hour, 30 minutes", 5400), ("2 Days", 172800), ("1hr5mins", 3900)),
        *(("500 ms", 0.5), ("20 milliseconds", 0.02), ("10sec", 10)),
    ],
)
def test_a_time_span_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["1 0s", "h", "1h m", "1h 30", "5 minx", "5 mis", "1 month"])
def test_what_could_be_two_time_spans_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(text, None, None)


def test_values_that_are_read_already_stay_what_they_are() -> None:
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    assert Duration().convert(2.5, None, None) == 2.5
    assert Phases().convert(("Failed",), None, None) == ("Failed",)
    for each in (moment, timedelta(hours=2)):
        assert TimeOrAge().convert(each, None, None) == each


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


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("build test*", ["build", "test*"]),
        ("build (linux)\n", ["build (linux)"]),
        ("build (linux)\r\n\n  test ", ["build (linux)", "test"]),
        ("\n", []),
    ],
)
def test_a_variable_with_a_line_break_has_one_pattern_a_line(
    variable: str, values: list[str]
) -> None:
    assert Patterns().split_envvar_value(variable) == values


def test_without_a_command_the_help_comes_first_and_what_is_wrong_last(call: Call) -> None:
    done = call()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: argogate [OPTIONS]")
    assert done.err.splitlines()[-1].startswith("argogate: no command is named")


def test_a_program_that_cannot_be_loaded_does_not_exit_as_if_a_workflow_had_failed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "argogate.cli.main", None)
    done = call("wait", "wf")
    assert done.code == 70
    assert done.err.splitlines()[-1].startswith("argogate: it cannot be loaded")


def test_names_that_cannot_be_read_are_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/proc/self/mem").open(encoding="ascii") as unreadable:
        monkeypatch.setattr(sys, "stdin", unreadable)
        done = call("wait", "-", **GOOD)
    assert done.code == 2
    assert "the names on stdin cannot be read: Input/output error" in done.err


@pytest.mark.parametrize("command", ["wait", "status"])
def test_names_without_an_end_are_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(request, "LONGEST_STDIN", 8)
    monkeypatch.setattr(sys, "stdin", io.StringIO("nightly-1\n" * 9))
    done = call(command, "-", **GOOD)
    assert done.code == 2
    assert "what comes on stdin, which '-' stands for, has no end" in done.err


@pytest.mark.parametrize("option", ["nodes", "artifact_patterns", "required_artifacts"])
def test_names_with_blanks_can_be_given_in_variables(option: str) -> None:
    command = cli.argogate.get_command(click.Context(cli.argogate), "wait")
    assert command
    (parameter,) = [each for each in command.params if each.name == option]
    assert isinstance(parameter.type, Patterns)
