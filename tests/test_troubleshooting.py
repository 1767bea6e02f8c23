"""The troubleshooting page says what argogate says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.troubleshooting import DOCUMENT, render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.cli.conftest import Ended


def test_the_page_shows_the_messages_of_today(call: Callable[..., Ended]) -> None:
    def gate(words: list[str], variables: Mapping[str, str]) -> tuple[int, str, str]:
        ended = call(*words, **variables)
        return ended.code, ended.out, ended.err

    assert DOCUMENT.read_text("utf-8") == render(gate), "if that is right: make generate"
