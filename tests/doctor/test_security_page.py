"""What docs/security.md promises is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from argogate.argo.recorder import MOST, MOST_OF_A_BODY
from argogate.argo.redaction import HARMLESS
from argogate.doctor.permissions import RULES

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text("utf-8")
README = (PROJECT / "README.md").read_text("utf-8")


Grant = tuple[str, str, str]
"""API group, resource, verb."""


def grants(rules: list[dict[str, list[str]]]) -> set[Grant]:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def shown(page: str) -> set[Grant]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    documents = [each for block in blocks for each in yaml.safe_load_all(block)]
    roles = [each for each in documents if isinstance(each, dict) and each.get("kind") == "Role"]
    return {grant for role in roles for grant in grants(role["rules"])}


@pytest.mark.parametrize("what", RULES)
def test_every_rule_that_is_advised_is_in_a_role(what: str) -> None:
    assert grants(yaml.safe_load(RULES[what])) & shown(PAGE)


@pytest.mark.parametrize("page", [PAGE, README], ids=["security", "README"])
def test_no_role_grants_more_than_is_advised(page: str) -> None:
    advised = {grant for rule in RULES.values() for grant in grants(yaml.safe_load(rule))}
    assert shown(page)
    assert shown(page) <= advised


def test_the_role_that_people_paste_reads_no_secret_and_changes_nothing() -> None:
    granted = shown(README)
    assert not [grant for grant in granted if grant[1] == "secrets"]
    assert {verb for _, _, verb in granted} <= {"get", "list", "watch"}


def test_the_page_names_every_header_that_a_recording_shows() -> None:
    assert all(f"`{name.title()}`" in PAGE for name in HARMLESS)


def test_the_page_tells_the_bounds_of_a_recording() -> None:
    assert (MOST_OF_A_BODY, MOST) == (64 * 1024, 50_000_000)
    assert "Of each body 64 KiB are kept, of all exchanges 50 MB." in PAGE
