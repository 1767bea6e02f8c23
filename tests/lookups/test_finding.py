"""Finding runs: whatever lists of a release show, the answer is that of a model of the cluster."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_replay.run import Archived as Kept
from argo_replay.run import Change, Run
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.lookups.filters import Filters, Window
from argogate.lookups.finding import (
    Archived,
    Finder,
    Pace,
    Place,
    Question,
)
from argogate.model.selectors import label_requirements
from argogate.model.workflow import Phase
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argo_replay.faults import Fault
    from argogate.lookups.finding import Row

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = ("v3.4.18", "v3.5.5", "v3.5.15", "v3.6.19", "v3.7.18", "v4.0.10", "v4.1.2")
ARGO = "workflows.argoproj.io/"
OVER = ("Succeeded", "Failed", "Error")


@dataclass(frozen=True, kw_only=True)
class Made:
    """One run as it is: live, archived, or both; the archive may have an outdated copy."""

    number: int
    name: str
    phase: str = "Succeeded"
    team: str = "red"
    live: bool = True
    archived: bool = False
    archiving: str = "Pending"
    retried: bool = False
    old_team: str = ""
    created: int = 0
    cron: str = ""
    node: str = "Succeeded"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return self.phase in OVER

    def moment(self, minute: int) -> str:
        return (BEGAN + timedelta(minutes=self.created + minute)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def object(self, *, archive: bool = False) -> dict[str, Any]:
        outdated = archive and self.retried
        phase = "Failed" if outdated else self.phase
        team = (archive and self.old_team) or self.team
        labels = {"team": team, f"{ARGO}workflow-archiving-status": self.archiving}
        if archive:
            labels[f"{ARGO}workflow-archiving-status"] = "Persisted"
        if phase:
            labels[f"{ARGO}phase"] = "Failed" if self.retried else phase
        if self.cron:
            labels[f"{ARGO}cron-workflow"] = self.cron
        status: dict[str, Any] = {"phase": phase} if phase else {}
        if phase not in {"", "Pending"} or archive:
            status["startedAt"] = self.moment(0 if outdated else 1)
        if phase in OVER:
            status["finishedAt"] = self.moment(2)
        status["nodes"] = {
            self.name: {"id": self.name, "name": self.name, "type": "Pod", "phase": self.node}
        }
        return {
            "metadata": {
                "name": self.name,
                "namespace": "argo",
                "uid": f"00000000-0000-4000-8000-{self.number:012}",
                "resourceVersion": str(100 + self.number),
                "creationTimestamp": self.moment(0),
                "labels": labels,
                **self.more,
            },
            "spec": {"arguments": {}},
            "status": status,
        }


def run_of(made: Sequence[Made], version: str) -> Run:
    return Run(
        scenario="made",
        shows="runs made for a list",
        argo=version,
        recorded=BEGAN,
        namespace="argo",
        workflows={each.name: (Change(at=0, object=each.object()),) for each in made if each.live},
        archive=tuple(
            Kept(at=0, object=each.object(archive=True)) for each in made if each.archived
        ),
        logs=(),
        artifacts=(),
        events=(),
        outages=(),
    )


@contextmanager
def finding(
    made: Sequence[Made],
    question: Question,
    version: str = "v4.1.2",
    faults: Sequence[Fault] = (),
) -> Iterator[tuple[Finder, DemoServer, list[str], list[float]]]:
    said: list[str] = []
    slept: list[float] = []
    run = run_of(made, version)
    with DemoServer([run], clock=SimulatedClock(), faults=faults) as server:
        transport = Transport(parse_address(server.url), Token("t", "the test"), Trust())
        pace = Pace(timeout=5, whole=5, sleep=slept.append)
        yield Finder(ArgoServer(transport), question, pace, said.append), server, said, slept


def found(made: Sequence[Made], question: Question, version: str = "v4.1.2") -> dict[str, Place]:
    with finding(made, question, version) as (finder, *_):
        return places(finder)


def places(finder: Finder) -> dict[str, Place]:
    rows: list[Row] = list(finder.settled(finder.rows()))
    assert len({row.run.uid for row in rows}) == len(rows), "a run is found twice"
    return {row.run.uid[-2:]: row.place for row in rows}


KINDS = st.sampled_from(["fresh", "running", "ended", "archiving", "both", "gone", "retried"])


@st.composite
def clusters(draw: st.DrawFn, *, relabelled: bool) -> list[Made]:
    made: list[Made] = []
    names = ["a", "a-1", "ab", "b", "b-1"]
    for number in range(draw(st.integers(1, 7))):
        kind = draw(KINDS)
        free = [name for name in names if name not in {each.name for each in made if each.live}]
        if kind != "gone" and not free:
            kind = "gone"
        phase = draw(st.sampled_from(OVER))
        if kind == "fresh":
            phase = draw(st.sampled_from(["", "Pending"]))
        if kind in {"running", "retried"}:
            phase = "Running"
        gone = kind == "gone"
        archived = kind in {"archiving", "both", "gone", "retried"}
        made.append(
            Made(
                number=number,
                name=draw(st.sampled_from(names if gone else free)),
                phase=phase,
                team=draw(st.sampled_from(["red", "blue"])),
                old_team=draw(st.sampled_from(["", "red"])) if archived and relabelled else "",
                live=not gone,
                archived=archived,
                archiving="Archived" if kind == "both" else "Pending",
                retried=kind == "retried",
                created=draw(st.integers(0, 5)),
                cron=draw(st.sampled_from(["", "nightly"])),
            )
        )
    return made


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A filter, as the model understands it."""

    labels: str = ""
    phases: frozenset[str] = frozenset()
    name: str = ""
    prefix: str = ""
    cron: str = ""
    created: tuple[int | None, int | None] = (None, None)
    finished: tuple[int | None, int | None] = (None, None)
    running: bool = False
    completed: bool = False

    def filters(self) -> Filters:
        return Filters(
            labels=label_requirements(self.labels),
            labels_text=self.labels,
            phases=frozenset(map(Phase, self.phases)),
            name=self.name,
            prefix=self.prefix,
            cron=self.cron,
            created=window(*self.created),
            finished=window(*self.finished),
            running=self.running,
            completed=self.completed,
        )

    def takes(self, made: Made) -> bool:
        ended = made.created + 2 if made.over else None
        team = {"": True, "team=red": made.team == "red", "team!=red": made.team != "red"}
        return (
            team[self.labels]
            and (not self.phases or (made.phase or "Pending") in self.phases)
            and fnmatchcase(made.name, self.name or "*")
            and made.name.startswith(self.prefix)
            and (not self.cron or made.cron == self.cron)
            and within(made.created, self.created)
            and (within(ended, self.finished) if ended is not None else not any_of(self.finished))
            and not (self.running and made.over)
            and not (self.completed and not made.over)
        )


