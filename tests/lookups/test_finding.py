"""Finding runs: whatever lists of a release show, the answer is that of a model of the cluster."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argo_replay.faults import Fault, FaultKind
from argo_replay.run import Archived as Kept
from argo_replay.run import Change, Run
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.api import ArgoServer
from argogate.argo.credentials import Token
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import ArgoError, Denied, Malformed, Unavailable
from argogate.lookups.filters import Filters, Window
from argogate.lookups.finding import Finder, exit_code_of
from argogate.lookups.question import Archived, Bounds, Place, Question
from argogate.model.parse import parse_workflow
from argogate.model.selectors import field_requirements, label_requirements
from argogate.model.workflow import NodePhase, Phase
from tests.clock import SimulatedClock
from tests.recorded_runs import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from argogate.lookups.question import Row
    from argogate.model.workflow import Workflow

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

    @property
    def workflow(self) -> Workflow:
        return parse_workflow(self.object())

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
        bounds = Bounds(timeout=5, whole=5, sleep=slept.append)
        yield Finder(ArgoServer(transport), question, bounds, said.append), server, said, slept


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
                old_team=draw(st.sampled_from(["", "red"]))
                if archived and not gone and relabelled
                else "",
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
@pytest.mark.parametrize("version", shared(VERSIONS))
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


BOTH = [
    Made(number=1, name="live", phase="Running"),
    Made(number=2, name="gone", phase="Failed", live=False, archived=True),
    Made(number=3, name="both", archived=True, archiving="Archived"),
]
LISTS, WATCHES = r"/workflows/argo\Z", "/workflow-events/"


def answering(status: int, message: str, match: str = LISTS, **more: Any) -> Fault:  # noqa: ANN401
    code = {400: 3, 403: 7, 404: 5, 500: 13, 503: 14}[status]
    body = json.dumps({"code": code, "message": message}).encode()
    headers = (("Content-Type", "application/json"),)
    return Fault(
        kind=FaultKind.ANSWER, status=status, headers=headers, body=body, match=match, **more
    )


def asked(server: DemoServer) -> list[str]:
    return [request.path.removeprefix("/api/v1/") for request in server.requests]


def test_a_run_that_goes_on_again_is_not_found_by_the_label_of_its_first_end() -> None:
    retried = [Made(number=1, name="a", phase="Running", archived=True, retried=True)]
    for archived in Archived:
        filters = Filters(phases=frozenset({Phase.FAILED}))
        question = Question(namespace="argo", filters=filters, archived=archived)
        assert found(retried, question) == {}
    running = Filters(phases=frozenset({Phase.RUNNING}))
    question = Question(namespace="argo", filters=running, archived=Archived.NO)
    assert found(retried, question) == {"01": Place.LIVE}


def test_where_a_watch_shows_what_is_live_nothing_is_looked_up() -> None:
    with finding(BOTH, Question(namespace="argo")) as (finder, server, *_):
        assert places(finder) == {"01": Place.LIVE, "02": Place.ARCHIVE, "03": Place.LIVE}
        assert asked(server) == ["workflow-events/argo", "workflows/argo"]


def test_live_runs_need_no_list_and_their_labels_are_matched_by_the_server() -> None:
    filters = Filters(labels=label_requirements("team=red"), labels_text="team=red")
    question = Question(namespace="argo", filters=filters, archived=Archived.NO)
    with finding(BOTH, question) as (finder, server, *_):
        assert set(places(finder)) == {"01", "03"}
        (request,) = server.requests
    assert request.query["listOptions.labelSelector"] == "team=red"


@pytest.mark.parametrize(
    ("archived", "places_of_two"),
    [(Archived.YES, {"02": Place.DOUBTFUL}), (Archived.NO, {}), (Archived.ONLY, {})],
)
def test_what_is_not_looked_up_is_counted(
    archived: Archived, places_of_two: dict[str, Place]
) -> None:
    made = [*BOTH, Made(number=4, name="more", live=False, archived=True)]
    question = Question(namespace="argo", archived=archived, lookups=2)
    with finding(made, question, "v3.7.18") as (finder, server, *_):
        told = places(finder)
        assert finder.tally.not_looked_up == 1
        assert len([path for path in asked(server) if path.count("/") == 2]) == 2
    assert sum(place is Place.DOUBTFUL for place in told.values()) == len(places_of_two)


def test_a_look_that_fails_leaves_a_doubt() -> None:
    fault = answering(500, "no", "/workflows/argo/")
    with finding(BOTH, Question(namespace="argo"), "v3.7.18", [fault]) as (finder, *_):
        told = places(finder)
        assert finder.tally.not_looked_up == 2
    assert told == {"01": Place.LIVE, "02": Place.DOUBTFUL, "03": Place.DOUBTFUL}


def test_what_a_look_does_not_find_any_more_is_in_the_archive() -> None:
    fault = answering(404, 'workflows.argoproj.io "gone" not found', "/workflows/argo/gone")
    with finding(BOTH, Question(namespace="argo"), "v3.7.18", [fault]) as (finder, *_):
        assert places(finder) == {"01": Place.LIVE, "02": Place.ARCHIVE, "03": Place.LIVE}
        assert finder.tally.not_looked_up == 0


@pytest.mark.parametrize("status", [400, 500])
def test_a_filter_that_a_server_refuses_is_said_and_applied_here(status: int) -> None:
    filters = Filters(labels=label_requirements("team=red"), labels_text="team=red")
    fault = answering(status, "no such filter", query="labelSelector=team")
    question = Question(namespace="argo", filters=filters)
    with finding(BOTH, question, faults=[fault]) as (finder, _, said, slept):
        assert set(places(finder)) == {"01", "02", "03"}
    assert said == [
        (f"the server refuses the filter, so it is applied here: {said[0].partition('here: ')[2]}")
    ]
    assert "no such filter" in said[0]
    assert slept == []


def test_a_row_of_the_archive_is_not_live_where_a_server_refuses_to_leave_it_out() -> None:
    fault = answering(400, "no such filter", query="Persisted")
    with finding(BOTH, Question(namespace="argo"), "v3.7.18", [fault]) as (finder, *_):
        assert places(finder) == {"01": Place.LIVE, "02": Place.ARCHIVE, "03": Place.LIVE}


def test_a_prefix_that_an_old_release_takes_for_a_name_is_not_sent_again() -> None:
    made = [Made(number=number, name=f"a-{number}") for number in range(3)]
    question = Question(namespace="argo", filters=Filters(prefix="a-"))
    with finding(made, question, "v3.5.15") as (finder, server, *_):
        assert len(places(finder)) == 3
        sent = ["nameFilter" in request.query for request in server.requests]
    assert sent.count(True) == 1


def test_a_list_that_fails_is_asked_again_and_no_run_is_found_twice() -> None:
    refused = answering(403, "no", WATCHES)
    faults = [
        refused,
        answering(503, "starting", times=1),
        Fault(kind=FaultKind.CUT, after=300, times=1, match=LISTS),
    ]
    with finding(BOTH, Question(namespace="argo"), faults=faults) as (finder, _, said, slept):
        assert len(places(finder)) == 3
    assert said == []
    assert slept == [0.5, 2.0]


@pytest.mark.parametrize("match", [r"/version\Z", r"/archived-workflows\Z"])
def test_what_only_an_old_release_is_asked_is_asked_again_too(match: str) -> None:
    gone = [Made(number=1, name="a", live=False, archived=True)]
    hiccups = [answering(503, "starting", match, times=2)]
    question = Question(namespace="argo")
    with finding(gone, question, "v3.4.18", hiccups) as (finder, _, said, slept):
        assert set(places(finder)) == {"01"}
    assert said == []
    assert slept == [0.5, 2.0]


@pytest.mark.parametrize(
    ("fault", "kind", "code", "pauses"),
    [
        (answering(500, "sql: database is closed"), Unavailable, 5, 2),
        (answering(403, "forbidden"), Denied, 4, 0),
    ],
)
def test_live_runs_are_found_before_the_list_fails_for_good(
    fault: Fault, kind: type[ArgoError], code: int, pauses: int
) -> None:
    with finding(BOTH, Question(namespace="argo"), faults=[fault]) as (finder, _, _, slept):
        rows = finder.rows()
        assert {next(rows).run.name, next(rows).run.name} == {"live", "both"}
        with pytest.raises(kind) as stopped:
            next(rows)
    assert exit_code_of(stopped.value) == code
    assert len(slept) == pauses


def test_a_request_that_is_malformed_without_any_filter_is_an_error_of_its_own() -> None:
    question, faults = Question(namespace="argo"), [answering(400, "no")]
    with (
        finding(BOTH, question, faults=faults) as (finder, *_),
        pytest.raises(Malformed) as stopped,
    ):
        places(finder)
    assert exit_code_of(stopped.value) == 2


def test_rows_that_cannot_be_read_are_named() -> None:
    rows: list[object] = [
        Made(number=1, name="good").object(),
        Made(number=2, name="no-uid", more={"uid": ""}).object(),
        Made(number=3, name="no-date", more={"creationTimestamp": None}).object(),
        "nonsense",
    ]
    body = json.dumps({"metadata": {}, "items": rows}).encode()
    fault = Fault(kind=FaultKind.ANSWER, status=200, body=body, match=LISTS)
    question = Question(namespace="argo", filters=Filters(created=window(0, None)))
    with finding([], question, faults=[fault]) as (finder, *_):
        assert set(places(finder)) == {"01"}
        assert finder.tally.unreadable == ["no-uid", "no-date", "a row without a name"]


def test_archived_rows_of_3_4_tell_no_labels_so_the_server_selects_by_them() -> None:
    made = [
        Made(number=1, name="a", live=False, archived=True, team="red"),
        Made(number=2, name="b", live=False, archived=True, team="blue"),
    ]
    red = Filters(labels=label_requirements("team=red"), labels_text="team=red")
    assert set(found(made, Question(namespace="argo", filters=red), "v3.4.18")) == {"01"}
    by_template = Question(namespace="argo", filters=Filters(template="t"))
    with finding(made, by_template, "v3.4.18") as (finder, *_):
        assert places(finder) == {}
        assert finder.tally.unreadable == ["a", "b"]


def test_runs_that_hold_a_node_are_found_by_their_nodes() -> None:
    made = [
        Made(number=1, name="a", node="Failed"),
        Made(number=2, name="b", node="Succeeded"),
        Made(number=3, name="c", node="Failed", live=False, archived=True),
        Made(number=4, name="d", node="Error", more={"labels": {}}),
    ]
    phases = frozenset({NodePhase.FAILED})
    with finding(made, Question(namespace="argo", node_phases=phases)) as (finder, *_):
        assert set(places(finder)) == {"01", "03"}
        assert finder.tally.not_read == 0


def test_nodes_that_are_not_read_are_counted() -> None:
    made = [Made(number=number, name=f"a-{number}", node="Failed") for number in range(5)]
    question = Question(namespace="argo", node_phases=frozenset({NodePhase.FAILED}), lookups=3)
    fault = answering(500, "no", "/workflows/argo/a-0")
    with finding(made, question, faults=[fault]) as (finder, *_):
        assert len(places(finder)) == 2
        assert finder.tally.not_read == 3


def test_nodes_that_a_server_cannot_show_count_as_not_read() -> None:
    made = [Made(number=1, name="a", node="Failed")]
    run = made[0].object()
    run["status"].pop("nodes")
    run["status"]["offloadNodeStatusVersion"] = "fnv:1"
    question = Question(namespace="argo", node_phases=frozenset({NodePhase.FAILED}))
    body = json.dumps(run).encode()
    fault = Fault(kind=FaultKind.ANSWER, status=200, body=body, match="/workflows/argo/a")
    with finding(made, question, faults=[fault]) as (finder, *_):
        assert places(finder) == {}
        assert finder.tally.not_read == 1


@pytest.mark.parametrize(
    ("given", "beginning"),
    [
        (Filters(name="nightly-*"), "nightly-"),
        (Filters(name="*", prefix="n"), "n"),
        (Filters(name="ab?", prefix="a"), "ab"),
        (Filters(), ""),
    ],
)
def test_what_names_begin_with_is_left_to_the_server(given: Filters, beginning: str) -> None:
    assert given.of_all().prefix == beginning


def test_an_exact_name_is_asked_for_as_one() -> None:
    by_field = Filters(fields=field_requirements("metadata.name!=x,metadata.name=a"))
    for filters in (by_field, Filters(name="a")):
        assert filters.of_archived().query() == {"listOptions.fieldSelector": "metadata.name=a"}
    assert by_field.meets(Made(number=1, name="a").workflow)
    assert not by_field.meets(Made(number=1, name="b").workflow)
