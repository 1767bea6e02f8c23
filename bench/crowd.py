"""Two hundred gates at one server that limits their rate: on a simulated clock, and processes.

The clock of the simulated ones moves when all of them rest, to the next moment of one of them.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from argo_replay.server import DemoServer
from argogate import gate
from argogate.waiting.patience import Limits
from bench.gates import TOKEN, gate_here
from bench.programs import programs, wait
from bench.runs import brief
from bench.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from argo_replay.server import SeenRequest

GATES = 200
LIMITS = (200, 60)
"""Tokens a second for all: a fifth of the server's default, and about twice of what they need."""
SETTLED = 120.0
"""Seconds after which every pause has its full length."""
ENDS, ENDS_LAST = 240.0, 360.0
"""Half of the workflows end together at the first, the others evenly until the second."""
PROCESSES, PROCESS_LIMIT = 20, 20
PROCESSES_END = 40.0
TOKENS = 2
"""What a call costs."""
LATE = 2
"""A wait may end so many longest pauses after its workflow: one look may be refused."""


class CrowdClock:
    """Simulated time for several threads: it goes on when all of them sleep."""

    def __init__(self, crowd: int) -> None:
        self._awake = crowd
        self._now = 0.0
        self._asleep: list[float] = []
        self._moved = threading.Condition()

    def now(self) -> float:
        """Return its time."""
        with self._moved:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Rest; who is the last to do so lets the time go on."""
        with self._moved:
            until = self._now + max(seconds, 0)
            heapq.heappush(self._asleep, until)
            self._awake -= 1
            self._go_on()
            while self._now < until:
                self._moved.wait()

    def pause(self, seconds: float, bell: threading.Event) -> None:  # noqa: ARG002 - nobody rings
        """Rest: there is no stream."""
        self.sleep(seconds)

    def wait(self, seconds: float, wake: threading.Event) -> None:
        """Rest as a server does, whom nobody waits for."""
        raise NotImplementedError

    def leave(self) -> None:
        """Take one out of the crowd."""
        with self._moved:
            self._awake -= 1
            self._go_on()

    def _go_on(self) -> None:
        if not self._awake and self._asleep:
            self._now = max(self._asleep[0], self._now)
            while self._asleep and self._asleep[0] <= self._now:
                heapq.heappop(self._asleep)
                self._awake += 1
            self._moved.notify_all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What a crowd has done."""

    codes: Counter[int]
    trees: int
    """How many read the nodes of what had ended."""
    delays: Sequence[float]
    """Seconds from the end of a workflow to the end of its wait."""
    asked: Sequence[float]
    """The second of each request."""

    def busiest(self, begin: float = 0, end: float = float("inf")) -> int:
        """Return how many requests the busiest second had."""
        return max(Counter(int(at) for at in self.asked if begin <= at < end).values(), default=0)

    def mean(self, begin: float, end: float) -> float:
        """Return how many requests a second had."""
        return sum(begin <= at < end for at in self.asked) / (end - begin)


def run() -> Table:
    """Let both crowds wait, and a simulated one that does not jitter."""
    return Table(
        title=f"A crowd: {GATES} gates that start at once, at a server that limits their rate",
        columns=(
            *("answered a second", "passed", "nodes read"),
            *("calls in the first second", "busiest after 2 min", "mean", "worst delay, s"),
        ),
        rows=(
            *(_row(f"{GATES} simulated", limit, GATES, LIMITS[0] == limit) for limit in LIMITS),
            _row(f"{GATES} without jitter", LIMITS[-1], GATES, dice=lambda _: Loaded()),
            _real(),
        ),
    )


