"""Paths of the artifact routes."""

from __future__ import annotations

import pytest

from argogate.argo.artifacts import Where, place_of
from argogate.errors import ArgoError
from tests.build import workflow

LIVE = Where(namespace="ns", workflow="wf", uid="u1", archived=False)
ARCHIVED = Where(namespace="ns", workflow="wf", uid="u1", archived=True)


@pytest.mark.parametrize(
    ("where", "inside", "path"),
    [
        (LIVE, "", "/artifacts/ns/wf/n/a"),
        (ARCHIVED, "", "/artifacts-by-uid/u1/n/a"),
        (LIVE, "/", "/artifact-files/ns/workflows/wf/n/outputs/a/"),
        (ARCHIVED, "/", "/artifact-files/ns/archived-workflows/u1/n/outputs/a/"),
        (LIVE, "sub/", "/artifact-files/ns/workflows/wf/n/outputs/a/sub/"),
        (
            LIVE,
            "sp ace/ünï (1) & <x>?#%.txt",
            (
                "/artifact-files/ns/workflows/wf/n/outputs/a/"
                "sp%20ace/%C3%BCn%C3%AF%20%281%29%20%26%20%3Cx%3E%3F%23%25.txt"
            ),
        ),
    ],
)
def test_each_route_has_its_path(where: Where, inside: str, path: str) -> None:
    assert where.file("n", "a", inside) == path


def test_segments_stay_segments() -> None:
    assert LIVE.file("a/b", "../c") == "/artifacts/ns/wf/a%2Fb/..%2Fc"


@pytest.mark.parametrize(
    ("node", "name", "inside"),
    [
        ("..", "a", ""),
        ("n", "..", ""),
        ("n", ".", "x"),
        ("n", "", ""),
        ("n", "a", "../b"),
        ("n", "a", "sub/../../b/"),
        ("n", "a", "./b"),
    ],
)
def test_no_name_leads_to_another_path_of_the_server(node: str, name: str, inside: str) -> None:
    with pytest.raises(ArgoError, match="no address"):
        LIVE.file(node, name, inside)


def test_the_label_tells_where_a_run_was_read() -> None:
    label = {"workflows.argoproj.io/workflow-archiving-status": "Persisted"}
    assert not place_of(workflow()).archived
    assert place_of(workflow(labels=label)) == Where(
        namespace="argo", workflow="wf", uid="b1a0", archived=True
    )
