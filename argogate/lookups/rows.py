"""Found runs → lines: a table, JSON, names. Pure; what is foreign in them is made harmless."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from argogate import spell
from argogate.lookups.columns import padded, width
from argogate.lookups.filters import templates_of
from argogate.model.lifecycle import is_terminal
from argogate.model.workflow import LABEL_CRON, Phase
from argogate.reports.escape import json_text, terminal_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from argogate.lookups.question import Row
    from argogate.model.workflow import Workflow

NOBODY = "no workflow controller has picked it up"
LONGEST_MESSAGE = 120


class Sort(StrEnum):
    """In which order runs come."""

    CREATED = "created"
    STARTED = "started"
    FINISHED = "finished"
    DURATION = "duration"
    NAME = "name"
    PHASE = "phase"


def ordered(rows: Iterable[Row], by: Sort, now: datetime, *, reverse: bool = False) -> list[Row]:
    """Return the newest or longest first, names and phases from A on; what lacks it comes last."""
    known: list[tuple[Any, Row]] = []
    unknown = []
    for row in rows:
        value = _value(row.run, by, now)
        if value is None:
            unknown.append(row)
        else:
            known.append((value, row))
    downwards = by not in {Sort.NAME, Sort.PHASE}
    known.sort(key=lambda pair: pair[1].run.name)
    known.sort(key=lambda pair: pair[0], reverse=downwards != reverse)
    return [row for _, row in known] + unknown


def _value(run: Workflow, by: Sort, now: datetime) -> object:
    match by:
        case Sort.CREATED:
            return run.created_at
        case Sort.STARTED:
            return run.started_at
        case Sort.FINISHED:
            return run.finished_at
        case Sort.DURATION:
            return seconds_of(run, now)
        case Sort.NAME:
            return run.name
    return phase_of(run)


def seconds_of(run: Workflow, now: datetime) -> float | None:
    """Return how long a run has taken; None where it has not begun, or nobody knows its end."""
    end = run.finished_at if is_terminal(run) else now
    if run.started_at is None or end is None:
        return None
    return max((end - run.started_at).total_seconds(), 0)


def phase_of(run: Workflow) -> str:
    """Return the phase as a word; what nobody has picked up is pending."""
    return run.phase_word or Phase.PENDING.value


def cells(row: Row, now: datetime, *, space: bool, wide: bool) -> list[str]:
    """Return what a table tells of a run."""
    run, seconds = row.run, seconds_of(row.run, now)
    created = run.created_at
    found = [
        *([run.namespace] if space else []),
        run.name,
        phase_of(run),
        run.progress,
        spell.duration(seconds) if seconds is not None else "",
        row.place.value,
        spell.duration((now - created).total_seconds()) if created else "",
    ]
    if wide:
        message = run.message or ("" if run.phase_word else NOBODY)
        found += [
            spell.moment(run.started_at) if run.started_at else "",
            spell.moment(run.finished_at) if run.finished_at else "",
            ",".join(templates_of(run)),
            run.uid,
            spell.one_line(message, LONGEST_MESSAGE),
        ]
    return [terminal_line(each) or "-" for each in found]


def headings(*, space: bool, wide: bool) -> list[str]:
    """Return the words above them."""
    found = ["NAMESPACE"] if space else []
    found += ["NAME", "PHASE", "PROGRESS", "DURATION", "WHERE", "AGE"]
    return found + (["STARTED", "FINISHED", "TEMPLATE", "UID", "MESSAGE"] if wide else [])


def table(
    lines: Sequence[Sequence[str]], paint: Callable[[str, str], str] = lambda text, _: text
) -> Iterator[str]:
    """Yield the lines of a table; `paint` colours a cell that has been widened, by its word."""
    if not lines:
        return
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        shown = [paint(padded(cell, room), cell) for cell, room in zip(line, widths, strict=True)]
        yield "  ".join(shown).rstrip()


def document(row: Row, now: datetime) -> dict[str, Any]:
    """Return what JSON tells of a run."""
    run = row.run
    return {
        "namespace": run.namespace,
        "name": run.name,
        "uid": run.uid,
        "phase": run.phase_word,
        "message": run.message,
        "progress": run.progress,
        "createdAt": _moment(run.created_at),
        "startedAt": _moment(run.started_at),
        "finishedAt": _moment(run.finished_at),
        "seconds": seconds_of(run, now),
        "where": row.place.value,
        "templates": templates_of(run),
        "cron": run.labels.get(LABEL_CRON, ""),
        "labels": dict(run.labels),
    }


def encoded(value: object) -> str:
    """Return JSON on one line, without what a CI system obeys."""
    return json_text(json.dumps(value))


def _moment(moment: datetime | None) -> str | None:
    return spell.moment(moment) if moment else None
