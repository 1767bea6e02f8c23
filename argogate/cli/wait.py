"""`argogate wait`: the product."""

from __future__ import annotations

import os
import random
import sys
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from argogate import gate
from argogate.argo.api import Shutdown
from argogate.argo.permission import missing_permission, role
from argogate.cli import announcing, naming, options
from argogate.cli.command import EXIT_CODES
from argogate.cli.connection import ConnectionOptions
from argogate.cli.log import Log
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.reporting import Reporting, places_below, reports_of
from argogate.cli.types import LATEST
from argogate.collecting import ArtifactWish, LogWish
from argogate.files import why_unwritable
from argogate.logs import WhichLogs
from argogate.model.workflow import Phase
from argogate.reports import text
from argogate.verdict import Conclusion, Rules
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.publishing import Reports
    from argogate.signals import Signals
    from argogate.verdict import Verdict

CONNECTION_NAMES = ConnectionOptions.__dataclass_fields__
LIMIT_NAMES = [name for name in Limits.__dataclass_fields__ if name != "heartbeat"]

NEEDS_FOLDER = {"--artifact": "artifact_patterns", "--require-artifact": "required_artifacts"}


@click.command("wait", cls=Reporting, epilog=EXIT_CODES)
@click.argument("names", metavar="[NAME]...", nargs=-1, envvar="ARGOGATE_WORKFLOW")
@options.SELECTION
@options.LIMITS
@options.ACTIONS
@options.VERDICT
@options.REPORTS
@options.ARTIFACTS
@options.OUTPUT
@options.RECORDING
@options.CONNECTION
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - as the options say
    """Wait until the workflows NAME... are really over, report, and exit.

    NAME is the name of a workflow, NAMESPACE/NAME, the address of its page in the Argo UI, or
    @latest for the newest one of the namespace; '-' reads names from stdin. Instead of names, -l
    selects by labels.

    \b
    argogate wait nightly-7f --junit argo.xml --artifacts out
    """  # noqa: D301 - click's own mark
    connection = ConnectionOptions(**{name: given[name] for name in CONNECTION_NAMES})
    signals: Signals = ctx.obj
    clock = MonotonicClock(signals.notice)
    log = Log(os.environ, quiet=given["quiet"], verbose=given["verbose"], now=clock.now)
    given["labels"] = given["labels"].strip(" ,")  # alone they would select everything
    given["names"] = _words(given["names"], given["labels"])
    given = naming.resolved(ctx, given, connection.address())
    reports = reports_of(ctx)
    request = _request(given, reports)
    limits = _limits(given)
    address = connection.address()
    began = datetime.now(UTC)

    def page_of(name: str) -> str:
        return address.page_of(request.namespace, name, connection.ui_url)

    if why := gate.begin(request, page_of, began):
        msg = f"{why}; give another path"
        raise click.UsageError(msg)
    recorder = ctx.with_resource(recording(given["record"], clock.now, log.caution))
    server = connection.connect(os.environ, recorder)
    announcer = announcing.announcer(log, given)
    for warning in connection.warnings(os.environ):
        log.caution(warning)
    around = gate.Surroundings(
        server=server,
        pace=Pace(
            limits=limits,
            clock=clock,
            dice=random.Random(),  # noqa: S311 - only jitter
            tell=log.tell,
            began=began,
        ),
        tell_artifact=log.tell_artifact,
        glance=log.show_progress,
        say=log.line,
        page_of=page_of,
        interruptible=signals.interruptible,
        settling=signals.settling,
        announce=announcer.announce,
    )
    verdict = _waited(request, around)
    _conclude(request, verdict, log, given["output"])
    ctx.exit(verdict.exit_code)


def _waited(request: gate.Request, around: gate.Surroundings) -> Verdict:
    try:
        return gate.run(request, around)
    except Exception as error:  # noqa: BLE001 - a bug still gets its report and its code
        echo(traceback.format_exc(), err=True, end="")
        verdict = gate.give_up(request, error)
        around.announce(verdict)
        return verdict


def _conclude(request: gate.Request, verdict: Verdict, log: Log, output: str) -> None:
    """Say where the reports are, and print the result."""
    log.catch_up()
    for name, path in request.reports.paths.items():
        if path.is_file():
            log.line(f"{name} report: {path}")
    if verdict.conclusion is Conclusion.DENIED and (lack := missing_permission(verdict.message)):
        log.advise("a Role that would do (kubectl apply -f -):", role(lack))
    echo(_spelled(verdict, output, coloured=sys.stdout.isatty() and log.coloured))


