"""What is compared with a real server, and that it would be noticed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from proof.gate import ROOT, TOKEN
from proof.live import (
    ASKS,
    FAILED,
    GONE,
    PASSED,
    Refused,
    Server,
    check_foreign,
    prove,
    truth,
    worst,
)
from proof.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator


def workflow(phase: str, *, ended: bool = True, **nodes: str) -> dict[str, Any]:
    finished = "2026-01-31T12:00:00Z" if ended else None
    shown = {name: {"displayName": name, "phase": phase} for name, phase in nodes.items()}
    return {"status": {"phase": phase, "finishedAt": finished, "nodes": shown}}


@pytest.mark.parametrize(
    ("found", "node", "code"),
    [
        (workflow("Succeeded"), "", PASSED),
        (workflow("Failed"), "", FAILED),
        (workflow("Error"), "", FAILED),
        (workflow("Running", ended=False), "", ASKS),
        (workflow("Succeeded", ended=False), "", ASKS),
        (None, "", GONE),
        (workflow("Failed", a="Succeeded", b="Failed"), "a", PASSED),
        (workflow("Failed", a="Succeeded", b="Failed"), "*", FAILED),
        (workflow("Succeeded", a="Succeeded"), "c", FAILED),
    ],
)
def test_the_truth_is_what_get_says(found: dict[str, Any] | None, node: str, code: int) -> None:
    assert truth(found, node) == code


def test_of_several_the_failed_one_speaks_for_all() -> None:
    assert worst([PASSED, ASKS, GONE, FAILED]) == FAILED
    assert worst([PASSED, GONE]) == GONE


def test_every_workflow_ends_and_goes_by_itself() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES) > 30
    for shape in SHAPES:
        assert shape.spec["activeDeadlineSeconds"] <= 120
        assert shape.spec["ttlStrategy"]


@contextmanager
def replay(**more: object) -> Iterator[DemoServer]:
    run = replace(make_run("theirs"), **more)  # type: ignore[arg-type]
    with DemoServer([run], token=TOKEN) as server:
        yield server


def test_a_namespace_of_others_is_refused_unless_it_is_allowed() -> None:
    with replay() as theirs:
        server = Server(theirs.url, TOKEN, "argo")
        with pytest.raises(Refused, match="holds 1 workflows of others \\(theirs\\)"):
            check_foreign(server, allowed=False)
        check_foreign(server, allowed=True)


def environment(url: str, token: str) -> dict[str, str]:
    own = {"ARGO_SERVER": url, "ARGO_TOKEN": token, "ARGO_NAMESPACE": "argo"}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | own


@pytest.mark.thorough
def test_all_ways_agree_with_the_server_and_nothing_is_left() -> None:
    with replay(workflows={}) as empty:
        server = Server(empty.url, TOKEN, "argo")
        tally = prove(server, environment(empty.url, TOKEN), SHAPES)
        assert tally.wrong == []
        assert tally.ways > len(SHAPES) + 6
        assert set(tally.codes) == {PASSED, FAILED, GONE, ASKS}
        assert server.names() == []


@pytest.mark.thorough
def test_a_gate_that_says_something_else_is_noticed() -> None:
    with replay(workflows={}) as empty:
        server = Server(empty.url, TOKEN, "argo")
        tally = prove(server, environment(empty.url, "another"), SHAPES[:1])
        assert len(tally.wrong) == tally.ways
        assert any("suspend: exit 4, but GET says" in each for each in tally.wrong)
        assert server.names() == []
