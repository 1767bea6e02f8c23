"""One workflow while it is waited for: asks about it, and holds all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from argogate.errors import ArgoError, NotFound, NotUnderstood, Unavailable
from argogate.model import lifecycle, standing
from argogate.model.part import names_in, part_of
from argogate.model.workflow import Phase
from argogate.verdict.observation import (
    Ending,
    Finished,
    Limit,
    Observation,
    PartEnded,
    PartMissing,
    TimedOut,
)
from argogate.waiting.identity import Identity
from argogate.waiting.nodewatch import QUIET, NodeWatch
from argogate.waiting.patience import read_patiently
from argogate.waiting.standstill import Standstill
from argogate.waiting.timers import ROUNDING
from argogate.waiting.track import Track

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Glimpse, NodeWarning, Poll, Target
    from argogate.waiting.patience import Limits, Pace
    from argogate.waiting.questions import Questions

SHORTEST_REQUEST = 2.0
"""Seconds that even the last request before the timeout gets."""
SHORTEST_PAUSE = 0.1
"""Seconds that a request gets whose round is used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is waited for."""

    identity: Identity = Identity()
    nodes: tuple[str, ...] = ()
    """Patterns of nodes; empty for the whole workflow."""
    fail_on_suspend: bool = False


class Watch:
    """Asks about one workflow until it has an ending."""

    def __init__(
        self,
        target: Target,
        wish: Wish,
        questions: Questions,
        pace: Pace,
        *,
        began: float | None = None,
    ) -> None:
        """`began` is when the limits began to run, where that was not just now."""
        began = pace.clock.now() if began is None else began
        limits, on_news = pace.limits, pace.on_news
        self.target = target
        self.ending: Ending | None = None
        self.track = Track(
            target, wish.identity, limits, began=began, on_news=on_news, contact=pace.contact
        )
        self._quiet = _quiet(limits, wish)
        self._quiet_from = 0.0
        self._mark: tuple[str, ...] = ()
        counts = bool(limits.pending_timeout or limits.stall_timeout)
        self.nodes = NodeWatch(target, on_news, quiet=self._quiet, eager=counts)
        self._standstill = Standstill(limits, fail_on_suspend=wish.fail_on_suspend)
        self._wish = wish
        self._questions = questions
        self._limits = limits
        self._clock = pace.clock
        self._wall_began = pace.began
        self._until = inf

    def look(
        self, *, warned: bool = False, until: float = inf
    ) -> tuple[ArgoError | None, Ending | None]:
        """Ask once; return the error if there was no answer, and the ending if it is over.

        `warned` says that events name failures, so that the nodes need not be read for that. What
        is asked is to be answered before `until`.
        """
        self._until = until
        error = self._ask(warned=warned)
        if self.ending is None:
            self.ending = self.track.expired(self._clock.now())
        if isinstance(self.ending, TimedOut) and self.track.last and not error:
            self.ending = self._explained(self.ending)
        return error, self.ending

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end this wait."""
        return [*self.track.deadlines(), *self._standstill.deadlines()]

    def quiet_at(self) -> float | None:
        """Return when the nodes of a workflow without news are to be read."""
        last = self.track.last
        return self.nodes.due_at() if last and last.phase is Phase.RUNNING else None

    def stand_back(self, error: ArgoError | None) -> None:
        """Take in that there was no time for a look; `error` is why the look before this failed."""
        now = self._clock.now()
        outage = Unavailable(error.message) if isinstance(error, Unavailable) else None
        failed = self.track.fail(outage, now) if outage else None
        self.ending = failed or self.track.expired(now)

    def glimpse(self, glimpse: Glimpse) -> bool:
        """Take in a row or an event; return whether it is worth a look at once.

        Besides what the glimpse itself shows, a look is due when a limit runs out, and once when
        it has been quiet for a while: only the nodes tell why.
        """
        now = self._clock.now()
        seen = glimpse.workflow
        mark = (seen.phase_word, seen.progress, seen.message)
        if mark != self._mark:
            self._mark, self._quiet_from = mark, now + self._quiet
        quiet = now >= self._quiet_from
        if quiet and self._quiet:
            self._quiet_from = float("inf")
        due = any(moment <= now + ROUNDING for moment in self.deadlines())
        return self.track.glimpse(glimpse) or quiet or due

    def warn(self, warning: NodeWarning) -> None:
        """Take in an event about a failed node; events of an earlier run are left out."""
        if warning.uid == self.track.uid:
            self.nodes.warn(warning)

    def observation(self, ending: Ending) -> Observation:
        """Return what is known, with its ending or another one."""
        return Observation(
            target=self.target,
            ending=ending,
            workflow=self._last_seen(),
            began=self._wall_began,
            seconds=self._clock.now() - self.track.began,
            remarks=tuple(self.track.remarks),
            pending=dict(self.nodes.pending),
            part=ending.nodes if isinstance(ending, PartEnded) else (),
        )

    def _ask(self, *, warned: bool) -> ArgoError | None:
        failed: ArgoError | None = None
        try:
            poll = self._questions.poll(
                self.target.namespace, self.target.name, timeout=self._timeout()
            )
        except ArgoError as error:
            failed = error
            ending = self.track.fail(error, self._clock.now())
        else:
            ending = self.track.see(poll, self._clock.now())
        if self.track.ask_archive:
            failed, ending = self._ask_archive()
        if isinstance(ending, Finished):
            ending = self._confirmed(ending)
        elif ending is None and self.track.last and not failed:
            ending = self._standing(self.track.last, warned=warned)
        self.ending = ending
        return failed

    def _explained(self, ending: TimedOut) -> TimedOut:
        """Read the nodes once more: how far it came, and what it waits for now.

        The other limits end the wait on nodes that were just read.
        """
        if ending.limit is not Limit.TIMEOUT:
            return ending
        self.nodes.read(self._read_now, self._clock.now())
        seen = self._last_seen()
        reason = standing.why_not_over(seen) if seen else ""
        return replace(ending, reason=reason or ending.reason)

    def _ask_archive(self) -> tuple[ArgoError | None, Ending | None]:
        try:
            whole = self._whole()
            timeout = min(self._timeout(), whole)
            poll = self._questions.archived(self.track.uid, timeout=timeout, whole=whole)
        except ArgoError as error:
            return error, self.track.fail_archived(error, self._clock.now())
        return None, self.track.see_archived(poll, self._clock.now())

    def _standing(self, workflow: Workflow, *, warned: bool) -> Ending | None:
        """Look at the nodes of a running workflow, where that is worth it."""
        now = self._clock.now()
        due = self._standstill.is_due(now)
        warned = warned and not self._wish.nodes
        self.nodes.look(workflow, self._read_now, now, warned=warned, due=due)
        tree, fresh = self._nodes_of(workflow), self.nodes.current
        if self._wish.nodes and tree and fresh:
            part = part_of(tree, self._wish.nodes)
            if part.final:
                return PartEnded(poll=tree, nodes=tuple(node.id for node in part.nodes))
        current = _with_nodes(workflow, tree) if tree else workflow
        return self._standstill.check(
            current, now, fresh=fresh or workflow.phase is not Phase.RUNNING
        )

    def _read_now(self) -> Poll:
        """Read the tree while the run is waited for."""
        return self._read_tree(self._timeout(), self._whole())

    def _read_tree(self, timeout: float, whole: float) -> Poll:
        """Read the tree of the pinned run. Raises NotFound where another run has the name."""
        poll = self._questions.tree(
            self.target.namespace, self.target.name, timeout=min(timeout, whole), whole=whole
        )
        if poll.workflow.uid != self.track.uid:
            msg = f"{self.target} is another run now"
            raise NotFound(msg)
        return self._up_to_date(poll)

    def _up_to_date(self, poll: Poll) -> Poll:
        """Return a tree that is no older than the last poll; raises NotUnderstood."""
        if self.track.last and lifecycle.is_outdated(poll.workflow, self.track.last):
            msg = f"the server answered with an earlier state of {self.target}"
            raise NotUnderstood(msg, passing=True)
        return poll

    def _confirmed(self, ending: Finished) -> Ending | None:
        """Read the tree of a run that has ended; the poll has fixed the verdict already."""
        tree = ending.poll if ending.poll.nodes else self._final_tree()
        if tree is None:
            self.nodes.tree = None  # what was read while it ran tells nothing of its end
            return self._part_of_the_end(ending)
        if not lifecycle.is_terminal(tree):
            self.track.reopen(tree)
            return None
        if tree.nodes_unreadable:
            self.track.remarks.append(tree.nodes_unreadable)
        self.track.last = tree
        self.nodes.show(tree)
        if (tree.phase, tree.started_at) != (ending.poll.phase, ending.poll.started_at):
            ending = replace(ending, poll=tree)
        return self._part_of_the_end(ending)

    def _part_of_the_end(self, ending: Finished) -> Ending:
        """Narrow the end of a workflow to the nodes that were asked for."""
        patterns = self._wish.nodes
        if not patterns:
            return ending
        tree = self.track.last or ending.poll
        part = part_of(tree, patterns)
        if part.missing:
            return PartMissing(poll=ending.poll, patterns=part.missing, names=names_in(tree))
        return PartEnded(poll=tree, nodes=tuple(node.id for node in part.nodes))

    def _final_tree(self) -> Workflow | None:
        """Read the tree where the run is: live, or archived where it has left the cluster."""
        until = self._clock.now() + self._limits.collect_timeout
        try:
            return read_patiently(
                lambda: self._live_or_archived(until), self._clock, until=until
            ).workflow
        except ArgoError as error:
            self.track.remarks.append(f"the nodes could not be read: {error.message}")
            return None

    def _live_or_archived(self, until: float) -> Poll:
        whole = until - self._clock.now()
        timeout = min(self._limits.request_timeout, whole)
        try:
            return self._read_tree(timeout, whole)
        except NotFound:
            archived = self._questions.archived(self.track.uid, timeout=timeout, whole=whole)
            return self._up_to_date(archived)

    def _last_seen(self) -> Workflow | None:
        """Return the last poll of the run, with the nodes of the last tree where it has none."""
        last = self.track.last
        tree = self._nodes_of(last) if last and not last.nodes else None
        return _with_nodes(last, tree) if last and tree else last

    def _nodes_of(self, workflow: Workflow) -> Workflow | None:
        """Return the last tree, unless it is of an attempt before an Argo retry."""
        tree = self.nodes.tree
        return tree if tree and not lifecycle.is_outdated(tree, workflow) else None

    def _timeout(self) -> float:
        """Return the timeout of a request: no longer than what is left of the whole."""
        now = self._clock.now()
        timeout = min(self._limits.request_timeout, max(self._until - now, SHORTEST_PAUSE))
        return min(timeout, self._left())

    def _whole(self) -> float:
        """Return how long a tree may take, however slowly it comes; a round does not cut it."""
        return min(self._limits.collect_timeout, self._left())

    def _left(self) -> float:
        """Return what is left until the timeout; what is asked after the end has its own limits."""
        if not self._limits.timeout or self.ending:
            return inf
        left = self.track.began + self._limits.timeout - self._clock.now()
        return max(left, SHORTEST_REQUEST)


def _with_nodes(workflow: Workflow, tree: Workflow) -> Workflow:
    """Return the poll with what only the tree knows."""
    return replace(
        workflow,
        nodes=tree.nodes,
        blueprint=tree.blueprint,
        annotations=tree.annotations,
        entrypoint=tree.entrypoint,
        template=tree.template,
    )


def _quiet(limits: Limits, wish: Wish) -> float:
    """Return how soon a quiet workflow's tree is read: sooner where a limit depends on it."""
    if wish.fail_on_suspend or wish.nodes:
        return 0
    halves = [limit / 2 for limit in (limits.pending_timeout, limits.stall_timeout) if limit]
    return min([QUIET, *halves])
