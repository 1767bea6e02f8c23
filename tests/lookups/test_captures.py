"""The pictures in docs/status.md are what the program shows, and no line of them is too wide."""

from __future__ import annotations

import pytest

from argogate.lookups.columns import width
from argogate.lookups.drawing import Layout
from tests.lookups.captures import CAPTURES, PAGE, Capture, drawn, page


def pictured(capture: Capture) -> list[str]:
    """Return the lines of a picture as they stand on the page."""
    head = f"## {capture.run}, {capture.columns} columns\n\n{capture.says}\n\n```text\n"
    _, behind = PAGE.read_text("utf-8").split(head)
    return behind.partition("\n```")[0].splitlines()[1:]


def test_the_pictures_are_what_it_shows() -> None:
    assert PAGE.read_text("utf-8") == page(), "make generate writes it anew"


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda each: f"{each.run}-{each.columns}")
def test_only_what_is_to_be_copied_may_be_wider_than_the_terminal(capture: Capture) -> None:
    lines = pictured(capture)
    assert lines
    wide = [line for line in lines if width(line) > capture.columns]
    assert all(line.lstrip().startswith(("next: ", "https://")) for line in wide)
    assert not [line for line in lines if line.strip() != line.strip(" ")]


def test_a_large_run_fits_on_a_screen() -> None:
    for capture in CAPTURES:
        assert len(pictured(capture)) <= 40 or capture.everything


def test_where_the_output_has_no_letters_for_it_it_is_drawn_in_ascii() -> None:
    lines = drawn(Capture(run="nested-steps-dag"), Layout(ascii=True))
    assert "  ` x d2            Failed     10s" in lines
    assert "".join(lines).isascii()


def test_colours_change_nothing_but_colours() -> None:
    roles: set[str] = set()

    def paint(text: str, role: str) -> str:
        roles.add(role)
        return text

    for run in ("hooks", "dag-diamond-fails"):
        assert drawn(Capture(run=run), Layout(paint=paint)) == drawn(Capture(run=run))
    assert roles >= {"good", "bad", "dim", "bold"}
