"""`argogate demo --all`: every way in which a wait can end, one after the other."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argo_replay.library import scenarios
from argo_replay.server import DemoServer
from argogate.cli.output import echo
from argogate.cli.rehearsal import (
    TOKEN,
    meaning_of,
    refuse_unwritable,
    rehearse,
    reports_below,
    spell_program,
)
from argogate.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

CLOSED = "http://127.0.0.1:9"
"""Where nobody answers: the port of `discard`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One way to end."""

    title: str
    run: str
    """The recorded run that is played."""
    name: str = ""
    """The workflow that is named; that of the run, where nothing is said."""
    words: tuple[str, ...] = ()
    token: str = TOKEN
    reached: bool = True
    """Whether the server is where the gate asks."""
    refused: bool = False
    """Whether it is refused before there is a result, so that only the log tells why."""


GALLERY = (
    Picture(title="it passed, after a retry", run="retry-flaky-succeeds"),
    Picture(title="the server was away meanwhile", run="server-restart-mid-poll"),
    Picture(title="a step failed", run="steps-one-fails"),
    Picture(title="a test failed in it", run="junit-artifact"),
    Picture(title="it was not over in time", run="on-exit-slow", words=("--timeout", "1s")),
    Picture(
        title="it waits for an approval", run="suspend-approve", words=("--on-suspend", "fail")
    ),
    Picture(
        title="an artifact is missing",
        run="hello-succeeds",
        words=("--require-artifact", "coverage"),
    ),
    Picture(
        title="there is no such workflow",
        run="hello-succeeds",
        name="helo-succeeds",
        words=("--appear-timeout", "0.5s"),
    ),
    Picture(title="the token is wrong", run="hello-succeeds", token="demo-tokem"),  # noqa: S106
    Picture(
        title="nobody answers",
        run="hello-succeeds",
        words=("--outage-timeout", "1s"),
        reached=False,
    ),
    Picture(
        title="an option is wrong",
        run="hello-succeeds",
        words=("--timeout", "soon"),
        refused=True,
    ),
)


def show_all(folder: Path, speed: float) -> None:
    """Let the gate meet each of them, and say how it ended; the log of each is left out."""
    refuse_unwritable(folder)
    library = scenarios()
    rows = []
    for number, picture in enumerate(GALLERY, 1):
        place = folder / f"{number:02} {picture.title}".replace(" ", "-")
        run, _ = library[picture.run]
        name = picture.name or next(iter(run.workflows))
        words = ["wait", name, "--namespace", run.namespace, "--poll-interval", "0.2s"]
        words += picture.words
        echo(f"\n── {picture.title} ──\n$ {spell_program()} {shlex.join(words)}")
        sys.stdout.flush()
        with DemoServer(
            [run], token=TOKEN, speed=speed, epoch=datetime.now(UTC), resumable=True
        ) as server:
            code = rehearse(
                [*words, *reports_below(place)],
                {
                    "ARGO_SERVER": server.url if picture.reached else CLOSED,
                    "ARGO_TOKEN": picture.token,
                },
                quiet=not picture.refused,
            )
        rows.append(f"  {code:>3}  {meaning_of(code):<12}  {picture.title}")
    echo("\n" + "\n".join(["exit code, and what it stands for:", *rows]))
    echo(f"\nThe reports of each are in {folder}.")
