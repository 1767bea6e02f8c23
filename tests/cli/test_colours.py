"""Who decides whether words are coloured."""

from __future__ import annotations

from pathlib import Path

import pytest

from argogate.cli.colours import RENDERING, is_coloured, paint

GITHUB = {"GITHUB_ACTIONS": "true"}


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, False, False),
        ({}, True, True),
        (GITHUB, False, True),
        ({"GITLAB_CI": "true"}, False, True),
        ({"JENKINS_URL": "https://ci"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "0"} | GITHUB, True, False),
        ({"FORCE_COLOR": "false"}, True, False),
        ({"FORCE_COLOR": ""}, False, False),
        ({"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False),
        ({"FORCE_COLOR": "0", "CLICOLOR_FORCE": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb"} | GITHUB, False, False),
        ({"CLICOLOR": "0"} | GITHUB, True, False),
    ],
)
def test_the_first_variable_that_says_something_decides(
    environ: dict[str, str], *, terminal: bool, expected: bool
) -> None:
    assert is_coloured(environ, terminal=terminal, logged=True) is expected


def test_a_result_in_a_pipe_of_a_ci_system_is_not_coloured() -> None:
    assert not is_coloured(GITHUB, terminal=False)
    assert is_coloured(GITHUB | {"FORCE_COLOR": "1"}, terminal=False)


def test_only_phases_and_conclusions_are_coloured() -> None:
    assert paint("wf: Failed: Failed by Failedness") == (
        "wf: \x1b[31mFailed:\x1b[0m \x1b[31mFailed\x1b[0m by Failedness"
    )


def test_the_page_names_every_system_that_shows_colours() -> None:
    page = (Path(__file__).parents[2] / "docs" / "log.md").read_text("utf-8")
    assert not [name for name in RENDERING if f"`{name}`" not in page]
