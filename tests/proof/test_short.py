"""A short form of what `make proof` tries."""

from __future__ import annotations

import pytest

from proof.interleavings import BEGINNINGS, MODES, Mode, explore


@pytest.mark.parametrize(
    "mode", [each for each in MODES if not each.task], ids=lambda mode: mode.name
)
def test_one_event_anywhere_in_its_life_misleads_nobody(mode: Mode) -> None:
    for beginning in BEGINNINGS:
        found = explore(mode, beginning, 1)
        assert found.paths > len(found.states) > 0
        assert found.wrong == []


@pytest.mark.thorough
def test_two_events_anywhere_in_the_life_of_a_task_mislead_nobody() -> None:
    [mode] = [each for each in MODES if each.task]
    assert explore(mode, "running", 2).wrong == []
