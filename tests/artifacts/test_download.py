from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argogate.artifacts import crew, directory
from argogate.artifacts.allowance import Exceeded, Most
from argogate.artifacts.body import BLOCK
from argogate.artifacts.download import Progress, listed
from argogate.artifacts.enduring import MOST_SAID
from argogate.artifacts.fetching import fetch
from argogate.artifacts.unpack import Bounds
from argogate.errors import (
    ArgoError,
    Denied,
    Impossible,
    Interrupted,
    NotUnderstood,
    Unavailable,
)
from argogate.model.workflow import NodeType
from tests.artifacts.making import (
    GLUED,
    ROOMY,
    Part,
    Storage,
    files_in,
    tar,
    tgz,
    transfer,
    wanted,
    zipped,
)
from tests.build import moment
from tests.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from argogate.artifacts.manifest import Entry
    from argogate.artifacts.plan import Wanted

DIRECTORY = Impossible("501: not known here")
NO_ARCHIVE = "it did not arrive whole: it was stored as an archive, and"
WHOLE = {"none": b"whole", "tar": tgz(("a", b"a")), "zip": zipped([("a", b"a", 0)])}


def fetch_all(
    folder: Path,
    storage: Storage,
    *ones: Wanted,
    **members: Any,  # noqa: ANN401
) -> list[Entry]:
    parts = folder.parent / f"{folder.name}.parts"
    parts.mkdir(exist_ok=True)
    entries: dict[int, Entry] = {}
    fetch(transfer(storage, folder, **members), parts, list(enumerate(ones)), entries.__setitem__)
    return [entries[number] for number in range(len(ones))]


def fetched(
    folder: Path,
    *bodies: Sequence[Part],
    form: str = "none",
    **members: Any,  # noqa: ANN401
) -> tuple[Entry, Storage]:
    """Fetch `x.txt`, whose body is another one each time."""
    storage = Storage(bodies={"x.txt": bodies})
    [entry] = fetch_all(folder, storage, wanted(form=form), jobs=1, **members)
    return entry, storage


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [b""],
        [b"hello"],
        [b"he", b"", b"llo"],
        [bytes(70_000), b"\xff" * 70_000],
        [bytes([number % 256]) * 300_000 for number in range(20)],
        [b"x" * BLOCK, b"y" * BLOCK],
    ],
)
def test_a_file_is_written_whole_with_its_size_and_digest(out: Path, chunks: list[bytes]) -> None:
    entry, storage = fetched(out, chunks)
    content = b"".join(chunks)
    assert (out / "wf/a/x.txt").read_bytes() == content
    artifact = entry.artifact
    assert (artifact.path, artifact.size, artifact.error) == ("wf/a/x.txt", len(content), "")
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert (artifact.node_id, artifact.node_path, artifact.template) == ("wf-a", "outer.a", "tpl")
    assert (artifact.route, artifact.content, artifact.files) == ("live", "plain", 1)
    assert (artifact.started_at, artifact.finished_at) == (moment(1), moment(3))
    assert artifact.fetched_at == moment(99)
    assert [(file.path, file.size) for file in entry.files] == [("wf/a/x.txt", len(content))]
    assert entry.files[0].sha256 == artifact.sha256
    assert files_in(out) == ["wf/a/x.txt"]
    assert storage.closed == ["x.txt"]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ArgoError("odd"), "odd"),
        (OSError(28, "No space left on device"), "could not be written: No space left on device"),
        (OSError("odd"), "could not be written: odd"),
    ],
)
def test_what_fails_in_the_middle_leaves_nothing_and_is_recorded(
    out: Path, failure: Exception, expected: str
) -> None:
    entry, storage = fetched(out, [b"begin" * BLOCK, failure])
    assert expected in entry.artifact.error
    assert (entry.artifact.path, entry.artifact.size, entry.artifact.sha256) == ("", 0, "")
    assert entry.files == ()
    assert files_in(out) == []
    assert storage.opened == storage.closed == ["x.txt"]