def _row(
    what: str,
    limit: int,
    gates: int,
    calm: bool = False,  # noqa: FBT001, FBT002 - the one word
    dice: Callable[[int], random.Random] = random.Random,
) -> Row:
    crowd = simulated(ends_of(gates), limit, Limits(), dice)
    longest = LATE * Limits().max_poll_interval
    calls, busiest = limit // TOKENS, crowd.busiest(SETTLED, ENDS)
    well = crowd.codes[0] == gates == crowd.trees and max(crowd.delays) <= longest
    goal = f"all pass, worst ≤ {longest:g} s" + (", busiest ≤ answered" if calm else "")
    return Row(
        what=what,
        figures=(
            *(f"{calls}", f"{crowd.codes[0]}", f"{crowd.trees}", f"{crowd.busiest(0, 1)}"),
            *(f"{busiest}", f"{crowd.mean(SETTLED, ENDS):.1f}", f"{max(crowd.delays):.1f}"),
        ),
        goal=goal if dice is random.Random else "",
        reached=well and (busiest <= calls or not calm) if dice is random.Random else None,
    )


def _real() -> Row:
    crowd = processes()
    longest = LATE * Limits().max_poll_interval
    return Row(
        what=f"{PROCESSES} processes, with streams",
        figures=(
            *(f"{PROCESS_LIMIT // TOKENS}", f"{crowd.codes[0]}", f"{crowd.trees}"),
            *("", f"{crowd.busiest(PROCESSES_END / 2, PROCESSES_END)} (after 20 s)"),
            f"{crowd.mean(PROCESSES_END / 2, PROCESSES_END):.1f}",
            f"{max(crowd.delays):.1f}",
        ),
        goal=f"all pass, worst ≤ {longest:g} s",
        reached=crowd.codes[0] == PROCESSES == crowd.trees and max(crowd.delays) <= longest,
    )


def ends_of(gates: int) -> list[float]:
    """Return when the workflows end."""
    others = gates - gates // 2
    step = (ENDS_LAST - ENDS) / others
    return [ENDS] * (gates // 2) + [ENDS + step * (number + 1) for number in range(others)]


class Loaded(random.Random):
    """A dice that always shows the same."""

    def random(self) -> float:
        """Return it."""
        return 0.0


def simulated(
    ends: Sequence[float],
    limit: int,
    limits: Limits,
    dice: Callable[[int], random.Random] = random.Random,
) -> Crowd:
    """Let as many gates wait as there are ends, all from second 0, without streams."""
    clock = CrowdClock(len(ends))
    names = [f"run-{number:03}" for number in range(len(ends))]
    runs = [brief(name, "argo", end) for name, end in zip(names, ends, strict=True)]
    with (
        DemoServer(runs, token=TOKEN, clock=clock, rate_limit=limit) as server,
        ThreadPoolExecutor(len(ends)) as pool,
    ):

        def one(number: int) -> tuple[int, bool, float]:
            request = gate.Request(namespace="argo", names=(names[number],), listen=False)
            try:
                verdict = gate_here(server.url, request, clock, limits, rng=dice(number))
                workflow = verdict.deciding.observation.workflow
                tree = bool(workflow and workflow.nodes)
                return verdict.exit_code, tree, clock.now() - ends[number]
            finally:
                clock.leave()

        return _crowd(pool.map(one, range(len(ends))), server.requests)


def processes() -> Crowd:
    """Let real ones wait, with their streams; all of their workflows end together."""
    names = [f"run-{number:02}" for number in range(PROCESSES)]
    with (
        TemporaryDirectory() as folder,
        DemoServer(
            [brief(name, "argo", PROCESSES_END) for name in names],
            token=TOKEN,
            rate_limit=PROCESS_LIMIT,
        ) as server,
        ThreadPoolExecutor(PROCESSES) as pool,
    ):
        ours = programs(Path(folder))[0]
        began = time.monotonic() - server.elapsed

        def one(name: str) -> tuple[int, bool, float]:
            wait(ours, server.url, "argo", name)  # raises where it does not pass
            late = time.monotonic() - began - PROCESSES_END
            junit = (Path(folder) / f"argo-{name}.xml").read_text("utf-8")
            return 0, 'name="main"' in junit or "pod" in junit, late

        return _crowd(pool.map(one, names), server.requests)


def _crowd(ended: Iterable[tuple[int, bool, float]], requests: list[SeenRequest]) -> Crowd:
    codes, trees, delays = zip(*ended, strict=True)
    asked = [seen.at for seen in requests]
    return Crowd(codes=Counter(codes), trees=sum(trees), delays=delays, asked=asked)
