"""A text to the program of a CI system."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from argogate.reports.escape import line

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 10.0
"""Seconds: who cancels a job does not wait longer for it to end."""


def feed(words: Sequence[str], text: str, patience: float = PATIENCE) -> str:
    """Run a program with a text on its standard input; return why that failed, or nothing."""
    name = Path(words[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - found on PATH, and no word of it is foreign text
            words,
            input=text.encode(errors="replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{name} {words[1]} did not end within {patience:g} s"
    except OSError as error:
        return f"{name} cannot be run: {error.strerror or error}"
    if done.returncode:
        said = line(done.stderr.decode(errors="replace"))[-300:]
        return f"{name} {words[1]} failed with exit code {done.returncode}: {said}"
    return ""