def test_what_is_unavailable_is_tried_again_after_growing_pauses(out: Path) -> None:
    clock = SimulatedClock()
    cut = Unavailable("cut")
    entry, storage = fetched(out, [b"be", cut], [cut], [b"begin", b"end"], clock=clock)
    assert (entry.artifact.error, entry.artifact.size) == ("", 8)
    assert (out / "wf/a/x.txt").read_bytes() == b"beginend"
    assert len(storage.opened) == len(storage.closed) == 3
    assert len(clock.slept) == 2
    assert 0 < clock.slept[0] < clock.slept[1]


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (Unavailable("broken", status=500), 3),
        (Unavailable("broken: failed to stream artifact: no such key", status=500), 3),
        (NotUnderstood("a web page"), 6),
        (Denied("401", status=401, renewable=True), 3),
        (Denied("401", status=401, renewable=False), 1),
    ],
)
def test_attempts_are_bounded_by_what_may_pass(out: Path, error: ArgoError, attempts: int) -> None:
    entry, storage = fetched(out, *[[error]] * 9)
    assert entry.artifact.error.startswith(error.message)
    assert ("get secrets" in entry.artifact.error) == error.message.startswith("broken")
    assert len(storage.opened) == attempts
    assert files_in(out) == []


BROKEN, GONE = Unavailable("broken", status=500), Unavailable("refused")
FORBIDDEN = Denied("forbidden", status=403, renewable=False)
LOST = [
    Unavailable(f"x answered 500: {text}", status=500)
    for text in (
        "an HTML page, not Argo's API",
        "failed to stream artifact: dial tcp 10.0.0.1:9000: connect: connection refused",
        "failed to stream artifact: Get http://minio:9000/b/k: EOF Internal Server Error",
        "failed to stream artifact: Please reduce your request rate.",
    )
]


@pytest.mark.parametrize(
    ("begins", "down", "error", "expected"),
    [
        ([b"be", GONE], 25, GONE, ""),
        ([b"be", GONE], 290, GONE, ""),
        ([GONE], 290, GONE, ""),
        ([b"be", GONE], 400, GONE, "refused"),
        ([b"be" + GLUED], 8, BROKEN, ""),
        ([b"be", GONE], 100, BROKEN, ""),
        ([b"be", GONE], 400, BROKEN, "broken"),
        ([BROKEN], 8, BROKEN, "broken"),
        *(([lost], 290, lost, "") for lost in LOST),
        ([b"be", GONE], 50, FORBIDDEN, ""),
        ([b"be", GONE], 100, FORBIDDEN, "forbidden"),
    ],
)
def test_an_outage_is_borne_as_long_as_the_user_wants(
    out: Path, begins: list[Part], down: float, error: ArgoError, expected: str
) -> None:
    clock, storage, said = SimulatedClock(), Storage(), list[str]()

    @contextmanager
    def opened(*_: object) -> Iterator[tuple[str, Iterator[bytes]]]:
        storage.opened.append("x.txt")
        if len(storage.opened) > 1 and clock.now() < down:
            raise error
        parts = begins if len(storage.opened) == 1 else [b"whole"]
        if isinstance(parts[0], BaseException):
            raise parts[0]
        yield "live", storage.chunks(parts)

    storage.open = opened  # type: ignore[method-assign, assignment]
    [entry] = fetch_all(out, storage, wanted(), clock=clock, say=said.append)
    assert entry.artifact.error.startswith(expected)
    assert bool(entry.artifact.error) == bool(expected)
    assert clock.now() <= max(down, 300) + 10
    assert any("artifact outer.a/x.txt: " in each and "asking again" in each for each in said)
    assert any("downloads go on after" in each for each in said) == (not expected)


def test_a_fault_of_its_own_is_told_from_an_outage(out: Path) -> None:
    clock, said = SimulatedClock(), list[str]()
    storage = Storage(bodies={"a": [[b"a"]], "b": [[BROKEN]] * 9, "c": [[b"c", GONE]] * 9})
    entries = fetch_all(
        out, storage, *(wanted(name) for name in "abc"), clock=clock, jobs=1, say=said.append
    )
    assert [entry.artifact.error[:7] for entry in entries] == ["", "broken;", "refused"]
    assert [storage.opened.count(name) for name in "abc"] == [1, 6, 6]
    assert clock.now() < 60
    assert said == [
        "artifact outer.a/b: broken; asking again",
        "artifact outer.a/c: refused; asking again",
    ]


def test_there_is_only_so_much_to_say(out: Path) -> None:
    said: list[str] = []
    names = [f"{number}" for number in range(30)]
    storage = Storage(bodies={name: [[b"x", GONE], [b"x"]] for name in names})
    fetch_all(out, storage, *(wanted(name) for name in names), jobs=1, say=said.append)
    assert len(said) == MOST_SAID


def test_the_server_says_how_long_to_wait(out: Path) -> None:
    clock = SimulatedClock()
    fetched(out, [Unavailable("429", retry_after=7)], [b"x"], clock=clock)
    assert 7 <= clock.slept[0] <= 8


