"""Tokens that a command prints."""

from __future__ import annotations

import shlex
import sys
import time
import traceback
from typing import TYPE_CHECKING

import pytest

from argogate.argo.credentials.command import TokenCommand
from argogate.errors import ArgoError, Denied, Unavailable
from tests.clock import SimulatedClock
from tests.tokens import jwt

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "sesame-open-5f3a"
EXEC = '{"kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}'


def python(code: str) -> str:
    """Return the command that runs this code."""
    return shlex.join([sys.executable, "-c", code])


def printing(text: str) -> str:
    """Return a command that prints this text."""
    return python(f"print({text!r})")


@pytest.mark.parametrize(
    ("printed", "header", "expires"),
    [
        (SECRET, f"Bearer {SECRET}", None),
        (f"Bearer {SECRET}", f"Bearer {SECRET}", None),
        (EXEC % (SECRET, "2026-01-01T00:00:00Z"), f"Bearer {SECRET}", 1767225600.0),
        (EXEC % (SECRET, "soon"), f"Bearer {SECRET}", None),
        (f'\n {{"status":{{"token":"{SECRET}"}}}}', f"Bearer {SECRET}", None),
    ],
)
def test_a_token_or_what_plugins_of_kubectl_print_is_understood(
    printed: str, header: str, expires: float | None
) -> None:
    grant = TokenCommand(printing(printed), SimulatedClock().now).fetch()
    assert (grant.header, grant.expires) == (header, expires)


def test_the_end_of_a_jwt_is_read() -> None:
    assert TokenCommand(printing(jwt(exp=1234)), SimulatedClock().now).fetch().expires == 1234


def test_it_runs_again_before_the_token_expires_and_when_it_was_refused(tmp_path: Path) -> None:
    clock = SimulatedClock(1000)
    calls = tmp_path / "calls"
    calls.write_text("")
    code = (
        f"p = open({str(calls)!r}, 'a+'); p.write('x'); p.seek(0); n = len(p.read());"
        f"print({jwt(exp=1600)!r} + str(n))"
    )
    source = TokenCommand(python(code), clock.now)
    seen = [source.header(), source.header()]
    assert len(set(seen)) == 1
    clock.sleep(545)
    seen.append(source.header())
    source.refused(seen[-1])
    seen.append(source.header())
    assert len(set(seen)) == 3
    assert calls.read_text() == "xxx"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-command-here x", "the token command no-such-command-here cannot be run: No such"),
        ("TOKEN=hunter2 vault", "the token command TOKEN cannot be run: No such file"),
        ("/", "cannot be run: Permission denied (no shell is used)"),
        ("a\0b", "cannot be run: its name is odd"),
        (python("import sys; sys.exit('no login\\nat all')"), "ended with code 1: no login at all"),
        (python("raise SystemExit(3)"), "ended with code 3: it said nothing"),
        (python(""), "gave no token: what it printed is empty"),
        (printing("two words"), "gave no token: what it printed holds no single token but 2"),
        (printing("{}"), "is no ExecCredential with status.token"),
        (printing("{"), "is no ExecCredential with status.token"),
        (printing('{"status":{"token":7}}'), "is no ExecCredential with status.token"),
    ],
)
def test_a_command_that_gives_no_token_is_to_be_mended(command: str, words: str) -> None:
    with pytest.raises(Denied) as caught:
        TokenCommand(command, SimulatedClock().now).header()
    assert words in caught.value.message
    assert "hunter2" not in caught.value.message


def test_later_its_failure_is_a_hiccup(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(SECRET)
    source = TokenCommand(python(f"print(open({str(token)!r}).read())"), SimulatedClock().now)
    source.refused(source.header())
    token.unlink()
    with pytest.raises(Unavailable, match="ended with code 1"):
        source.header()
    token.write_text("another")
    assert source.header() == "Bearer another"


def test_it_has_ended_when_it_has_ended_whatever_it_leaves_behind(tmp_path: Path) -> None:
    """A helper that goes on in the background keeps the pipes open."""
    stop = tmp_path / "stop"
    helper = f"import time, os\nwhile not os.path.exists({str(stop)!r}): time.sleep(0.05)"
    left_behind = f"subprocess.Popen([{sys.executable!r}, '-c', {helper!r}])"
    code = f"import subprocess, sys; print({SECRET!r}); {left_behind}"
    began = time.monotonic()
    try:
        assert TokenCommand(python(code), SimulatedClock().now).header() == f"Bearer {SECRET}"
        failing = TokenCommand(python(f"{code}; sys.exit(3)"), SimulatedClock().now)
        with pytest.raises(Denied, match="ended with code 3: it said nothing"):
            failing.header()
    finally:
        stop.touch()
    assert time.monotonic() - began < 15


def test_a_command_that_never_stops_talking_is_ended() -> None:
    code = f"while True: print({SECRET!r} * 1000)"
    with pytest.raises(Denied, match="printed far more than a token") as caught:
        TokenCommand(python(code), SimulatedClock().now).header()
    assert SECRET not in str(caught.value)


def test_a_command_that_hangs_is_ended_and_what_it_printed_is_not_shown() -> None:
    code = f"import time; print({SECRET!r}, flush=True); time.sleep(60)"
    source = TokenCommand(python(code), SimulatedClock().now, timeout=0.5)
    with pytest.raises(Denied, match=r"did not end within 0\.5s") as caught:
        source.header()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_what_it_says_of_its_failure_is_shown_without_what_it_printed() -> None:
    code = f"import sys; print('{SECRET} ok'); sys.exit('ok: bad token {SECRET}')"
    with pytest.raises(ArgoError, match=r"ok: bad token \*\*\*") as caught:
        TokenCommand(python(code), SimulatedClock().now).header()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    command = shlex.join([sys.executable, "-c", "import sys; print(len(sys.argv))"])
    source = TokenCommand(f"{command} ; touch {trap} $HOME '|'", SimulatedClock().now)
    assert source.header() == "Bearer 6"
    assert not trap.exists()


def test_it_reads_no_input() -> None:
    code = "import sys; print('read-' + str(len(sys.stdin.read())))"
    assert TokenCommand(python(code), SimulatedClock().now).header() == "Bearer read-0"


@pytest.mark.parametrize("command", ["", "  ", "'open", "# only a comment'"])
def test_a_command_that_cannot_be_read_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match=r"empty|quotation"):
        TokenCommand(command, SimulatedClock().now)
