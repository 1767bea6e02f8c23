"""`argogate wait`: the product."""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from argogate import gate
from argogate.cli import announcing, naming
from argogate.cli.colours import is_coloured
from argogate.cli.command import EXIT_CODES, taking
from argogate.cli.ending import broken_off, last_line
from argogate.cli.log import Log
from argogate.cli.memory import Sweeper
from argogate.cli.options import connection, reports, waiting
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.reporting import Reporting, reports_of
from argogate.cli.request import WaitOptions, named
from argogate.cli.signals import asked_for_state
from argogate.cli.spelling import spelled
from argogate.errors import Interrupted
from argogate.values import asdict, replace
from argogate.verdict.conclusion import Conclusion
from argogate.verdict.endings import NeverAppeared
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.patience import Pace

if TYPE_CHECKING:
    from argogate.argo.api import ArgoServer
    from argogate.cli.signals import Signals
    from argogate.verdict.report import Report

MOST_HINTED = 3
"""Names that are asked after, where many are not there."""


@click.command("wait", cls=Reporting, epilog=EXIT_CODES)
@click.argument("names", metavar="[NAME]...", nargs=-1, envvar="ARGOGATE_WORKFLOW")
@waiting.SELECTION
@waiting.LIMITS
@waiting.ACTIONS
@waiting.VERDICT
@reports.REPORTS
@reports.FOLLOWING
@reports.ARTIFACTS
@reports.OUTPUT
@reports.RECORDING
@connection.CONNECTION
@taking(WaitOptions)
def command(ctx: click.Context, options: WaitOptions) -> None:
    """Wait until the workflows NAME... are really over, report, and exit.

    NAME is the name of a workflow, NAMESPACE/NAME, the address of its page in the Argo UI, or
    @latest for the newest one of the namespace; '-' reads names from stdin. Instead of names, -l
    selects by labels.

    \b
    argogate wait nightly-7f --junit argo.xml --artifacts out
    """  # noqa: D301 - click's own mark
    signals: Signals = ctx.obj
    now = MonotonicClock().now
    log = Log(os.environ, quiet=options.quiet, verbose=options.verbose, now=now)
    ctx.call_on_close(log.close)
    signals.on_end = lambda code: log.break_off(broken_off(code))
    ctx.with_resource(asked_for_state(log.ask))

    sweeper = Sweeper(time.monotonic)

    def notice() -> None:
        signals.notice()
        log.tick()
        sweeper.sweep()

    clock = MonotonicClock(notice)
    labels = options.labels.strip(" ,")  # alone they would select everything
    names = _names(ctx, options, labels, log)
    address = options.address()
    meant = naming.resolved(
        ctx,
        naming.Meant(
            names=names,
            namespace=options.namespace,
            uid=options.uid or "",
            nodes=options.nodes,
        ),
        (address.url, options.ui_url),
    )
    options = replace(options, labels=labels, **asdict(meant))
    request = options.request(reports_of(ctx))
    limits = options.limits()
    began = datetime.now(UTC)

    def page_of(name: str) -> str:
        return address.page_of(request.namespace, name, options.ui_url)

    if why := gate.begin(request, page_of, began):
        msg = f"{why}; give another path"
        raise click.UsageError(msg)
    recorder = ctx.with_resource(recording(options.record, clock.now, log.caution))
    server = options.connect(os.environ, recorder)
    announcer = announcing.announcer(log, options)
    announcer.hold()
    for warning in options.warnings(os.environ):
        log.caution(warning)
    around = gate.Context(
        server=server,
        pace=Pace(
            limits=limits,
            clock=clock,
            rng=random.Random(),  # noqa: S311 - only jitter
            on_news=log.tell,
            began=began,
        ),
        log=log,
        page_of=page_of,
        interruptible=signals.interruptible,
        settling=signals.settling,
        announce=announcer.announce,
    )
    report = _waited(request, around, log)
    log.sum_up(options.artifacts)
    _hint(report, server, log)
    _conclude(request, report, log, options.output)
    ctx.exit(report.verdict.exit_code)


def _names(ctx: click.Context, options: WaitOptions, labels: str, log: Log) -> tuple[str, ...]:
    """Return who is named. Who is to write names on stdin may take long, or never do it."""
    if "-" not in options.names:
        return named(options.names, labels)
    request = gate.Request(
        namespace=options.namespace, names=options.names, reports=reports_of(ctx)
    )
    if why := gate.begin(request, lambda _: "", datetime.now(UTC)):
        msg = f"{why}; give another path"
        raise click.UsageError(msg)
    announcer = announcing.announcer(log, options)
    announcer.hold()
    try:
        return named(options.names, labels)
    except Interrupted as stop:
        report = gate.break_off(request, stop)
        announcer.announce(report)
        _conclude(request, report, log, options.output)
        ctx.exit(report.verdict.exit_code)


def _waited(request: gate.Request, around: gate.Context, log: Log) -> Report:
    try:
        return gate.run(request, around)
    except Exception as error:  # noqa: BLE001 - a bug still gets its report and its code
        log.close()
        echo(traceback.format_exc(), err=True, end="")
        report = gate.give_up(request, error)
        around.announce(report)
        return report


def _hint(report: Report, server: ArgoServer, log: Log) -> None:
    """Ask after names that are close to one that nothing bears, where that is allowed."""
    absent = [
        result.observation.target
        for result in report.verdict.results
        if isinstance(result.observation.ending, NeverAppeared)
        and result.observation.target.named
        and not result.observation.ending.found
    ]
    if absent:
        from argogate.lookups.hints import close_names, did_you_mean

        for target in absent[:MOST_HINTED]:
            if close := close_names(target, server):
                log.line(f"{target} is not there; {did_you_mean(close)}")


def _conclude(request: gate.Request, report: Report, log: Log, output: str) -> None:
    """Say where the reports are, print the result, and say last how it ended."""
    log.catch_up()
    log.close()
    verdict = report.verdict
    written = {form: path for form, path in request.reports.paths.items() if path.is_file()}
    for form, path in written.items():
        log.line(f"{form} report: {path}")
    if verdict.conclusion is Conclusion.DENIED:
        log.advise(verdict.message)
    coloured = is_coloured(os.environ, terminal=sys.stdout.isatty())
    echo(spelled(report, output, coloured=coloured))
    log.end(last_line(verdict, written))
