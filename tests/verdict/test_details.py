"""What a case says of one piece of work."""

from __future__ import annotations

from argogate.model.tree import Leaf
from argogate.verdict.details import LONGEST_NAME, make_printable, note_of
from tests.build import node


def test_a_name_that_just_fits_is_not_cut() -> None:
    assert make_printable("x" * LONGEST_NAME) == "x" * LONGEST_NAME
    assert make_printable("x" * (LONGEST_NAME + 1)).startswith(f"{'x' * LONGEST_NAME}~")


def test_each_note_has_a_line() -> None:
    leaf = Leaf(path="a", shown_as="A", node=node("a", memoized=True))
    assert note_of(leaf) == "memoized: the outputs come from the cache\ndisplay name: A"
