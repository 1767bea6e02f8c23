"""The commands → a man page; `python -m tools.generate` writes it."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from argogate.cli.command import OTHER, Option
from argogate.verdict.conclusion import EXITS

HEAD = """.\\" Written by python -m tools.generate
.TH ARGOGATE 1 "" "argogate" "User Commands"
.SH NAME
argogate \\- wait until an Argo workflow is really over, and answer with an exit code
.SH SYNOPSIS
.B argogate
.I COMMAND
[\\fIoptions\\fR] [\\fINAME\\fR]...
.SH DESCRIPTION
"""


def page(group: click.Group) -> str:
    """Return the page of all commands."""
    return HEAD + "\n".join(_page(group)) + "\n"


def _page(group: click.Group) -> Iterator[str]:
    yield from _prose(group.help or "")
    context = click.Context(group, info_name="argogate")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command  # noqa: S101 - it is one of those listed
        yield from _command(command, click.Context(command, info_name=name, parent=context))
    yield ".SH EXIT STATUS"
    for word, end in EXITS.items():
        yield from (".TP", f".B {end.code}", _escaped(f"{word}: {end.meaning}"))
    yield ".SH ENVIRONMENT"
    yield _escaped(
        "Every option has a variable: ARGOGATE_ and its long name in capitals, with _ for -. "
        "argo's own are taken where nothing else is said: ARGO_SERVER, ARGO_TOKEN, ARGO_NAMESPACE "
        "and the others that the options name."
    )


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    words = [
        parameter.make_metavar(context)
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    yield f".SH {_escaped(str(context.info_name)).upper()}"
    called = f"\\fBargogate {context.info_name}\\fR [\\fIoptions\\fR]"
    yield f"{called} {_escaped(' '.join(words))}".rstrip()
    yield ".PP"
    yield from _prose(command.help or "")
    heading = ""
    for parameter in command.get_params(context):
        if not isinstance(parameter, click.Option):
            continue
        record = parameter.get_help_record(context)
        if record is None:
            continue
        under = parameter.heading if isinstance(parameter, Option) else OTHER
        if under != heading:
            heading = under
            yield f".SS {_escaped(heading)}"
        yield from (".TP", f"\\fB{_escaped(record[0])}\\fR", _escaped(" ".join(record[1].split())))


def _prose(text: str) -> Iterator[str]:
    """Yield paragraphs; what click leaves as it is stays so."""
    for paragraph in re.split(r"\n\s*\n", cleandoc(text)):
        if paragraph.startswith("\b\n"):
            yield from (".nf", *map(_escaped, paragraph.splitlines()[1:]), ".fi", ".PP")
        else:
            yield from (_escaped(" ".join(paragraph.split())), ".PP")


def _escaped(text: str) -> str:
    """Return text in which nothing is a request or an escape."""
    shown = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown
