"""Finding those that no name names: all that have certain labels.

Lists are hints: a row may come late, and one of the archive may be that of a live run.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING, Protocol

from argogate import spell
from argogate.errors import ArgoError, Malformed, NotFound, Unavailable
from argogate.model.lifecycle import from_archive
from argogate.together import together
from argogate.waiting.choice import Chosen, Why, choose, key_of, runs_in, why_not
from argogate.waiting.newest import Names
from argogate.waiting.patience import is_away
from argogate.waiting.timers import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from argogate.model.answers import Listing
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target
    from argogate.waiting.identity import Identity
    from argogate.waiting.patience import Pace

LATE = 10.0
"""Seconds after the first find for which a row may be late in the server's copy of the lists."""
SOON, LATER = 2.0, 60.0
"""Seconds between two looks for rows that are late, before and after that."""
LATE_REQUEST = 5.0
"""Seconds that such a look may take: others are waited for meanwhile."""
LIVE_REQUEST = 5.0
"""Seconds after which the list is asked alone: a proxy may hold a watch back."""
MOST_LOOKED_UP, AT_ONCE = 500, 8
MOST_NAMED = 20


class Lists(Names, Protocol):
    """What may be asked; each raises ArgoError, and timeouts are in seconds."""

    def live(self, *, timeout: float) -> Listing:
        """List all that is live and nothing else, without delay.

        Raises Impossible where there is no such list.
        """
        ...

    def every(self, *, timeout: float) -> Listing:
        """List live and archived runs. A live run that is archived has only the archive's row."""
        ...


