"""Faults that are put back."""

from __future__ import annotations

import pytest

from proof.copies import ROOT
from proof.regressions import REGRESSIONS, Regression, Sought, nearest, table


@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda each: each.name)
def test_every_fault_can_still_be_put_back(regression: Regression) -> None:
    compile(regression.text(), regression.path, "exec")
    assert all((ROOT / path).exists() for tests in nearest(regression.path) for path in tests)


def test_a_fault_whose_place_has_changed_is_told() -> None:
    changed = Regression(name="it", path="argogate/publishing.py", old="never there", new="")
    with pytest.raises(ValueError, match=r"'never there' is not in it once"):
        changed.text()


def test_the_table_says_who_found_it() -> None:
    trace = "running: replace: passed by another run"
    found = Sought(regression=REGRESSIONS[0], by=("interleavings", "tests"), trace=trace)
    assert table([found]).splitlines()[-1] == (
        f"| the uid is not compared | found | no |  |  | found | {trace} |"
    )


def test_the_model_check_is_tried_on_what_it_runs() -> None:
    tried = {each.name: each.tools for each in REGRESSIONS}
    assert tried["the uid is not compared"] == ("interleavings", "faults")
    assert tried["a damaged archive raises what is not expected of archives"] == ("faults", "fuzz")
