"""The troubleshooting page says what argogate says."""

from __future__ import annotations

from tests.troubleshooting import DOCUMENT, render


def test_the_page_shows_the_messages_of_today() -> None:
    assert DOCUMENT.read_text("utf-8") == render(), "if that is right: make generate"
