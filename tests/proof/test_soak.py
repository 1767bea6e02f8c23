"""What counts as growing in a soak, and that faults fill it."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from proof.soak import FAULT_EVERY, Sample, complaints, ended_badly, faults, table, watch

if TYPE_CHECKING:
    from pathlib import Path


def samples(memory: float = 0, descriptors: float = 0, threads: float = 0) -> list[Sample]:
    """Return those of a minute, in each second of which it holds that much more."""
    return [
        Sample(
            at=at,
            megabytes=30 + memory * at,
            descriptors=int(7 + descriptors * at),
            threads=int(3 + threads * at),
        )
        for at in range(60)
    ]


def test_a_process_that_holds_the_same_all_the_time_is_flat() -> None:
    assert complaints(samples()) == []
    assert len(list(table(samples()))) == 6


@pytest.mark.parametrize(
    ("grown", "word"),
    [
        (samples(memory=0.1), "memory grew from 32.2 to 35.2 MB"),
        (samples(descriptors=0.1), "descriptors grew from 9 to 12"),
        (samples(threads=0.1), "threads grew from 5 to 8"),
        (samples()[:3], "only 3 samples: it ended at once"),
    ],
)
def test_what_grows_is_named(grown: list[Sample], word: str) -> None:
    assert complaints(grown) == [word]


def test_a_fault_comes_every_few_seconds_and_is_over_before_the_next_one() -> None:
    drawn = faults(seed=1, ends=3600)

    pauses = [after.start - before.start for before, after in pairwise(drawn)]
    assert min(pauses) >= FAULT_EVERY
    assert max(pauses) <= 2 * FAULT_EVERY
    assert all(one.stop <= one.start + FAULT_EVERY for one in drawn)
    assert len({one.kind for one in drawn}) == 6
    assert drawn == faults(seed=1, ends=3600)


def test_an_end_without_a_red_report_is_wrong(tmp_path: Path) -> None:
    log, junit = tmp_path / "log", tmp_path / "junit.xml"
    log.write_text("Traceback (most recent call last):")

    assert "exit code 0" in ended_badly(0, junit, log)[0]
    assert "no JUnit report" in ended_badly(1, junit, log)[0]
    junit.write_text("<testsuites><testsuite><testcase/></testsuite></testsuites>")
    assert ended_badly(1, junit, log) == ["a green JUnit report", "a traceback"]
    junit.write_text("<testsuites><testcase><failure/></testcase></testsuites>")
    log.write_text("")
    assert ended_badly(1, junit, log) == []


def test_a_process_is_watched_until_it_ends() -> None:
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        first = next(watch(process, most_seconds=60))
        assert first.megabytes > 1
        assert first.descriptors >= 3
        assert first.threads == 1
        process.kill()
        process.wait()
        assert list(watch(process, most_seconds=60)) == []
