"""Look until it is over. Never raises ArgoError: every way to end is an Ending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tenacity

from argogate.errors import ArgoError, NotFound, Unavailable
from argogate.model import lifecycle
from argogate.news import StillWaiting
from argogate.observation import Ending, Finished, Observation, Poll, Target, TimedOut
from argogate.waiting.nodewatch import NodeWatch
from argogate.waiting.patience import Pauses, read_patiently
from argogate.waiting.track import Identity, Track

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from argogate.model.workflow import Workflow
    from argogate.news import News, Tell
    from argogate.waiting.clock import Clock
    from argogate.waiting.patience import Limits

SHORTEST_REQUEST = 2.0
"""Seconds that even the last request before the timeout gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What may be asked about a workflow: each returns a Poll or raises ArgoError."""

    poll: Callable[[Target, float], Poll]
    """A look without nodes; the number is the request's timeout in seconds."""
    tree: Callable[[Target, float], Poll]
    archived: Callable[[str, float], Poll]
    """The archived run of a uid."""


class Waiter:
    """Waits for several workflows in one loop."""

    def __init__(
        self,
        questions: Questions,
        limits: Limits,
        clock: Clock,
        tell: Tell,
        dice: random.Random,
    ) -> None:
        self._questions = questions
        self._limits = limits
        self._clock = clock
        self._tell = tell
        self._pauses = Pauses(limits, dice)
        self._tracks: list[Track] = []
        self._endings: dict[Target, Ending] = {}
        self._watches: dict[Target, NodeWatch] = {}
        self._asked_to_pause = 0.0
        self._last_told = clock.now()

    def wait(self, targets: Sequence[Target], identity: Identity) -> tuple[Observation, ...]:
        """Look until every workflow is over or a limit runs out; the order is kept."""
        began = self._clock.now()
        self._tracks = [
            Track(target, identity, self._limits, began=began, tell=self._hear)
            for target in targets
        ]
        self._watches = {
            track.target: NodeWatch(track.target, self._hear) for track in self._tracks
        }
        tenacity.Retrying(
            sleep=self._clock.sleep,
            wait=self._pause,
            stop=tenacity.stop_never,
            retry=tenacity.retry_if_result(lambda over: not over),
        )(self._look)
        return self.observed()

    def observed(self, otherwise: Ending | None = None) -> tuple[Observation, ...]:
        """Return what is known now; `otherwise` is the ending of workflows that have none yet."""
        now = self._clock.now()
        observations = []
        for track in self._tracks:
            ending = self._endings.get(track.target, otherwise)
            if ending is None:
                continue
            observations.append(
                Observation(
                    target=track.target,
                    ending=ending,
                    workflow=self._last_seen(track),
                    seconds=now - track.began,
                    remarks=tuple(track.remarks),
                ),
            )
        return tuple(observations)

    def _last_seen(self, track: Track) -> Workflow | None:
        """Return the last poll of a run, with the nodes of the last tree where it has none."""
        tree = self._watches[track.target].tree
        if track.last and not track.last.nodes and tree and tree.uid == track.last.uid:
            return replace(track.last, nodes=tree.nodes)
        return track.last

    def _look(self) -> bool:
        """Look at each workflow that is not over yet; return whether all are."""
        self._asked_to_pause = 0
        for track in self._tracks:
            if track.target not in self._endings:
                ending = self._look_at(track) or track.expired(self._clock.now())
                if isinstance(ending, TimedOut):
                    self._read_once_more(track)
                if ending is not None:
                    self._endings[track.target] = ending
        self._heartbeat()
        return len(self._endings) == len(self._tracks)

    def _look_at(self, track: Track) -> Ending | None:
        timeout = self._request_timeout(track)
        try:
            poll = self._questions.poll(track.target, timeout)
        except ArgoError as error:
            self._heed(error)
            ending = track.fail(error, self._clock.now())
        else:
            ending = track.see(poll, self._clock.now())
        if track.ask_archive:
            ending = self._ask_archive(track, timeout)
        if isinstance(ending, Finished):
            return self._confirmed(track, ending)
        if ending is None and track.last:
            self._watches[track.target].look(
                track.last,
                lambda: self._questions.tree(track.target, timeout),
                self._clock.now(),
            )
        return ending

    def _ask_archive(self, track: Track, timeout: float) -> Ending | None:
        try:
            poll = self._questions.archived(track.uid, timeout)
        except ArgoError as error:
            self._heed(error)
            return track.fail_archived(error, self._clock.now())
        return track.see_archived(poll.workflow)

    def _confirmed(self, track: Track, ending: Finished) -> Ending | None:
        """Read the tree of a run that has ended; the poll has fixed the verdict already."""
        if ending.poll.nodes:
            self._watches[track.target].show(ending.poll)
            return ending
        try:
            tree = read_patiently(
                lambda: self._final_tree(track).workflow,
                self._clock,
                until=self._clock.now() + self._limits.collect_timeout,
            )
        except ArgoError as error:
            track.remarks.append(f"the nodes could not be read: {error.message}")
            return ending
        if not lifecycle.is_terminal(tree):
            track.reopen(tree)
            return None
        if tree.nodes_unreadable:
            track.remarks.append(tree.nodes_unreadable)
        track.last = tree
        self._watches[track.target].show(tree)
        if (tree.phase, tree.started_at) == (ending.poll.phase, ending.poll.started_at):
            return ending
        return replace(ending, poll=tree)

    def _read_once_more(self, track: Track) -> None:
        """Read the tree of a run that is given up, so that the reports can say how far it came."""
        if track.last:
            fresh = replace(track.last, resource_version="")
            read = lambda: self._questions.tree(track.target, SHORTEST_REQUEST)  # noqa: E731
            self._watches[track.target].look(fresh, read, float("inf"))

    def _final_tree(self, track: Track) -> Poll:
        """Read the tree where the run is: live, or archived where it has left the cluster."""
        timeout = self._limits.request_timeout
        try:
            tree = self._questions.tree(track.target, timeout)
        except NotFound:
            tree = None
        if tree is None or tree.workflow.uid != track.uid:
            return self._questions.archived(track.uid, timeout)
        return tree

    def _request_timeout(self, track: Track) -> float:
        if not self._limits.timeout:
            return self._limits.request_timeout
        left = track.began + self._limits.timeout - self._clock.now()
        return min(self._limits.request_timeout, max(left, SHORTEST_REQUEST))

    def _pause(self, state: tenacity.RetryCallState) -> float:
        pause = max(self._pauses.after(state), self._asked_to_pause)
        if not self._limits.timeout:
            return pause
        left = self._tracks[0].began + self._limits.timeout - self._clock.now()
        return min(pause, max(left, 0))

    def _heed(self, error: ArgoError) -> None:
        if isinstance(error, Unavailable):
            self._asked_to_pause = max(self._asked_to_pause, error.retry_after)

    def _heartbeat(self) -> None:
        """Say that all is well where nothing was said for a while."""
        now = self._clock.now()
        if now - self._last_told < self._limits.heartbeat:
            return
        for track in self._tracks:
            if track.target not in self._endings:
                waited = now - track.began
                timeout = self._limits.timeout
                self._hear(
                    StillWaiting(
                        target=track.target,
                        workflow=track.last,
                        waited=waited,
                        left=timeout - waited if timeout else 0,
                    ),
                )

    def _hear(self, news: News) -> None:
        self._last_told = self._clock.now()
        self._tell(news)
