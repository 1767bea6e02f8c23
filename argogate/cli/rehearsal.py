"""The gate as a process of its own, started by the demo as a pipeline would start it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from argogate.cli.signals import ASKED
from argogate.files import why_unwritable
from argogate.verdict.conclusion import conclusion_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TOKEN = "demo-token"  # noqa: S105 - opens nothing but the demo server
STRETCH = 1.0
"""Seconds for which a signal may go unnoticed."""


def refuse_unwritable(folder: Path) -> None:
    """Raise click.UsageError for a folder that cannot take the reports."""
    if why := why_unwritable(folder / "any"):
        msg = f"the folder {folder} cannot be written: {why}; give another one"
        raise click.UsageError(msg)


def reports_below(folder: Path) -> list[str]:
    """Return the options that write every kind of evidence into a folder."""
    return [
        *("--junit", str(folder / "junit.xml")),
        *("--html", str(folder / "report.html")),
        *("--summary", str(folder / "summary.md")),
        *("--result", str(folder / "result.json")),
        *("--artifacts", str(folder / "artifacts")),
    ]


def rehearse(words: Sequence[str], variables: Mapping[str, str], *, quiet: bool = False) -> int:
    """Run the gate with these words and variables; return its exit code.

    What asks the demo to end is passed on, and the gate ends it. With `quiet` its log is dropped.
    """
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARGO_", "ARGOGATE_"))
    }
    log = subprocess.DEVNULL if quiet else None
    with (
        subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, *_program(), *words], env=environ | {**variables}, stderr=log
        ) as gate,
        _passing_on(gate),
    ):
        while gate.poll() is None:  # waiting in one piece, it may miss a signal
            with suppress(subprocess.TimeoutExpired):
                gate.wait(STRETCH)
        return gate.returncode


def meaning_of(code: int) -> str:
    """Return the word of an exit code."""
    return conclusion_of(code) or "ended by force"


def spell_program() -> str:
    """Return what a person types to call this program."""
    script = Path(sys.executable).parent / "argogate"
    if zipfile.is_zipfile(sys.argv[0]):
        words = [Path(sys.executable).name, sys.argv[0]]
    elif not script.is_file():
        words = [sys.executable, "-m", "argogate"]
    elif shutil.which("argogate") == str(script):
        words = ["argogate"]
    else:
        words = [min(os.path.relpath(script), str(script), key=len)]
    return shlex.join(words)


def _program() -> tuple[str, ...]:
    """Return what the interpreter must be given to run this program: the one file, or its name."""
    return (sys.argv[0],) if zipfile.is_zipfile(sys.argv[0]) else ("-m", "argogate")


@contextmanager
def _passing_on(gate: subprocess.Popen[bytes]) -> Iterator[None]:
    """Pass signals on for a while: a terminal's Ctrl-C reaches both, and is one request."""

    def pass_on(number: int, _: Any) -> None:  # noqa: ANN401 - as signal says
        gate.send_signal(number)

    before = {kind: signal.signal(kind, pass_on) for kind in ASKED}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
