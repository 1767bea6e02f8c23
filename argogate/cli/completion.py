"""`argogate completion`: what makes a shell complete the words of a command line."""

from __future__ import annotations

import click

from argogate.cli.completing import SHELLS, source
from argogate.cli.output import echo


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> None:
    """Print what makes SHELL complete commands, options, and names of workflows.

    Names come from the server that the words and the environment mean.

    \b
    bash   eval "$(argogate completion bash)"     in ~/.bashrc
    zsh    eval "$(argogate completion zsh)"      in ~/.zshrc, after compinit
    fish   argogate completion fish >~/.config/fish/completions/argogate.fish
    """  # noqa: D301 - click's own mark
    group = ctx.find_root().command
    assert isinstance(group, click.Group)  # noqa: S101 - it holds this command
    echo(source(group, shell))
