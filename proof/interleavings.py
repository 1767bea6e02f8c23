"""The model check: every interleaving of a workflow's life with the gate's requests, to a depth.

The real gate (choosing, waiting, judging) is run again and again against a model of the server;
each run takes another path through what may happen before each answer. The rule:

* passed only if that very run, in its last attempt, had ended Succeeded when it was looked at last,
  and was meant: it was live after the gate began, or ended after that;
* failed only if it had ended otherwise; of a run never seen live, the archive's word counts;
* it is about the run that was asked for, or the first one of the name that was shown;
* the wait ends within its limits, with one result.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from argogate import gate
from argogate.evidence.collect import LogWish
from argogate.evidence.logs import WhichLogs
from argogate.model.workflow import NodePhase, Phase
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish
from proof.life import (
    BEFORE,
    LABELS,
    LATEST,
    NAME,
    NAMESPACE,
    TASK,
    Fate,
    State,
    Truth,
    World,
)
from proof.streaming import Heard, ModelClock, PausingClock
from tests.build import BEGAN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.model.answers import Poll
    from argogate.verdict.conclusion import Result, Verdict
    from tests.clock import SimulatedClock

TIMEOUT = 60.0
LIMITS = Limits(
    timeout=TIMEOUT,
    poll_interval=9,
    max_poll_interval=9,
    appear_timeout=20,
    outage_timeout=25,
    settle_timeout=15,
    request_timeout=5,
)
NO_LOGS = LogWish(which=WhichLogs.NONE)
SLACK = 20.0
"""Seconds that the last requests and the archive may take beyond the timeout."""
JOBS = 2
SECONDS = 600.0
"""Of work on one way to ask, from one beginning, at most."""

OLD = State(
    uid="u0",
    created=BEFORE,
    started=BEFORE,
    phase=Phase.SUCCEEDED,
    finished=BEFORE + 10,
    archived=True,
)
LEAVING = replace(OLD, archived=False, leaving=True)
RUNNING = State(uid="u0", created=BEFORE, started=BEFORE, phase=Phase.RUNNING)
RETRIED = State(uid="u0", created=BEFORE, started=BEFORE + 50, phase=Phase.RUNNING)
BEGINNINGS: dict[str, tuple[State | None, tuple[State, ...]]] = {
    "nothing": (None, ()),
    "an old green in the archive": (None, (OLD,)),
    "running": (RUNNING, ()),
    "over, live and archived": (OLD, (OLD,)),
    "over and being deleted": (LEAVING, ()),
    "retried, the archive has the first attempt": (RETRIED, (OLD,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way to ask for a workflow."""

    name: str
    names: tuple[str, ...] = (NAME,)
    labels: str = ""
    wish: Wish = Wish()
    listens: bool = False
    task: bool = False
    """Whether the workflow has a task, and that is what is waited for."""


OTHER = "other"
MODES = (
    Mode(name="one name"),
    Mode(name="one name, listening", listens=True),
    Mode(name="two names", names=(NAME, OTHER)),
    Mode(name="a uid", wish=Wish(identity=Identity(uid="u0"))),
    Mode(name="labels", names=(), labels=LABELS),
    Mode(name=LATEST, names=(LATEST,)),
    Mode(name="a node", wish=Wish(nodes=("main",))),
    Mode(name="a task", wish=Wish(nodes=(f"{NAME}.{TASK}",)), task=True),
)


class Nobody:
    """Reads no log."""

    def line(self, text: str) -> None:
        """Hear a sentence."""

    def quote(self, source: str, text: str, at: object) -> None:
        """Hear a line of a pod."""

    def tell_artifact(self, file: object) -> None:
        """Hear of an artifact."""

    def show_progress(self, progress: object) -> None:
        """See how far it is."""


class Path:
    """One path through all choices; remembers how many there were at each."""

    def __init__(self, prefix: Sequence[int]) -> None:
        self._prefix = prefix
        self.taken: list[int] = []
        self.widths: list[int] = []

    def choose(self, words: Sequence[str]) -> str:
        """Pick one of these, and remember how many there were."""
        at = len(self.taken)
        picked = self._prefix[at] if at < len(self._prefix) else 0
        self.taken.append(picked)
        self.widths.append(len(words))
        return words[picked]

    def following(self) -> list[int] | None:
        """Return the prefix of the next path, depth first; None where this was the last."""
        taken, widths = list(self.taken), list(self.widths)
        while taken and taken[-1] + 1 >= widths[-1]:
            taken.pop()
            widths.pop()
        return [*taken[:-1], taken[-1] + 1] if taken else None


