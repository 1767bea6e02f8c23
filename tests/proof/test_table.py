"""The cells of the fault matrix, and its table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proof import faults, local
from proof.cells import KILLED, Cell, tabulate
from proof.faults import MOMENTS
from proof.gate import Ended

RED = b"<testsuites><testsuite><testcase><failure/></testcase></testsuite></testsuites>"
GREEN = b"<testsuites><testsuite><testcase/></testsuite></testsuites>"


def ended(code: int | None, report: bytes | None = RED, **more: object) -> Ended:
    files = {} if report is None else {"junit.xml": report}
    made = Ended(code=code, out="", err="", seconds=1, operations=(), files=files)
    return replace(made, **more)  # type: ignore[arg-type]


def cell(
    it: Ended, *, lasting: bool = False, came: bool = True, at: int = 0, silent: bool = False
) -> Cell:
    return Cell(
        fault="reset",
        moment=MOMENTS[at],
        lasting=lasting,
        ended=it,
        came=came,
        allowed=frozenset({0, 1, 2, KILLED}),
        silent=silent,
    )


def test_a_line_has_what_came_of_a_fault_at_every_moment_briefly_and_for_good() -> None:
    found = [
        cell(ended(2 if lasting else 1), lasting=lasting, at=at)
        for at in range(len(MOMENTS))
        for lasting in (False, True)
    ]

    lines = tabulate(found, MOMENTS).splitlines()

    assert lines[-3] == f"| Fault | {' | '.join(moment.name for moment in MOMENTS)} |"
    assert lines[-1] == "| reset |" + " 1 red / 2 red |" * len(MOMENTS)


def test_a_cell_says_what_has_no_exit_code_and_no_report() -> None:
    assert cell(ended(None)).word == "hung"
    assert cell(ended(1), came=False).word == "not tried"
    assert cell(ended(2, None)).word == "2 none"
    assert cell(ended(0, GREEN)).word == "0 green"


@pytest.mark.parametrize(
    ("it", "complaint"),
    [
        (ended(None), "it hung for 1 s"),
        (ended(5), "exit code 5, not one of [-9, 0, 1, 2]: ''"),
        (ended(1, None), "no JUnit report that can be read"),
        (ended(1, b"<testsuites"), "no JUnit report that can be read"),
        (ended(1, GREEN), "exit code 1 beside a green JUnit report"),
        (ended(0, RED), "exit code 0 beside a red JUnit report"),
        (ended(KILLED, GREEN), "exit code -9 beside a green JUnit report"),
        (ended(1, files={"junit.xml": RED, "x.part": b""}), "half-written: x.part"),
        (ended(1, stragglers=2), "2 processes were left"),
        (ended(1, err="Traceback (most recent call last)"), "a traceback"),
    ],
)
def test_a_cell_complains_of_whatever_is_not_right(it: Ended, complaint: str) -> None:
    assert list(cell(it).complaints()) == [complaint]


def test_a_cell_bears_what_nobody_could_help() -> None:
    assert not list(cell(ended(2, None)).complaints())
    assert not list(cell(ended(1, None), silent=True).complaints())
    told = cell(ended(KILLED, GREEN))
    assert not list(replace(told, moment=local.MOMENTS[-1]).complaints())


def test_the_short_form_tries_what_it_names() -> None:
    assert len(faults.wanted(short=True)) == len(faults.SHORT)
    assert len(local.wanted(short=True)) == len(local.SHORT)


def test_a_lasting_fault_of_the_machine_costs_at_most_what_was_asked_for() -> None:
    codes = {
        (fault, moment.name): local.allowed(fault, moment, lasting=True)
        for fault, moment, _ in local.wanted(short=False)
    }
    assert codes["SIGTERM", "artifact"] == {143}
    assert codes["SIGTERM", "announcing"] == {0}
    assert codes["SIGKILL", "import"] == {KILLED}
    assert codes["disk full", "import"] == {2}
    assert codes["disk full", "artifact"] == codes["read-only folder", "waiting"] == {6}
    assert codes["no name server", "waiting"] == {5}
    assert codes["no name server", "log"] == {6}
    assert codes["clock jumps", "list"] == codes[local.STREAMS, "import"] == {0}


@pytest.mark.thorough
def test_a_few_faults_are_borne_by_the_real_process() -> None:
    assert faults.run(seed=1, each=1) == []
