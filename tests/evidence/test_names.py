from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.evidence.names import LONGEST_NAME, RESERVED, Names, fold, parts_of, safe_name

TEXTS = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("report (1).xml", "report (1).xml"),
        (".coverage", ".coverage"),
        ("ünï & 漢字.txt", "ünï & 漢字.txt"),
        ("e\u0301", "\u00e9"),
        ("12:30.log", "12_30.log"),
        ('<a>|"b"?*\\', "_a___b____"),
        ("trailing. .", "trailing"),
        (" blank ", "blank"),
        ("CON", "_CON"),
        ("com¹.txt", "_com¹.txt"),
        ("nul .txt", "_nul .txt"),
        ("lpt0", "_lpt0"),
        ("console", "console"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("\x00\x1b[31m\u202e\ud800\ue000", "__[31m___"),
    ],
)
def test_a_name_stays_unless_some_system_refuses_it(text: str, expected: str) -> None:
    assert safe_name(text) == expected


def test_long_names_keep_their_ending_and_differ() -> None:
    one, other = safe_name("漢" * 100 + "a.xml"), safe_name("漢" * 100 + "b.xml")
    assert one != other
    assert one.endswith(".xml")
    assert len(one.encode()) < LONGEST_NAME + 10
    assert len(safe_name("a." + "b" * 400).encode()) < LONGEST_NAME + 10


@given(TEXTS)
def test_any_text_becomes_a_name_for_every_system(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name.encode()) < 220
    assert not set(name) & set('<>:"/\\|?*')
    assert name == unicodedata.normalize("NFC", name)
    assert not name.endswith((".", " "))
    assert not RESERVED.match(name)
    assert safe_name(name) == name


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=8, unique_by=tuple))
def test_places_are_different_and_the_same_each_time(members: list[list[str]]) -> None:
    places = [Names().place(parts) for parts in members[:1]]
    names = Names()
    places = [names.place(parts) for parts in members]
    assert [names.place(parts) for parts in members] == places
    assert len({fold(str(place)) for place in places}) == len(members)
    assert not any(".." in place.parts or place.is_absolute() for place in places)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b", ("a", "b")),
        ("./a//b/.", ("a", "b")),
        ("", ()),
        (".", ()),
        ("a..b/..c", ("a..b", "..c")),
        ("/a", None),
        ("\\a", None),
        ("C:\\a", None),
        ("c:/a", None),
        ("a/../b", None),
        ("a\\..\\b", None),
        ("..", None),
    ],
)
def test_a_name_is_relative_or_none(name: str, expected: tuple[str, ...] | None) -> None:
    assert parts_of(name) == expected