def play(mode: Mode, beginning: str, events: int, path: Path) -> tuple[Verdict, list[World]]:
    """Run the gate once along a path; return what became of every name."""
    clock = PausingClock() if mode.listens else ModelClock()
    fate = Fate(events=events)
    worlds = [_world(name, beginning, clock, path, fate) for name in mode.names or (NAME,)]
    for world in worlds:
        world.has_task = mode.task
    if isinstance(clock, PausingClock):
        [world] = worlds
        world.heard = Heard()
        clock.in_a_pause = world.in_a_pause
    request = gate.Request(
        namespace=NAMESPACE,
        names=mode.names,
        labels=mode.labels,
        wish=mode.wish,
        logs=NO_LOGS,
        listen=mode.listens,
    )
    around = gate.Context(
        server=cast("Any", worlds[0] if len(worlds) == 1 else Several(worlds)),
        pace=Pace(
            limits=LIMITS,
            clock=clock,
            rng=random.Random(1),
            on_news=lambda _: None,
            began=BEGAN,
        ),
        log=Nobody(),
        page_of=lambda name: name,
        interruptible=nullcontext,
    )
    for world in worlds:
        world.look()
    try:
        return gate.run(request, around).verdict, worlds
    finally:
        for world in worlds:
            if world.heard:
                world.heard.end()


def _world(name: str, beginning: str, clock: SimulatedClock, path: Path, fate: Fate) -> World:
    live, archive = BEGINNINGS[beginning]
    name = NAME if name == LATEST else name

    def own(state: State) -> State:
        return state if name == NAME else replace(state, name=name, uid=f"{name[0]}0")

    live = own(live) if live else None
    world = World(clock=clock, choose=path.choose, fate=fate, name=name, live=live)
    world.archive = {each.uid: each for each in map(own, archive)}
    world.states = {**world.archive, **({live.uid: live} if live else {})}
    return world


class Several:
    """A server with a world for each name."""

    credential = World.credential

    def __init__(self, worlds: Sequence[World]) -> None:
        self._worlds = {world.name: world for world in worlds}

    def poll(self, namespace: str, name: str, *, timeout: float) -> Poll:
        """Ask the world of that name."""
        return self._worlds[name].poll(namespace, name, timeout=timeout)

    def tree(
        self, namespace: str, name: str, *, timeout: float, whole: float | None = None
    ) -> Poll:
        """Ask the world of that name."""
        return self._worlds[name].tree(namespace, name, timeout=timeout, whole=whole)

    def archived(self, uid: str, *, timeout: float, whole: float) -> Poll:
        """Ask the world that knows that uid."""
        knows = [world for world in self._worlds.values() if uid in world.states]
        return knows[0].archived(uid, timeout=timeout, whole=whole)


def complaints(mode: Mode, verdict: Verdict, worlds: Sequence[World]) -> Iterator[str]:
    """Yield what breaks the rule."""
    if worlds[0].clock.now() > TIMEOUT + SLACK:
        yield f"it ended after {worlds[0].clock.now():.0f} s"
    if verdict.exit_code == 0 and any(result.exit_code for result in verdict.results):
        yield "passed, though one of them did not"
    for result, world in zip(verdict.results, worlds, strict=True):
        if result.exit_code in {0, 1}:
            yield from _doubts(mode, result, world)


def _doubts(mode: Mode, result: Result, world: World) -> Iterator[str]:
    """Yield what breaks the rule in the verdict about one name."""
    seen = result.workflow
    if seen is None:
        yield "a verdict about nothing"
        return
    states = [truth.states[seen.uid] for truth in world.truths if seen.uid in truth.states]
    good, word = result.exit_code == 0, result.conclusion
    known = [state for state in world.shown_live if state.uid == seen.uid]
    if known and not any(
        _ended(state, good=good, task=mode.task) and _is_last(state, world, seen.uid)
        for state in states
    ):
        yield f"{word}, but {seen.uid} had not ended so: {_spelled(world.states[seen.uid])}"
    first = next((state.uid for state in world.shown_live if not state.leaving), seen.uid)
    if world.name in mode.names and seen.uid != (mode.wish.identity.uid or first):
        yield f"{word} by another run, {seen.uid}, than {first}"
    if not mode.wish.identity.uid and not _meant(world.truths, seen.uid, world):
        yield f"{word} by an older run, {seen.uid}"


