"""One workflow while it is waited for: asks about it, and holds all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from argogate.errors import ArgoError, Unavailable
from argogate.model import lifecycle
from argogate.model.answers import Poll
from argogate.model.workflow import Phase
from argogate.values import dataclass, replace
from argogate.verdict.endings import Ending, Finished, Limit, PartEnded, TimedOut
from argogate.verdict.observation import Observation
from argogate.waiting.absence import Action
from argogate.waiting.identity import Identity
from argogate.waiting.news import Standing
from argogate.waiting.nodewatch import AWAITED, NodeWatch
from argogate.waiting.parts import part_ended, part_of_the_end
from argogate.waiting.quiet import Quiet, how_long, soon
from argogate.waiting.standstill import Standstill
from argogate.waiting.timers import ROUNDING, Budget
from argogate.waiting.track import Track
from argogate.waiting.trees import Trees, nodes_of, with_nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.model.answers import Glimpse, NodeWarning
    from argogate.model.workflow import Workflow
    from argogate.verdict.observation import Target
    from argogate.waiting.patience import Pace
    from argogate.waiting.trees import Questions

N = TypeVar("N")

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
        began: float,
    ) -> None:
        """`began` is when the limits began to run."""
        limits, on_news = pace.limits, pace.on_news
        self.target = target
        self.ending: Ending | None = None
        self.track = Track(
            target, wish.identity, limits, began=began, on_news=on_news, contact=pace.contact
        )
        quiet = how_long(limits, only_nodes_tell=bool(wish.fail_on_suspend or wish.nodes))
        self._counts = bool(limits.pending_timeout or limits.stall_timeout)
        self._quiet = Quiet(quiet, counts=self._counts)
        self.nodes = NodeWatch(target, on_news, quiet=quiet, soon=soon(limits), eager=self._counts)
        self._standstill = Standstill(limits, fail_on_suspend=wish.fail_on_suspend)
        self._wish = wish
        self._on_news = on_news
        self._questions = questions
        self._limits = limits
        self._clock = pace.clock
        self._wall_began = pace.began
        self._wait = Budget(clock=pace.clock, until=limits.ends(began))
        self._round = self._wait
        self._trees = Trees(self.track, questions, limits, pace.clock)

    def look(self, *, warned: bool = False, within: Budget | None = None) -> ArgoError | None:
        """Ask once, and set `ending` where it is over; return why there was no answer.

        `warned` says that events name failures, so that the nodes need not be read for that. What
        is asked is to be answered `within` a budget, which several workflows may share.
        """
        self._round = within or Budget(clock=self._clock)
        error = self._ask(warned=warned)
        if self.ending is None:
            self.ending = self.track.expired(self._clock.now())
        if isinstance(self.ending, TimedOut) and self.track.last and not error:
            self.ending = self._explained(self.ending)
        self._on_news(self._standing_now())
        return error

    def deadlines(self) -> list[float]:
        """Return the moments at which a limit could end this wait, or has to be told from nodes."""
        quiet = self.quiet_at() if self._counts else None
        read = [] if quiet is None else [quiet]
        return [*self.track.deadlines(), *self._standstill.deadlines(), *read]

    def quiet_at(self) -> float | None:
        """Return when the nodes of a workflow without news are to be read."""
        last = self.track.last
        return self.nodes.due_at() if last and last.phase in AWAITED else None

    def stand_back(self, error: ArgoError | None) -> None:
        """Take in that there was no time for a look; `error` is why the look before this failed."""
        now = self._clock.now()
        outage = Unavailable(error.message) if isinstance(error, Unavailable) else None
        failed = self.track.unanswered(outage, now) if outage else None
        self.ending = failed or self.track.expired(now)

    def glimpse(self, glimpse: Glimpse) -> bool:
        """Take in a row or an event; return whether it is worth a look at once.

        Besides what the glimpse itself shows, a look is due when a limit runs out, and when it has
        been quiet for a while: only the nodes tell why. Then seldom, unless a limit depends on it:
        rows may be those of a copy that has stopped to follow.
        """
        now = self._clock.now()
        quiet = self._quiet.noticed(glimpse.workflow, now)
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
            pending=dict(self.nodes.holding.pending),
            part=ending.nodes if isinstance(ending, PartEnded) else (),
        )

    def _ask(self, *, warned: bool) -> ArgoError | None:
        namespace, name = self.target.namespace, self.target.name
        answer = _answer(lambda: self._questions.poll(namespace, name, timeout=self._timeout()))
        then = self._taken(answer, self.track.see, self.track.fail)
        if then is Action.ASK_ARCHIVE:
            answer = _answer(lambda: self._trees.archived(self._timeout(), self._whole()))
            then = self._taken(answer, self.track.see_archived, self.track.fail_archived)
        failed = None if isinstance(answer, Poll) else answer
        if isinstance(then, Finished):
            then = self._confirmed(then)
        elif then is None and self.track.last and not failed:
            then = self._standing(self.track.last, warned=warned)
        self.ending = then
        return failed

    def _taken(
        self,
        answer: Poll | ArgoError,
        see: Callable[[Poll, float], N],
        fail: Callable[[ArgoError, float], N],
    ) -> N:
        now = self._clock.now()
        return see(answer, now) if isinstance(answer, Poll) else fail(answer, now)

    def _explained(self, ending: TimedOut) -> TimedOut:
        """Read the nodes once more: how far it came, and what it waits for now.

        The other limits end the wait on nodes that were just read.
        """
        if ending.limit is not Limit.TIMEOUT:
            return ending
        self.nodes.read(self._read_now, self._clock.now())
        seen = self._last_seen()
        reason = lifecycle.why_not_over(seen) if seen else ""
        return replace(ending, reason=reason or ending.reason)

    def _standing(self, workflow: Workflow, *, warned: bool) -> Ending | None:
        """Look at the nodes of a running workflow, where that is worth it."""
        now = self._clock.now()
        due = self._standstill.is_due(now)
        warned = warned and not self._wish.nodes
        self.nodes.look(workflow, self._read_now, now, warned=warned, due=due)
        tree, fresh = nodes_of(workflow, self.nodes.tree), self.nodes.current
        asked_for = tree and fresh and self._wish.nodes
        if tree and asked_for and (ended := part_ended(tree, asked_for)):
            return ended
        current = with_nodes(workflow, tree)
        return self._standstill.check(
            current, now, fresh=fresh or workflow.phase is not Phase.RUNNING
        )

    def _read_now(self) -> Poll:
        """Read the tree while the run is waited for."""
        return self._trees.live(self._timeout(), self._whole())

    def _confirmed(self, ending: Finished) -> Ending | None:
        """Read the tree of a run that has ended; the poll has fixed the verdict already."""
        tree = ending.poll if ending.poll.nodes else self._trees.final()
        if tree is None:
            self.nodes.tree = None  # what was read while it ran tells nothing of its end
            return self._part_of_the_end(ending, unread=True)
        if not lifecycle.is_terminal(tree):
            self.track.reopen(tree)
            return None
        if tree.nodes_unreadable:
            self.track.remarks.append(tree.nodes_unreadable)
        self.track.last = tree
        self.nodes.show(tree)
        if (tree.phase, tree.started_at) != (ending.poll.phase, ending.poll.started_at):
            ending = replace(ending, poll=tree)
        return self._part_of_the_end(ending, unread=bool(tree.nodes_unreadable))

    def _part_of_the_end(self, ending: Finished, *, unread: bool) -> Ending:
        tree = self.track.last or ending.poll
        return part_of_the_end(ending, tree, self._wish.nodes, unread=unread)

    def _last_seen(self) -> Workflow | None:
        """Return the last poll of the run, with the nodes of the last tree where it has none."""
        last = self.track.last
        return with_nodes(last, self.nodes.tree) if last and not last.nodes else last

    def _standing_now(self) -> Standing:
        limits = [(self._wait.until, Limit.TIMEOUT), *self._standstill.limits()]
        ends, limit = min(limits)
        return Standing(
            target=self.target,
            workflow=self.track.last,
            nodes=self.nodes.work,
            held=self.nodes.holding.reason if self.nodes.current else "",
            limit=limit,
            ends=ends,
            over=self.ending is not None,
        )

    def _timeout(self) -> float:
        """Return the timeout of a request: no longer than what is left of the whole."""
        return self._left(self._round.share(self._limits.request_timeout, least=SHORTEST_PAUSE))

    def _whole(self) -> float:
        """Return how long a tree may take, however slowly it comes; a round does not cut it."""
        return self._left(self._limits.collect_timeout)

    def _left(self, most: float) -> float:
        """Return what is left until the timeout; what is asked after the end has its own limits."""
        return most if self.ending else self._wait.share(most, least=SHORTEST_REQUEST)


def _answer(ask: Callable[[], Poll]) -> Poll | ArgoError:
    try:
        return ask()
    except ArgoError as error:
        return error
