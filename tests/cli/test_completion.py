"""TAB completes commands and options at once, names by one question, and never says a word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from argo_replay.server import DemoServer
from argogate.cli.completing import STACKS, light
from argogate.cli.main import COMMANDS, argogate
from tests.clock import SimulatedClock
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

    Call = Callable[..., Ended]

SEVERAL = "terminated-while-pending"
BASH = shutil.which("bash") or ""


@pytest.fixture
def variables() -> Iterator[dict[str, str]]:
    clock = SimulatedClock(settle=0)
    with DemoServer([recorded(SEVERAL)], token=TOKEN, clock=clock) as server:
        clock.sleep(recorded(SEVERAL).ends)
        yield {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}


def words(call: Call, line: str, **variables: str) -> list[str]:
    """Return what bash is told for the last word of a line."""
    asked = {
        "_ARGOGATE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    ended = call(**asked, **variables)
    assert (ended.code, ended.err) == (0, "")
    return [row.partition(",")[2] for row in ended.out.splitlines()]


@pytest.mark.parametrize("name", STACKS)
def test_what_completes_has_the_options_of_the_command(name: str) -> None:
    real, quick = argogate.get_command(click.Context(argogate), name), light(name)
    assert real
    assert quick
    assert [each.opts for each in quick.params] == [each.opts for each in real.params]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("argogate wa", ["wait"]),
        ("argogate s", ["status"]),
        ("argogate --ver", ["--version"]),
        ("argogate wait --juni", ["--junit", "--junit-merge"]),
        ("argogate wait --on-suspend ", ["wait", "fail"]),
        ("argogate status --exit", ["--exit-code"]),
        ("argogate completion z", ["zsh"]),
        ("argogate demo --spee", ["--speed"]),
        ("argogate wait @", ["@latest"]),
        ("argogate nope --x", []),
    ],
)
def test_words_of_ours_need_no_server(call: Call, line: str, found: list[str]) -> None:
    assert words(call, line) == found
    assert set(words(call, "argogate ")) == set(COMMANDS)


def test_names_come_from_the_server(call: Call, variables: dict[str, str]) -> None:
    there = sorted(recorded(SEVERAL).workflows)
    begin = there[0][:1]
    assert all(name.startswith(begin) for name in there)
    assert sorted(words(call, f"argogate wait {begin}", **variables)) == there
    assert sorted(words(call, f"argogate status argo/{begin}", **variables)) == [
        f"argo/{name}" for name in there
    ]
    rest = words(call, f"argogate wait {there[0]} {begin}", **variables)
    assert sorted(rest) == there[1:]
    assert words(call, "argogate wait -n other ", **variables) == []


@pytest.mark.parametrize(
    "change",
    [
        {"ARGO_SERVER": "127.0.0.1:1"},
        {"ARGO_TOKEN": "wrong"},
        {"ARGO_SERVER": ""},
        {"ARGO_SERVER": "ftp://x"},
        {"ARGOGATE_OAUTH_AUTHORIZE_URL": "http://127.0.0.1:1/login"},
    ],
)
def test_without_an_answer_there_is_nothing_to_complete(
    call: Call, variables: dict[str, str], change: dict[str, str]
) -> None:
    assert words(call, "argogate wait t", **(variables | change)) == []


@pytest.mark.parametrize("asked", ["bash_nonsense", "nonsense", "tcsh_source"])
def test_a_question_that_nobody_knows_is_answered_with_nothing(call: Call, asked: str) -> None:
    ended = call(_ARGOGATE_COMPLETE=asked)
    assert (ended.code, ended.err) == (0, "")


def test_a_gate_is_never_green_by_a_variable_of_the_shell(call: Call) -> None:
    for asked in ("bash_source", "bash_complete", "nonsense"):
        assert call("wait", "w", _ARGOGATE_COMPLETE=asked).code == 2  # no server is named


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o nosort"), ("zsh", "compdef"), ("fish", "complete")]
)
def test_each_shell_gets_its_script(call: Call, shell: str, part: str) -> None:
    ended = call("completion", shell)
    assert ended.code == 0
    assert part in ended.out
    assert "_ARGOGATE_COMPLETE" in ended.out
    assert call(_ARGOGATE_COMPLETE=f"{shell}_source").out == ended.out


def test_options_are_completed_without_an_http_library() -> None:
    code = (
        "import sys\nfrom argogate.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert not {'requests', 'urllib3', 'argogate.gate'} & set(sys.modules)\n"
    )
    asked = {"_ARGOGATE_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked, "COMP_WORDS": "argogate wait --ju"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "plain,--junit\nplain,--junit-merge\n"


@pytest.mark.skipif(not BASH, reason="there is no bash")
def test_bash_itself_completes(call: Call, tmp_path: Path) -> None:
    program = tmp_path / "argogate"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m argogate "$@"\n')
    program.chmod(0o755)
    script = call("completion", "bash").out
    asking = (
        f"{script}\nCOMP_WORDS=(argogate wait --require-a)\nCOMP_CWORD=2\n"
        f'_argogate_completion "{program}" && echo "${{COMPREPLY[@]}}"\n'
    )
    done = subprocess.run([BASH, "-c", asking], capture_output=True, text=True, check=True)
    assert done.stdout == "--require-artifact\n"
