"""The man page has every command and option, and nothing in it is taken for a request."""

from __future__ import annotations

import re

import click

from argogate.cli.main import COMMANDS, argogate
from tools import man


def test_every_command_and_option_is_there() -> None:
    page = man.page(argogate)
    for name in COMMANDS:
        assert f".SH {name.upper()}\n" in page
        command = argogate.get_command(click.Context(argogate), name)
        assert command
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[-1].replace("-", "\\-") in page


def test_lines_of_text_are_no_requests() -> None:
    @click.command("x", help="A\\b\n\n.SH oops\n\n'nor this\n\n\b\n.so /etc/passwd\n-x")
    @click.option("--hidden", hidden=True)
    def command() -> None:
        """Do nothing."""

    page = man.page(click.Group("g", commands={"x": command}))
    requests = set(re.findall(r"^[.'](?:\\\"|\w+)", page, re.MULTILINE))
    assert requests == {'.\\"', ".TH", ".SH", ".B", ".I", ".PP", ".nf", ".fi", ".SS", ".TP"}
    assert "A\\eb" in page
    assert "\\&.so /etc/passwd\n\\-x\n" in page
    assert "hidden" not in page
    assert page.count(".SH oops") == 1
    assert "\\&.SH oops" in page
