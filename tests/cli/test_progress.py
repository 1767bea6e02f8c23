from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.cli.progress import LONGEST_MESSAGE, spell_news
from argogate.model.tree import Leaf
from argogate.verdict.observation import Target
from argogate.waiting.news import (
    Appeared,
    AwaitsApproval,
    Changed,
    Held,
    Missing,
    News,
    NodeFailed,
    Recovered,
    Remarked,
    Running,
    Standing,
    StillWaiting,
    Troubled,
    Unheard,
)
from tests.build import HOSTILE, node, workflow

if TYPE_CHECKING:
    from collections.abc import Callable

WF = Target(namespace="argo", name="wf")
RUNNING = workflow(phase="Running", progress="1/3")
FAILED = Leaf(path="outer.a", node=node("a", "Failed", message="exit 3"))

SPELLED: list[tuple[News, str]] = [
    (
        StillWaiting(target=WF, workflow=RUNNING, waited=90, left=0, others=3),
        "still Running 1/3, and 3 others not over either, waiting for 1m 30s",
    ),
    (Appeared(target=WF, workflow=RUNNING), "Running 1/3 (uid b1a0)"),
    (Changed(target=WF, workflow=RUNNING), "Running 1/3"),
    (Changed(target=WF, workflow=workflow(phase="")), "not started by any controller yet"),
    (
        Changed(target=WF, workflow=replace(RUNNING, suspended=True, shutdown="Stop", message="m")),
        "Running 1/3 (suspended) (shutdown: Stop): m",
    ),
    (Changed(target=WF, workflow=replace(RUNNING, phase_word="Mystery")), "Mystery 1/3"),
    (
        Appeared(target=WF, workflow=replace(RUNNING, estimated_seconds=250)),
        "Running 1/3 (uid b1a0, usually 4m 10s)",
    ),
    (Running(target=WF, nodes=("integration", "unit")), "running: integration, unit"),
    (Running(target=WF, nodes=("a",), starting=("b",)), "running: a; starting: b"),
    (
        Running(target=WF, nodes=(), starting=tuple("abcdefghijk")),
        "starting: a, b, c, d, e, f, g, h, +3 more",
    ),
    (Held(target=WF, reason="node a is Pending: no room"), "node a is Pending: no room"),
    (Standing(target=WF, workflow=RUNNING), ""),
    (
        StillWaiting(
            target=WF, workflow=replace(RUNNING, estimated_seconds=60), waited=300, left=0
        ),
        "still Running 1/3, waiting for 5m (it usually takes 1m)",
    ),
    (NodeFailed(target=WF, failure=FAILED), "node outer.a Failed: exit 3"),
    (
        NodeFailed(
            target=WF, failure=Leaf(path="b", node=node("b", "Error")), attempt=2, retried=True
        ),
        "node b Error (attempt 2, tried again): without a message",
    ),
    (
        NodeFailed(
            target=WF,
            failure=Leaf(path="b", shown_as="Build", node=node("b", "Error", message="b: no:")),
            attempt=1,
        ),
        "node b (Build) Error (attempt 1): b: no",
    ),
    (
        AwaitsApproval(target=WF, approvals=("ask", "legal"), how="argo resume -n argo wf"),
        "waits for an approval of ask and legal; to approve: argo resume -n argo wf",
    ),
    (
        Missing(target=WF, found="", patience=30),
        "not there yet; waiting 30s for it to appear",
    ),
    (
        Missing(target=WF, found="an older run", patience=30),
        "not there yet; waiting 30s for it to appear; an older run",
    ),
    (Troubled(target=WF, reason="refused", patience=300), "refused; asking again for 5m"),
    (Troubled(target=WF, reason="refused", patience=0), "refused; asking again"),
    (Recovered(target=WF, outage=65), "the server answers again after 1m 5s"),
    (
        StillWaiting(target=WF, workflow=RUNNING, waited=300, left=3300),
        "still Running 1/3, waiting for 5m, 55m left",
    ),
    (
        StillWaiting(target=WF, workflow=None, waited=300, left=0),
        "still not seen yet, waiting for 5m",
    ),
    (Unheard(target=WF, reason="403"), "no event stream just now, polling instead: 403"),
    (Remarked(target=WF, text="ttl is short"), "ttl is short"),
]


@pytest.mark.parametrize(("news", "expected"), SPELLED, ids=lambda value: type(value).__name__)
def test_news_are_one_line_that_begins_with_the_workflow(news: News, expected: str) -> None:
    assert spell_news(news) == f"wf: {expected}".rstrip()


def test_every_kind_of_news_is_in_the_table() -> None:
    assert {type(news) for news, _ in SPELLED} == set(News.__args__)


def target(text: str) -> Target:
    return Target(namespace=text, name=text)


HOSTILE_NEWS: dict[str, Callable[[str], News]] = {
    "appeared": lambda text: Appeared(target=target(text), workflow=replace(RUNNING, uid=text)),
    "changed": lambda text: Changed(
        target=target(text),
        workflow=replace(RUNNING, phase_word=text, progress=text, message=text, shutdown=text),
    ),
    "running": lambda text: Running(target=target(text), nodes=(text, text), starting=(text,)),
    "held": lambda text: Held(target=target(text), reason=text),
    "failed": lambda text: NodeFailed(
        target=target(text), failure=Leaf(path=text, node=node("a", "Failed", message=text))
    ),
    "approval": lambda text: AwaitsApproval(target=target(text), approvals=(text, text), how=text),
    "missing": lambda text: Missing(target=target(text), found=text, patience=1),
    "troubled": lambda text: Troubled(target=target(text), reason=text, patience=1),
    "still": lambda text: StillWaiting(
        target=target(text), workflow=replace(RUNNING, message=text), waited=1, left=1
    ),
    "unheard": lambda text: Unheard(target=target(text), reason=text),
    "remarked": lambda text: Remarked(target=target(text), text=text),
}


def assert_harmless(line: str) -> None:
    assert "\n" not in line
    assert not [letter for letter in line if unicodedata.category(letter) in {"Cc", "Cs"}]
    assert not line.lstrip().startswith("::")
    assert "##[" not in line
    assert "##vso[" not in line
    assert "##teamcity[" not in line
    line.encode()


@pytest.mark.parametrize("kind", HOSTILE_NEWS)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_neither_colours_a_terminal_nor_commands_a_ci(kind: str, text: str) -> None:
    assert_harmless(spell_news(HOSTILE_NEWS[kind](text)))


@given(st.sampled_from(sorted(HOSTILE_NEWS)), st.text(st.characters(codec=None), max_size=40))
def test_no_text_at_all_gets_through_unharmed(kind: str, text: str) -> None:
    assert_harmless(spell_news(HOSTILE_NEWS[kind](text)))


@pytest.mark.parametrize("kind", HOSTILE_NEWS)
def test_a_line_is_of_bounded_length(kind: str) -> None:
    news = replace(HOSTILE_NEWS[kind]("x" * 1_000_000), target=WF)
    assert len(spell_news(news)) <= LONGEST_MESSAGE + len("wf: ")