def _spelled(verdict: Verdict, output: str, *, coloured: bool) -> str:
    if output == "json":
        from argogate.reports import result

        return result.render(verdict).rstrip("\n")
    if output == "name":
        return text.render_name(verdict).rstrip("\n")
    spelled = text.render_text(verdict).rstrip("\n")
    if not coloured:
        return spelled
    first, _, rest = spelled.partition(" ")
    colour = "green" if verdict.deciding.passed else "red"
    return f"{click.style(first, fg=colour, bold=True)} {rest}"


def _request(given: dict[str, Any], reports: Reports) -> gate.Request:
    """Freeze what was asked for. Raises click.UsageError for what contradicts itself."""
    names = given["names"]
    if LATEST in names and len(names) > 1:
        msg = "@latest goes alone; leave the other names away"
        raise click.UsageError(msg)
    if given["uid"] and (len(names) != 1 or LATEST in names):
        msg = "--uid names one run, so it goes with one NAME"
        raise click.UsageError(msg)
    for option, name in NEEDS_FOLDER.items():
        if given[name] and not given["artifacts"]:
            msg = f"{option} says which artifacts; say where to with --artifacts DIR as well"
            raise click.UsageError(msg)
    return gate.Request(
        namespace=given["namespace"],
        names=names,
        labels=given["labels"],
        wish=Wish(
            identity=_identity(given),
            nodes=given["nodes"],
            fail_on_suspend=given["on_suspend"] == "fail",
        ),
        rules=Rules(
            success_phases=frozenset(Phase(phase) for phase in given["success_phases"]),
            ignore_not_found=given["ignore_not_found"],
            exit_zero=given["exit_zero"],
        ),
        reports=reports,
        artifacts=_artifact_wish(given),
        logs=LogWish(which=WhichLogs(given["logs"]), lines=given["log_lines"]),
        listen=given["listen"],
        fail_fast=given["fail_fast"],
        on_timeout=_shutdown(given["on_timeout"]),
        on_cancel=_shutdown(given["on_cancel"]),
    )


def _identity(given: dict[str, Any]) -> Identity:
    since: datetime | timedelta | None = given["created_after"]
    age = since if isinstance(since, timedelta) else None
    return Identity(
        uid=given["uid"],
        created_after=datetime.now(UTC) - since if isinstance(since, timedelta) else since,
        age=age,
        accept_archived=given["accept_archived"],
    )


def _limits(given: dict[str, Any]) -> Limits:
    limits = Limits(**{name: given[name] for name in LIMIT_NAMES})
    if limits.max_poll_interval < limits.poll_interval:
        msg = "--max-poll-interval is shorter than --poll-interval"
        raise click.UsageError(msg)
    return limits


def _shutdown(word: str) -> Shutdown | None:
    return None if word == "none" else Shutdown(word)


def _words(words: tuple[str, ...], labels: str) -> list[str]:
    """Return what names workflows; `-` stands for the words on stdin."""
    listed: list[str] = []
    for word in words:
        found = _from_stdin() if word == "-" else [word]
        if not found:
            msg = "there is no name on stdin, which '-' stands for; what should have written it?"
            raise click.UsageError(msg)
        listed += found
    if labels and words:
        msg = "workflows are named or selected with -l, not both; leave one away"
        raise click.UsageError(msg)
    if not listed and not labels:
        msg = "no workflow is named; give its NAME, names on stdin with '-', or labels with -l"
        raise click.UsageError(msg)
    return listed


def _from_stdin() -> list[str]:
    try:
        return sys.stdin.read().split()
    except OSError as error:
        msg = f"the names on stdin cannot be read: {error.strerror or error}"
        raise click.UsageError(msg) from error


def _artifact_wish(given: dict[str, Any]) -> ArtifactWish | None:
    folder: Path | None = given["artifacts"]
    if folder is None:
        return None
    if why := why_unwritable(folder / "any"):
        msg = f"--artifacts {folder} cannot be written: {why}; give another folder"
        raise click.UsageError(msg)
    return ArtifactWish(
        folder=folder,
        taken=places_below(folder, given),
        patterns=given["artifact_patterns"],
        required=given["required_artifacts"],
        template=given["artifact_path"],
        unpacks=given["extract"],
        jobs=given["jobs"],
        largest=given["max_artifact_size"],
        largest_together=given["max_artifacts_size"],
    )
