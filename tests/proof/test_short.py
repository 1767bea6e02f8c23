"""A short form of what `make proof` tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proof.interleavings import BEGINNINGS, MODES, Mode, explore

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = ("running", "retried, the archive has the first attempt")
"""With a whole life ahead, so there are five times as many paths as from the others."""
SHARE = {"one name": LONG[:1], "a uid": LONG[1:]}
"""Which modes go these ways here; CI goes the others too."""


def ways() -> Iterator[object]:
    for mode in MODES:
        for beginning in () if mode.task else BEGINNINGS:
            dear = beginning in LONG and beginning not in SHARE.get(mode.name, ())
            marks = [pytest.mark.thorough] if dear else []
            yield pytest.param(mode, beginning, marks=marks, id=f"{mode.name}-{beginning}")


@pytest.mark.parametrize(("mode", "beginning"), [*ways()])
def test_one_event_anywhere_in_its_life_misleads_nobody(mode: Mode, beginning: str) -> None:
    found = explore(mode, beginning, 1)
    assert found.paths > len(found.states) > 0
    assert found.wrong == []


@pytest.mark.thorough
def test_two_events_anywhere_in_the_life_of_a_task_mislead_nobody() -> None:
    [mode] = [each for each in MODES if each.task]
    assert explore(mode, "running", 2).wrong == []
