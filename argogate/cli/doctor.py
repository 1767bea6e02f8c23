"""`argogate doctor`: what is missing before a wait can do its job."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from argogate.cli import naming, options, wait
from argogate.cli.command import Command
from argogate.cli.connection import ConnectionOptions
from argogate.cli.log import Log
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.types import LATEST
from argogate.doctor.climb import climb
from argogate.doctor.text import render_json, render_text
from argogate.doctor.visit import Visit
from argogate.errors import Interrupted
from argogate.model.workflow import Shutdown
from argogate.verdict.judge import EXIT_CODES, SIGTERM_EXIT_CODE, Conclusion
from argogate.waiting.clock import MonotonicClock

if TYPE_CHECKING:
    from argogate.cli.signals import Signals

CHOSEN = {
    *("namespace", "labels", "listen", "logs", "artifacts", "on_timeout", "on_cancel"),
    "request_timeout",
}
"""Options of a wait on which it depends what a wait needs."""

OUTPUT = options.stacked(
    "Reports",
    options.option(
        "-o",
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Form of the ladder on stdout.",
    ),
)


@click.command(
    "doctor", cls=Command, params=[each for each in wait.command.params if each.name in CHOSEN]
)
@click.argument("name", required=False)
@OUTPUT
@options.RECORDING
@options.CONNECTION
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - as the options say
    """Look for what is missing before `argogate wait` can do its job.

    Climbs from the address to the last permission that the chosen options need, and says what
    to do about each that is missing. It changes nothing. With NAME, a workflow that is there,
    it also tries what cannot be tried without one.

    \b
    argogate doctor -n ci --artifacts out --on-cancel stop
    """  # noqa: D301 - click's own mark
    connection = ConnectionOptions(
        **{name: given[name] for name in ConnectionOptions.__dataclass_fields__}
    )
    named = {"names": [given["name"]] if given["name"] else [], "uid": "", "nodes": ()}
    given |= naming.resolved(ctx, given | named, connection.address())
    name = next(iter(given["names"]), "")
    log = Log(os.environ)
    signals: Signals = ctx.obj
    clock = MonotonicClock(signals.notice)
    recorder = ctx.with_resource(recording(given["record"], clock.now, log.caution))
    transport = connection.transport(os.environ, recorder)
    for caution in connection.warnings(os.environ):
        log.caution(caution)
    visit = Visit(
        transport=transport,
        now=lambda: datetime.now(UTC),
        timeout=given["request_timeout"],
        namespace=given["namespace"],
        name=name,
        several=bool(given["labels"]) or name == LATEST,
        listen=given["listen"],
        logs=given["logs"] != "none",
        artifacts=bool(given["artifacts"]),
        shutdown=_shutdown(given["on_cancel"], given["on_timeout"]),
    )
    try:
        with signals.interruptible():
            ladder = climb(visit)
    except Interrupted as stop:
        by_hand = stop.signal_name == "SIGINT"
        ctx.exit(EXIT_CODES[Conclusion.CANCELLED] if by_hand else SIGTERM_EXIT_CODE)
    render = render_json if given["output"] == "json" else render_text
    echo(render(ladder), end="")
    ctx.exit(ladder.exit_code)


def _shutdown(*words: str) -> Shutdown | None:
    return next((Shutdown(word) for word in words if word != "none"), None)
