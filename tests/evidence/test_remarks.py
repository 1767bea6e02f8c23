from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argogate.evidence.plan import plan
from argogate.evidence.remarks import (
    MOST_REASONS,
    describe_offer,
    find_shortfalls,
    remark_on_troubles,
    remark_on_unmatched,
)
from argogate.model.workflow import Artifact, Workflow
from tests.build import node, workflow
from tests.evidence.making import wanted

if TYPE_CHECKING:
    from argogate.verdict.evidence import ArtifactFile

MADE = (Artifact(name="report", key="r"), Artifact(name="log", key="l"))
RUN = workflow(node("a", artifacts=MADE), phase="Succeeded")
UNREAD = replace(RUN, nodes={})


def file(name: str = "x", **members: Any) -> ArtifactFile:  # noqa: ANN401
    return replace(wanted(name).describe(), **members)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([file()], []),
        ([file(error="gone")], ["artifact outer.a/x was not downloaded: gone"]),
        ([file(error="half", path="x")], ["artifact outer.a/x is incomplete: half"]),
        ([file(warning="odd")], ["artifact outer.a/x: odd"]),
        (
            [file("x", error="gone"), file("y", error="gone"), file("z", error="no")],
            [
                "artifacts outer.a/x and outer.a/y were not downloaded: gone",
                "artifact outer.a/z was not downloaded: no",
            ],
        ),
        (
            [file(name, error="no", path="x") for name in "abcdefg"],
            [
                "artifacts "
                + ", ".join(f"outer.a/{name}" for name in "abcde")
                + " and 2 more are incomplete: no"
            ],
        ),
    ],
)
def test_troubles_are_told_by_their_reason(files: list[ArtifactFile], expected: list[str]) -> None:
    assert list(remark_on_troubles(files)) == expected


def test_there_are_only_so_many_remarks() -> None:
    files = [file(str(number), warning=f"odd {number}") for number in range(MOST_REASONS + 7)]
    *told, last = remark_on_troubles(files)
    assert len(told) == MOST_REASONS
    assert last == "7 more artifacts have problems of their own"


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (RUN, "the run has a/report and a/log"),
        (workflow(node("a"), phase="Succeeded"), "the run has no artifact"),
        (replace(UNREAD, phase=workflow().phase), "the run has no artifact"),
        (UNREAD, "the nodes could not be read, so what the run has is not known"),
        (
            replace(workflow(), nodes_unreadable="offloaded"),
            "the nodes could not be read, so what the run has is not known",
        ),
    ],
)
def test_what_nobody_finds_is_told_with_what_there_is(run: Workflow, expected: str) -> None:
    assert describe_offer(run) == expected
    assert remark_on_unmatched(run, ["reports"], ()) == [
        f"--artifact reports matches nothing: {expected}"
    ]
    [sentence] = find_shortfalls(run, ["reports"], (), ())
    assert sentence == f"the required artifact reports is missing: {expected}"


def test_each_pattern_stands_by_itself() -> None:
    found = plan(RUN, ["log", "logs"])
    [remark] = remark_on_unmatched(RUN, ["log", "logs"], found)
    assert remark.startswith("--artifact logs matches nothing")


def test_what_is_required_and_was_not_fetched_is_told() -> None:
    ones = plan(RUN)
    files = [file("report", error="gone"), file("log")]
    assert list(find_shortfalls(RUN, ["report", "log"], ones, files)) == [
        "the required artifact outer.a/report could not be fetched: gone"
    ]
