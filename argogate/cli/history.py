"""`argogate history`: what the last runs of something tell."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from heapq import nlargest
from typing import TYPE_CHECKING

import click

from argogate.cli.command import Command, taking
from argogate.cli.finding import FindingOptions
from argogate.cli.list import WHOLE, advise, opened, phases_painted, say, told
from argogate.cli.live import CLEAR
from argogate.cli.options import connection, finding, reports
from argogate.cli.output import echo
from argogate.errors import ArgoError
from argogate.lookups import historypage, historytext
from argogate.lookups.finding import exit_code_of
from argogate.lookups.history import COUNTED, History, entry_of, outcome_of
from argogate.lookups.nodestats import failed_nodes, node_history
from argogate.lookups.question import Archived, Question
from argogate.lookups.rows import Sort, ordered
from argogate.together import together
from argogate.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.lookups.finding import Finder
    from argogate.lookups.nodestats import NodeHistory
    from argogate.lookups.question import Row
    from argogate.model.workflow import Workflow

AT_ONCE = 8
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions(FindingOptions):
    """Each option of the command, under the name that click gives it."""

    prefix: str | None
    last: int
    nodes: bool
    output: str


@click.command("history", cls=Command)
@click.argument("prefix", metavar="[NAME-PREFIX]", required=False)
@finding.PLACE
@finding.FILTERS
@finding.HISTORY
@reports.RECORDING
@connection.CACHE
@connection.CONNECTION
@taking(HistoryOptions)
def command(ctx: click.Context, options: HistoryOptions) -> None:
    """Tell how often the last runs passed, how long they took, and since when they fail.

    The runs are those whose names begin with NAME-PREFIX, or are chosen by -l, --template or
    --cron; archived ones count. It exits 0 whatever became of them.

    \b
    argogate history nightly- --last 50
    argogate history --cron nightly --nodes -o html > history.html
    """  # noqa: D301 - click's own mark
    words = {
        "runs whose names begin with ": options.prefix,
        "-l ": options.labels.strip(" ,"),
        "--template ": options.template,
        "--cron ": options.cron,
    }
    what = ", ".join(f"{word}{value}" for word, value in words.items() if value)
    if not what:
        msg = "nothing is chosen; give the beginning of names, -l, --template or --cron"
        raise click.UsageError(msg)
    filters = replace(options.common(), prefix=options.prefix or "")
    question = Question(
        namespace=options.space,
        filters=filters,
        archived=Archived(options.archived),
        lookups=options.last,
    )
    finder, log = opened(ctx, options, question)
    try:
        history = _history(finder, options, what)
    except ArgoError as error:
        say(error.message)
        advise(error, options, log)
        ctx.exit(exit_code_of(error))
    for sentence in told(finder.tally):
        say(sentence)
    _show(history, options.output)


def _history(finder: Finder, options: HistoryOptions, what: str) -> History:
    """Find the last runs, and read their nodes where that is asked for. Raises ArgoError."""
    now, matched = datetime.now(UTC), 0

    def counted() -> Iterator[Row]:
        nonlocal matched
        for row in finder.rows():
            matched += 1
            yield row

    newest = nlargest(options.last, counted(), key=lambda row: row.run.created_at or LONG_AGO)
    rows = ordered(finder.settled(newest), Sort.CREATED, now)
    if not options.nodes:
        return _told(rows, now, what, matched)
    nodes, failed = _nodes(finder, rows)
    history = _told(rows, now, what, matched, failed)
    return replace(history, nodes=nodes)


def _told(
    rows: list[Row],
    now: datetime,
    what: str,
    matched: int,
    failed: dict[str, tuple[str, ...]] | None = None,
) -> History:
    found = failed or {}
    entries = tuple(entry_of(row, now, found.get(row.run.uid)) for row in rows)
    return History(what=what, entries=entries, matched=matched, now=now)


def _nodes(finder: Finder, rows: list[Row]) -> tuple[NodeHistory, dict[str, tuple[str, ...]]]:
    """Read the nodes of the runs that count, some at a time: what is told of them is small."""
    counted = [row for row in rows if outcome_of(row.run) in COUNTED]
    failed: dict[str, tuple[str, ...]] = {}

    def trees() -> Iterator[Workflow]:
        for start in range(0, len(counted), AT_ONCE):
            batch = counted[start : start + AT_ONCE]
            _progress(start, len(counted))
            for tree in together(finder.tree, batch, jobs=AT_ONCE, seconds=WHOLE):
                if tree:
                    failed[tree.uid] = failed_nodes(tree)
                    yield tree
        _progress(0, 0)

    return node_history(trees(), len(counted)), failed


def _progress(done: int, count: int) -> None:
    """Show on a terminal how far the reading is; nothing is left of it at the end."""
    if sys.stderr.isatty():
        text = f"reading nodes: {done} of {count} runs" if count else ""
        echo(f"{CLEAR}{text}", err=True, end="")


def _show(history: History, output: str) -> None:
    match output:
        case "json":
            echo(historytext.as_json(history))
        case "html":
            echo(historypage.as_page(history), end="")
        case _:
            for line in historytext.lines(history, phases_painted()):
                echo(line)
