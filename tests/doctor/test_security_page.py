"""What docs/security.md promises is what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from argogate.argo.recorder import MOST, MOST_OF_A_BODY
from argogate.argo.redaction import HARMLESS
from argogate.doctor.permissions import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")


@pytest.mark.parametrize("what", RULES)
def test_every_rule_that_is_advised_is_in_the_role(what: str) -> None:
    assert PAGE.count(f"  {RULES[what]}\n") == 1


def test_the_role_has_no_rule_that_is_not_advised() -> None:
    assert PAGE.count("- {apiGroups:") == len(RULES)


def test_the_page_names_every_header_that_a_recording_shows() -> None:
    assert all(f"`{name.title()}`" in PAGE for name in HARMLESS)


def test_the_page_tells_the_bounds_of_a_recording() -> None:
    assert (MOST_OF_A_BODY, MOST) == (64 * 1024, 50_000_000)
    assert "Of each body 64 KiB are kept, of all exchanges 50 MB." in PAGE
