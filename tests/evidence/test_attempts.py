"""How often and how long failing transfers are tried."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from argogate.errors import (
    ArgoError,
    Denied,
    NotUnderstood,
    Unavailable,
)
from argogate.evidence.attempts import MOST_SAID
from tests.clock import SimulatedClock
from tests.evidence.making import (
    BROKEN,
    GLUED,
    GONE,
    Part,
    Storage,
    fetch_all,
    fetched,
    files_in,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
