"""The notes of a release are its section of the changelog."""

from __future__ import annotations

import pytest

from tools.notes import notes

CHANGELOG = """# Changelog

## Unreleased

* later

## 1.10.0 - 2026-02-01

### Added

* this

## [1.1.0]

* that
"""


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.10.0", "### Added\n\n* this"), ("1.1.0", "* that"), ("1.1", ""), ("2.0.0", "")],
)
def test_notes_are_the_section_of_the_version(version: str, said: str) -> None:
    assert notes(CHANGELOG, version) == said
