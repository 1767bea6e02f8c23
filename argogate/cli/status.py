"""`argogate status`: one look, which never waits."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from argogate.cli import caching, naming
from argogate.cli.colours import painter
from argogate.cli.command import EXIT_CODES, Command, taking
from argogate.cli.connection import ConnectionOptions
from argogate.cli.log import Log
from argogate.cli.options import connection, reports
from argogate.cli.options.status import LOOKING, SHOWING
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.request import named
from argogate.lookups.drawing import NEEDED_LETTERS, Layout
from argogate.lookups.status import Request, Status, ask
from argogate.model.workflow import LATEST
from argogate.values import dataclass
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.observation import Target
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.patience import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.cli.signals import Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions(ConnectionOptions):
    """Each option of the command, under the name that click gives it."""

    names: tuple[str, ...]
    namespace: str
    uid: str | None
    nodes: tuple[str, ...]
    phases: tuple[tuple[str, ...], ...]
    everything: bool
    log_lines: int
    output: str
    exit_code: bool
    request_timeout: float
    record: Path | None
    cache_dir: str | None

    def request(self, meant: naming.Meant) -> Request:
        """Freeze what was asked for. Raises click.UsageError for what contradicts itself."""
        naming.refuse_uid_of_several(meant.uid, meant.names)
        return Request(
            namespace=meant.namespace,
            names=meant.names,
            uid=meant.uid,
            nodes=meant.nodes,
            phases=frozenset(phase for phases in self.phases for phase in phases),
            everything=self.everything,
            log_lines=self.log_lines,
            timeout=self.request_timeout,
            whole=Limits().collect_timeout,
        )


@click.command("status", cls=Command, epilog=EXIT_CODES)
@click.argument("names", metavar="[NAME]...", nargs=-1, envvar="ARGOGATE_WORKFLOW")
@LOOKING
@SHOWING
@reports.RECORDING
@connection.CACHE
@connection.CONNECTION
@taking(StatusOptions)
def command(ctx: click.Context, options: StatusOptions) -> None:
    """Look once at the workflows NAME...: state, nodes, outputs, and why one does not go on.

    NAME is the name of a workflow, NAMESPACE/NAME, the address of its page in the Argo UI, or
    @latest for the newest one of the namespace; '-' reads names from stdin. It never waits, and
    exits 0 where all could be read, whatever their state; see --exit-code.

    \b
    argogate status nightly-7f
    argogate status nightly-7f --node 'test*' --log-lines 50
    """  # noqa: D301 - click's own mark
    address = options.address()
    meant = naming.resolved(
        ctx,
        naming.Meant(
            names=named(options.names),
            namespace=options.namespace,
            uid=options.uid or "",
            nodes=options.nodes,
        ),
        (address.url, options.ui_url),
    )
    request = options.request(meant)
    signals: Signals = ctx.obj
    clock = MonotonicClock(signals.notice)
    log = Log(os.environ)
    recorder = ctx.with_resource(recording(options.record, clock.now, log.caution))
    transport = options.transport(os.environ, recorder)
    server = caching.asked(transport, options.cache_dir, os.environ, log.caution)
    for warning in options.warnings(os.environ):
        log.caution(warning)

    def target_of(name: str) -> Target:
        return Target(
            namespace=request.namespace,
            name=name,
            url=address.page_of(request.namespace, name, options.ui_url),
            named=name != LATEST,
        )

    with signals.interruptible():
        status = ask(request, target_of, server, clock, datetime.now(UTC))
    _show(status, options.output)
    if status.verdict.conclusion is Conclusion.DENIED:
        log.advise(status.verdict.message)
    for doubt in filter(None, status.doubts() if options.exit_code else ()):
        log.caution(doubt)
    ctx.exit(status.exit_code(mirrored=options.exit_code))


def _show(status: Status, output: str) -> None:
    if output == "json":
        echo(status.document())
        return
    lines = status.names() if output == "name" else status.lines(_layout(wide=output == "wide"))
    for line in lines:
        echo(line)


def _layout(*, wide: bool) -> Layout:
    """Return how lines are to look where stdout leads; what is wide is not cut."""
    cut = not wide and (sys.stdout.isatty() or "COLUMNS" in os.environ)
    return Layout(
        width=shutil.get_terminal_size().columns if cut else 0,
        wide=wide,
        ascii=not _can_be_written(NEEDED_LETTERS),
        paint=painter(os.environ),
    )


def _can_be_written(letters: str) -> bool:
    try:
        letters.encode(sys.stdout.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
