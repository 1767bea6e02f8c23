"""Many workflows and a server that hangs or fails: every limit holds, whatever their number."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from argogate.errors import ArgoError, Denied, NotUnderstood, Unavailable
from argogate.model.answers import Glimpse, Poll
from argogate.verdict.endings import TimedOut, Unreachable
from argogate.verdict.observation import Observation, Target
from argogate.waiting.choice import Chosen
from argogate.waiting.patience import Limits
from argogate.waiting.waiter import LIST_PAUSE, LOOKS_A_SECOND, Waiter
from argogate.waiting.watch import Wish
from tests.build import moment, pace, workflow
from tests.clock import SimulatedClock
from tests.waiting.server import Deaf

if TYPE_CHECKING:
    from argogate.model.workflow import Workflow
    from argogate.waiting.news import News

HUNG = Unavailable("no answer in time")


@dataclass
class World(Deaf):
    """A server with that many workflows, which answers until it hangs."""

    count: int
    ends: float = 1e9
    hangs: float = 1e9
    hanging: frozenset[str] = frozenset()
    listing: ArgoError | None = None
    limits: Limits = field(default_factory=Limits)
    looks: list[tuple[float, str]] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def wait(self, began: float = 0) -> tuple[Observation, ...]:
        paced = pace(self.limits, clock=self.clock, rng=random.Random(3), on_news=self.news.append)
        waiter = Waiter(
            self, self, paced, Wish(), began=began, listen=False, is_red=None, members=None
        )
        names = [f"w{number}" for number in range(self.count)]
        return waiter.wait([Chosen(target=Target(namespace="argo", name=name)) for name in names])

    def poll(self, _: str, name: str, *, timeout: float) -> Poll:
        self.looks.append((self.clock.now(), name))
        if self.clock.now() >= self.hangs or name in self.hanging:
            self.clock.sleep(timeout)
            raise HUNG
        return Poll(workflow=self._workflow(name))

    def tree(self, _: str, name: str, *, timeout: float, whole: float) -> Poll:
        assert timeout <= whole
        if self.clock.now() >= self.hangs or name in self.hanging:
            self.clock.sleep(timeout)
            raise HUNG
        return Poll(workflow=self._workflow(name))

    def archived(self, uid: str, *, timeout: float, whole: float) -> Poll:
        raise AssertionError((uid, timeout, whole))

    def unfinished(self, *, timeout: float) -> tuple[Glimpse, ...]:
        self.lists.append(self.clock.now())
        if self.clock.now() >= self.hangs:
            self.clock.sleep(timeout)
            raise HUNG
        if self.listing:
            raise self.listing
        rows = [self._workflow(f"w{number}") for number in range(self.count)]
        return tuple(Glimpse(workflow=row) for row in rows if row.finished_at is None)

    def _workflow(self, name: str) -> Workflow:
        over = self.clock.now() >= self.ends
        made = workflow(phase="Succeeded" if over else "Running", name=name, uid=f"u-{name}")
        return (
            made
            if not over
            else workflow(
                phase="Succeeded", name=name, uid=f"u-{name}", finished_at=moment(self.ends)
            )
        )


@pytest.mark.parametrize("count", [1, 20, 100])
@pytest.mark.parametrize("refused", [None, Denied("403", status=403, renewable=False)])
def test_the_timeout_holds_however_many_hang(count: int, refused: ArgoError | None) -> None:
    limits = Limits(timeout=60, request_timeout=30)
    world = World(count, hangs=15, limits=limits, listing=refused)
    observations = world.wait()
    assert all(isinstance(each.ending, TimedOut) for each in observations)
    assert 60 <= world.clock.now() <= 66 + 0.1 * 20


@pytest.mark.parametrize("count", [1, 20, 100])
def test_the_outage_budget_holds_however_many_hang(count: int) -> None:
    limits = Limits(timeout=0, request_timeout=10, outage_timeout=60)
    world = World(count, hangs=15, limits=limits)
    observations = world.wait()
    assert all(isinstance(each.ending, Unreachable) for each in observations)
    assert world.clock.now() <= 15 + 60 + 4 * 15


def test_the_timeout_runs_from_the_gates_begin() -> None:
    world = World(1, limits=Limits(timeout=60))
    world.wait(began=-40)
    assert world.clock.now() == pytest.approx(20)


def test_one_that_always_hangs_keeps_no_other_from_its_end() -> None:
    limits = Limits(timeout=600, request_timeout=10)
    world = World(4, ends=40, hanging=frozenset({"w0"}), limits=limits)
    first, *others = world.wait()
    assert isinstance(first.ending, Unreachable)
    assert {type(each.ending).__name__ for each in others} == {"Finished"}


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("500: session proxy is closed"),
        Denied("403", status=403, renewable=False),
        NotUnderstood("200 with an HTML page"),
    ],
)
def test_a_list_that_fails_for_good_decides_nothing(error: ArgoError) -> None:
    world = World(6, ends=150, listing=error)
    observations = world.wait()
    assert {type(each.ending).__name__ for each in observations} == {"Finished"}
    assert not [one for one in world.news if type(one).__name__ == "Troubled"]
    pauses = [later - earlier for earlier, later in zip(world.lists, world.lists[1:], strict=False)]
    assert all(pause >= LIST_PAUSE for pause in pauses)
    assert len(world.lists) >= 2


def test_without_a_list_so_many_are_looked_at_in_a_second() -> None:
    world = World(250, ends=40, listing=HUNG, limits=Limits(poll_interval=1, max_poll_interval=1))
    world.wait()
    moments = [moment for moment, _ in world.looks if moment < 30]
    for second in range(30):
        assert sum(second <= moment < second + 1 for moment in moments) <= 2 * LOOKS_A_SECOND
    assert sum(moment < 20 for moment in moments) <= 21 * LOOKS_A_SECOND


def test_all_have_their_turn_where_one_round_has_no_time_for_all() -> None:
    limits = Limits(timeout=50, request_timeout=4)
    world = World(250, listing=HUNG, limits=limits)
    world.wait()
    assert len({name for moment, name in world.looks if moment < 50}) == 250


def test_the_heartbeat_is_one_line_however_many_there_are() -> None:
    world = World(9, ends=300)
    world.wait()
    beats = [one for one in world.news if type(one).__name__ == "StillWaiting"]
    assert len(beats) == 1
    assert beats[0].others == 8  # type: ignore[union-attr]
