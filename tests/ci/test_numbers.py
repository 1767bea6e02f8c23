"""A name that ends in a number of the CI's own run is new in every run."""

from __future__ import annotations

import pytest

from argogate.ci.numbers import numbers_in, stem_of

GITHUB = {
    "GITHUB_RUN_ID": "8831274421",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": "0A1b2c3d4e5f6a7b",
}


@pytest.mark.parametrize(
    ("name", "environ", "stem"),
    [
        ("nightly-8831274421", GITHUB, "nightly"),
        ("nightly-8831274421-2", GITHUB, "nightly"),
        ("e2e.0a1b2c3", GITHUB, "e2e"),
        ("e2e-0a1b2c3d4e5f6a7b", GITHUB, "e2e"),
        ("nightly", GITHUB, ""),
        ("8831274421", GITHUB, ""),
        ("nightly8831274421", GITHUB, ""),
        ("-8831274421", GITHUB, ""),
        ("nightly-7f", {}, ""),
        ("e2e-1234", {"CI_PIPELINE_ID": "1234"}, "e2e"),
        ("e2e-9c0ffee1", {"CI_COMMIT_SHORT_SHA": "9c0ffee1"}, "e2e"),
        ("e2e-77", {"BUILD_NUMBER": "77", "GIT_COMMIT": ""}, "e2e"),
        ("e2e-177", {"BUILD_NUMBER": "77"}, ""),
    ],
)
def test_the_stem_is_what_stays(name: str, environ: dict[str, str], stem: str) -> None:
    assert stem_of(name, numbers_in(environ)) == stem
