"""Nodes are folded so that what matters is seen, in whatever shape a run is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from argogate.lookups.columns import cut, squeezed, width
from argogate.lookups.drawing import DASH, Layout, table
from argogate.lookups.folding import UNFOLDED, lines_of, nodes_in
from argogate.lookups.outline import Outliner, outline
from argogate.lookups.page import MOST_ROWS
from argogate.model.workflow import Node, NodePhase, NodeType, Phase, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)


def node(name: str, around: str = "w", /, **more: object) -> Node:
    """Return a node that passed; its id is its name."""
    settings: dict[str, Any] = {
        "id": name,
        "name": name,
        "display_name": name.rpartition(".")[2],
        "type": NodeType.POD,
        "phase": NodePhase.SUCCEEDED,
        "boundary_id": "" if name == "w" else around,
        "started_at": BEGAN,
        "finished_at": BEGAN + timedelta(seconds=2),
    }
    return Node(**(settings | more))


def workflow(*nodes: Node, root: NodeType = NodeType.DAG) -> Workflow:
    tops = [] if any(each.id == "w" for each in nodes) else [node("w", type=root)]
    return Workflow(
        name="w", phase=Phase.RUNNING, nodes={each.id: each for each in (*tops, *nodes)}
    )


def drawn(run: Workflow, most: int = MOST_ROWS, width: int = 100) -> list[str]:
    lines = table(outline(run, NOW, most), run, Layout(width=width))
    return [line.rstrip() for line in lines][1:]


def everything(run: Workflow) -> list[str]:
    return list(table(Outliner(run, NOW).entries(UNFOLDED), run, Layout()))[1:]


def many(count: int, name: str = "w.map({0}:x)", **more: object) -> list[Node]:
    return [
        node(
            name.format(number),
            **{"finished_at": BEGAN + timedelta(seconds=2 + number % 40), **more},
        )
        for number in range(count)
    ]


FAILED: dict[str, Any] = {"phase": NodePhase.FAILED, "message": "exit code 1"}


def test_a_fan_out_is_one_line_with_its_number_and_range() -> None:
    assert drawn(workflow(*many(118))) == [
        "✓ w            Succeeded  2s",
        f"└ ✓ 118 × map  Succeeded  2s{DASH}41s",
    ]


def test_items_are_in_order_of_their_start_then_of_their_numbers() -> None:
    late = node("w.map(1:x)", started_at=BEGAN + timedelta(seconds=1))
    run = workflow(node("w.map(10:x)"), node("w.map(9:x)"), late)
    assert [line.split()[2] for line in drawn(run)[1:]] == ["map(9:x)", "map(10:x)", "map(1:x)"]


def test_what_failed_of_a_fan_out_is_single_as_long_as_there_is_room() -> None:
    lines = drawn(workflow(*many(50), *many(3, "w.map(1{0}0:x)", **FAILED)))
    assert [line.split()[1] for line in lines[2:]] == ["✗", "✗", "✗"]
    lines = drawn(workflow(*many(500, **FAILED)))
    assert len(lines) == 12
    assert lines[-1].split()[1:5] == ["✗", "490", "×", "map"]
    assert lines[-1].endswith("exit code 1")


def test_what_runs_and_what_waits_is_counted_too() -> None:
    running = many(9, "w.map({0}:x)", phase=NodePhase.RUNNING, finished_at=None)
    pending = many(7, "w.map(1{0}:x)", phase=NodePhase.PENDING, finished_at=None)
    assert drawn(workflow(*running, *pending))[1:] == [
        "├ ● 9 × map  Running    1h",
        "└ ◷ 7 × map  Pending",
    ]


@cache
def shapes() -> dict[str, list[Node]]:
    """Return many nodes of various shapes."""
    frames = [node(f"w.f{n}", type=NodeType.DAG) for n in range(35)]
    within = [node(f"w.f{n}.t{m}", f"w.f{n}") for n in range(35) for m in range(12)]
    broken = [
        node(each.name, each.boundary_id, **FAILED) if each.name.endswith("t3") else each
        for each in within
    ]
    red = [node(each.name, type=NodeType.DAG, **FAILED) for each in frames]
    deep: list[Node] = []
    around = "w"
    for number in range(1200):
        deep.append(node(f"{around}.d" if number < 50 else f"d{number}", around, type=NodeType.DAG))
        around = deep[-1].id
    return {
        "fan-out": many(400),
        "distinct": [node(f"w.t{n}") for n in range(400)],
        "distinct and red": [node(f"w.t{n}", **FAILED) for n in range(400)],
        "frames": [*frames, *within],
        "red frames": [*red, *broken],
        "deep": deep,
        "all fail differently": [
            node(f"w.m({n}:x)", phase=NodePhase.ERROR, message=f"reason {n}") for n in range(400)
        ],
        "tops": [node(f"x{n}", "") for n in range(400)],
        "running frames": [
            *(node(each.name, type=NodeType.DAG, phase=NodePhase.RUNNING) for each in frames),
            *(node(each.name, each.boundary_id, phase=NodePhase.RUNNING) for each in within),
        ],
    }


@pytest.mark.parametrize("shape", shapes())
def test_any_shape_of_many_nodes_is_few_lines(shape: str) -> None:
    run = workflow(*shapes()[shape])
    entries = outline(run, NOW, MOST_ROWS)
    assert lines_of(entries) <= MOST_ROWS or shape == "tops"
    assert nodes_in(entries) == len(run.nodes)


def test_a_failure_deep_inside_keeps_its_frames_open() -> None:
    frames = [node(f"w.f{n}", type=NodeType.DAG) for n in range(35)]
    within = [node(f"w.f{n}.t{m}", f"w.f{n}") for n in range(35) for m in range(35)]
    red = [
        node("w.f7", type=NodeType.DAG, phase=NodePhase.FAILED, message="child 'x' failed"),
        node("w.f7.t3", "w.f7", **FAILED),
    ]
    lines = drawn(workflow(*frames, *within, *red))
    assert "✗ f7" in lines[-3] + lines[-2] + lines[-1] + lines[1]
    assert any("✗ t3" in line and "exit code 1" in line for line in lines)
    assert not any("child" in line for line in lines)


def test_a_failure_that_was_tolerated_stays_in_sight() -> None:
    frames = [node(f"w.f{n}", type=NodeType.DAG) for n in range(35)]
    within = [node(f"w.f{n}.t{m}", f"w.f{n}") for n in range(35) for m in range(35)]
    lines = drawn(workflow(*frames, *within, node("w.f7.t3", "w.f7", **FAILED)))
    assert any("✗ t3" in line and "exit code 1" in line for line in lines)


def test_what_passed_at_last_is_folded_as_what_passed_at_once() -> None:
    nodes = []
    for number in range(6):
        name = f"w.map({number}:x)"
        tries = [node(f"{name}(0)", **FAILED), node(f"{name}(1)")]
        ids = tuple(each.id for each in tries)
        nodes += [node(name, type=NodeType.RETRY, children=ids), *tries]
    [_, line] = drawn(workflow(*nodes))
    assert line.startswith("└ ✓ 6 × map  Succeeded  2s")
    assert line.endswith("2 attempts; before: exit code 1")


def tried(*phases: NodePhase, messages: Iterable[str] = (), **more: object) -> list[Node]:
    told = [*messages, *[""] * len(phases)]
    attempts = [
        node(f"w.r({number})", phase=phase, message=told[number], retried=True)
        for number, phase in enumerate(phases)
    ]
    frame = node(
        "w.r",
        type=NodeType.RETRY,
        phase=phases[-1],
        children=tuple(each.id for each in attempts),
        **more,
    )
    return [frame, *attempts]


BAD, GOOD = NodePhase.FAILED, NodePhase.SUCCEEDED


@pytest.mark.parametrize(
    ("nodes", "lines"),
    [
        (tried(GOOD), ["└ ✓ r  Succeeded  2s"]),
        (
            tried(BAD, GOOD, messages=["boom"]),
            ["└ ✓ r  Succeeded  2s        2 attempts; before: boom"],
        ),
        (tried(BAD, GOOD), ["└ ✓ r  Succeeded  2s        2 attempts; before: Failed"]),
        (
            tried(BAD, BAD, messages=["boom", "boom"], message="No more retries left"),
            ["└ ✗ r  Failed     2s        2 attempts, each: boom"],
        ),
        (tried(BAD, BAD), ["└ ✗ r  Failed     2s        2 attempts"]),
        (
            tried(BAD, BAD, messages=["boom", "bang"]),
            [
                "└ ✗ r            Failed     2s        2 attempts: bang",
                "  ├ ✗ attempt 1  Failed     2s        boom",
                "  └ ✗ attempt 2  Failed     2s        bang",
            ],
        ),
    ],
)
def test_attempts_are_told_in_one_line_unless_they_differ(
    nodes: list[Node], lines: list[str]
) -> None:
    found = drawn(workflow(*nodes))[1:]
    assert found == lines


def test_an_attempt_that_is_a_frame_shows_what_the_last_one_did() -> None:
    nodes = tried(BAD, GOOD)
    nodes[1:] = [node(each.id, type=NodeType.DAG, phase=each.phase) for each in nodes[1:]]
    inside = [node(f"{each.id}.t", each.id, phase=each.phase) for each in nodes[1:]]
    hook = node("w.r.onExit", hooked=True)
    assert drawn(workflow(*nodes, *inside, hook))[2:] == [
        "  ├ ✗ attempt 1  Failed     2s        (1 node inside)",
        "  ├ ✓ attempt 2  Succeeded  2s",
        "  │ └ ✓ t        Succeeded  2s",
        "  └ ✓ onExit     Succeeded  2s",
    ]


def test_all_unfolds_attempts_and_items() -> None:
    run = workflow(*many(5), *tried(BAD, GOOD))
    lines = everything(run)
    assert len(lines) == len(run.nodes)
    assert any("attempt 1" in line for line in lines)


def test_a_single_node_is_folded_as_far_as_it_takes() -> None:
    run = workflow(*shapes()["red frames"])
    outliner = Outliner(run, NOW)
    root = run.nodes["w"]
    assert lines_of([outliner.entry(root, MOST_ROWS)]) <= MOST_ROWS
    assert lines_of([outliner.entry(root, None)]) == len(run.nodes)
    assert lines_of([outliner.entry(root, 1)]) > 1


def test_groups_only_group() -> None:
    group = node("w[0]", type=NodeType.STEP_GROUP, children=("w[0].a",))
    empty = node("w[1]", type=NodeType.STEP_GROUP, phase=NodePhase.PENDING)
    fan = node("w.map", type=NodeType.TASK_GROUP, children=("w.map(0:x)",))
    run = workflow(group, node("w[0].a"), empty, fan, node("w.map(0:x)"))
    assert [line.split()[2] for line in drawn(run)[1:]] == ["map(0:x)", "a", "[1]"]


def test_hooks_hang_on_what_they_hook_and_those_of_the_whole_stand_apart() -> None:
    run = workflow(
        node("w.a"),
        node("w.a.hooks.running", hooked=True),
        node("w.onExit", "", hooked=True),
        node("w.hooks.late", "", hooked=True),
        node("w.lost.onExit", hooked=True),
    )
    assert [line.partition("  ")[0] for line in drawn(run)] == [
        "✓ w",
        "├ ✓ a",
        "│ └ ✓ hooks.running",
        "└ ✓ lost.onExit",
        "✓ hooks.late (hook)",
        "✓ onExit (exit handler)",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"type": NodeType.SUSPEND, "phase": NodePhase.RUNNING}, "it waits for an approval"),
        (
            {"type": NodeType.SUSPEND, "phase": NodePhase.RUNNING, "timed": True},
            "it resumes by itself",
        ),
        ({"phase": NodePhase.PENDING, "waiting_for_lock": "ns/l"}, "it waits for the lock ns/l"),
        ({"memoized": True}, "from the cache"),
        ({"phase": NodePhase.RUNNING, "daemoned": True}, "a daemon"),
        ({"display_name": "Shown"}, ""),
    ],
)
def test_it_is_said_why_a_node_is_as_it_is(more: dict[str, Any], said: str) -> None:
    assert drawn(workflow(node("w.a", **more)))[1].endswith(said)


@pytest.mark.parametrize(
    "circle",
    [
        [node("x", "y", type=NodeType.DAG), node("y", "x")],
        [node("w.h", "w.h.onExit", type=NodeType.DAG), node("w.h.onExit", hooked=True)],
    ],
)
def test_nodes_in_a_circle_are_counted_and_do_no_harm(circle: list[Node]) -> None:
    run = workflow(node("w.a"), *circle)
    outliner = Outliner(run, NOW)
    assert lines_of(outliner.entries(UNFOLDED)) == 2
    assert outliner.lost == 2
    assert [lines_of((outliner.entry(each, most),)) for each in circle for most in (None, 9)] == (
        [1] * 4
    )


def test_a_node_without_an_id_encloses_nothing() -> None:
    run = workflow(node("", "", type=NodeType.DAG), node("w.a"))
    assert lines_of(Outliner(run, NOW).entries(UNFOLDED)) == 3


def test_a_root_in_a_circle_does_no_harm() -> None:
    run = workflow(replace(node("w"), boundary_id="x"), node("x"))
    outliner = Outliner(run, NOW)
    assert (outliner.entries(UNFOLDED), outliner.lost) == ((), 2)


def test_hostile_names_stay_in_their_line() -> None:
    run = workflow(node("w.a", display_name="\x1b[31mred\n::error::", message="x\r\ny\x1b[2J"))
    text = "\n".join(drawn(run))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "cells", "shown", "ends"),
    [
        ("plain", 5, "plain", "plain"),
        ("plainer", 5, "plai…", "pl…er"),
        ("漢字漢字", 5, "漢字…", "漢…字"),
        ("\u0301\u0301", 1, "\u0301\u0301", "\u0301\u0301"),
        ("a\u0301b\u200dc", 3, "a\u0301b\u200dc", "a\u0301b\u200dc"),
    ],
)
def test_text_is_cut_by_cells(text: str, cells: int, shown: str, ends: str) -> None:
    assert cut(text, cells) == shown
    assert squeezed(text, cells) == ends
    assert width(shown) <= cells
