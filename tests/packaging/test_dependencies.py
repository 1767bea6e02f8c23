"""What is needed at run time: the page, the lock, the wheels and the lowest versions agree."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
import yaml

from tools.generate import PROJECT

REQUIREMENTS = PROJECT / "requirements"
ROW = re.compile(r"^\| `([\w-]+)` \| (.+) \| (.+) \| ([\w.-]+) \| ([\d.]*) ?\|$", re.MULTILINE)
PAGE = {row[0]: row for row in ROW.findall((PROJECT / "docs" / "dependencies.md").read_text())}
SPELLINGS = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Of older metadata."""


def locked(name: str) -> dict[str, str]:
    """Return the versions that a lock pins."""
    text = (REQUIREMENTS / name).read_text("utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)", text, re.MULTILINE))


def minimums() -> dict[str, str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return dict(text.split(">=") for text in project["dependencies"])


def licence(name: str) -> str:
    """Return the licence that the wheel names, as SPDX spells it."""
    found = metadata(name).json
    expression = found.get("license_expression") or found.get("license", "")
    classifiers = [text.rpartition(" :: ")[2] for text in found.get("classifier", ())]
    known = [SPELLINGS[text] for text in classifiers if text in SPELLINGS]
    return known[0] if known else str(expression)


def test_the_page_has_what_is_locked_and_nothing_else() -> None:
    assert PAGE.keys() == locked("runtime.txt").keys()


@pytest.mark.parametrize("name", PAGE)
def test_the_page_says_the_licence_that_the_wheel_says(name: str) -> None:
    assert PAGE[name][3] == licence(name)


@pytest.mark.parametrize("name", PAGE)
def test_the_page_says_who_needs_it(name: str) -> None:
    def needs(other: str) -> bool:
        plain = (text for text in requires(other) or () if "extra ==" not in text)
        return name in {re.split(r"[^\w-]", text)[0].replace("_", "-") for text in plain}

    named = {"argogate"} if name in minimums() else set()
    named |= {other for other in PAGE if needs(other)}
    shown = set(PAGE[name][1].replace("`", "").split(", "))
    assert shown <= named
    assert ("argogate" in shown) == (name in minimums())


def test_the_lowest_versions_are_the_same_everywhere() -> None:
    lowest = minimums()
    assert {name: row[4] for name, row in PAGE.items() if row[4]} == lowest
    assert locked("oldest.in") == locked("oldest.txt") == lowest


def test_everything_that_is_pinned_is_looked_after() -> None:
    text = (PROJECT / ".github" / "dependabot.yml").read_text("utf-8")
    updates = {row["package-ecosystem"]: row for row in yaml.safe_load(text)["updates"]}
    assert updates.keys() == {"github-actions", "pip", "npm", "docker"}
    assert updates["pip"]["exclude-paths"] == ["requirements/oldest.*"]
    for row in updates.values():
        assert Path(PROJECT / row["directory"].lstrip("/")).is_dir()
        assert row["cooldown"]["default-days"] >= 7
