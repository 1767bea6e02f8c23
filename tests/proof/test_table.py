"""The table of the fault matrix."""

from __future__ import annotations

from proof.faults import MOMENTS, Cell, tabulate
from proof.gate import Ended


def cell(*, lasting: bool, code: int | None, came: bool = True, at: int = 0) -> Cell:
    ended = Ended(code=code, out="", err="", seconds=1, operations=())
    return Cell(
        fault="reset",
        moment=MOMENTS[at],
        lasting=lasting,
        ended=ended,
        came=came,
        allowed=frozenset({1}),
    )


def test_a_line_has_the_exit_codes_of_a_fault_at_every_moment_briefly_and_for_good() -> None:
    found = [
        cell(lasting=lasting, code=5 if lasting else 1, at=at)
        for at in range(len(MOMENTS))
        for lasting in (False, True)
    ]

    lines = tabulate(found).splitlines()

    assert lines[-3] == f"| Fault | {' | '.join(moment.name for moment in MOMENTS)} |"
    assert lines[-1] == "| reset |" + " 1 / 5 |" * len(MOMENTS)


def test_a_cell_says_what_has_no_exit_code() -> None:
    assert cell(lasting=False, code=None).code == "hung"
    assert cell(lasting=True, code=1, came=False).code == "not tried"
