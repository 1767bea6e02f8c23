"""A history → text and JSON. Pure; what is foreign in it is made harmless."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from argogate import spell
from argogate.lookups.columns import squeezed
from argogate.lookups.history import FEWEST, STRIP, Outcome, share
from argogate.lookups.question import Place
from argogate.lookups.rows import document, phase_of, table
from argogate.reports.escape import json_text, terminal_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.lookups.history import Entry, History
    from argogate.lookups.nodestats import NodeHistory, NodeRecord
    from argogate.lookups.question import Row

MOST_NODES = 10
LONGEST_REASON, WIDEST_CELL = 80, 60
LEGEND = "S Succeeded, F Failed, E Error, x stopped, r not over"


def facts(history: History) -> list[tuple[str, str]]:
    """Return what the runs tell, a line each, under a word."""
    found = [("runs", _runs(history))]
    if left_out := _left_out(history):
        found.append(("left out", left_out))
    counted = history.counted
    found.append(("passed", share(history.count(Outcome.PASSED), len(counted))))
    if history.strip:
        last = min(len(history.entries), STRIP)
        found.append((f"last {last}", f"{history.strip}  (oldest first; {LEGEND})"))
    found.append(("duration", _durations(history)))
    if failing := history.failing:
        good = failing.last_good
        before = f"last good: {_named(good)}" if good else "no good run among those that were read"
        row = spell.counted(failing.count, "run")
        found.append(("failing", f"since {_named(failing.first)}, {row} in a row; {before}"))
    return found


def lines(
    history: History, paint: Callable[[str, str], str] = lambda text, _: text
) -> Iterator[str]:
    """Yield what a person reads."""
    yield terminal_line(f"history of {history.what}")
    for word, text in facts(history):
        yield f"{word:10}{terminal_line(text)}"
    for title, rows in tables(history):
        yield ""
        yield title
        yield from table([[_cell(text) for text in row] for row in rows], paint)


def _cell(text: str) -> str:
    return squeezed(terminal_line(text), WIDEST_CELL) or "-"


def tables(history: History) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield tables with their titles; the first line of each holds the headings."""
    if history.entries:
        yield "runs, the newest first:", [RUN, *(_run(history, each) for each in history.entries)]
    if history.nodes:
        yield from _node_tables(history.nodes)


RUN = ["NAME", "PHASE", "DURATION", "WHERE", "AGE", "WHAT FAILED"]


def _run(history: History, entry: Entry) -> list[str]:
    run, created = entry.row.run, entry.row.run.created_at
    if entry.failed is not None:
        why = spell.listing(entry.failed, 3)
    else:
        why = run.message if entry.outcome is not Outcome.PASSED else ""
    stopped = " (stopped)" if entry.outcome is Outcome.STOPPED else ""
    return [
        run.name,
        phase_of(run) + stopped,
        spell.duration(entry.seconds) if entry.seconds is not None else "",
        entry.row.place.value,
        spell.duration((history.now - created).total_seconds()) if created else "",
        spell.one_line(why, LONGEST_REASON),
    ]


def _node_tables(nodes: NodeHistory) -> Iterator[tuple[str, list[list[str]]]]:
    unread = f"; those of {nodes.unread} could not be read" if nodes.unread else ""
    of_runs = f" (nodes of {spell.counted(nodes.read, 'run')} were read{unread})"
    flakiest, failing = nodes.flakiest[:MOST_NODES], nodes.failing[:MOST_NODES]
    if not flakiest:
        yield f"no node failed and passed within one run{of_runs}", []
    else:
        yield (
            f"flaky nodes, failed and passed within one run{of_runs}:",
            [["NODE", "FLAKY", "LAST IN"], *(_troubled(each, each.flaky) for each in flakiest)],
        )
    if failing:
        yield (
            "failing nodes:",
            [["NODE", "FAILED", "LAST IN"], *(_troubled(each, each.failed) for each in failing)],
        )
    for word, records in (("NODE", nodes.paths), ("TEMPLATE", nodes.templates)):
        if slowest := records[:MOST_NODES]:
            yield (
                f"slowest {word.lower()}s, all attempts together:",
                [
                    [word, "RUNS", "MEDIAN", "TOGETHER", "SHARE"],
                    *(_slow(each, nodes.seconds) for each in slowest),
                ],
            )