def _spelled(state: State) -> str:
    end = "" if state.finished is None else f", ended at {state.finished:g} s"
    return f"{state.phase.value or 'not begun'}{end}"


def _ended(state: State, *, good: bool, task: bool) -> bool:
    """Whether a state is that end; a green whose finish never came counts as one (Argo 3.4).

    A task ends when it does; one that was never reached is red where its workflow failed.
    """
    if task and (good or state.task is not None):
        return state.task is (NodePhase.SUCCEEDED if good else NodePhase.FAILED)
    if good:
        return state.phase is Phase.SUCCEEDED
    return state.over and state.phase is Phase.FAILED


def _is_last(state: State, world: World, uid: str) -> bool:
    """Whether no retry had begun before the gate looked at the run for the last time but one.

    A retry after the look that fixed the verdict changes nothing any more.
    """
    looks = [truth.states[uid] for truth in world.truths[-3:] if uid in truth.states]
    return any(look == state or _same_end(look, state) for look in looks)


def _same_end(one: State, other: State) -> bool:
    return (one.phase, one.started, one.finished, one.task) == (
        other.phase,
        other.started,
        other.finished,
        other.task,
    )


def _meant(truths: Sequence[Truth], uid: str, world: World) -> bool:
    """Whether the run was live at a look of the gate, or ended after the gate had begun."""
    finished = world.states[uid].finished
    return any(truth.live == uid for truth in truths) or (finished is not None and finished >= 0)


@dataclass(slots=True)
class Explored:
    """What came of taking every path."""

    paths: int = 0
    states: set[object] = field(default_factory=set)
    """Of the server, as they were at the answers, apart from the time of day."""
    wrong: list[str] = field(default_factory=list)
    """The shortest paths that break the rule."""
    all_taken: bool = True
    seconds: float = 0
    """Of work."""

    def add(self, other: Explored) -> None:
        """Count what another beginning came to."""
        self.paths += other.paths
        self.states |= other.states
        self.wrong += other.wrong
        self.all_taken = self.all_taken and other.all_taken
        self.seconds += other.seconds

    def __str__(self) -> str:
        """Say how much it was."""
        rest = "" if self.all_taken else f", not all paths within {SECONDS:.0f} s of work each"
        size = f"{self.paths} paths, {len(self.states)} states of the server"
        return f"{size}, {self.seconds:.0f} s of work{rest}"


def explore(mode: Mode, beginning: str, events: int) -> Explored:
    """Take every path."""
    prefix: list[int] | None = []
    found = Explored()
    began = time.process_time()
    while prefix is not None and time.process_time() < began + SECONDS:
        path = Path(prefix)
        verdict, worlds = play(mode, beginning, events, path)
        found.paths += 1
        found.states |= {truth.shape() for world in worlds for truth in world.truths}
        trace = ", ".join(worlds[0].fate.happened) or "nothing happens"
        found.wrong += [
            f"{mode.name}, {beginning}: {trace}: {text}"
            for text in complaints(mode, verdict, worlds)
        ]
        prefix = path.following()
    found.all_taken, found.seconds = prefix is None, time.process_time() - began
    found.wrong = sorted(found.wrong, key=lambda each: each.count(","))[:3]
    return found


def run(seed: int, each: int) -> list[str]:  # noqa: ARG001 - all paths are taken
    """Explore every mode from every beginning; `each` says how deep: 10 for 2 events, 200 for 3."""
    events = 1 + (each >= 10) + (each >= 200)
    total = Explored()
    with ProcessPoolExecutor(JOBS) as pool:
        asked = {
            mode.name: [pool.submit(explore, mode, each, events) for each in _begins(mode, events)]
            for mode in MODES
        }
        for name, awaited in asked.items():
            found = Explored()
            for one in awaited:
                found.add(one.result())
            total.add(found)
            print(f"{name}: {found}", flush=True)
    print(f"{events} event{'s' * (events > 1)}: {total}")
    return total.wrong


def _begins(mode: Mode, events: int) -> Sequence[str]:
    # That a task is reached comes on top, and would take most of a short form.
    return ("running",) if mode.task and events == 1 else tuple(BEGINNINGS)
