"""The command line: words typed → a request; the verdict → an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from argogate import __version__
from argogate.cli import habits
from argogate.cli.command import EXIT_CODES
from argogate.cli.output import echo
from argogate.cli.signals import ASKED
from argogate.errors import Interrupted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from argogate.cli.signals import Signals

EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 2, 70, 130

WIDEST_HELP = 160
"""Columns, where the terminal has them: longer lines are hard to read."""

COMMANDS = {
    "wait": "Wait for workflows, report, and exit with a code to trust.",
    "status": "Look at workflows once: state, nodes, outputs, why one does not go on.",
    "report": "Render the reports of a wait again, from its saved result.",
    "list": "Find workflows, live and archived, by labels, phase, name, time.",
    "history": "Tell what the last runs were: success rate, durations, flaky and slow nodes.",
    "doctor": "Find what is missing before a wait can do its job.",
    "demo": "Rehearse without a cluster, on recorded runs of a real server.",
    "completion": "Make a shell complete commands, options and names of workflows.",
}
"""Each command lives in the module of its name, which is loaded when the command is called."""


class Commands(click.Group):
    """Lists the commands without loading them: `--help` must not pay for an HTTP library."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return commands and options that begin so."""
        from click.shell_completion import CompletionItem

        options = click.Command.shell_complete(self, ctx, incomplete)
        named = [name for name in COMMANDS if name.startswith(incomplete)]
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in named), *options]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of their importance."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing:  # only words are to be completed: options are enough
            from argogate.cli import completing

            if command := completing.light(cmd_name):
                return command
        from importlib import import_module

        command = import_module(f"argogate.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a promise of our own modules
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and take argo's spellings for ours."""
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise habits.unknown_command(args[0], COMMANDS, ctx) from error
        return name, command, habits.ours(rest)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; where an option is unknown, say what does the same."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise habits.option_hint(error) from error
        except click.UsageError as error:
            name = ctx.invoked_subcommand
            if error.ctx is None and name and (command := self.get_command(ctx, name)):
                error.ctx = click.Context(command, parent=ctx, info_name=name)  # whose help to read
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST_HELP},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def argogate() -> None:
    """Wait until an Argo workflow is really over, and answer with an exit code.

    Never green when the workflow did not pass, never red because of a hiccup,
    always a report.
    """


def main(signals: Signals) -> None:
    """Run the command line and exit."""
    asked = os.environ.pop("_ARGOGATE_COMPLETE", "")  # click would heed it whatever is called
    if asked and len(sys.argv) == 1:
        from argogate.cli import completing

        signals.decline()
        completing.answer(argogate, asked)
        sys.exit(0)
    try:
        code = argogate.main(prog_name="argogate", standalone_mode=False, obj=signals)
    except click.exceptions.NoArgsIsHelpError as error:
        echo(error.format_message(), err=True)
        _refuse("argogate: no command is named; the usual one is: argogate wait NAME")
    except click.UsageError as error:
        if "wait" in sys.argv and error.ctx and error.ctx.command is argogate:
            _forget_reports()
        where = error.ctx.command_path if error.ctx else "argogate"
        _refuse(f"{where}: {error.format_message()} (see: {where} --help)")
    except click.ClickException as error:
        _refuse(f"argogate: {error.format_message()}")
    except Interrupted as stop:
        sys.exit(ASKED[signal.Signals[stop.signal_name]])
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except Exception:  # noqa: BLE001 - the one broad except: a bug gets a code of its own
        import traceback

        traceback.print_exc()
        bug = "this is a bug in argogate; please report it"
        echo(f"argogate: internal (exit {EXIT_INTERNAL}): {bug}", err=True)
        sys.exit(EXIT_INTERNAL)
    gc.freeze()  # at the exit the collector would go through everything twice
    sys.exit(code if isinstance(code, int) else 0)


def _forget_reports() -> None:
    """Leave none of an earlier wait where an option stands before the command."""
    from argogate.cli import wait

    command: Any = wait.command
    command.forget(sys.argv[1:])


def _refuse(message: str) -> NoReturn:
    """Say that nothing was done, to a person and to the CI system, and exit."""
    from argogate.cli import announcing

    echo(message, err=True)
    announcing.refuse(message)
    sys.exit(EXIT_USAGE)
