"""One workflow name on a server with an archive, as a model: what can happen, what is answered.

The gate under test asks this world instead of a server. Before each answer an oracle may let one
thing happen, or let the answer itself go wrong; what was true meanwhile is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING

from argogate.errors import Denied, NotFound, NotUnderstood, Unavailable
from argogate.model.answers import Listing, Poll
from argogate.model.workflow import LABEL_ARCHIVING, Node, NodePhase, NodeType, Phase, Workflow
from proof.streaming import HOWS
from tests.build import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from argogate.model.answers import Glimpse
    from proof.streaming import Heard
    from tests.clock import SimulatedClock

NAMESPACE, NAME, LABELS, LATEST = "argo", "wf", "app=web", "@latest"
TASK = "unit"
MOST_RUNS = 2
BEFORE = -100
"""Second at which what was there before the gate began happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One run of the name, as the cluster or the archive has it."""

    uid: str
    created: float
    name: str = NAME
    started: float | None = None
    phase: Phase = Phase.NONE
    finished: float | None = None
    archived: bool = False
    """Whether its label says that the archive has it."""
    leaving: bool = False
    task: NodePhase | None = None
    """Of the one task, where it has one and that was reached."""

    @property
    def over(self) -> bool:
        """Whether it has really ended."""
        return self.phase in {Phase.SUCCEEDED, Phase.FAILED} and self.finished is not None

    def workflow(self, *, persisted: bool = False, tree: bool = False) -> Workflow:
        """Return it as an answer shows it, with times in whole seconds."""
        return _shown(self, persisted=persisted, tree=tree)

    def nodes(self) -> dict[str, Node]:
        """Return its tree: the root, and the task where that was reached."""
        return {node.id: node for node in (self._root(), *self._tasks())}

    def _root(self) -> Node:
        phase = NodePhase(self.phase.value or "Pending")
        return Node(
            id=self.name,
            name=self.name,
            display_name=self.name,
            type=NodeType.POD if self.task is None else NodeType.DAG,
            phase=phase,
            template_name="main",
            started_at=_spelled(self.started),
            finished_at=_spelled(self.finished),
            children=tuple(node.id for node in self._tasks()),
        )

    def _tasks(self) -> tuple[Node, ...]:
        if self.task is None:
            return ()
        name = f"{self.name}.{TASK}"
        made = Node(id=name, name=name, display_name=TASK, type=NodeType.POD, phase=self.task)
        return (replace(made, boundary_id=self.name, started_at=_spelled(self.started)),)


@lru_cache(maxsize=4096)
def _shown(state: State, *, persisted: bool, tree: bool) -> Workflow:
    """Return a run as an answer shows it: paths show the same ones again and again."""
    word = "Persisted" if persisted else "Archived" if state.archived else ""
    made = Workflow(
        name=state.name,
        namespace=NAMESPACE,
        uid=state.uid,
        resource_version=f"{state}",
        created_at=_spelled(state.created),
        deleted_at=_spelled(BEFORE) if state.leaving and not persisted else None,
        labels={LABEL_ARCHIVING: word, "app": "web"} if word else {"app": "web"},
        phase=state.phase,
        phase_word=state.phase.value,
        started_at=_spelled(state.started),
        finished_at=_spelled(state.finished),
    )
    return replace(made, nodes=state.nodes()) if tree else made


REACHED = "task starts"
TASKS = {
    REACHED: NodePhase.RUNNING,
    "task succeeds": NodePhase.SUCCEEDED,
    "task fails": NodePhase.FAILED,
}


def _ended_with(live: State, phase: Phase) -> NodePhase | None:
    """Return what the task is once its workflow has ended."""
    return NodePhase(phase.value) if live.task is NodePhase.RUNNING else live.task


def _spelled(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(floor(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was so at the moment of an answer."""

    at: float
    states: dict[str, State]
    """The last state of every run that ever was, by uid."""
    live: str
    """Uid of the run that bears the name; empty for none."""

    def shape(self) -> object:
        """Return what was so, whenever it was."""
        return self.live, tuple(
            (uid, state.phase, state.over, state.archived, state.leaving, state.task)
            for uid, state in self.states.items()
        )


@dataclass
class Fate:
    """How much may still happen, and what did."""

    events: int
    happened: list[str] = field(default_factory=list)


