"""Who is meant by labels, though lists lag, fail, and show a live run as the archive's row."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from argogate.errors import ArgoError, Denied, Impossible, Malformed, NotFound, Unavailable
from argogate.model.answers import Listing, Poll
from argogate.model.workflow import LABEL_ARCHIVING, Workflow
from argogate.verdict.observation import Target
from argogate.waiting.contact import Contact
from argogate.waiting.identity import Identity
from argogate.waiting.members import LATE, MOST_LOOKED_UP, Members
from argogate.waiting.newest import Newest
from argogate.waiting.timers import Budget
from tests.build import BEGAN, moment, pace, workflow
from tests.clock import SimulatedClock

NO_WATCH = Impossible("the watch did not show all")
CLOSED = Unavailable("500: session proxy is closed", status=500)
AWAY = Unavailable("503: restarting", status=503)
REFUSED = Denied("403", status=403, renewable=False)


def run(name: str, label: str = "", phase: str = "Succeeded", **members: object) -> Workflow:
    made = workflow(phase=phase, name=name, uid=f"u-{name}", created_at=moment(-600))
    labels = {LABEL_ARCHIVING: label} if label else {}
    ended = moment(-60) if made.finished_at else None
    return replace(made, labels=labels, finished_at=ended, **members)  # type: ignore[arg-type]


RUNNING = run("runs", phase="Running")
ENDED = run("ended", "Persisted", "Failed")
LIVE_ENDED = run("ended", "Archived", "Failed")


@dataclass
class World:
    """A server whose lists show what these members say."""

    rows: list[Workflow] | ArgoError
    shown: list[Workflow] | ArgoError = field(default_factory=lambda: NO_WATCH)
    by_name: dict[str, Workflow | ArgoError] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    clocked: bool = True
    lists: int = 0
    timeouts: list[float] = field(default_factory=list)
    """How long each list might take."""
    watches: int = 0
    polled: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def members(self, began: float = 0) -> Members:
        contact = Contact()
        contact.open(began)
        paced = pace(clock=self.clock, contact=contact)
        return Members(self, self.identity, paced, target, self.said.append)

    def live(self, *, timeout: float) -> Listing:
        assert timeout > 0
        self.watches += 1
        return self._listed(self.shown)

    def every(self, *, timeout: float) -> Listing:
        assert timeout > 0
        self.timeouts.append(timeout)
        self.lists += 1
        return self._listed(self.rows)

    def _listed(self, rows: list[Workflow] | ArgoError) -> Listing:
        if isinstance(rows, ArgoError):
            raise rows
        now = BEGAN + timedelta(seconds=self.clock.now())
        return Listing(rows=tuple(rows), server_time=now if self.clocked else None)

    def poll(self, name: str, *, timeout: float) -> Poll:
        assert timeout > 0
        self.polled.append(name)
        seen = self.by_name.get(name, NotFound("no"))
        if isinstance(seen, ArgoError):
            raise seen
        return Poll(workflow=seen)


def target(name: str) -> Target:
    return Target(namespace="argo", name=name)


def found(members: Members) -> dict[str, str]:
    return {each.target.name: each.uid for each in members.find(30)}


BOTH = {"runs": "u-runs", "ended": "u-ended"}
ONE = {"runs": "u-runs"}
TOLD = {"ended": "u-ended"}
AGELESS = replace(RUNNING, created_at=None)
YOUNG, OLDER = (Identity(created_after=moment(seconds)) for seconds in (-300, -900))


@pytest.mark.parametrize(
    ("world", "names", "polled"),
    [
        (World([RUNNING, ENDED], by_name={"ended": LIVE_ENDED}), BOTH, ["ended"]),
        (World([RUNNING, ENDED], by_name={"ended": ENDED}), ONE, ["ended"]),
        (World([RUNNING, ENDED]), ONE, ["ended"]),
        (World([RUNNING, ENDED], by_name={"ended": replace(LIVE_ENDED, uid="x")}), ONE, ["ended"]),
        (World([RUNNING, ENDED], shown=[RUNNING, LIVE_ENDED]), BOTH, []),
        (World([RUNNING, ENDED], shown=[RUNNING]), ONE, ["ended"]),
        (World([RUNNING, ENDED], identity=Identity(accept_archived=True)), BOTH, []),
        (World([RUNNING, ENDED], identity=Identity(created_after=moment(-900))), BOTH, []),
        (World(CLOSED, shown=[RUNNING, LIVE_ENDED]), BOTH, []),
        (World([], shown=[]), {}, []),
        (World([replace(RUNNING, uid="")], by_name={"runs": RUNNING}), ONE, ["runs"]),
        (World([RUNNING, replace(RUNNING, uid="")], by_name={"runs": RUNNING}), ONE, ["runs"]),
        (World([replace(RUNNING, uid="")]), {}, ["runs"]),
        (World([replace(ENDED, uid="")], by_name={"ended": LIVE_ENDED}), TOLD, ["ended"]),
        (World([AGELESS], by_name={"runs": RUNNING}), ONE, []),
        (World([AGELESS], by_name={"runs": RUNNING}, identity=YOUNG), {}, ["runs"]),
        (World([AGELESS], by_name={"runs": RUNNING}, identity=OLDER), ONE, ["runs"]),
        (World([AGELESS], by_name={"runs": AGELESS}, identity=OLDER), {}, ["runs"]),
    ],
)
def test_a_row_is_told_by_its_uid_and_the_live_run(
    world: World, names: dict[str, str], polled: list[str]
) -> None:
    assert found(world.members()) == names
    assert world.polled == polled


@pytest.mark.parametrize(
    ("world", "error"),
    [
        (World(CLOSED), Unavailable),
        (World(REFUSED), Denied),
        (World(CLOSED, shown=[RUNNING], identity=Identity(accept_archived=True)), Unavailable),
        (World(CLOSED, shown=[RUNNING], identity=Identity(created_after=BEGAN)), Unavailable),
        (World([RUNNING, ENDED], by_name={"ended": CLOSED}), Unavailable),
    ],
)
def test_what_is_not_known_is_not_taken_for_no(world: World, error: type[ArgoError]) -> None:
    with pytest.raises(error):
        world.members().find(30)


def test_a_name_that_is_not_told_in_time_is_not_taken_for_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()
    world = World([ENDED])
    monkeypatch.setattr(world, "poll", lambda *_, **__: released.wait(10))
    with pytest.raises(Unavailable, match="did not answer in time"):
        world.members().find(0.05)
    released.set()


@pytest.mark.parametrize(("error", "asked"), [(NO_WATCH, 1), (REFUSED, 1), (CLOSED, 3)])
def test_a_watch_that_is_not_to_be_had_is_not_asked_for_again(error: ArgoError, asked: int) -> None:
    world = World([RUNNING], shown=error)
    members = world.members()
    for _ in range(3):
        members.find(30)
    assert world.watches == asked


def test_each_row_is_looked_up_once() -> None:
    world = World([RUNNING, ENDED], by_name={"ended": ENDED})
    members = world.members()
    members.find(30)
    members.find(30)
    assert world.polled == ["ended"]


def test_a_run_that_turns_out_to_be_live_is_meant_whatever_was_looked_up() -> None:
    world = World([RUNNING, ENDED])
    members = world.members()
    members.find(30)
    world.rows = [RUNNING, LIVE_ENDED]
    assert found(members) == {"ended": "u-ended"}


def test_more_than_can_be_looked_up_is_for_the_user_to_narrow() -> None:
    old = [run(f"n{number}", "Persisted") for number in range(MOST_LOOKED_UP + 1)]
    with pytest.raises(Malformed, match="narrow it with --created-after"):
        World(old).members().find(30)


def test_what_is_left_out_is_said_once_with_names_and_the_option_that_takes_it() -> None:
    old = [run(f"n{number:02}", "Persisted") for number in range(23)]
    world = World([RUNNING, *old])
    members = world.members()
    members.find(30)
    members.find(30)
    [sentence] = world.said
    assert sentence.startswith("23 matching runs left out, over before this gate began")
    assert "--accept-archived" in sentence
    assert sentence.endswith("n19 and 3 more")
    assert members.left_out() == (sentence,)


def test_a_list_that_fails_beside_the_watch_is_told_of() -> None:
    members = World(CLOSED, shown=[RUNNING]).members()
    members.find(30)
    [sentence] = members.left_out()
    assert "session proxy is closed" in sentence


@pytest.mark.parametrize(("error", "waits"), [(AWAY, True), (CLOSED, False), (REFUSED, False)])
def test_a_set_of_one_stays_open_while_the_list_is_only_away(
    error: ArgoError, *, waits: bool
) -> None:
    world = World(error, shown=[RUNNING], by_name={"ended": LIVE_ENDED})
    members = world.members()
    members.find(30)
    assert members.joining(over=True) == ()
    assert members.open == waits
    world.clock.sleep(2)
    world.rows = [RUNNING, ENDED]
    assert [each.uid for each in members.joining(over=True)] == ["u-ended"] * waits
    world.clock.sleep(LATE)
    members.joining(over=True)
    assert not members.open


@pytest.mark.parametrize(("began", "names"), [(0, {}), (-120, {"ended": "u-ended"})])
def test_what_ended_after_the_gate_began_is_no_older_run(
    began: float, names: dict[str, str]
) -> None:
    assert found(World([ENDED]).members(began)) == names


def test_without_the_servers_clock_nothing_is_later_and_what_is_gone_is_old() -> None:
    world = World([RUNNING, ENDED], clocked=False)
    members = world.members(began=-120)
    assert found(members) == ONE
    world.rows = [RUNNING, run("new", phase="Running", created_at=moment(99))]
    assert found(members) == {"new": "u-new"}


LAGGED = run("lagged", phase="Failed")
TOO_LATE = run("too-late", created_at=moment(3), phase="Running")


def test_a_row_that_was_late_joins_and_a_run_that_was_made_later_is_only_named() -> None:
    world = World([RUNNING])
    members = world.members()
    members.find(30)
    world.clock.sleep(5)
    world.rows = [RUNNING, LAGGED, TOO_LATE]
    assert [each.uid for each in members.joining(over=False)] == ["u-lagged"]
    assert "too-late" in world.said[-1]


def test_a_cluster_whose_clock_is_ahead_makes_nobody_late() -> None:
    world = World([run("new", phase="Running", created_at=moment(2))])
    assert found(world.members()) == {"new": "u-new"}


def test_of_one_name_nobody_else_joins() -> None:
    world = World([RUNNING])
    members = world.members()
    members.find(30)
    world.rows = [replace(RUNNING, uid="other")]
    assert members.joining(over=True) == ()
    assert "another run of that name" in world.said[-1]


def test_rows_that_are_late_are_looked_for_every_two_seconds_then_every_minute() -> None:
    world = World([RUNNING, LAGGED])
    members = world.members()
    members.find(30)
    while world.clock.now() < LATE + 300:
        members.joining(over=False)
        world.clock.sleep(0.5)
    assert world.lists == 1 + 5 + 4
    assert members.open


def test_a_list_that_fails_later_decides_nothing() -> None:
    world = World([RUNNING, LAGGED])
    members = world.members()
    members.find(30)
    world.rows = CLOSED
    world.clock.sleep(3)
    assert members.joining(over=False) == ()
    assert members.open
    world.clock.sleep(LATE)
    members.joining(over=True)
    assert not members.open


def test_a_set_of_one_is_looked_over_once_more_when_it_is_over() -> None:
    world = World([RUNNING])
    members = world.members()
    members.find(30)
    members.joining(over=True)
    assert not members.open
    assert world.lists == 2
    members.joining(over=True)
    assert world.lists == 2


def test_a_set_of_several_stays_open_for_ten_seconds() -> None:
    world = World([RUNNING, LAGGED])
    members = world.members()
    members.find(30)
    assert members.closes_at == LATE
    members.joining(over=True)
    assert members.open
    world.clock.sleep(LATE)
    members.joining(over=True)
    assert not members.open


def test_there_is_no_more_time_for_those_who_are_late_than_for_the_others() -> None:
    world = World([RUNNING, LAGGED])
    members = world.members()
    members.find(30)
    members.joining(over=True, within=Budget(clock=world.clock, until=0.5))
    world.clock.sleep(1)
    members.joining(over=True, within=Budget(clock=world.clock, until=1))
    assert world.timeouts == [30, 0.5]


def test_a_watch_shows_all_so_that_nobody_can_be_late() -> None:
    world = World([RUNNING, LAGGED], shown=[RUNNING, LAGGED])
    members = world.members()
    members.find(30)
    assert members.joining(over=True) == ()
    assert not members.open
    assert world.lists == 1


def newest(created_after: float | None, run: Workflow = RUNNING) -> Newest:
    after = moment(created_after) if created_after else None
    identity = Identity(created_after=after)
    return Newest(World([], by_name={"@latest": run}), identity, pace(), target)


@pytest.mark.parametrize("created_after", [None, -900])
def test_the_newest_run_is_pinned(created_after: float | None) -> None:
    search = newest(created_after)
    [chosen] = search.find(30)
    assert (chosen.target.name, chosen.uid) == ("runs", "u-runs")
    assert search.left_out() == ()


def test_the_age_of_the_newest_run_counts_by_the_servers_clock() -> None:
    class Ahead:
        def poll(self, name: str, *, timeout: float) -> Poll:
            assert (name, timeout) == ("@latest", 30)
            return Poll(workflow=RUNNING, server_time=BEGAN + timedelta(hours=1))

    contact = Contact()
    contact.open(0)
    an_hour = Identity(created_after=moment(-3600), age=timedelta(hours=1))
    search = Newest(Ahead(), an_hour, pace(contact=contact), target)
    assert search.find(30) == ()
    assert contact.began
    assert contact.began > BEGAN


def test_the_newest_run_may_have_ended_by_another_clock_than_the_servers() -> None:
    late = replace(LIVE_ENDED, deleted_at=moment(301), finished_at=moment(300))

    class Behind:
        def poll(self, name: str, *, timeout: float) -> Poll:
            assert (name, timeout) == ("@latest", 30)
            return Poll(workflow=late, server_time=BEGAN)

    contact = Contact()
    contact.open(0)
    search = Newest(Behind(), Identity(), pace(contact=contact), target)
    assert search.find(30) == ()
    assert "was over before this gate began" in search.left_out()[0]


@pytest.mark.parametrize(
    ("run", "when"), [(RUNNING, ", at 2026-01-31T11:50:00Z"), (AGELESS, "--created-after")]
)
def test_the_newest_run_may_be_too_old(run: Workflow, when: str) -> None:
    search = newest(-300, run)
    assert search.find(30) == ()
    [sentence] = search.left_out()
    assert "runs, was created before --created-after" in sentence
    assert sentence.endswith(when)


def test_the_newest_run_may_be_over_and_about_to_vanish() -> None:
    leaving = replace(LIVE_ENDED, deleted_at=moment(-1))
    search = newest(None, leaving)
    assert search.find(30) == ()
    [sentence] = search.left_out()
    assert "was over before this gate began, and archived or being deleted" in sentence
