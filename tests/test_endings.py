"""The page of endings says what argogate says."""

from __future__ import annotations

from tests.endings import DOCUMENT, render


def test_the_page_shows_what_is_said_today() -> None:
    assert DOCUMENT.read_text("utf-8") == render(), "if that is right: make generate"
