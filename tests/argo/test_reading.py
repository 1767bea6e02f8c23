"""Which of the two artifact routes is asked, and what happens when the run has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate.argo.artifacts import Readers
from argogate.errors import ArgoError, NotFound, Unavailable
from argogate.model.parse import parse_workflow
from tests.argo.wire import SECRET, server_at
from tests.clock import SimulatedClock
from tests.harness import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from argogate.argo.artifacts import RunArtifacts

    Asked = tuple[RunArtifacts, DemoServer]

RUN = recorded("artifacts")
FINAL = [change.object for change in RUN.workflows["artifacts"] if change.object][-1]
NODE = "artifacts-2083366454"
DELETED = 60.0


class FiveSeconds:
    """So long for everything."""

    def timeout(self) -> float:
        return 5

    left = timeout


@pytest.fixture
def routes(request: pytest.FixtureRequest) -> Iterator[Asked]:
    second, faults = getattr(request, "param", (34.0, ()))
    clock = SimulatedClock()
    with DemoServer([RUN], token=SECRET, clock=clock, faults=faults) as demo:
        clock.sleep(second)
        yield Readers(server_at(demo.url)).artifacts(parse_workflow(FINAL), FiveSeconds()), demo


def failing(status: int, path: str) -> Fault:
    return Fault(kind=FaultKind.ANSWER, match=path, status=status, body=b"Not Found\n")


@pytest.mark.parametrize("routes", [(20.0, ()), (DELETED, ())], indirect=True)
def test_the_archive_is_asked_where_the_cluster_has_nothing_and_then_at_once(
    routes: Asked,
) -> None:
    asker, demo = routes
    with asker.open(NODE, "junit", "") as (route, chunks):
        assert b"".join(chunks).startswith(b"<testsuite")
    with asker.open(NODE, "dir-none", "a.txt") as (again, chunks):
        assert b"".join(chunks) == b"a\n"
    assert route == again
    assert asker.archived == (route == "archive")
    assert len(demo.requests) == (3 if route == "archive" else 2)


@pytest.mark.parametrize("routes", [(DELETED, (failing(404, "/artifacts/"),))], indirect=True)
def test_directories_are_listed_on_the_same_route(routes: Asked) -> None:
    asker, _ = routes
    with asker.open(NODE, "junit", ""):
        pass
    assert asker.archived
    entries = asker.entries(NODE, "dir-none", "")
    assert entries
    assert set(entries) >= {"a.txt", "sub/", "sub/deep/", "sp ace/"}
    assert asker.entries(NODE, "site", "") is None


GENUINE = Fault(
    kind=FaultKind.ANSWER,
    match="/artifacts/",
    status=404,
    headers=(("Content-Type", "application/json"),),
    body=b'{"code": 5, "message": "workflows.argoproj.io \\"artifacts\\" not found"}',
)


@pytest.mark.parametrize("routes", [(DELETED, (GENUINE,))], indirect=True)
def test_however_the_cluster_says_that_it_is_gone_the_archive_is_asked(
    routes: Asked,
) -> None:
    asker, _ = routes
    with asker.open(NODE, "junit", "") as (route, _):
        assert route == "archive"


@pytest.mark.parametrize(
    "routes",
    [
        (DELETED, (failing(404, "/artifact"),)),
        (DELETED, (failing(404, "/artifacts/"), failing(500, "/artifacts-by-uid/"))),
    ],
    indirect=True,
)
def test_what_neither_has_is_not_there(routes: Asked) -> None:
    asker, _ = routes
    with (
        pytest.raises(NotFound, match="there is nothing in the storage"),
        asker.open(NODE, "junit", ""),
    ):
        pass


def astray(path: str, body: bytes, status: int = 404) -> Fault:
    return Fault(kind=FaultKind.ANSWER, match=path, status=status, body=body, times=1)


REFUSED = Fault(kind=FaultKind.REFUSE, match="-by-uid/", times=1)
AWAY = (
    astray("/artifacts/", b"<html>nginx</html>"),
    astray("/artifacts/", b"default backend - 404"),
    astray("/artifacts/", b"404 page not found\n"),
)


@pytest.mark.parametrize(
    "routes",
    [
        *((34.0, (fault,)) for fault in AWAY),
        (DELETED, (failing(404, "/artifacts/"), astray("-by-uid/", b"", 503))),
        (DELETED, (failing(404, "/artifacts/"), astray("-by-uid/", b"<html>"))),
        (DELETED, (failing(404, "/artifacts/"), REFUSED)),
    ],
    indirect=True,
)
def test_who_does_not_know_is_asked_again(routes: Asked) -> None:
    asker, _ = routes
    with pytest.raises(Unavailable), asker.open(NODE, "junit", ""):
        pass
    with asker.open(NODE, "junit", "") as (_, chunks):
        assert b"".join(chunks).startswith(b"<testsuite")


@pytest.mark.parametrize(
    "routes", [(34.0, (failing(500, "/artifact"),)), (34.0, (failing(403, "/a"),))], indirect=True
)
def test_other_failures_are_those_of_the_first_route(
    routes: Asked,
) -> None:
    asker, demo = routes
    with pytest.raises(ArgoError) as raised, asker.open(NODE, "junit", ""):
        pass
    assert not isinstance(raised.value, NotFound)
    assert len(demo.requests) == 1
    if isinstance(raised.value, Unavailable):
        assert raised.value.status == 500