@dataclass
class World:
    """The name, its runs, and the archive."""

    clock: SimulatedClock
    choose: Callable[[Sequence[str]], str]
    """The oracle: picks one of several words."""
    fate: Fate
    """Shared with the other worlds of a wait for several."""
    name: str = NAME
    has_task: bool = False
    heard: Heard | None = None
    """What is heard of it, where the gate listens."""
    live: State | None = None
    archive: dict[str, State] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    truths: list[Truth] = field(default_factory=list)
    shown: State | None = None
    """What a cache or a list may still have."""
    faults: bool = True
    shown_live: list[State] = field(default_factory=list)
    """What answers have shown of live runs."""

    # --- what the gate asks -------------------------------------------------------------------

    class credential:  # noqa: N801 - as the server has it
        """Nobody in particular."""

        source = "nobody"

        @staticmethod
        def secrets() -> tuple[str, ...]:
            """Return none."""
            return ()

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Answer as GET by name does: with the archive's newest run where nothing is live."""
        self._happen("poll")
        if name == LATEST and not self.live:
            raise self._missing("no workflows found")
        return self._answer(tree=False)

    def tree(
        self,
        namespace: str,
        name: str,
        *,
        timeout: float,
        whole: float | None = None,
    ) -> Poll:
        """Do the same with nodes."""
        self._happen("tree")
        return self._answer(tree=True)

    def archived(self, uid: str, *, timeout: float, whole: float) -> Poll:
        """Answer by uid from the archive."""
        self._happen("archived")
        if uid not in self.archive:
            raise self._missing("the archive has no such run")
        return self._poll(self.archive[uid].workflow(persisted=True, tree=True))

    def rows(self, namespace: str, select: object, *, timeout: float, fields: str = "") -> Listing:
        """List: a live run that is archived has only the archive's row."""
        self._happen("list")
        live = self.live
        rows = [state.workflow(persisted=True) for state in self.archive.values()]
        if live and not (live.archived and live.uid in self.archive):
            rows.insert(0, live.workflow())
        return Listing(rows=tuple(rows), server_time=self._date())

    def live_rows(self, namespace: str, select: object, *, timeout: float) -> Listing:
        """List what is live, without delay."""
        self._happen("watch")
        rows = (self.live.workflow(),) if self.live else ()
        self.shown_live += [self.live] if self.live else []
        return Listing(rows=rows, server_time=self._date())

    def shut_down(self, namespace: str, name: str, how: object, *, timeout: float) -> None:
        """Nobody asks for that here."""
        raise AssertionError((namespace, name, how, timeout))

    def changes(
        self, namespace: str, select: object
    ) -> AbstractContextManager[Iterator[Glimpse | None]]:
        """Open the stream of its changes."""
        assert self.heard
        return self.heard.changes.opened()

    def warnings(
        self, namespace: str, name: str
    ) -> AbstractContextManager[Iterator[object | None]]:
        """Open the stream of warnings, on which none comes."""
        assert self.heard
        return self.heard.warnings.opened()

    # --- what can happen ----------------------------------------------------------------------

    def possible(self) -> list[str]:
        """Return what can happen now."""
        live, found = self.live, []
        if live is None:
            found += ["create"] if len(self.states) < MOST_RUNS else []
        else:
            found += ["start"] if live.phase is Phase.NONE else []
            found += ["succeed", "fail", "succeed late"] if live.phase is Phase.RUNNING else []
            found += self._of_the_task(live)
            late = live.phase is Phase.SUCCEEDED and live.finished is None
            found += ["settle"] if late else []
            found += ["retry"] if live.over else []
            found += ["archive"] if live.over and not live.archived else []
            found += ["delete"]
            found += ["replace"] if len(self.states) < MOST_RUNS else []
        found += ["forget"] if self.archive else []
        return found

    def _of_the_task(self, live: State) -> list[str]:
        if not self.has_task or live.phase is not Phase.RUNNING:
            return []
        if live.task is None:
            return [REACHED]
        return ["task succeeds", "task fails"] if live.task is NodePhase.RUNNING else []

    def let(self, word: str) -> None:
        """Let it happen."""
        live, now = self.live, self.clock.now()
        self.fate.happened.append(word if self.name == NAME else f"{self.name}: {word}")
        self.shown = live
        match word:
            case "create":
                self.live = State(uid=self._next_uid(), created=now, name=self.name)
            case "delete":
                self.live = None
            case "replace":  # by one that is over at once; times have whole seconds
                over = State(uid=self._next_uid(), created=now - 2, name=self.name)
                phase = Phase.SUCCEEDED
                self.live = replace(over, started=now - 2, phase=phase, finished=now)
            case "forget":
                del self.archive[next(iter(self.archive))]
            case _:
                assert live
                self.live = self._changed(live, word, now)
        if self.live:
            self.states[self.live.uid] = self.live
        if word == "archive" and self.live:
            self.archive[self.live.uid] = self.live

    def _changed(self, live: State, word: str, now: float) -> State:
        match word:
            case "start":
                return replace(live, phase=Phase.RUNNING, started=now)
            case "succeed" | "succeed late" | "fail":
                phase = Phase.FAILED if word == "fail" else Phase.SUCCEEDED
                finished = None if word == "succeed late" else now
                return replace(live, phase=phase, finished=finished, task=_ended_with(live, phase))
            case "task starts" | "task succeeds" | "task fails":
                return replace(live, task=TASKS[word])
            case "settle":
                return replace(live, finished=now)
            case "retry":
                return replace(
                    live,
                    phase=Phase.RUNNING,
                    started=now,
                    finished=None,
                    archived=False,
                    task=None,
                )
            case _:
                return replace(live, archived=True)

    def _happen(self, request: str) -> None:
        """Let the oracle have one thing happen before an answer."""
        self.clock.sleep(0.01)
        if words := self._choices(request):
            word = self.choose(words)
            self.fate.events -= bool(word) and word != REACHED
            if word.startswith("("):
                self.fate.happened.append(f"{request} {word}")
                self._fail(word)
            elif word:
                self.let(word)
        self.look()

    def _choices(self, request: str) -> list[str]:
        """Return what may come before an answer; that a task is reached takes no event."""
        if self.fate.events <= 0:
            return ["", REACHED] if REACHED in self.possible() else []
        words = ["", *self.possible()]
        words += ["(503)", "(403)", "(HTML)"] if self.faults else []
        if request in {"poll", "tree"} and self.shown and self.faults:
            words.append("(stale)")
        return words

    def in_a_pause(self) -> int:
        """Let the oracle have one thing happen while nobody asks; return what is heard of it."""
        heard = self.heard
        if heard is None or not heard.is_open:
            return 0
        if self.fate.events <= 0:
            return heard.overdue()
        word = self.choose(["", *(each + how for each in self.possible() for how in HOWS)])
        if not word:
            return heard.overdue()
        self.fate.events -= 1
        what, mark, how = word.partition(" (event")
        before = self.live
        self.let(what)
        if mark:
            self.fate.happened[-1] = word
        told = self.live or before
        if told is None or what == "forget":
            return heard.overdue()
        return heard.tell(told.workflow(), mark + how, deleted=self.live is None)

    def _next_uid(self) -> str:
        return f"{self.name[0] if self.name != NAME else 'u'}{len(self.states) + 1}"

    def look(self) -> None:
        """Remember what is true now."""
        live = self.live.uid if self.live else ""
        self.truths.append(Truth(at=self.clock.now(), states=dict(self.states), live=live))

    def _fail(self, word: str) -> None:
        match word:
            case "(503)":
                raise Unavailable("answered 503", status=503)
            case "(403)":
                raise Denied("answered 403", status=403, renewable=False)
            case "(HTML)":
                raise NotUnderstood("answered with a page")
            case _:
                self._stale = True

    _stale: bool = False

    def _answer(self, *, tree: bool) -> Poll:
        if self._stale and self.shown:
            self._stale = False
            return self._poll(self.shown.workflow(tree=tree))
        if self.live:
            self.shown_live.append(self.live)
            return self._poll(self.live.workflow(tree=tree))
        if self.archive:
            newest = max(self.archive.values(), key=lambda state: state.created)
            return self._poll(newest.workflow(persisted=True, tree=tree))
        raise self._missing('workflows.argoproj.io "wf" not found')

    def _missing(self, message: str) -> NotFound:
        error = NotFound(message)
        error.server_time = self._date()
        return error

    def _poll(self, workflow: Workflow) -> Poll:
        return Poll(workflow=workflow, server_time=self._date(), size=500)

    def _date(self) -> datetime:
        return moment(0) + timedelta(seconds=floor(self.clock.now()))
