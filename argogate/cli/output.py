"""Writing to stdout and stderr: the one way out. `argogate.stdio` keeps it from failing."""

from __future__ import annotations

import sys

import click


def echo(text: str = "", *, err: bool = False, end: str = "\n") -> None:
    """Write a line to the letter.

    Escape sequences stay also where there is no terminal: who writes them has decided that, and
    GitLab's marks need them in a pipe.
    """
    click.echo(text + end, nl=False, file=sys.stderr if err else sys.stdout, color=True)
