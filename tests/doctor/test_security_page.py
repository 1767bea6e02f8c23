"""What docs/security.md promises is what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from argogate.argo.har import MOST_OF_A_BODY
from argogate.argo.recorder import MOST
from argogate.argo.redaction import HARMLESS
from argogate.doctor.roles import ARTIFACTS, NEEDED, ON_DEMAND, Lack, role, rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text("utf-8")
README = (PROJECT / "README.md").read_text("utf-8")


Grant = tuple[str, str, str]
"""API group, resource, verb."""


def shown(page: str) -> set[Grant]:
    """Return what the Roles of a page grant."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    documents = [each for block in blocks for each in yaml.safe_load_all(block)]
    roles = [each for each in documents if isinstance(each, dict) and each.get("kind") == "Role"]
    return {grant for role in roles for grant in granted(role["rules"])}


def granted(rules: list[dict[str, list[str]]]) -> set[Grant]:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def needed(features: Iterable[str]) -> set[Grant]:
    rules = [rule for what in features for rule in NEEDED[what]]
    return {(rule.group, rule.resource, verb) for rule in rules for verb in rule.verbs}


@pytest.mark.parametrize(
    ("page", "features"),
    [(PAGE, NEEDED.keys()), (README, NEEDED.keys() - ON_DEMAND)],
    ids=["security", "README"],
)
def test_a_role_grants_what_is_needed_and_nothing_else(page: str, features: set[str]) -> None:
    assert shown(page) == needed(features)


@pytest.mark.parametrize("what", NEEDED)
def test_what_is_advised_is_what_is_needed(what: str) -> None:
    assert granted(yaml.safe_load(rules_for(what))) == needed([what])


def test_the_table_of_features_tells_the_same() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", PAGE, re.MULTILINE)
    told = dict(zip(NEEDED, rows[rows.index("Needs") + 2 :], strict=False))
    assert told.pop(ARTIFACTS).startswith("get the one secret")
    for what, cell in told.items():
        rules = NEEDED[what]
        assert cell == "; ".join(f"{', '.join(rule.verbs)} {rule.resource}" for rule in rules)


@pytest.mark.parametrize("what", sorted(NEEDED.keys() - ON_DEMAND))
def test_a_refused_wait_is_offered_all_verbs_at_once(what: str) -> None:
    for rule in NEEDED[what]:
        lack = Lack(verb=rule.verbs[0], resource=rule.resource, group=rule.group, namespace="ci")
        [offered] = yaml.safe_load_all(role(lack))
        usual = needed(NEEDED.keys() - ON_DEMAND)
        assert granted(offered["rules"]) == {each for each in usual if each[1] == rule.resource}


def test_the_role_that_people_paste_reads_no_secret_and_changes_nothing() -> None:
    found = shown(README)
    assert not [grant for grant in found if grant[1] == "secrets"]
    assert {verb for _, _, verb in found} <= {"get", "list", "watch"}


def test_the_page_names_every_header_that_a_recording_shows() -> None:
    assert all(f"`{name.title()}`" in PAGE for name in HARMLESS)


def test_the_page_tells_the_bounds_of_a_recording() -> None:
    assert (MOST_OF_A_BODY, MOST) == (64 * 1024, 50_000_000)
    assert "Of each body 64 KiB are kept, of all exchanges 50 MB." in PAGE
