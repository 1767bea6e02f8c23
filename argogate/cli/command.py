"""A command whose help is read: options under headings, exit codes at the end."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Options = TypeVar("Options")

MEANINGS = {
    0: ("passed", "the workflow ended in an allowed phase (Succeeded)"),
    1: ("failed", "the workflow ended otherwise; nothing else exits 1"),
    2: ("usage", "bad option or name; nothing was waited for"),
    3: ("not-found", "it never appeared, was deleted, or was replaced"),
    4: ("denied", "credentials or permissions were refused"),
    5: ("unreachable", "no trustworthy answer within the outage budget"),
    6: ("incomplete", "it passed, but something asked for is missing"),
    7: ("suspended", "it waits for an approval (--on-suspend fail)"),
    70: ("internal", "a bug in argogate, or its installation"),
    124: ("timed-out", "a limit ran out; the message says which"),
    130: ("cancelled", "by SIGINT; 143 by SIGTERM or SIGHUP"),
}
"""Each exit code, its conclusion, and when it comes."""
EXIT_CODES = "\b\nExit codes:\n" + "".join(
    f"  {code:<4} {word:<12} {meaning}\n" for code, (word, meaning) in MEANINGS.items()
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