@pytest.mark.parametrize(
    ("body", "form", "why"),
    [
        (b"x" * 9000 + GLUED, "none", "the server broke off in the middle of it: unexpected EOF"),
        (tgz(("a", b"a"))[:-3], "tar", "it did not arrive whole: the gzip has no end"),
        (tar(("a", b"a"))[:600], "tar", "it did not arrive whole: the tar has no end"),
        (zipped([("a", b"a", 0)])[:-1], "zip", "it did not arrive whole: the zip has no end"),
        (b"", "tar", f"{NO_ARCHIVE} it is empty"),
        (b"", "zip", f"{NO_ARCHIVE} it is empty"),
        (b"Not \x1b yet\n", "tar", f"{NO_ARCHIVE} it begins with 'Not \\x1b yet'"),
        (b"<Error><Code>Slow", "zip", f"{NO_ARCHIVE} it begins with '<Error><Code>Slow'"),
        (zipped([("a", b"a", 0)]), "tar", f"{NO_ARCHIVE} what came is zip"),
        (tgz(("a", b"a")), "zip", f"{NO_ARCHIVE} what came is tgz"),
    ],
)
def test_a_body_that_does_not_end_as_it_must_is_no_success(
    out: Path, body: bytes, form: str, why: str
) -> None:
    entry, storage = fetched(out, *[[body]] * 9, form=form)
    assert entry.artifact.error.startswith(why)
    assert files_in(out) == []
    assert len(storage.opened) == 6
    whole = WHOLE[form]
    entry, _ = fetched(out, [body], [whole], form=form)
    assert (entry.artifact.error, entry.artifact.size) == ("", len(whole))


def test_a_file_that_was_stored_damaged_is_a_file(out: Path) -> None:
    entry, storage = fetched(out, [tgz(("a", b"a"))[:-3]])
    assert entry.artifact.error == ""
    assert entry.artifact.warning == "the gzip has no end; it may have been stored so"
    assert files_in(out) == ["wf/a/x.txt"]
    assert len(storage.opened) == 1


def test_what_only_passes_through_a_node_may_be_anything(out: Path) -> None:
    one = wanted(form="tar")
    one = replace(one, node=replace(one.node, type=NodeType.DAG))
    [entry] = fetch_all(out, Storage(bodies={"x.txt": [[b"mine"]]}), one)
    assert (entry.artifact.error, entry.artifact.content) == ("", "plain")


def test_a_deleted_artifact_is_not_asked_for(out: Path) -> None:
    storage = Storage()
    [entry] = fetch_all(out, storage, wanted(deleted=True))
    assert "garbage collection" in entry.artifact.error
    assert storage.opened == []


def test_a_folder_that_cannot_be_made_is_an_error_of_the_file(out: Path) -> None:
    (out / "wf").write_text("in the way")
    entry, _ = fetched(out, [b"x"])
    assert entry.artifact.error.startswith("it could not be written: ")


@pytest.mark.parametrize(
    ("body", "form", "name", "place", "content"),
    [
        (tgz(("a", b"a")), "tar", "x.xml", "wf/a/x.xml.tgz", "tgz"),
        (tgz(("a", b"a")), "tar", "x.TGZ", "wf/a/x.TGZ", "tgz"),
        (tgz(("a", b"a")), "none", "x.xml", "wf/a/x.xml", "tgz"),
        (tar(("a", b"a")), "tar", "x", "wf/a/x.tar", "tar"),
        (zipped([("a", b"a", 0)]), "zip", "x", "wf/a/x.zip", "zip"),
        (zipped([("a", b"a", 0)]), "none", "x.jar", "wf/a/x.jar", "zip"),
        (b"plain", "tar", "x-logs", "wf/a/x-logs", "plain"),
        (b"", "tar", "x-logs", "wf/a/x-logs", "plain"),
    ],
)
def test_the_content_tells_the_ending(  # noqa: PLR0917 - a row of the table
    out: Path, body: bytes, form: str, name: str, place: str, content: str
) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form))
    assert (entry.artifact.path, entry.artifact.content) == (place, content)
    assert files_in(out) == [place]


