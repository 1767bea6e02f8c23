"""`argogate list`: find workflows, live and archived."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from argogate.cli import caching
from argogate.cli.colours import painter
from argogate.cli.command import Command, taking
from argogate.cli.finding import ListOptions
from argogate.cli.log import Log
from argogate.cli.options import connection, finding, reports
from argogate.cli.output import echo
from argogate.cli.recording import recording
from argogate.errors import ArgoError, Denied
from argogate.lookups import rows
from argogate.lookups.finding import Finder, exit_code_of
from argogate.lookups.question import Archived, Bounds, Question
from argogate.lookups.telling import gaps_in
from argogate.model.workflow import NodePhase
from argogate.reports.escape import terminal_line
from argogate.waiting.clock import MonotonicClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.cli.finding import FindingOptions
    from argogate.cli.signals import Signals
    from argogate.lookups.question import Row, Tally

IN_A_TABLE = 100
LOOKED_UP = 100
WHOLE = 600.0
"""Seconds for one list, however long it is."""
ROLES = {
    "Succeeded": "good",
    "Failed": "bad",
    "Error": "bad",
    "Running": "busy",
    "Pending": "waiting",
}
"""How phases look."""


@click.command("list", cls=Command)
@finding.PLACE
@finding.FILTERS
@finding.MORE_FILTERS
@finding.SHOWING
@reports.RECORDING
@connection.CACHE
@connection.CONNECTION
@taking(ListOptions)
def command(ctx: click.Context, options: ListOptions) -> None:
    """Find workflows: live and archived ones, each once, as it really is.

    Exits 0 also where there is none.

    \b
    argogate list -l app=web --phase Failed,Error --created-after 2d
    argogate list --running -o name | argogate wait -
    """  # noqa: D301 - click's own mark
    filters = options.filters()
    question = Question(
        namespace=options.space,
        filters=filters,
        archived=Archived(options.archived),
        node_phases=frozenset(NodePhase(each) for each in chain(*options.node_phases)),
        lookups=options.limit or LOOKED_UP,
    )
    finder, log = opened(ctx, options, question)
    answer = _Answer(options)
    error = None
    try:
        shown = answer.write(finder)
    except ArgoError as stopped:
        error, shown = stopped, answer.shown
    for sentence in (*answer.remarks, *told(finder.tally)):
        say(sentence)
    if error:
        say(error.message)
        advise(error, options, log)
        ctx.exit(exit_code_of(error))
    if not shown:
        where = f"namespace {options.space}" if options.space else "any namespace"
        say(f"no runs found in {where}")


def opened(ctx: click.Context, options: FindingOptions, question: Question) -> tuple[Finder, Log]:
    """Return what finds, nothing asked yet, and the log. Raises click.UsageError."""
    signals: Signals = ctx.obj
    signals.decline()
    log = Log(os.environ)
    clock = MonotonicClock()
    recorder = ctx.with_resource(recording(options.record, clock.now, log.caution))
    transport = options.transport(os.environ, recorder)
    server = caching.asked(transport, options.cache_dir, os.environ, log.caution)
    for warning in options.warnings(os.environ):
        log.caution(warning)
    bounds = Bounds(timeout=options.request_timeout, whole=WHOLE, sleep=clock.sleep)
    return Finder(server, question, bounds, say), log


class _Answer:
    """Rows on their way to stdout."""

    def __init__(self, options: ListOptions) -> None:
        self.shown = 0
        self.remarks: list[str] = []
        self._options, self._now = options, datetime.now(UTC)
        in_table = options.output in {"table", "wide"}
        limit = options.limit if options.limit is not None else IN_A_TABLE if in_table else 0
        self._limit = limit or None

    def write(self, finder: Finder) -> int:
        """Write what is found; return how much. Raises ArgoError after what came before."""
        options = self._options
        if options.output == "jsonl" and not options.sort:
            for row in islice(finder.settled(finder.rows()), self._limit):
                self.shown += 1
                echo(rows.encoded(rows.document(row, self._now)))
            return self.shown
        stopped: list[ArgoError] = []
        found = self._sorted(list(_until(finder.rows(), stopped)))
        chosen = list(islice(finder.settled(found), self._limit))
        self.shown = len(chosen)
        if self.shown == self._limit and len(found) > self.shown:
            self.remarks.append(
                f"{self.shown} of {len(found)} runs are shown; --limit 0 shows all of them"
            )
        self._write(chosen, finder.tally, len(found), complete=not stopped)
        if stopped:
            raise stopped[0]
        return self.shown

    def _sorted(self, found: list[Row]) -> list[Row]:
        word = self._options.sort or rows.Sort.CREATED
        by = rows.Sort(word.removeprefix("-"))
        return rows.ordered(found, by, self._now, reverse=word.startswith("-"))

    def _write(self, chosen: list[Row], tally: Tally, matched: int, *, complete: bool) -> None:
        options = self._options
        match options.output:
            case "name":
                for row in chosen:
                    space = f"{row.run.namespace}/" if options.all_namespaces else ""
                    echo(terminal_line(f"{space}{row.run.name}"))
            case "jsonl":
                for row in chosen:
                    echo(rows.encoded(rows.document(row, self._now)))
            case "json":
                self._write_document(chosen, tally, matched, complete=complete)
            case _ if chosen:
                self._write_table(chosen)

    def _write_document(
        self, chosen: list[Row], tally: Tally, matched: int, *, complete: bool
    ) -> None:
        head = {
            "matched": matched,
            "shown": len(chosen),
            "complete": complete,
            "unreadable": len(tally.unreadable),
            "notLookedUp": tally.not_looked_up,
            "notRead": tally.not_read,
        }
        echo(rows.encoded(head)[:-1] + ', "workflows": [')
        for number, row in enumerate(chosen, 1):
            comma = "," if number < len(chosen) else ""
            echo(rows.encoded(rows.document(row, self._now)) + comma)
        echo("]}")

    def _write_table(self, chosen: list[Row]) -> None:
        wide, space = self._options.output == "wide", self._options.all_namespaces
        lines = [rows.headings(space=space, wide=wide)]
        lines += [rows.cells(row, self._now, space=space, wide=wide) for row in chosen]
        for line in rows.table(lines, phases_painted()):
            echo(line)


def phases_painted() -> Callable[[str, str], str]:
    """Return what colours the phases of a table."""
    paint = painter(os.environ)
    return lambda text, word: paint(text, ROLES.get(word, ""))


def _until(found: Iterator[Row], stopped: list[ArgoError]) -> Iterator[Row]:
    """Yield rows; what ends them too early goes into the list."""
    try:
        yield from found
    except ArgoError as error:
        stopped.append(error)


def told(tally: Tally) -> Iterator[str]:
    """Return a sentence for each thing that is missing in an answer, with the option that helps."""
    return gaps_in(
        tally,
        remedy="; raise --limit to do that",
        narrower="; raise --limit, or narrow it down",
    )


def say(sentence: str) -> None:
    """Tell something besides the answer."""
    echo(terminal_line(f"argogate: {sentence}"), err=True)


def advise(error: ArgoError, options: FindingOptions, log: Log) -> None:
    """Tell what grants what was refused, where that is known."""
    if not isinstance(error, Denied):
        return
    if options.all_namespaces:
        say("-A needs 'list workflows' in all namespaces, by a ClusterRole; -n NAMESPACE asks one")
    else:
        log.advise(error.message)
