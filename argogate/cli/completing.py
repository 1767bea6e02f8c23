"""What a shell is told on TAB: options without loading what they need, names from the server.

It is silent: whatever goes wrong, there is nothing to complete.
"""

from __future__ import annotations

import os
from contextlib import redirect_stderr, suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from argogate.cli.command import Command
from argogate.cli.options import connection, reports, status, waiting
from argogate.model.workflow import LATEST
from argogate.values import fields

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "_ARGOGATE_COMPLETE"
"""By this a shell asks: `bash_source` for its script, `bash_complete` for words."""
SHELLS = ("bash", "zsh", "fish")
SECONDS = 1.5
"""How long somebody waits for names after a TAB."""

STACKS: dict[str, tuple[Callable[..., Any], ...]] = {
    "wait": (
        *(waiting.SELECTION, waiting.LIMITS, waiting.ACTIONS, waiting.VERDICT),
        *(reports.REPORTS, reports.FOLLOWING, reports.ARTIFACTS),
        *(reports.OUTPUT, reports.RECORDING, connection.CONNECTION),
    ),
    "status": (
        *(status.LOOKING, status.SHOWING, reports.RECORDING),
        *(connection.CACHE, connection.CONNECTION),
    ),
}
"""The options of commands that take names; a test compares them with the commands."""


def light(name: str) -> click.Command | None:
    """Return a command with the options of the real one, which does nothing; None for others."""
    if name not in STACKS:
        return None

    def nothing() -> None:
        """Do nothing."""

    function: Any = nothing
    for stack in reversed(STACKS[name]):
        function = stack(function)
    names = click.Argument(["names"], nargs=-1, shell_complete=_names)
    return Command(name, params=[names, *reversed(function.__click_params__)])


def answer(group: click.Group, instruction: str) -> None:
    """Print what the shell asked for."""
    shell, _, what = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None:
        return
    completion = kind(group, {}, "argogate", VARIABLE)
    with suppress(Exception), redirect_stderr(StringIO()):
        if said := completion.source() if what == "source" else completion.complete():
            click.echo(said)


def source(group: click.Group, shell: str) -> str:
    """Return the script that makes a shell ask."""
    kind = get_completion_class(shell)
    assert kind  # noqa: S101 - it is one of SHELLS
    return kind(group, {}, "argogate", VARIABLE).source()


def _names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return names of workflows that begin so; those that are there already are left out."""
    place, slash, begin = incomplete.rpartition("/")
    asked = not begin.startswith("@")
    found: tuple[str, ...] = () if asked else (LATEST,)
    if asked:
        with suppress(Exception):
            found = _in_time(lambda: _asked(ctx, place))
    return [
        CompletionItem(f"{place}{slash}{name}")
        for name in found
        if name.startswith(begin) and name not in (ctx.params.get("names") or ())
    ]


def _in_time(ask: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names, or none where it takes too long, be it for the credential."""
    from argogate.together import together

    [names] = together(lambda _: ask(), [None], jobs=1, seconds=SECONDS)
    return names or ()


def _asked(ctx: click.Context, namespace: str) -> tuple[str, ...]:
    """Ask the server; nobody is to log in with a browser because of a TAB."""
    from argogate.cli.connection import ConnectionOptions

    given: dict[str, Any] = {
        each.name: ctx.params.get(each.name) for each in fields(ConnectionOptions)
    }
    if given["oauth_authorize_url"]:
        return ()
    options = ConnectionOptions(**given)
    server = options.connect(os.environ)
    return server.names(namespace or ctx.params["namespace"], timeout=SECONDS)
