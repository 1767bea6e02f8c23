"""`argogate report`: the reports of earlier waits again, from their saved results."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from argogate.cli import announcing
from argogate.cli.command import taking
from argogate.cli.options import reports
from argogate.cli.options.declare import option, stacked
from argogate.cli.output import echo
from argogate.cli.reporting import ReportFiles, Reporting, is_step_summary, reports_of
from argogate.cli.spelling import spelled
from argogate.publishing import write
from argogate.reports.escape import terminal_line
from argogate.reports.result import read
from argogate.values import dataclass
from argogate.verdict.conclusion import EXIT_CODES, Conclusion, join, most_telling
from argogate.verdict.suites import make_report

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from argogate.cli.signals import Signals
    from argogate.verdict.conclusion import Verdict

STDIN = "-"
LARGEST = 256 << 20
"""Bytes of a result; with 100,000 nodes it has less than half of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions(ReportFiles):
    """Each option of the command, under the name that click gives it."""

    results: tuple[Path, ...]
    output: str
    exit_code: bool


@click.command(
    "report",
    cls=Reporting,
    epilog="Exit codes: 0 where all was rendered, 6 where a report could not be written, 2 where a "
    "RESULT cannot be read; with --exit-code that of the wait.",
)
@click.argument(
    "results", metavar="RESULT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@reports.FILES
@stacked(
    "Reports",
    reports.FORM,
    option("--exit-code", is_flag=True, help="Exit with the code of the wait, not with 0."),
)
@taking(ReportOptions)
def command(ctx: click.Context, options: ReportOptions) -> None:
    """Render the reports of a wait again, without a server.

    RESULT is what `argogate wait --result` wrote, by this release or an earlier one; '-' is
    stdin. Several, as of the jobs of a matrix, become one report.

    \b
    argogate report build/*.json --junit all.xml --summary all.md
    """  # noqa: D301 - click's own mark
    files = reports_of(ctx)
    signals: Signals = ctx.obj
    with signals.interruptible():
        verdict = join([_read(path) for path in options.results])
        report = make_report(verdict)
        lacking = write(report, files)
    for sentence in lacking.values():
        echo(f"argogate: {terminal_line(sentence)}", err=True)
    if is_step_summary(options.summary):
        announcing.summarise(report)
    echo(spelled(report, options.output, coloured=False))
    codes = [EXIT_CODES[Conclusion.INCOMPLETE]] if lacking else []
    ctx.exit(most_telling([*codes, verdict.exit_code if options.exit_code else 0]))


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if str(path) == STDIN else path.open("rb")


def _bounded(stream: IO[bytes]) -> bytes:
    """Read all of it. Raises OSError, and ValueError for what is too large."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        msg = f"it is larger than {LARGEST >> 20} MiB, which no result is"
        raise ValueError(msg)
    return content


def _read(path: Path) -> Verdict:
    try:
        with _opened(path) as stream:
            return read(_bounded(stream))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise click.UsageError(msg) from error
    except ValueError as error:
        msg = f"{path}: {error}"
        raise click.UsageError(msg) from error
