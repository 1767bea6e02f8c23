"""Every fault at every moment: no wrong verdict, no lost report."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from argo_replay.faults import Fault, FaultKind
from argogate.reports.formats import Format
from argogate.waiting.patience import Limits
from tests.harness import Play, Played, recorded
from tests.waiting.test_waiter import HICCUPS

if TYPE_CHECKING:
    from pathlib import Path

RUNS = ("steps-one-fails", "retry-flaky-succeeds", "server-restart-mid-poll")
MOMENTS = (0.1, 3, 7, 9.5, 10.5, 17, 20, 28)
LIMITS = Limits(max_poll_interval=3, outage_timeout=60)
SHARES = 16
CHOSEN = (0, 8, 3)
"""Of so many shares of all combinations `make check` plays one of each run, CI the others too."""


def shared() -> list[Any]:
    """Return every run with each share of the combinations, all but one marked as thorough."""
    others = [pytest.mark.thorough]
    return [
        pytest.param(run, share, marks=others if share != chosen else [])
        for run, chosen in zip(RUNS, CHOSEN, strict=True)
        for share in range(SHARES)
    ]


def play(run: str, path: Path, *faults: Fault) -> Played:
    return Play(
        run=recorded(run), faults=faults, reports={Format.JUNIT: path}, limits=LIMITS
    ).play()


@cache
def calm(run: str) -> Played:
    """Return a play that nothing disturbs."""
    return Play(run=recorded(run), limits=LIMITS).play()


def at(fault: Fault, moment: float) -> Fault:
    """Return the same fault, three seconds long, beginning at another moment."""
    return Fault(
        kind=fault.kind,
        start=moment,
        stop=moment + 3,
        after=fault.after,
        status=fault.status,
        headers=fault.headers,
        body=fault.body,
    )


@pytest.mark.parametrize(("run", "share"), shared())
def test_a_fault_of_three_seconds_never_changes_the_verdict_nor_loses_the_report(
    run: str, share: int, tmp_path: Path
) -> None:
    right = calm(run).verdict.exit_code
    for number, (hiccup, moment) in enumerate(product(HICCUPS, MOMENTS)):
        # Every second kind of fault is in a share; each kind and each moment is in those chosen.
        kind = number // len(MOMENTS)
        if (number + kind) % len(MOMENTS) + len(MOMENTS) * (kind % 2) != share:
            continue
        junit = tmp_path / f"{number}.xml"
        verdict = play(run, junit, at(hiccup, moment)).verdict
        why = f"{hiccup.kind} {hiccup.status} at {moment}: {verdict.message}"
        assert verdict.exit_code == right, why
        cases = ET.parse(junit).findall(".//testcase")
        red = [case for case in cases if case.find("failure") is not None]
        assert cases, why
        assert bool(red) == (right != 0), why


@pytest.mark.parametrize(("run", "share"), shared())
def test_an_outage_without_end_is_never_green(run: str, share: int, tmp_path: Path) -> None:
    for number, (hiccup, moment) in enumerate(product(HICCUPS, MOMENTS[1::3])):
        if number % SHARES != share:
            continue
        lasting = Fault(
            kind=hiccup.kind,
            start=moment,
            after=hiccup.after,
            status=hiccup.status,
            headers=hiccup.headers,
            body=hiccup.body,
        )
        played = play(run, tmp_path / "junit.xml", lasting)
        if played.seconds > calm(run).seconds:
            assert played.verdict.exit_code in {4, 5}, f"{hiccup.kind} {hiccup.status} at {moment}"
        assert ET.parse(tmp_path / "junit.xml").findall(".//testcase")


def test_a_server_that_is_never_there_is_unreachable_within_a_minute(tmp_path: Path) -> None:
    gone = Fault(kind=FaultKind.REFUSE)
    played = play("hello-succeeds", tmp_path / "junit.xml", gone)
    assert played.verdict.exit_code == 5
    assert played.seconds == pytest.approx(60, abs=0.1)
    assert ET.parse(tmp_path / "junit.xml").findall(".//error")
