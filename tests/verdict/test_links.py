from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from argogate.model.workflow import NodeType
from argogate.verdict.links import NOWHERE, Page
from tests.build import node, told

PAGE = Page(url="https://argo.example/workflows/argo/wf", uid="b1a0")


@pytest.mark.parametrize(
    ("kind", "panel"),
    [("Pod", "logs:wf-a:main"), ("Container", "logs:wf:a"), ("Suspend", None), ("DAG", None)],
)
def test_a_link_opens_the_log_of_what_has_one(kind: str, panel: str | None) -> None:
    link = urlsplit(PAGE.of_node(node("a", kind=NodeType(kind))))
    query = parse_qs(link.query)
    assert query.pop("sidePanel", [None]) == [panel]
    assert query == {"tab": ["workflow"], "nodeId": ["wf-a"], "uid": ["b1a0"]}


def test_no_id_leaves_its_place_in_the_link() -> None:
    link = PAGE.of_node(node("a", id="x&uid=evil#<\ud800>\n:"))
    assert parse_qs(urlsplit(link).query)["uid"] == ["b1a0"]
    assert link.isascii()
    assert link.isprintable()


def test_without_a_page_there_is_no_link_and_without_a_uid_none_is_named() -> None:
    assert (NOWHERE.of_node(node("a")), NOWHERE.of_run()) == ("", "")
    bare = Page(url=PAGE.url)
    assert bare.of_run() == PAGE.url
    assert "uid" not in bare.of_node(node("a"))
    assert PAGE.of_run() == f"{PAGE.url}?uid=b1a0"


def test_a_case_links_to_its_node_and_the_run_as_a_whole_to_its_page() -> None:
    (suite,) = told(node("a")).suites
    assert suite.cases[0].url == PAGE.of_node(node("a"))
    assert told().suites[0].cases[0].url == PAGE.of_run()
