"""Streams that are closed, full, narrow or slow: none of them changes an exit code."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading

import pytest

from argogate import __version__
from argogate.cli.stdio import Unfailing, repair

DOOR = f"{sys.executable} -m argogate"


def shell(line: str, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, **variables},
    )
    return done.returncode, done.stdout + done.stderr


FULL, CLOSED = f"{DOOR} --help >/dev/full", f"{DOOR} --help 2>&- >&- <&-"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{DOOR} --version >&-", 0),
        (f"{DOOR} --version >/dev/full", 0),
        (FULL, 0),
        (CLOSED, 0),
        (f"{DOOR} wait --bogus 2>/dev/full", 2),
        (f"{DOOR} wait --bogus 2>&-", 2),
        (f"GITHUB_ACTIONS=true {DOOR} wait --bogus 2>/dev/full", 2),
        (f"{DOOR} wait - <&-", 2),
        (f"{DOOR} wait - 0>/dev/null", 2),
        (f"printf '\\377' | {DOOR} wait -", 2),
    ],
)
def test_who_does_not_listen_or_speak_changes_no_exit_code(
    request: pytest.FixtureRequest, line: str, code: int
) -> None:
    if line in {FULL, CLOSED}:  # these two run every line
        request.getfixturevalue("measured")
    ended, said = shell(line)
    assert ended == code, said
    assert "Traceback" not in said


def test_a_closed_stream_is_no_place_for_what_is_opened_next() -> None:
    opened = "import argogate.cli.stdio as s, os; s.repair(); os._exit(os.open('/dev/null', 0))"
    assert shell(f'{sys.executable} -c "{opened}" <&- >&- 2>&-') == (3, "")


def test_what_the_encoding_lacks_is_escaped() -> None:
    spelled = "import argogate.cli.stdio as s; s.repair(); print('Привет'[:1])"
    code, said = shell(f'{sys.executable} -c "{spelled}"', PYTHONIOENCODING="ascii")
    assert (code, said) == (0, "\\u041f\n")


def test_a_full_pipe_that_does_not_block_gets_the_rest_later() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    text = b"x" * 200_000
    got: list[bytes] = []
    full = threading.Event()

    class Asked(Unfailing):
        def fileno(self) -> int:
            full.set()
            return super().fileno()

    def read() -> None:
        full.wait(20)
        with open(reader, "rb") as stream:  # noqa: PTH123 - a descriptor
            got.append(stream.read())

    thread = threading.Thread(target=read)
    with io.BufferedWriter(Asked(writer, "w")) as stream:
        thread.start()
        stream.write(text)
    thread.join()
    assert got == [text]


def test_streams_that_are_no_files_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = (sys.stdin, sys.stdout, sys.stderr)
    repair()
    assert (sys.stdin, sys.stdout, sys.stderr) == before
    sys.stdout.write(f"{__version__}\ud800")
    assert capsys.readouterr().out == f"{__version__}\\ud800"
