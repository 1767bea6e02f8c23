"""The guide: what its commands print, and what it says of an answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.guide import PAGE, README, SCENES, document, rendered, scenes

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = PAGE.read_text("utf-8")


@pytest.mark.parametrize("page", [PAGE, README], ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print_today(page: Path) -> None:
    text = page.read_text("utf-8")
    assert rendered(text) == text, "if that is right: make generate"


def test_every_scene_is_played() -> None:
    assert scenes(GUIDE) == set(SCENES)


def test_the_names_of_the_response_are_those_of_a_document() -> None:
    table = GUIDE.partition("## The response")[2].partition("## ")[0]
    rows = [row.split("|")[3] for row in table.splitlines() if row.startswith("| ")][2:]
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    [workflow] = json.loads(document("argogate status build-7f -o json"))["workflows"]
    assert names
    assert set(names) <= workflow.keys()
