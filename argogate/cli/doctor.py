"""`argogate doctor`: what is missing before a wait can do its job."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from argogate.cli import naming, wait
from argogate.cli.command import Command, taking
from argogate.cli.connection import ConnectionOptions
from argogate.cli.log import Log
from argogate.cli.options import connection, reports
from argogate.cli.options.declare import option, stacked
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.request import shutdown
from argogate.doctor.climb import climb
from argogate.doctor.ladder import Visit
from argogate.doctor.text import render_json, render_text
from argogate.model.workflow import LATEST
from argogate.values import dataclass
from argogate.waiting.clock import MonotonicClock

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.cli.signals import Signals

CHOSEN = {
    *("namespace", "labels", "listen", "logs", "follow", "artifacts", "on_timeout", "on_cancel"),
    *("request_timeout", "junit_merge"),
}
"""Options of a wait on which it depends what a wait needs."""

OUTPUT = stacked(
    "Reports",
    option(
        "-o",
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Form of the ladder on stdout.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions(ConnectionOptions):
    """Each option of the command, under the name that click gives it."""

    name: str | None
    namespace: str
    labels: str
    listen: bool
    logs: str
    follow: bool
    artifacts: Path | None
    junit_merge: tuple[str, ...]
    on_timeout: str
    on_cancel: str
    request_timeout: float
    output: str
    record: Path | None


@click.command(
    "doctor", cls=Command, params=[each for each in wait.command.params if each.name in CHOSEN]
)
@click.argument("name", required=False)
@OUTPUT
@reports.RECORDING
@connection.CONNECTION
@taking(DoctorOptions)
def command(ctx: click.Context, options: DoctorOptions) -> None:
    """Look for what is missing before `argogate wait` can do its job.

    Climbs from the address to the last permission that the chosen options need, and says what
    to do about each that is missing. It changes nothing. With NAME, a workflow that is there,
    it also tries what cannot be tried without one.

    \b
    argogate doctor -n ci --artifacts out --on-cancel stop
    """  # noqa: D301 - click's own mark
    address = options.address()
    words = (options.name,) if options.name else ()
    meant = naming.resolved(
        ctx, naming.Meant(names=words, namespace=options.namespace), (address.url, options.ui_url)
    )
    name = next(iter(meant.names), "")
    log = Log(os.environ)
    signals: Signals = ctx.obj
    clock = MonotonicClock(signals.notice)
    recorder = ctx.with_resource(recording(options.record, clock.now, log.caution))
    transport = options.transport(os.environ, recorder)
    for caution in options.warnings(os.environ):
        log.caution(caution)
    visit = Visit(
        transport=transport,
        now=lambda: datetime.now(UTC),
        timeout=options.request_timeout,
        namespace=meant.namespace,
        name=name,
        several=bool(options.labels) or name == LATEST,
        listen=options.listen,
        logs=options.logs != "none",
        follow=options.follow,
        artifacts=bool(options.artifacts or options.junit_merge),
        shutdown=shutdown(options.on_cancel, options.on_timeout),
    )
    with signals.interruptible():
        ladder = climb(visit)
    render = render_json if options.output == "json" else render_text
    echo(render(ladder), end="")
    ctx.exit(ladder.exit_code)
