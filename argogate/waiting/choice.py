"""Which of the runs that match labels are meant. Pure: rows in, a choice out.

Of two rows of one uid the live one is the truth. Of these runs those that the user calls too old
are left out, and those that were over and gone before the gate began, unless the user accepts them
or their name can be no other run's. Of one name the live run is meant, else the newest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from argogate.model.lifecycle import from_archive
from argogate.values import dataclass
from argogate.waiting.identity import is_stale

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target
    from argogate.waiting.identity import Identity

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A workflow that is meant."""

    target: Target
    uid: str = ""
    """Empty where the name alone says which run is meant."""
    attempt: datetime | None = None
    """When the attempt began that was seen of it, if it had."""


class Why(StrEnum):
    """Why a run that matches is left out."""

    OLD = "created before --created-after"
    GONE = (
        "over before this gate began, and archived or being deleted; "
        "--accept-archived or --created-after would take such runs"
    )
    NAMESAKE = "another run of that name is meant"
    LATE = "created after the first look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of all that match, the newest first."""

    meant: tuple[Workflow, ...]
    left_out: tuple[tuple[Workflow, Why], ...]


def runs_in(rows: Iterable[Workflow]) -> tuple[Workflow, ...]:
    """Return each run once, the newest first."""
    runs: dict[str, Workflow] = {}
    for row in rows:
        key = key_of(row)
        if key not in runs or not from_archive(row):
            runs[key] = row
    return tuple(sorted(runs.values(), key=lambda run: run.created_at or LONG_AGO, reverse=True))


def key_of(run: Workflow) -> str:
    """Return what tells a run from others; a row that lacks its uid is told by its name."""
    return run.uid or f"named {run.name}"


def choose(
    runs: Sequence[Workflow],
    identity: Identity,
    server_began: datetime | None,
    server_now: datetime | None = None,
) -> Choice:
    """Choose among runs, the newest first; `server_began` is the gate's begin on their clock."""
    reasons = {run.uid: why_not(run, identity, server_began, server_now) for run in runs}
    good = [run for run in runs if reasons[run.uid] is None]
    meant: dict[str, Workflow] = {}
    for run in sorted(good, key=from_archive):
        if meant.setdefault(run.name, run) is not run:
            reasons[run.uid] = Why.NAMESAKE
    return Choice(
        meant=tuple(run for run in runs if reasons[run.uid] is None),
        left_out=tuple((run, why) for run in runs if (why := reasons[run.uid])),
    )


def why_not(
    run: Workflow,
    identity: Identity,
    server_began: datetime | None,
    server_now: datetime | None = None,
) -> Why | None:
    """Return why a run is left out, whatever else there is."""
    after = identity.oldest(server_began)
    if after and (run.created_at is None or run.created_at < after):
        return Why.OLD
    if after or identity.accept_archived or not is_stale(run, server_began, server_now):
        return None
    return Why.GONE
