"""A kept document is answered only for the very state of a run that a look has just shown."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.run import Archived as Kept
from argo_replay.run import Change, Run, merge
from argo_replay.server import DemoServer
from argogate.argo.address import parse_address
from argogate.argo.cache import FILE, READ_WHOLE, Cache, Remembering, key_of
from argogate.argo.credentials import Token
from argogate.argo.documents import Document
from argogate.argo.session import Transport
from argogate.argo.tls import Trust
from argogate.errors import NotFound
from argogate.model.parse import parse_workflow
from tests.clock import SimulatedClock
from tests.harness import recorded
from tests.replay.large import large

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = time.time()
ARCHIVING = "workflows.argoproj.io/workflow-archiving-status"
LATER = 100.0
"""Second at which the run is another one."""


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    made = {
        "metadata": {
            "name": "w",
            "namespace": "argo",
            "uid": "u-1",
            "resourceVersion": "100",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"team": "red"},
        },
        "spec": {"arguments": {}},
        "status": {
            "phase": "Succeeded",
            "startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:01:00Z",
            "nodes": {"w": {"id": "w", "name": "w", "type": "Pod", "phase": "Succeeded"}},
        },
    }
    merged = merge(made, changes)
    assert isinstance(merged, dict)
    return merged


def archived(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return dict(merge(document(metadata={"labels": {ARCHIVING: "Persisted"}}), changes))


def run_of(first: dict[str, Any] | None, second: dict[str, Any] | None, *kept: Kept) -> Run:
    base = recorded("hello-succeeds")
    changes = (Change(at=0, object=first), Change(at=LATER, object=second))
    return replace(
        base, workflows={"w": changes}, archive=kept, logs=(), artifacts=(), events=(), outages=()
    )


class Asking:
    """A server that is asked now, and later."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.clock = SimulatedClock()
        self.server = DemoServer([run], clock=self.clock)
        transport = Transport(parse_address(self.server.url), Token("t", "the test"), Trust())
        self.cache = Cache(folder, self.server.url, lambda: NOW)
        self.said: list[str] = []
        self.remembering = Remembering(transport, self.cache, self.said.append)

    def asked(self, ask: Callable[[], Document]) -> tuple[Document, list[bool]]:
        """Return the answer, and of each request whether it was a small one."""
        before = len(self.server.requests)
        answer = ask()
        queries = [request.query for request in self.server.requests[before:]]
        return answer, ["status.phase" in query.get("fields", "") for query in queries]

    def by_name(self) -> Document:
        return self.remembering.document("argo", "w", timeout=5, whole=5)


