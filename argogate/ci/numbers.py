"""The numbers that CI systems give their runs: a workflow named after one is new in every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUMBERS = (
    *("GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_RUN_ATTEMPT"),
    *("CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_JOB_ID"),
    *("BUILD_NUMBER", "BUILD_ID", "BUILD_TAG", "BUILDKITE_BUILD_NUMBER", "BUILDKITE_BUILD_ID"),
    *("CIRCLE_BUILD_NUM", "CIRCLE_WORKFLOW_ID", "BUILD_BUILDID", "BITBUCKET_BUILD_NUMBER"),
)
"""Variables of GitHub, GitLab, Jenkins, Buildkite, CircleCI, Azure DevOps and Bitbucket."""
COMMITS = (
    *("GITHUB_SHA", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "GIT_COMMIT", "BUILDKITE_COMMIT"),
    *("CIRCLE_SHA1", "BUILD_SOURCEVERSION", "BITBUCKET_COMMIT"),
)
SHORT = (7, 8, 10, 12)
"""Letters that people leave of a commit."""
SEPARATORS = "-._"


def numbers_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return all that this run may have put at the end of a name, in small letters."""
    found = [environ.get(name, "") for name in NUMBERS]
    for name in COMMITS:
        commit = environ.get(name, "")
        found += [commit, *(commit[:count] for count in SHORT)]
    return tuple(dict.fromkeys(each.lower() for each in found if each))


def stem_of(name: str, numbers: Sequence[str]) -> str:
    """Return a name without such numbers at its end; nothing where it ends in none.

    At least a letter stays: a name that is only a number is the best there is.
    """
    stem = name
    while found := next((each for each in numbers if _ends(stem, each)), ""):
        stem = stem[: -len(found)].rstrip(SEPARATORS)
    return stem if stem != name else ""


def _ends(name: str, number: str) -> bool:
    before = name.removesuffix(number)
    return before != name and before[-1:] in SEPARATORS and bool(before.rstrip(SEPARATORS))
