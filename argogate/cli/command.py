"""A command whose help is read: options under headings, exit codes at the end."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argogate.verdict.conclusion import EXITS

if TYPE_CHECKING:
    from collections.abc import Callable

Options = TypeVar("Options")

EXIT_CODES = "\b\nExit codes:\n" + "".join(
    f"  {end.code:<4} {word:<12} {end.meaning}\n" for word, end in EXITS.items()
)
OTHER = "Other"


class Option(click.Option):
    """An option that stands under a heading."""

    heading = OTHER


class Command(click.Command):
    """A command with options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section for each heading, as they are declared."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                heading = parameter.heading if isinstance(parameter, Option) else OTHER
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def taking(
    kind: Callable[..., Options],
) -> Callable[[Callable[[click.Context, Options], None]], Callable[..., None]]:
    """Hand a command its options as one value; a test compares its fields with the parameters."""

    def decorate(function: Callable[[click.Context, Options], None]) -> Callable[..., None]:
        def called(**given: Any) -> None:  # noqa: ANN401 - what click has converted
            function(click.get_current_context(), kind(**given))

        return update_wrapper(called, function)

    return decorate