def window(after: int | None, before: int | None) -> Window:
    ends = [None if end is None else BEGAN + timedelta(minutes=end) for end in (after, before)]
    return Window(after=ends[0], before=ends[1])


def any_of(ends: tuple[int | None, int | None]) -> bool:
    return any(end is not None for end in ends)


def within(minute: int, ends: tuple[int | None, int | None]) -> bool:
    after, before = ends
    return (after is None or minute >= after) and (before is None or minute <= before)


MINUTES = st.tuples(st.none() | st.integers(0, 7), st.none() | st.integers(0, 7))
FEW: dict[str, st.SearchStrategy[Any]] = {
    "labels": st.sampled_from(["team=red", "team!=red"]),
    "phases": st.frozensets(st.sampled_from(["Pending", "Running", *OVER])),
    "name": st.sampled_from(["a", "a*", "*-1", "[b]*"]),
    "prefix": st.sampled_from(["a", "b-"]),
    "cron": st.just("nightly"),
    "created": MINUTES,
    "finished": MINUTES,
    "running": st.booleans(),
    "completed": st.booleans(),
}


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    """Draw one or two filters, or none: more leave hardly a run."""
    chosen = draw(st.sets(st.sampled_from(sorted(FEW)), max_size=2))
    drawn: dict[str, Any] = {name: draw(FEW[name]) for name in sorted(chosen)}
    return Wanted(**drawn)


PLACES = {
    (True, True): Place.LIVE,
    (True, False): Place.LIVE,
    (False, True): Place.ARCHIVE,
}
HALVES = {Archived.YES: {True, False}, Archived.NO: {True}, Archived.ONLY: {False}}


@given(data=st.data(), wanted=wishes(), archived=st.sampled_from(Archived))
@pytest.mark.parametrize("version", VERSIONS)
def test_the_answer_is_that_of_the_model_whatever_a_release_shows(
    version: str, data: st.DataObject, wanted: Wanted, archived: Archived
) -> None:
    # Where no watch begins with all there is, the labels of an archived run are those of its end.
    made = data.draw(clusters(relabelled=version.startswith("v4")))
    expected = {
        f"{each.number:02}": PLACES[each.live, each.archived]
        for each in made
        if wanted.takes(each) and each.live in HALVES[archived]
    }
    question = Question(namespace="argo", filters=wanted.filters(), archived=archived)
    assert found(made, question, version) == expected
