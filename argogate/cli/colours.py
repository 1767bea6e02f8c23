"""Where words are coloured. It changes colours only, never what is written or drawn."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from zlib import crc32

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COLOURS = {
    "passed": "green",
    "Succeeded": "green",
    "failed": "red",
    "Failed": "red",
    "Error": "red",
    "Running": "cyan",
    "Pending": "yellow",
}
SOURCES = ("cyan", "magenta", "blue", "yellow", "green")
"""Colours of those who are followed: by its name each keeps its own."""
STYLES: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "busy": {"fg": "cyan"},
    "waiting": {"fg": "yellow"},
    "dim": {"dim": True},
    "bold": {"bold": True},
}
"""How a text looks that has one of these roles."""
RENDERING = (
    *("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "TF_BUILD", "DRONE", "TRAVIS"),
    *("APPVEYOR", "CIRRUS_CI", "BITBUCKET_BUILD_NUMBER", "TEAMCITY_VERSION"),
)
"""Variables of CI systems whose pages show a log in colour. Jenkins needs a plugin for that."""
NO = ("", "0", "false")


def is_coloured(environ: Mapping[str, str], *, terminal: bool, logged: bool = False) -> bool:
    """Whether a stream is coloured: the first that says something decides.

    `NO_COLOR`, then `FORCE_COLOR` and `CLICOLOR_FORCE`, then `TERM=dumb` and `CLICOLOR=0`; last
    whether it is a terminal, or `logged` by a CI system that shows colours.
    """
    if environ.get("NO_COLOR"):
        return False
    if "FORCE_COLOR" in environ and environ["FORCE_COLOR"] != "":
        return environ["FORCE_COLOR"].lower() not in NO
    if environ.get("CLICOLOR_FORCE", "") not in NO:
        return True
    if environ.get("TERM") == "dumb" or environ.get("CLICOLOR") == "0":
        return False
    return terminal or (logged and any(environ.get(name) for name in RENDERING))


def paint(text: str) -> str:
    """Colour the words of a line that are phases or conclusions."""
    words = text.split(" ")
    return " ".join(
        click.style(word, fg=COLOURS[bare]) if (bare := word.rstrip(":,")) in COLOURS else word
        for word in words
    )


def paint_source(name: str) -> str:
    """Colour the name of whoever prints a line, always alike."""
    return click.style(name, fg=SOURCES[crc32(name.encode("utf-8", "replace")) % len(SOURCES)])


def painter(environ: Mapping[str, str]) -> Callable[[str, str], str]:
    """Return what colours texts for stdout: where that is coloured."""
    coloured = is_coloured(environ, terminal=sys.stdout.isatty())

    def paint(text: str, role: str) -> str:
        return click.style(text, **STYLES[role]) if coloured and role in STYLES else text

    return paint