def _troubled(record: NodeRecord, runs: Sequence[str]) -> list[str]:
    return [record.name, share(len(runs), record.runs), runs[0]]


def _slow(record: NodeRecord, whole: float) -> list[str]:
    part = 100 * record.total / whole if whole else 0
    together = spell.duration(record.total)
    return [
        record.name,
        str(record.runs),
        spell.duration(record.median),
        together,
        f"{part:.0f} %",
    ]


def _runs(history: History) -> str:
    shown = len(history.entries)
    of_all = f" of {history.matched} that match" if history.matched > shown else ""
    if not shown:
        return "none match"
    ends = [history.entries[-1], history.entries[0]]
    moments = [entry.row.run.created_at for entry in ends]
    span = " to ".join(spell.moment(moment) for moment in moments if moment)
    words = {Place.LIVE: "live", Place.ARCHIVE: "archived", Place.DOUBTFUL: "archived or live"}
    places = [f"{count} {words[Place(place)]}" for place, count in history.places.items()]
    last = "the last " if of_all else ""
    return f"{last}{shown}{of_all}, created {span} ({', '.join(places)})"


def _left_out(history: History) -> str:
    words = {Outcome.UNFINISHED: "not over", Outcome.STOPPED: "stopped by somebody"}
    found = [f"{count} {word}" for each, word in words.items() if (count := history.count(each))]
    return ", ".join(found)


def _durations(history: History) -> str:
    found = history.durations
    if found is None:
        return "no run passed whose times are known"
    if found.count < FEWEST:
        return f"median {spell.duration(found.median)}, too few runs ({found.count}) for more"
    relation = ""
    if found.median:
        percent = round(100 * (found.last / found.median - 1))
        relation = f", {abs(percent)} % {'above' if percent > 0 else 'below'} the median"
        relation = relation if percent else ", as long as the median"
    return (
        f"median {spell.duration(found.median)}, p95 {spell.duration(found.high)} of "
        f"{found.count} runs that passed; the last one {spell.duration(found.last)}{relation}"
    )


def _named(row: Row) -> str:
    created = row.run.created_at
    return f"{row.run.name} ({spell.moment(created)})" if created else row.run.name


def as_json(history: History) -> str:
    """Return the same facts for a program."""
    durations, failing = history.durations, history.failing
    found: dict[str, Any] = {
        "what": history.what,
        "matched": history.matched,
        "runs": len(history.entries),
        "counted": len(history.counted),
        "passed": history.count(Outcome.PASSED),
        "failed": history.count(Outcome.FAILED),
        "leftOut": {
            each.value: history.count(each) for each in (Outcome.STOPPED, Outcome.UNFINISHED)
        },
        "rate": _rate(history.count(Outcome.PASSED), len(history.counted)),
        "strip": history.strip,
        "seconds": durations
        and {
            "count": durations.count,
            "median": durations.median,
            "p95": durations.high if durations.count >= FEWEST else None,
            "last": durations.last,
        },
        "failingSince": failing
        and {
            "first": document(failing.first, history.now),
            "count": failing.count,
            "lastGood": failing.last_good and document(failing.last_good, history.now),
        },
        "entries": [
            document(each.row, history.now)
            | {"outcome": each.outcome.value, "failedNodes": each.failed}
            for each in history.entries
        ],
        "nodes": history.nodes and _nodes(history.nodes),
    }
    return json_text(json.dumps(found, indent=1))


def _nodes(nodes: NodeHistory) -> dict[str, Any]:
    return {
        "runsRead": nodes.read,
        "runsUnread": nodes.unread,
        "byPath": [_record(each) for each in nodes.paths],
        "byTemplate": [_record(each) for each in nodes.templates],
    }


def _record(record: NodeRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "runs": record.runs,
        "failed": record.failed,
        "flaky": record.flaky,
        "flakyRate": _rate(len(record.flaky), record.runs),
        "seconds": {"together": record.total, "median": record.median},
    }


def _rate(part: int, whole: int) -> float | None:
    """Return a share; None where there are too few for one."""
    return round(part / whole, 4) if whole >= FEWEST else None
