"""What is there to be pasted parses, is ours to hand out, and leads somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.snippets import FENCE, PAGES, snippets
from tools.generate import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")


def texts(*languages: str) -> Iterator[tuple[str, str]]:
    for each in snippets():
        if each.language in languages:
            yield f"{each.page}:{each.number}", each.text


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("text", [pytest.param(text, id=place) for place, text in texts("yaml")])
def test_yaml_parses(text: str) -> None:
    assert list(yaml.safe_load_all(text))


def test_inputs_of_the_action_in_the_examples_exist() -> None:
    inputs = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))["inputs"]

    def steps(value: object) -> Iterator[dict[str, object]]:
        if isinstance(value, dict):
            if str(value.get("uses", "")).startswith("OWNER/argogate"):
                yield value["with"]
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from steps(item)

    documents = [list(yaml.safe_load_all(text)) for _, text in texts("yaml")]
    found = list(steps(documents))
    assert found
    for step in found:
        assert step.keys() <= inputs.keys()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings]
            assert anchor in slugs, link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nobody_is_told_to_install_a_name_that_is_not_ours(page: Path) -> None:
    for words in re.findall(r"pip[x3]? +install ([^\n`]*)", page.read_text("utf-8")):
        assert not re.search(r"(?<![\w./-])argogate(?![\w./-]|-)", words), words


def test_the_map_names_every_module_and_no_other() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    tree = text.partition("argogate/\n")[2].partition("argo_replay/")[0]
    named = {word.rpartition("/")[2] for word in re.findall(r"[\w/]+\.py\b", tree)}
    there = {path.name for path in PROJECT.glob("argogate/**/*.py")}
    assert named == there - {"__init__.py"}