@pytest.mark.parametrize(
    ("body", "form", "name"),
    [
        (tgz(("d/a", b"a")), "tar", "x.tgz"),
        (tar(("d/a", b"a")), "none", "x.tar"),
        (zipped([("d/a", b"a", 0)]), "zip", "x.zip"),
        (zipped([("d/a", b"a", 0)]), "none", "x.zip"),
    ],
)
def test_what_was_packed_is_unpacked(out: Path, body: bytes, form: str, name: str) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form), unpacks=True)
    artifact = entry.artifact
    assert (artifact.path, artifact.unpacked, artifact.files) == ("wf/a/x", True, 1)
    assert (artifact.size, artifact.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert [(file.path, file.size) for file in entry.files] == [("wf/a/x/d/a", 1)]
    assert files_in(out) == ["wf/a/x/d/a"]
    assert (out / "wf/a/x/d/a").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("name", "form", "body"),
    [
        ("x.jar", "none", zipped([("a", b"a", 0)])),
        ("x-logs", "tar", b"plain"),
        ("x.gz", "none", b"\x1f\x8b\x08 no gzip"),
    ],
)
def test_what_only_looks_packed_is_left_alone(out: Path, name: str, form: str, body: bytes) -> None:
    storage = Storage(bodies={name: [[body]]})
    [entry] = fetch_all(out, storage, wanted(name, form), unpacks=True)
    assert not entry.artifact.unpacked
    assert files_in(out) == [f"wf/a/{name}"]


@pytest.mark.parametrize(
    ("body", "members", "why"),
    [
        (tgz(("../a", b"a")), {}, "it was left packed: its member '../a' would lie outside"),
        (tgz(("a", b"a" * 99)), {"bounds": Bounds(size=5)}, "it was left packed: it unpacks to"),
        (tgz(("a", b"a"), ("a/b", b"a")), {}, "it was left packed: it could not be written: "),
    ],
)
def test_what_is_refused_stays_packed_and_says_so(
    out: Path, body: bytes, members: dict[str, Any], why: str
) -> None:
    entry, _ = fetched(out, [body], form="tar", unpacks=True, **members)
    assert entry.artifact.warning.startswith(why)
    assert entry.artifact.error == ""
    assert files_in(out) == ["wf/a/x.txt.tgz"]
    assert (out / "wf/a/x.txt.tgz").read_bytes() == body


LISTED: dict[str, Sequence[tuple[str, ...] | Exception | None]] = {
    "": [("a.txt", "sub/", "sub/deep/", "z/")],
    "sub/": [("b", "deep/")],
    "sub/deep/": [("ü (1) & <x>",)],
    "z/": [()],
}
BODIES: dict[str, Sequence[Sequence[Part]]] = {
    "a.txt": [[b"a"]],
    "sub/b": [[b"bb"]],
    "sub/deep/ü (1) & <x>": [[b"ccc"]],
}


def test_a_directory_is_walked_to_its_leaves(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    artifact = entry.artifact
    assert (artifact.path, artifact.content) == ("wf/a/dir", "directory")
    assert (artifact.files, artifact.size, artifact.sha256) == (3, 6, "")
    assert (artifact.error, artifact.warning, artifact.route) == ("", "", "live")
    assert files_in(out) == ["wf/a/dir/a.txt", "wf/a/dir/sub/b", "wf/a/dir/sub/deep/ü (1) & _x_"]
    assert [file.path for file in entry.files] == files_in(out)
    assert sorted(storage.listed) == sorted(LISTED)


def test_a_file_in_a_directory_is_tried_again_on_its_own(out: Path) -> None:
    cut: list[list[Part]] = [[b"b", Unavailable("cut")], [b"bb"]]
    storage = Storage(bodies={**BODIES, "dir": [[DIRECTORY]], "sub/b": cut}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == ""
    assert storage.opened.count("a.txt") == 1


@pytest.mark.parametrize(
    ("bodies", "folders", "why"),
    [
        ({"sub/b": [[ArgoError("gone")]]}, {}, "its file sub/b: gone"),
        ({}, {"sub/": [ArgoError("no listing")]}, "no listing"),
        ({}, {"": [("../x",)]}, "its listing names '../x', which is no path in a directory"),
        ({}, {"": [("../../api/v1/secret/",)]}, "its listing names '../../api/v1/secret/', which"),
        ({}, {"": [("./",)]}, "its listing names './', which"),
        ({}, {"": [("/etc/",)]}, "its listing names '/etc/', which"),
        ({}, {"": [("a//b",)]}, "its listing names 'a//b', which"),
        ({}, {"": [("x/" * 51,)]}, "its listing names 'x/x/"),
        ({"a.txt": [[Impossible("501")]]}, {}, "its file a.txt: 501"),
    ],
)
def test_a_directory_is_there_whole_or_not_at_all(
    out: Path,
    bodies: dict[str, Sequence[Sequence[Part]]],
    folders: dict[str, Sequence[tuple[str, ...] | Exception | None]],
    why: str,
) -> None:
    storage = Storage(
        bodies={"dir": [[DIRECTORY]], **BODIES, **bodies}, folders={**LISTED, **folders}
    )
    [entry] = fetch_all(out, storage, wanted("dir"), jobs=1)
    assert entry.artifact.error.startswith(why)
    assert entry.artifact.path == ""
    assert files_in(out) == []


def test_a_folder_that_hides_behind_its_index_makes_it_incomplete(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]], "index.html": [[b"hi"]]}, folders={"": [None]})
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert "does not list a folder that has an index (index.html)" in entry.artifact.error
    assert entry.artifact.path == "wf/a/dir"
    assert files_in(out) == ["wf/a/dir/index.html"] == [file.path for file in entry.files]


