"""Writing to stdout and stderr: who does not listen changes no exit code."""

from __future__ import annotations

import os
import sys

import click


def echo(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Write a line; a stream that was closed (`| head`) swallows it and all that follow."""
    stream = sys.stderr if err else sys.stdout
    try:
        click.echo(text + end, nl=False, file=stream)
    except OSError:
        # Python would try to write the rest when it exits, fail, and exit with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