SMALL, SMALL_AND_ALL = [True], [True, False]
RUNNING = document(
    metadata={"resourceVersion": "101"},
    status={"phase": "Running", "startedAt": "2026-01-01T00:02:00Z", "finishedAt": None},
)
SITUATIONS: dict[str, tuple[dict[str, Any] | None, tuple[Kept, ...], list[bool]]] = {
    "unchanged": (document(), (), SMALL),
    "relabelled": (
        document(metadata={"resourceVersion": "101", "labels": {"team": "blue"}}),
        (),
        SMALL_AND_ALL,
    ),
    "retried and running": (RUNNING, (), SMALL_AND_ALL),
    "retried and over again": (
        document(metadata={"resourceVersion": "104"}, status={"startedAt": "2026-01-01T00:02:00Z"}),
        (),
        SMALL_AND_ALL,
    ),
    "retried within the resource version of a restored cluster": (
        document(status={"finishedAt": "2026-01-01T00:09:00Z"}),
        (),
        SMALL_AND_ALL,
    ),
    "begun at another time within the same version": (
        document(status={"startedAt": "2026-01-01T00:00:30Z"}),
        (),
        SMALL_AND_ALL,
    ),
    "replaced by another of its name": (document(metadata={"uid": "u-2"}), (), SMALL_AND_ALL),
    "archived while live": (
        document(metadata={"resourceVersion": "102", "labels": {ARCHIVING: "Archived"}}),
        (),
        SMALL_AND_ALL,
    ),
    "gone, and in the archive": (None, (Kept(at=0, object=archived()),), SMALL_AND_ALL),
    "gone, and an older run of its name is in the archive": (
        None,
        (Kept(at=0, object=archived(metadata={"uid": "u-0", "resourceVersion": "50"})),),
        SMALL_AND_ALL,
    ),
    "being deleted": (
        document(metadata={"resourceVersion": "103", "deletionTimestamp": "2026-01-01T00:05:00Z"}),
        (),
        SMALL_AND_ALL,
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_only_an_unchanged_run_is_answered_from_what_was_kept(
    situation: str, tmp_path: Path
) -> None:
    later, kept, expected = SITUATIONS[situation]
    asking = Asking(run_of(document(), later, *kept), tmp_path / "cache")
    with asking.server:
        first, requests = asking.asked(asking.by_name)
        assert requests == SMALL_AND_ALL
        assert first.content["status"]["nodes"]
        asking.clock.sleep(LATER)
        second, requests = asking.asked(asking.by_name)
        third, again = asking.asked(asking.by_name)
    truth = later or kept[0].object
    for answer in (second, third):
        run = parse_workflow(answer.content)
        assert key_of(run) == key_of(parse_workflow(truth))
        assert run.labels == truth["metadata"]["labels"]
        assert run.deleted_at == parse_workflow(truth).deleted_at
    assert requests == expected
    assert again == (SMALL if key_of(parse_workflow(truth)) else SMALL_AND_ALL)


def test_a_deleted_run_is_not_answered_from_what_was_kept(tmp_path: Path) -> None:
    asking = Asking(run_of(document(), None), tmp_path / "cache")
    with asking.server:
        asking.by_name()
        asking.clock.sleep(LATER)
        with pytest.raises(NotFound):
            asking.by_name()


def test_an_archived_run_has_a_small_look_as_long_as_its_name_leads_to_it(tmp_path: Path) -> None:
    gone = Kept(at=0, object=archived())
    replaced = document(metadata={"uid": "u-2"})
    asking = Asking(run_of(None, replaced, gone), tmp_path / "cache")
    run = parse_workflow(archived())

    def read() -> Document:
        return asking.remembering.document_of(run, timeout=5, whole=5)

    with asking.server:
        assert asking.asked(read)[1] == SMALL_AND_ALL
        assert asking.asked(read)[1] == SMALL
        assert not asking.said
        asking.clock.sleep(LATER)
        answer, requests = asking.asked(read)
    assert requests == SMALL_AND_ALL
    assert answer.named("uid") == "u-1"
    assert asking.said == [READ_WHOLE]


def test_a_document_of_another_run_of_the_name_is_not_taken_for_this_one(tmp_path: Path) -> None:
    newer = archived(metadata={"uid": "u-2"}, status={"startedAt": "2026-01-01T00:00:30Z"})
    both = (Kept(at=0, object=archived()), Kept(at=0, object=newer))
    asking = Asking(run_of(None, None, *both), tmp_path / "cache")
    run = parse_workflow(archived())
    with asking.server:
        assert asking.by_name().named("uid") == "u-2"
        found = asking.remembering.document_of(run, timeout=5, whole=5)
    assert found.named("uid") == "u-1"


def test_where_no_name_leads_to_an_archived_run_all_of_it_is_read_and_that_is_said_once(
    tmp_path: Path,
) -> None:
    old = replace(run_of(None, None, Kept(at=0, object=archived())), argo="v3.4.18")
    asking = Asking(old, tmp_path / "cache")
    run = parse_workflow(archived())
    with asking.server:
        for _ in range(2):
            found, requests = asking.asked(
                lambda: asking.remembering.document_of(run, timeout=5, whole=5)
            )
            assert requests == SMALL_AND_ALL
            assert found.named("uid") == "u-1"
            assert asking.said == [READ_WHOLE]


def test_a_live_run_has_a_small_look_by_its_name(tmp_path: Path) -> None:
    asking = Asking(run_of(document(), document()), tmp_path / "cache")
    run = parse_workflow(document())
    with asking.server:
        for expected in (SMALL_AND_ALL, SMALL):
            found, requests = asking.asked(
                lambda: asking.remembering.document_of(run, timeout=5, whole=5)
            )
            assert (requests, found.content["metadata"]["uid"]) == (expected, "u-1")


@pytest.mark.parametrize("live", [True, False])
def test_without_a_cache_this_very_run_is_read(tmp_path: Path, *, live: bool) -> None:
    gone = Kept(at=0, object=archived())
    asking = Asking(
        run_of(document() if live else None, document(metadata={"uid": "u-2"}), gone), tmp_path
    )
    run = parse_workflow(document())
    with asking.server:
        server = asking.remembering
        found = super(Remembering, server).document_of(run, timeout=5, whole=5)
        asking.clock.sleep(LATER)
        later = super(Remembering, server).document_of(run, timeout=5, whole=5)
    assert (found.named("uid"), later.named("uid")) == ("u-1", "u-1")


def test_the_second_look_at_5000_nodes_is_one_request_of_2_kib(tmp_path: Path) -> None:
    run = large(5000)
    (name,) = run.workflows
    clock = SimulatedClock()
    with DemoServer([run], clock=clock) as server:
        clock.sleep(run.ends)
        transport = Transport(parse_address(server.url), Token("t", "the test"), Trust())
        cache = Cache(tmp_path / "cache", server.url, lambda: NOW)
        said: list[str] = []
        remembering = Remembering(transport, cache, said.append)
        first = remembering.document("argo", name, timeout=30, whole=30)
        before = len(server.requests)
        second = remembering.document("argo", name, timeout=30, whole=30)
        assert len(server.requests) == before + 1
    assert second.content == first.content
    assert len(second.content["status"]["nodes"]) > 5000
    assert second.size <= 2048 < first.size
    assert not said


class TestFiles:
    """What lies in the folder."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "some" / "cache"

    @pytest.fixture
    def cache(self, folder: Path) -> Cache:
        return Cache(folder, "https://argo", lambda: NOW)

    def test_is_for_nobody_else(self, cache: Cache, folder: Path) -> None:
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": {"finishedAt": None}},
            {"status": {"phase": "Running"}},
            {"metadata": {"uid": None}},
            {"metadata": {"resourceVersion": None}},
            {"status": {"nodes": None, "offloadNodeStatusVersion": "fnv:1"}},
        ],
    )
    def test_is_nothing_that_may_change_or_is_not_whole(
        self, cache: Cache, folder: Path, changes: dict[str, Any]
    ) -> None:
        cache.keep(Document(content=document(**changes)))
        assert not folder.exists()
        assert cache.find(parse_workflow(document(**changes))) is None

    def test_is_another_servers(self, cache: Cache, folder: Path) -> None:
        cache.keep(Document(content=document()))
        other = Cache(folder, "https://argo/base", lambda: NOW)
        assert cache.find(parse_workflow(document())) is not None
        assert other.find(parse_workflow(document())) is None

    @pytest.mark.parametrize(
        "broken",
        [
            lambda _: b"",
            lambda content: content[:-1],
            lambda content: content[:300],
            lambda content: content.replace(b"document 1", b"document 0"),
            lambda content: content.replace(b"2026", b"2025", 1),
            lambda content: content[:-9] + b"x" * 9,
            lambda content: content + b"more",
        ],
    )
    def test_that_is_broken_is_replaced(
        self, cache: Cache, folder: Path, broken: Callable[[bytes], bytes]
    ) -> None:
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        path.write_bytes(broken(path.read_bytes()))
        found = cache.find(parse_workflow(document()))
        assert found is None or found.content == document()
        cache.keep(Document(content=document()))
        again = cache.find(parse_workflow(document()))
        assert again
        assert again.content == document()

    @pytest.mark.parametrize(
        "put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"]
    )
    def test_that_is_no_file_is_never_read_and_replaced(
        self, cache: Cache, folder: Path, put: Callable[[Path], None]
    ) -> None:
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        path.unlink()
        put(path)
        assert cache.find(parse_workflow(document())) is None
        cache.keep(Document(content=document()))
        assert cache.find(parse_workflow(document())) is not None

    def test_that_holds_another_document_than_it_says_is_not_believed(
        self, cache: Cache, folder: Path
    ) -> None:
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        head = path.read_bytes().partition(b"\n")[0]
        other = Cache(folder, "https://argo", lambda: NOW)
        other.keep(Document(content=document(metadata={"resourceVersion": "9"})))
        rest = path.read_bytes().partition(b"\n")[2]
        path.write_bytes(head + b"\n" + rest)
        assert cache.find(parse_workflow(document())) is None
        assert not path.exists()

    def test_that_tells_another_end_than_the_look_is_not_believed(
        self, cache: Cache, folder: Path
    ) -> None:
        """A folder that a CI system restores may be a branch's work, digests and all."""
        failed = {"phase": "Failed", "message": "exit code 1"}
        cache.keep(Document(content=document(status=failed)))
        (path,) = folder.iterdir()
        head = path.read_bytes().partition(b"\n")[0]
        forged = json.dumps(document(status={"phase": "Succeeded"})).encode()
        digest = hashlib.sha256(forged).hexdigest().encode()
        path.write_bytes(b"\n".join([head, digest, zlib.compress(forged)]))
        assert cache.find(parse_workflow(document(status=failed))) is None

    @pytest.mark.parametrize("mode", [0o750, 0o702])
    def test_that_others_may_read_or_write_is_not_used(
        self, cache: Cache, folder: Path, mode: int
    ) -> None:
        cache.keep(Document(content=document()))
        folder.chmod(mode)
        assert cache.find(parse_workflow(document())) is None
        cache.keep(Document(content=document(metadata={"uid": "u-2"})))
        assert len(list(folder.iterdir())) == 1

    def test_that_is_too_old_is_not_used(self, folder: Path) -> None:
        now = [NOW]
        cache = Cache(folder, "s", lambda: now[0], oldest=100)
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        os.utime(path, (NOW, NOW))
        now[0] = NOW + 99
        assert cache.find(parse_workflow(document()))
        now[0] = NOW + 101
        assert cache.find(parse_workflow(document())) is None

    def test_is_pruned_by_age_and_size_and_nothing_else_is_touched(self, folder: Path) -> None:
        now = [NOW]
        cache = Cache(folder, "s", lambda: now[0], largest=3000, oldest=1000)
        for number in range(9):
            content = document(metadata={"uid": f"u-{number}"}, pad=os.urandom(300).hex())
            cache.keep(Document(content=content))
        held = list(folder.iterdir())
        assert 1 <= len(held) < 9
        assert sum(path.stat().st_size for path in held) <= 3000
        assert cache.find(parse_workflow(document(metadata={"uid": "u-8"})))
        assert cache.find(parse_workflow(document(metadata={"uid": "u-0"}))) is None
        leftover, foreign = folder / ".argogate.x.part", folder / "notes.txt"
        for path in (leftover, foreign, *held):
            path.write_text("x")
            os.utime(path, (NOW - 5000, NOW - 5000))
        cache.keep(Document(content=document()))
        names = {path.name for path in folder.iterdir()}
        assert foreign.name in names
        assert leftover.name not in names
        assert len(names) == 2

    def test_that_another_process_removes_meanwhile_is_no_error(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = Cache(folder, "s", lambda: NOW, largest=800)
        cache.keep(Document(content=document(metadata={"uid": "u-0"}, pad=os.urandom(200).hex())))
        monkeypatch.setattr("pathlib.Path.unlink", _gone)
        cache.keep(Document(content=document(metadata={"uid": "u-1"}, pad=os.urandom(200).hex())))
        assert len(list(folder.iterdir())) == 2

    def test_that_says_nothing_of_a_document_is_removed(self, cache: Cache, folder: Path) -> None:
        cache.keep(Document(content=document()))
        (path,) = folder.iterdir()
        head = path.read_bytes().partition(b"\n")[0]
        for body in (b"{", b"[]"):
            digest = hashlib.sha256(body).hexdigest().encode()
            path.write_bytes(b"\n".join((head, digest, zlib.compress(body))))
            assert cache.find(parse_workflow(document())) is None
            assert not path.exists()

    def test_is_none_where_a_document_is_larger_than_all_may_be(self, folder: Path) -> None:
        cache = Cache(folder, "s", lambda: NOW, largest=100)
        cache.keep(Document(content=document()))
        assert not folder.exists()

    def test_is_none_where_the_folder_cannot_be_made(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("")
        cache = Cache(blocked / "cache", "s", lambda: NOW)
        cache.keep(Document(content=document()))
        assert cache.find(parse_workflow(document())) is None

    def test_is_found_by_who_writes_it_at_the_same_time(self, cache: Cache, folder: Path) -> None:
        def both(number: int) -> bool:
            content = document(metadata={"uid": f"u-{number % 3}"})
            cache.keep(Document(content=content))
            found = cache.find(parse_workflow(content))
            return found is None or found.content == content

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(both, range(60)))
        assert len(list(folder.glob(f"*{FILE}"))) == 3
        assert json.dumps(sorted(path.suffix for path in folder.iterdir())).count("part") == 0


def _gone(self: Path, *, missing_ok: bool = False) -> None:
    raise FileNotFoundError(self, missing_ok)
