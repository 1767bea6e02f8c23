"""The options of a command are the fields of the value that it takes."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

import pytest

from argogate.cli import doctor, history, report, status, wait
from argogate.cli import list as list_
from argogate.cli.finding import ListOptions
from argogate.cli.request import WaitOptions
from argogate.evidence.template import Template
from argogate.waiting.patience import Limits

if TYPE_CHECKING:
    import click

NAMES = {each.__name__: each for each in (Path, Template, datetime, timedelta)}
COMMANDS: list[tuple[click.Command, type[Any]]] = [
    (wait.command, WaitOptions),
    (doctor.command, doctor.DoctorOptions),
    (status.command, status.StatusOptions),
    (list_.command, ListOptions),
    (history.command, history.HistoryOptions),
]
REPORT = (report.command, report.ReportOptions)
GIVEN = [
    *("--record", "a.har", "-s", "argo:2746", "-k"),
    *("--token-file", __file__, "-H", "X-Key: abc"),
]
OF_A_LIST = [
    *(
        "--phase",
        "failed,Error",
        "--created-after",
        "2h",
        "--finished-before",
        "1h",
        "--limit",
        "3",
    ),
    *("--sort", "-name", "--node-phase", "failed", "--cache-dir", "c"),
]
OF_A_STATUS = ["--node", "a", "--phase", "failed,Error", "--all", "--uid", "u", "--exit-code"]
OF_A_WAIT = [
    *("--artifacts", "out", "--on-cancel", "stop", "--logs", "all"),
    *("--junit", "a.xml", "--created-after", "2h", "--node", "a", "--success-phase", "failed"),
    *("--artifact", "a*", "--max-artifact-size", "1M", "--artifact-path", "{nodeName}"),
]


@pytest.mark.parametrize(("command", "kind"), [*COMMANDS, REPORT])
def test_every_option_is_a_field_and_every_field_an_option(
    command: click.Command, kind: type[Any]
) -> None:
    assert {each.name for each in fields(kind)} == {each.name for each in command.params}


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [(*each, words) for each in COMMANDS for words in ([], GIVEN)]
    + [
        (wait.command, WaitOptions, OF_A_WAIT),
        (doctor.command, doctor.DoctorOptions, OF_A_WAIT[:6]),
        (status.command, status.StatusOptions, OF_A_STATUS),
        (*REPORT, ["a.json", "--junit", "a.xml"]),
        (*REPORT, ["a.json", "b.json", "--exit-code"]),
        (list_.command, ListOptions, OF_A_LIST),
    ],
)
def test_what_click_converts_is_what_the_field_says(
    command: click.Command, kind: type[Any], words: list[str]
) -> None:
    with command.make_context("it", [*words]) as ctx:
        values: dict[str, Any] = ctx.params
    for name, hint in get_type_hints(kind, localns=NAMES).items():
        assert isinstance(values[name], get_origin(hint) if get_origin(hint) is tuple else hint)


@pytest.mark.parametrize("limit", [each.name for each in fields(Limits)])
def test_an_option_has_the_default_of_its_limit(limit: str) -> None:
    with wait.command.make_context("wait", ["w"]) as ctx:
        assert ctx.params.get(limit, 180.0) == getattr(Limits(), limit)