def test_an_empty_directory_is_an_empty_folder(out: Path) -> None:
    storage = Storage(bodies={"dir": [[DIRECTORY]]}, folders={"": [()]})
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert (entry.artifact.error, entry.artifact.files) == ("", 0)
    assert (out / "wf/a/dir").is_dir()


def test_a_directory_joins_what_is_there_already(out: Path) -> None:
    (out / "wf/a/dir/sub").mkdir(parents=True)
    (out / "wf/a/dir/sub/mine").write_text("mine")
    (out / "wf/a/dir/sub/b").write_text("old")
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == ""
    assert (out / "wf/a/dir/sub/b").read_text() == "bb"
    assert (out / "wf/a/dir/sub/mine").exists()


def test_a_directory_that_has_no_place_is_an_error_of_its_own(out: Path) -> None:
    (out / "wf/a").mkdir(parents=True)
    (out / "wf/a/dir").write_text("in the way")
    storage = Storage(bodies={"dir": [[DIRECTORY]], **BODIES}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error.startswith("it could not be written: ")


def test_a_directory_may_not_have_any_number_of_files(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_MEMBERS", 3)
    storage = Storage(bodies={"dir": [[DIRECTORY]]}, folders=LISTED)
    [entry] = fetch_all(out, storage, wanted("dir"))
    assert entry.artifact.error == "it has more than 3 files"


@pytest.mark.parametrize(
    ("most", "errors"),
    [
        (Most(each=5), ["", "it is larger than --max-artifact-size 5 B", ""]),
        (Most(together=12), ["", "", "there is no room for it within --max-artifacts-size 12 B"]),
        (Most(together=11, each=5), ["", "it is larger than --max-artifact-size 5 B", ""]),
        (Most(until=0), ["the time for collecting ran out (--collect-timeout)"] * 3),
    ],
)
def test_limits_are_kept(out: Path, most: Most, errors: list[str]) -> None:
    storage = Storage(bodies={"a": [[b"12345"]], "b": [[b"123", b"456"]], "c": [[b"12345"]]})
    entries = fetch_all(out, storage, *(wanted(name) for name in "abc"), jobs=1, most=most)
    assert [entry.artifact.error for entry in entries] == errors
    good = [name for name, error in zip("abc", errors, strict=True) if not error]
    assert files_in(out) == [f"wf/a/{name}" for name in good]


def test_some_space_is_left_free(out: Path) -> None:
    entry, _ = fetched(out, [b"x" * 100], free=lambda: 1 << 20)
    assert entry.artifact.error == "only 1.0 MiB are free where it should go"
    looks: list[int] = []

    def free() -> int:
        looks.append(1)
        return ROOMY

    entry, _ = fetched(out, [bytes(1 << 20)] * 40, free=free)
    assert entry.artifact.error == ""
    assert 2 <= len(looks) <= 5


def test_time_that_runs_out_in_the_middle_ends_it(out: Path) -> None:
    clock = SimulatedClock()

    class Slow(bytes):
        def __len__(self) -> int:
            clock.sleep(40)
            return super().__len__()

    entry, _ = fetched(out, [Slow(b"x")] * 9, clock=clock, most=Most(until=100))
    assert "--collect-timeout" in entry.artifact.error
    assert clock.now() < 400


def test_pauses_end_with_the_time_for_collecting(out: Path) -> None:
    clock = SimulatedClock()
    pause = Unavailable("later", retry_after=300)
    entry, _ = fetched(out, *[[pause]] * 9, clock=clock, most=Most(until=100))
    assert "--collect-timeout" in entry.artifact.error
    assert clock.now() == 100


def test_who_hangs_after_the_time_ran_out_is_left_behind(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "MOST_LATE", 2)
    monkeypatch.setattr(crew, "LAST_MOMENT", 0.02)
    clock = SimulatedClock()
    bell = threading.Event()

    @contextmanager
    def hanging(*_: object) -> Iterator[tuple[str, Iterator[bytes]]]:
        clock.sleep(100)
        bell.wait(20)
        yield "live", iter([])

    storage = Storage()
    storage.open = hanging  # type: ignore[method-assign, assignment]
    with pytest.raises(Exception, match="collect-timeout"):
        fetch_all(out, storage, wanted(), clock=clock, most=Most(until=50))
    bell.set()


def test_many_are_fetched_at_once_and_progress_is_shown(out: Path) -> None:
    names = [f"{number}.txt" for number in range(12)]
    together = threading.Barrier(4, timeout=10)
    seen: list[Progress] = []

    @contextmanager
    def opened(one: Wanted, _: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        together.wait()
        yield "live", iter([one.artifact.name.encode()])

    storage = Storage()
    storage.open = opened  # type: ignore[method-assign, assignment]
    entries = fetch_all(out, storage, *(wanted(name) for name in names), jobs=4, glance=seen.append)
    assert [entry.artifact.name for entry in entries] == names
    assert files_in(out) == sorted(f"wf/a/{name}" for name in names)
    assert {one.total for one in seen} == {12}
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].bytes > 0


def few_threads(monkeypatch: pytest.MonkeyPatch, most: int, otherwise: BaseException) -> None:
    """Let only so many threads be started."""
    start, started = threading.Thread.start, list[threading.Thread]()

    def scarce(thread: threading.Thread) -> None:
        if len(started) >= most:
            raise otherwise
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_signal_while_workers_are_started_is_no_bug(
    out: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    few_threads(monkeypatch, most, Interrupted("SIGTERM"))
    with pytest.raises(Interrupted):
        fetch_all(out, Storage(bodies={"x.txt": [[b"x"]]}), wanted(), jobs=4)


@pytest.mark.parametrize(
    ("most", "size", "error"),
    [(1, 1, ""), (1, BLOCK, "there is no thread to write it: "), (4, BLOCK, "")],
)
def test_a_few_threads_will_do(
    out: Path, monkeypatch: pytest.MonkeyPatch, most: int, size: int, error: str
) -> None:
    few_threads(monkeypatch, most, RuntimeError("can't start new thread"))
    storage = Storage(bodies={"x.txt": [[bytes(size)]]})
    [entry] = fetch_all(out, storage, wanted(), jobs=2)
    assert entry.artifact.error.startswith(error)
    assert bool(entry.artifact.error) == bool(error)


def test_without_any_thread_nothing_is_fetched(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_threads(monkeypatch, 0, RuntimeError("can't start new thread"))
    with pytest.raises(Exceeded, match="no thread to fetch it"):
        fetched(out, [b"x"])


def test_one_failure_does_not_lose_the_rest(out: Path) -> None:
    storage = Storage(bodies={"a": [[b"a"]], "b": [[ArgoError("no")]], "c": [[b"c"]]})
    entries = fetch_all(out, storage, *(wanted(name) for name in "abc"))
    assert [(entry.artifact.name, entry.artifact.error) for entry in entries] == [
        ("a", ""),
        ("b", "no"),
        ("c", ""),
    ]


@pytest.mark.parametrize("name", ["x.txt", "dir"])
def test_a_bug_in_a_worker_reaches_the_caller_instead_of_hanging_it(out: Path, name: str) -> None:
    storage = Storage(
        bodies={"x.txt": [[b"", KeyError("bug")]], "dir": [[DIRECTORY]], "f": [[KeyError("bug")]]},
        folders={"": [("f",)]},
    )
    raised: list[KeyError] = []

    def call() -> None:
        try:
            fetch_all(out, storage, wanted(name))
        except KeyError as bug:
            raised.append(bug)

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(timeout=10)
    assert len(raised) == 1
    assert files_in(out) == []


def test_what_is_only_listed_has_no_path() -> None:
    one = wanted()
    [file] = listed([replace(one, artifact=replace(one.artifact, deleted=True))])
    assert (file.name, file.path, file.error, file.node_path) == ("x.txt", "", "", "outer.a")
