"""Writing to stdout and stderr: who does not listen changes no exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from argogate.secrecy import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_known: list[Callable[[], Iterable[str]]] = []
"""Asked for each line: a secret that is renewed, or read when it is needed, comes later."""


def hide(secrets: Callable[[], Iterable[str]]) -> None:
    """Let nothing that is written from now on hold one of these."""
    _known[:] = [secrets]


def echo(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Write a line, without secrets.

    A stream that was closed (`| head`) swallows it and all that follow.
    """
    stream = sys.stderr if err else sys.stdout
    for secrets in _known:
        text = Secrets(secrets()).cut(text)
    try:
        click.echo(text + end, nl=False, file=stream)
    except OSError:
        # Python would try to write the rest when it exits, fail, and exit with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
