"""`argogate wait`: the product."""

from __future__ import annotations

import os
import random
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from argogate import gate
from argogate.argo.api import Shutdown
from argogate.argo.permission import missing_permission, role
from argogate.cli import announcing, options
from argogate.cli.connection import ConnectionOptions
from argogate.cli.log import Log
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.cli.signals import Signals
from argogate.cli.types import LATEST, WorkflowName
from argogate.collecting import ArtifactWish, LogWish
from argogate.files import why_unwritable
from argogate.logs import WhichLogs
from argogate.model.workflow import Phase
from argogate.reports import text
from argogate.reports.formats import Format
from argogate.verdict import Conclusion, Rules
from argogate.waiting.clock import MonotonicClock
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.track import Identity
from argogate.waiting.watch import Wish

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.verdict import Verdict

CONNECTION_NAMES = ConnectionOptions.__dataclass_fields__
LIMIT_NAMES = [name for name in Limits.__dataclass_fields__ if name != "heartbeat"]

NEEDS_FOLDER = {"--artifact": "artifact_patterns", "--require-artifact": "required_artifacts"}


@click.command("wait")
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

    NAME is the name of a workflow, or @latest for the newest one of the namespace; '-' reads
    names from stdin. Instead of names, -l selects by labels.

    \b
    argogate wait nightly-7f --junit argo.xml --artifacts out
    """  # noqa: D301 - click's own mark
    connection = ConnectionOptions(**{name: given[name] for name in CONNECTION_NAMES})
    log = Log(os.environ, quiet=given["quiet"], verbose=given["verbose"])
    request = _request(given)
    limits = _limits(given)
    clock = MonotonicClock()
    recorder = ctx.with_resource(recording(given["record"], clock.now, log.caution))
    server = connection.connect(os.environ, clock.now, recorder)
    address = connection.address()
    announcer = announcing.announcer(log, given)
    for warning in connection.warnings(os.environ):
        log.caution(warning)
    signals = Signals()
    around = gate.Surroundings(
        server=server,
        pace=Pace(
            limits=limits,
            clock=clock,
            dice=random.Random(),  # noqa: S311 - only jitter
            tell=log.tell,
            began=datetime.now(UTC),
        ),
        tell_artifact=log.tell_artifact,
        glance=log.show_progress,
        say=log.line,
        page_of=lambda name: address.page_of(request.namespace, name, connection.ui_url),
        interruptible=signals.interruptible,
        announce=announcer.announce,
    )
    with signals.routed():
        verdict = _waited(request, around)
    _conclude(request, verdict, log, given["output"])
    ctx.exit(verdict.exit_code)


def _waited(request: gate.Request, around: gate.Surroundings) -> Verdict:
    try:
        return gate.run(request, around)
    except Exception as error:  # noqa: BLE001 - a bug still gets its report and its code
        traceback.print_exc()
        verdict = gate.give_up(request, error)
        around.announce(verdict)
        return verdict


def _conclude(request: gate.Request, verdict: Verdict, log: Log, output: str) -> None:
    """Say where the reports are, and print the result."""
    written = [(name, path) for name, path in request.reports.items() if path.exists()]
    for name, path in written:
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


def _request(given: dict[str, Any]) -> gate.Request:
    """Freeze what was asked for. Raises click.UsageError for what contradicts itself."""
    names = _names(given["names"], given["labels"])
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
            identity=Identity(
                uid=given["uid"],
                created_after=given["created_after"],
                accept_archived=given["accept_archived"],
            ),
            nodes=given["nodes"],
            fail_on_suspend=given["on_suspend"] == "fail",
        ),
        rules=Rules(
            success_phases=frozenset(Phase(phase) for phase in given["success_phases"]),
            ignore_not_found=given["ignore_not_found"],
            exit_zero=given["exit_zero"],
        ),
        reports=_reports(given),
        artifacts=_artifact_wish(given),
        logs=LogWish(which=WhichLogs(given["logs"]), lines=given["log_lines"]),
        listen=given["listen"],
        fail_fast=given["fail_fast"],
        on_timeout=_shutdown(given["on_timeout"]),
        on_cancel=_shutdown(given["on_cancel"]),
    )


def _limits(given: dict[str, Any]) -> Limits:
    limits = Limits(**{name: given[name] for name in LIMIT_NAMES})
    if limits.max_poll_interval < limits.poll_interval:
        msg = "--max-poll-interval is shorter than --poll-interval"
        raise click.UsageError(msg)
    return limits


def _shutdown(word: str) -> Shutdown | None:
    return None if word == "none" else Shutdown(word)


def _names(words: tuple[str, ...], labels: str) -> tuple[str, ...]:
    """Return the names in order, each once; `-` stands for those on stdin."""
    listed: list[str] = []
    for word in words:
        listed += sys.stdin.read().split() if word == "-" else [word]
    if labels and words:
        msg = "workflows are named or selected with -l, not both; leave one away"
        raise click.UsageError(msg)
    if not listed and not labels:
        msg = "no workflow is named; give its NAME, names on stdin with '-', or labels with -l"
        raise click.UsageError(msg)
    kind = WorkflowName()
    names = tuple(dict.fromkeys(kind.convert(name, None, None) for name in listed))
    if LATEST in names and len(names) > 1:
        msg = "@latest goes alone; leave the other names away"
        raise click.UsageError(msg)
    return names


def _reports(given: dict[str, Any]) -> dict[Format, Path]:
    """Return which report goes where, after trying that it can be written."""
    wanted: dict[Format, Path] = {
        report: given[report.value] for report in Format if given[report.value]
    }
    if len({path.resolve() for path in wanted.values()}) < len(wanted):
        msg = "two reports cannot go into the same file; give each a path of its own"
        raise click.UsageError(msg)
    for report, path in wanted.items():
        if why := why_unwritable(path):
            msg = f"--{report} {path} cannot be written: {why}; give another path"
            raise click.UsageError(msg)
    return wanted


def _artifact_wish(given: dict[str, Any]) -> ArtifactWish | None:
    folder: Path | None = given["artifacts"]
    if folder is None:
        return None
    if why := why_unwritable(folder / "any"):
        msg = f"--artifacts {folder} cannot be written: {why}; give another folder"
        raise click.UsageError(msg)
    return ArtifactWish(
        folder=folder,
        patterns=given["artifact_patterns"],
        required=given["required_artifacts"],
        template=given["artifact_path"],
        unpacks=given["extract"],
        jobs=given["jobs"],
        largest=given["max_artifact_size"],
        largest_together=given["max_artifacts_size"],
    )
