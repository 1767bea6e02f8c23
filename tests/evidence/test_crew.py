"""Several at a time, within bounds, and one failure apart from the others."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from argogate.errors import (
    ArgoError,
    Interrupted,
    Unavailable,
)
from argogate.evidence import crew
from argogate.evidence.allowance import Exceeded, Most
from argogate.evidence.transfer import BLOCK
from tests.clock import SimulatedClock
from tests.evidence.making import (
    DIRECTORY,
    ROOMY,
    Storage,
    fetch_all,
    fetched,
    files_in,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from argogate.evidence.transfer import Progress


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
    def opened(_: str, artifact: str, __: str) -> Iterator[tuple[str, Iterator[bytes]]]:
        together.wait()
        yield "live", iter([artifact.encode()])

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