class Members:
    """The runs that labels mean; new ones may join until it is closed."""

    def __init__(
        self,
        lists: Lists,
        identity: Identity,
        pace: Pace,
        target_of: Callable[[str], Target],
        say: Callable[[str], None],
    ) -> None:
        """`say` is told what is left out."""
        self.open = True
        self.closes_at = inf
        """When it closes, if all members are over by then."""
        self._lists = lists
        self._identity = identity
        self._target_of = target_of
        self._clock, self._contact = pace.clock, pace.contact
        self._say = say
        self._members: dict[str, str] = {}
        """Uids by name."""
        self._looked_up: dict[str, Workflow] = {}
        self._left_out: dict[str, tuple[Workflow, Why]] = {}
        self._told: tuple[str, ...] = ()
        self._first: datetime | None = None
        self._watchable = True
        self._complete = False
        self._unlisted = ""
        self._list_away = False
        """Whether the list failed in a way that soon passes."""
        self._next = 0.0

    def find(self, timeout: float) -> tuple[Chosen, ...]:
        """Return who is meant and was not found before. Raises ArgoError."""
        within = Budget.lasting(self._clock, timeout)
        rows, server_time = self._runs(within)
        self._contact.hear(server_time, self._clock.now())
        runs = self._told_apart(rows, within)
        shown = self._contact.shown(self._clock.now())
        choice = choose(runs, self._identity, self._contact.began, shown)
        if choice.meant and not self._members:
            self._first = _latest(server_time, choice.meant)
            self.closes_at = self._clock.now() + LATE
        self._next = self._clock.now() + (SOON if self._may_be_late else LATER)
        found = tuple(each for run in choice.meant if (each := self._admitted(run)))
        self._left_out |= {run.uid: (run, why) for run, why in choice.left_out}
        self._tell()
        return found

    def joining(self, *, over: bool, within: Budget | None = None) -> tuple[Chosen, ...]:
        """Return who is late; close where all members are `over` and nobody can be late any more.

        A list that fails now decides nothing. What is asked is to be answered `within`.
        """
        within = within or Budget(clock=self._clock)
        if over and self._complete:
            self.open = False
        now = self._clock.now()
        if not self.open or within.is_over or not (over or now >= self._next):
            return ()
        try:
            found = self.find(within.share(LATE_REQUEST))
        except ArgoError:
            found = ()
            self._next = self._clock.now() + LATER
        if over and not found:
            several = len(self._members) > 1
            self.open = self._may_be_late and (several or self._list_away)
        return found

    def left_out(self) -> tuple[str, ...]:
        """Return a sentence for each reason why runs that match were left out."""
        names = defaultdict(list)
        for run, why in self._left_out.values():
            names[why].append(run.name)
        sentences = [
            f"{spell.counted(len(names[why]), 'matching run')} left out, {why}: "
            f"{spell.listing(names[why], MOST_NAMED)}"
            for why in Why
            if why in names
        ]
        return (*sentences, *filter(None, [self._unlisted]))

    @property
    def _may_be_late(self) -> bool:
        """A watch shows all that there is; a list is made from a copy that may lag."""
        return not self._complete and self._clock.now() < self.closes_at

    def _runs(self, within: Budget) -> tuple[tuple[Workflow, ...], datetime | None]:
        """Ask for what is live, then for all: a run that is archived meanwhile is in both."""
        live = self._live(within)
        try:
            every = self._lists.every(timeout=within.left)
        except ArgoError as error:
            if not live or self._identity.accept_archived or self._identity.created_after:
                raise
            self._complete, self._list_away = False, is_away(error)
            self._unlisted = f"whether archived runs match cannot be told: {error.message}"
            return runs_in(live.rows), live.server_time
        self._complete, self._unlisted, self._list_away = live is not None, "", False
        rows = (*live.rows, *every.rows) if live else every.rows
        return runs_in(rows), every.server_time

    def _live(self, within: Budget) -> Listing | None:
        if not self._watchable:
            return None
        try:
            return self._lists.live(timeout=min(within.left / 2, LIVE_REQUEST))
        except Unavailable:
            return None
        except ArgoError:
            self._watchable = False
            return None

    def _told_apart(self, runs: Sequence[Workflow], within: Budget) -> list[Workflow]:
        """Look up by name what only the archive's row is known of: it may be live all the same.

        So are rows that lack what tells who is meant.
        """
        began, shown = self._contact.began, self._contact.shown(self._clock.now())
        doubtful = [
            run
            for run in runs
            if key_of(run) not in self._looked_up
            and (self._lacks_facts(run) or why_not(run, self._identity, began, shown) is Why.GONE)
        ]
        if len(doubtful) > MOST_LOOKED_UP:
            msg = (
                f"{len(doubtful)} archived runs match, too many to look each up; "
                "narrow it with --created-after"
            )
            raise Malformed(msg)
        left = within.left
        answers = together(lambda run: self._ask(run, left), doubtful, jobs=AT_ONCE, seconds=left)
        for run, answer in zip(doubtful, answers, strict=True):
            if answer is None:
                msg = f"the server did not answer in time whether {run.name} is live"
                raise Unavailable(msg)
            self._looked_up[key_of(run)] = answer
        told = [
            self._looked_up.get(key_of(run), run)
            if from_archive(run) or self._lacks_facts(run)
            else run
            for run in runs
        ]
        return [run for run in runs_in(told) if run.uid]

    def _lacks_facts(self, run: Workflow) -> bool:
        """Whether a row lost what tells which run it is, or whether that is too old."""
        aged = self._identity.created_after is not None
        return not run.uid or (aged and run.created_at is None)

    def _ask(self, run: Workflow, timeout: float) -> Workflow:
        """Return the run as it bears its name, or the row where that is all there is of it."""
        try:
            seen = self._lists.poll(run.name, timeout=timeout).workflow
        except NotFound:
            return run
        return seen if run.uid in {"", seen.uid} else run

    def _admitted(self, run: Workflow) -> Chosen | None:
        known = self._members.get(run.name)
        if known == run.uid:
            return None
        late = self._first and run.created_at and run.created_at > self._first
        if known or late:
            self._left_out[run.uid] = run, Why.NAMESAKE if known else Why.LATE
            return None
        self._members[run.name] = run.uid
        return Chosen(target=self._target_of(run.name), uid=run.uid, attempt=run.started_at)

    def _tell(self) -> None:
        sentences = self.left_out()
        for sentence in sentences:
            if sentence not in self._told:
                self._say(sentence)
        self._told = sentences


def _latest(server_time: datetime | None, runs: Sequence[Workflow]) -> datetime | None:
    """Return the moment of a look; the clock by which runs are created may be ahead of it."""
    created = [run.created_at for run in runs if run.created_at]
    return max([server_time, *created]) if server_time else None
