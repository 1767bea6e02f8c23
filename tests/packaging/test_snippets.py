"""The check of the snippets notices what is wrong with one; `make check-ci` lists them all."""

from __future__ import annotations

import pytest

from tests.snippets import CHECKS, WRITTEN, Snippet, Wrong, check, snippets
from tools.generate import PROJECT

ALL = list(snippets())
HEAD = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules:\n"


@pytest.mark.parametrize(
    "snippet",
    [each for each in ALL if each.language in {"sh", "json", "text", ""}],
    ids=lambda each: f"{each.page}:{each.number}",
)
def test_what_needs_no_other_program_is_right(snippet: Snippet) -> None:
    assert check(snippet)


def test_every_language_has_a_check_and_every_comparison_a_test() -> None:
    assert {each.language for each in ALL} <= CHECKS.keys()
    assert {each.language for each in ALL} >= {"sh", "yaml", "groovy", "python", "text"}
    for page, test in WRITTEN.items():
        assert (PROJECT / page).exists()
        assert (PROJECT / test).exists()


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("sh", "argogate wait x --junitt a.xml", "argogate wait has no option --junitt"),
        ("sh", 'eval "$(argogate completion --zsh)"', "argogate completion has no option --zsh"),
        ("sh", "argogate wait x \\\n  --nope", "argogate wait has no option --nope"),
        ("text", "$ argogate status x --watch-it", "argogate status has no option --watch-it"),
        ("sh", "if true; then", "bash: "),
        ("sh", "make chekc", "no such target of make: chekc"),
        ("python", "import argogate.nothing", "No module named 'argogate.nothing'"),
        ("cobol", "", "nobody knows how to check the language 'cobol'"),
        ("yaml", HEAD.replace("/v1", "/v0") + "  []", "no Role as Kubernetes has it"),
        (
            "yaml",
            f"{HEAD}  - {{apiGroups: [''], resources: [pods], verbs: [read]}}",
            "no rule of a Role",
        ),
        (
            "yaml",
            f"{HEAD}  - {{apiGroups: [''], resources: [secrets], verbs: [get]}}",
            "every secret may be read",
        ),
    ],
)
def test_a_wrong_snippet_is_noticed(language: str, text: str, why: str) -> None:
    with pytest.raises(Wrong) as caught:
        check(Snippet("README.md", 1, language, text))
    assert why in str(caught.value)
