"""Look until everything is over. Never raises ArgoError: every way to end is an Ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.errors import ArgoError
from argogate.values import replace
from argogate.verdict.endings import Abandoned, Ending
from argogate.waiting.hearing import Hearing
from argogate.waiting.patience import Pauses, cut_short
from argogate.waiting.relay import Relay
from argogate.waiting.timers import Budget
from argogate.waiting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from argogate.verdict.observation import Observation
    from argogate.waiting.choice import Chosen
    from argogate.waiting.hearing import Streams
    from argogate.waiting.members import Members
    from argogate.waiting.patience import Pace
    from argogate.waiting.trees import Questions
    from argogate.waiting.watch import Wish

CROWD = 5
"""From so many workflows on, one list is cheaper than a look at each."""
LIST_PAUSE = 60.0
"""Seconds before a list that failed is tried again; meanwhile each workflow is looked at."""
LIST_REQUEST = 10.0
"""Seconds that a list may take; one that takes longer saves nothing."""
LOOKS_A_SECOND = 50


class Waiter:
    """Waits for several workflows in one loop."""

    def __init__(
        self,
        questions: Questions,
        streams: Streams,
        pace: Pace,
        wish: Wish,
        *,
        began: float,
        listen: bool,
        is_red: Callable[[Observation], bool] | None,
        members: Members | None,
    ) -> None:
        """`began` is when the limits began to run.

        `is_red` makes the first workflow for which it is true end the whole wait. `members` may
        bring further workflows.
        """
        self._questions = questions
        self._streams = streams
        self._hearing = Hearing(streams, pace.clock, listen=listen)
        self._pace = pace
        self._wish = wish
        self._limits, self._clock = pace.limits, pace.clock
        self._is_red = is_red
        self._members = members
        self._pauses = Pauses(pace.limits, pace.clock, pace.rng)
        self._watches: dict[str, Watch] = {}
        self._looked: dict[str, float] = {}
        """When each was looked at last, by name."""
        self._began = began
        self._ends = pace.limits.ends(began)
        self._relay = Relay(pace, began=began)
        self._list_again = began

    def wait(self, chosen: Sequence[Chosen]) -> tuple[Observation, ...]:
        """Look until every workflow is over or a limit runs out; the order is kept."""
        self._admit(chosen)
        try:
            while not self._look():
                self._rest(self._pauses.next(self._deadlines(), told=self._is_told()))
        finally:
            self._hearing.stop()
        return self.observed()

    def observed(self, otherwise: Ending | None = None) -> tuple[Observation, ...]:
        """Return what is known now; `otherwise` is the ending of workflows that have none yet."""
        return tuple(
            watch.observation(ending)
            for watch in self._watches.values()
            if (ending := watch.ending or otherwise)
        )

    @property
    def _open(self) -> list[Watch]:
        return [watch for watch in self._watches.values() if watch.ending is None]

    def _admit(self, chosen: Sequence[Chosen]) -> list[Watch]:
        """Begin to wait for these, each for the very run that was chosen."""
        pace = replace(self._pace, on_news=self._relay.hear)
        admitted = []
        for each in chosen:
            wish = replace(self._wish, identity=self._wish.identity.of_run(each))
            watch = Watch(each.target, wish, self._questions, pace, began=self._began)
            self._watches[each.target.name] = watch
            admitted.append(watch)
        return admitted

    def _look(self) -> bool:
        """Look at each workflow that is not over yet; return whether all are."""
        self._pauses.look_again()
        within = self._round()
        self._look_at(self._worth_a_look(), within)
        if self._members:
            joined = self._members.joining(over=not self._open, within=within)
            self._look_at(self._admit(joined), within)
        if any(watch.track.last for watch in self._open):
            self._hearing.begin()
        self._relay.heartbeat(self._open)
        return self._is_over()

    def _is_told(self) -> bool:
        """Whether events tell of all that may end the wait; of single nodes they do not."""
        of_nodes = self._wish.nodes or self._wish.fail_on_suspend
        return self._hearing.tells_changes and not of_nodes

    def _is_over(self) -> bool:
        """Return whether all are over, and nobody may join them any more."""
        if self._open:
            return False
        return self._clock.now() >= self._ends or not (self._members and self._members.open)

    def _round(self) -> Budget:
        """Return the time that a round of looks has, however many they are."""
        waited = self._clock.now() - self._began
        return Budget.lasting(self._clock, self._limits.round(waited))

    def _look_at(self, watches: Sequence[Watch], within: Budget) -> None:
        """Look at these within a round; those that had to stand back the last time come first.

        Where a list would have saved most looks, but failed, they are spread over time.
        """
        began, error = self._clock.now(), None
        queue = sorted(watches, key=lambda watch: self._looked.get(watch.target.name, 0))
        for number, watch in enumerate(queue):
            if self._list_again > self._began and number and number % LOOKS_A_SECOND == 0:
                self._clock.sleep(max(began + number / LOOKS_A_SECOND - self._clock.now(), 0))
            if watch.ending:
                continue
            if number and within.is_over:
                watch.stand_back(error)
                continue
            self._looked[watch.target.name] = self._clock.now()
            error = watch.look(warned=self._hearing.warned, within=within)
            self._pauses.heed(error)
            if watch.ending and self._is_red:
                self._fail_fast(watch, watch.ending, self._is_red)

    def _worth_a_look(self) -> list[Watch]:
        """Return the workflows that a list does not show as running on.

        The list saves looks and decides nothing: where it fails, each is looked at.
        """
        watches, now = self._open, self._clock.now()
        if len(watches) < CROWD or now < self._list_again:
            return watches
        try:
            listed = self._streams.unfinished(timeout=min(self._round().left / 2, LIST_REQUEST))
            rows = {row.workflow.uid: row for row in listed}
        except ArgoError as error:
            self._pauses.heed(error)
            self._list_again = now + LIST_PAUSE
            return watches
        return [
            watch
            for watch in watches
            if watch.track.uid not in rows or watch.glimpse(rows[watch.track.uid])
        ]

    def _fail_fast(self, red: Watch, ending: Ending, is_red: Callable[[Observation], bool]) -> None:
        if is_red(red.observation(ending)):
            self._members = None
            for watch in self._open:
                watch.ending = Abandoned(because=str(red.target))

    def _rest(self, seconds: float) -> None:
        """Pause, but take events in as they come, and look at once where one asks for it."""
        over = not self._open
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            self._hearing.pause(left)
            self._look_at(self._stirred(), self._round())
            if not self._open and not over:
                return
            now = self._clock.now()
            until = now + cut_short(until - now, now, self._deadlines())

    def _stirred(self) -> list[Watch]:
        """Take in what the streams brought; return the workflows that want a look."""
        for warning in self._hearing.warnings():
            if watch := self._watches.get(warning.workflow):
                watch.warn(warning)
        if trouble := self._hearing.new_trouble():
            self._relay.unheard(next(iter(self._watches.values())), trouble)
        stirred: dict[str, Watch] = {}
        for event in self._hearing.changes():
            name = event.workflow.name
            watch = self._watches.get(name)
            if watch and watch.ending is None and watch.glimpse(event):
                stirred[name] = watch
        return list(stirred.values())

    def _deadlines(self) -> list[float]:
        """Return when a look is due; a crowd is not asked one by one why it is quiet."""
        watches = self._open
        moments = [moment for watch in watches for moment in watch.deadlines()]
        if len(watches) < CROWD:
            moments += [due for watch in watches if (due := watch.quiet_at()) is not None]
        return [*moments, self._members.closes_at, self._ends] if self._members else moments
