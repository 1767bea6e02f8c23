"""How an option is declared: its variable, its heading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from argogate.cli.command import Option

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDLINE = click.core.ParameterSource.COMMANDLINE
Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


def option(*names: str, aliases: tuple[str, ...] = (), **settings: Any) -> Any:  # noqa: ANN401
    """Declare an option whose default may come from `ARGOGATE_…`, then from argo's variables.

    `aliases` are argo's own variables. Long names come last in `names`.
    """
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "ARGOGATE_" + long.lstrip("-").replace("-", "_").upper()
    return click.option(*names, cls=Option, envvar=[variable, *aliases], **settings)


def said(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse a filter that was given and says nothing: it would choose more than was meant.

    A variable that is empty is not set.
    """
    if not value.strip() and ctx.get_parameter_source(param.name or "") is COMMANDLINE:
        msg = f"{value!r} chooses nothing; leave the option away, or say which"
        raise click.BadParameter(msg, ctx, param)
    return value


def stacked(heading: str, *options: Any) -> Callable[[Decorated], Decorated]:  # noqa: ANN401
    """Make one decorator of several, in reading order; the help has them under a heading."""

    def decorate(function: Any) -> Any:  # noqa: ANN401
        before = len(getattr(function, "__click_params__", ()))
        for each in reversed(options):
            function = each(function)
        for parameter in function.__click_params__[before:]:
            if parameter.heading is Option.heading:  # a group within this one has its own
                parameter.heading = heading
        return function

    return decorate
