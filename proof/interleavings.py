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
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from argogate import gate
from argogate.evidence.collect import LogWish
from argogate.evidence.logs import WhichLogs
from argogate.model.workflow import Phase
from argogate.waiting.identity import Identity
from argogate.waiting.patience import Limits, Pace
from argogate.waiting.watch import Wish
from proof.life import BEFORE, LABELS, LATEST, NAME, NAMESPACE, State, Truth, World
from tests.build import BEGAN
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.verdict.conclusion import Verdict

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
SECONDS = 60.0
"""Of exploring one mode at most."""

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


MODES = (
    Mode(name="one name"),
    Mode(name="a uid", wish=Wish(identity=Identity(uid="u0"))),
    Mode(name="labels", names=(), labels=LABELS),
    Mode(name=LATEST, names=(LATEST,)),
    Mode(name="a node", wish=Wish(nodes=("main",))),
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


def play(mode: Mode, beginning: str, events: int, path: Path) -> tuple[Verdict, World]:
    """Run the gate once along a path."""
    clock = SimulatedClock()
    live, archive = BEGINNINGS[beginning]
    world = World(clock=clock, choose=path.choose, events=events, live=live)
    world.archive = {state.uid: state for state in archive}
    world.states = {state.uid: state for state in (*archive, *([live] if live else []))}
    request = gate.Request(
        namespace=NAMESPACE,
        names=mode.names,
        labels=mode.labels,
        wish=mode.wish,
        logs=NO_LOGS,
        listen=False,
    )
    around = gate.Context(
        server=cast("Any", world),
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
    world.look()
    return gate.run(request, around).verdict, world


def complaints(mode: Mode, verdict: Verdict, world: World) -> Iterator[str]:
    """Yield what breaks the rule."""
    [result] = verdict.results
    if world.clock.now() > TIMEOUT + SLACK:
        yield f"it ended after {world.clock.now():.0f} s"
    if verdict.exit_code not in {0, 1}:
        return
    seen = result.workflow
    if seen is None:
        yield "a verdict about nothing"
        return
    states = [truth.states[seen.uid] for truth in world.truths if seen.uid in truth.states]
    good = verdict.exit_code == 0
    known = [state for state in world.shown_live if state.uid == seen.uid]
    if known and not any(
        _ended(state, good=good) and _is_last(state, world, seen.uid) for state in states
    ):
        yield f"{verdict.conclusion}, but {seen.uid} had not ended so: {world.states.get(seen.uid)}"
    first = next((state.uid for state in world.shown_live if not state.leaving), seen.uid)
    if mode.names == (NAME,) and seen.uid != (mode.wish.identity.uid or first):
        yield f"{verdict.conclusion} by another run, {seen.uid}, than {first}"
    if not mode.wish.identity.uid and not _meant(world.truths, seen.uid, world):
        yield f"{verdict.conclusion} by an older run, {seen.uid}"


def _ended(state: State, *, good: bool) -> bool:
    """Whether a state is that end; a green whose finish never came counts as one (Argo 3.4)."""
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
    return (one.phase, one.started, one.finished) == (other.phase, other.started, other.finished)


def _meant(truths: Sequence[Truth], uid: str, world: World) -> bool:
    """Whether the run was live at a look of the gate, or ended after the gate had begun."""
    finished = world.states[uid].finished
    return any(truth.live == uid for truth in truths) or (finished is not None and finished >= 0)


def explore(mode: Mode, beginning: str, events: int) -> tuple[int, list[str]]:
    """Take every path; return how many there were, and the shortest that breaks the rule."""
    prefix: list[int] | None = []
    count, wrong = 0, []
    until = time.monotonic() + SECONDS
    while prefix is not None and time.monotonic() < until:
        path = Path(prefix)
        verdict, world = play(mode, beginning, events, path)
        count += 1
        wrong += [
            f"{mode.name}, {beginning}: {', '.join(world.happened) or 'nothing happens'}: {text}"
            for text in complaints(mode, verdict, world)
        ]
        prefix = path.following()
    if prefix is not None:
        print(f"  {mode.name}, {beginning}: not all paths within {SECONDS:.0f} s")
    return count, sorted(wrong, key=lambda each: each.count(","))[:3]


def run(seed: int, each: int) -> list[str]:  # noqa: ARG001 - all paths are taken
    """Explore every mode from every beginning; `each` says how deep: 10 for 2 events, 200 for 3."""
    events = 1 + (each >= 10) + (each >= 200)
    wrong, total = [], 0
    for mode in MODES:
        began, count = time.monotonic(), 0
        for beginning in BEGINNINGS:
            paths, found = explore(mode, beginning, events)
            count += paths
            wrong += found
        total += count
        print(f"{mode.name}: {count} paths, {events} events, {time.monotonic() - began:.0f} s")
    print(f"{total} paths in all")
    return wrong
