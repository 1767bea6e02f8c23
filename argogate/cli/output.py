"""Writing to stdout and stderr: the one way out. `argogate.cli.stdio` keeps it from failing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from argogate.argo.secrecy import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_known: list[Callable[[], Iterable[str]]] = []
"""Asked for each line: a secret that is renewed, or read when it is needed, comes later."""


def hide(secrets: Callable[[], Iterable[str]]) -> None:
    """Let nothing that is written from now on hold one of these."""
    _known[:] = [secrets]


def echo(text: str = "", *, err: bool = False, end: str = "\n") -> None:
    """Write a line to the letter, but for secrets.

    Escape sequences stay also where there is no terminal: who writes them has decided that, and
    GitLab's marks need them in a pipe.
    """
    for secrets in _known:
        text = Secrets(secrets()).cut(text)
    click.echo(text + end, nl=False, file=sys.stderr if err else sys.stdout, color=True)


STYLES: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "busy": {"fg": "cyan"},
    "waiting": {"fg": "yellow"},
    "dim": {"dim": True},
    "bold": {"bold": True},
}
"""How a text looks that has one of these roles."""


def painter(environ: Mapping[str, str]) -> Callable[[str, str], str]:
    """Return what colours texts for stdout: on a terminal only, and not where NO_COLOR is set."""
    coloured = sys.stdout.isatty() and not environ.get("NO_COLOR")

    def paint(text: str, role: str) -> str:
        return click.style(text, **STYLES[role]) if coloured and role in STYLES else text

    return paint
