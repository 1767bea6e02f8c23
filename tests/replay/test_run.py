"""Run files: what may stand in them and what becomes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argo_replay.library import scenarios
from argo_replay.run import merge, parse

MINIMAL: dict[str, Any] = {
    "scenario": "made",
    "shows": "nothing",
    "argo": "v4.1.2",
    "recorded": "2026-01-01T00:00:00.250Z",
    "namespace": "argo",
    "workflows": {},
    "archive": None,
}
ONE = {"metadata": {"uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}, "list": ["x", 1]}


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ("text", {"a": {"b": None}}, {"a": {}}),
        ({"a": 1}, "text", "text"),
    ],
)
def test_patches_merge_as_rfc_7386_says(target: object, patch: object, merged: object) -> None:
    assert merge(target, patch) == merged


def test_states_follow_the_changes() -> None:
    steps = [
        {"at": 1, "put": ONE},
        {"at": 2, "patch": {"status": {"phase": "Running"}}},
        {"at": 3, "delete": True},
        {"at": 4, "put": {"metadata": {"uid": "2"}}},
    ]
    run = parse(MINIMAL | {"workflows": {"w": steps}})
    assert run.state_at("w", 0.5) is None
    assert run.state_at("w", 1) == ONE
    assert run.state_at("w", 2.5) == ONE | {"status": {"phase": "Running"}}
    assert run.state_at("w", 3) is None
    assert run.state_at("w", 9) == {"metadata": {"uid": "2"}}
    assert run.state_at("other", 9) is None
    assert run.ends == 4


def test_changes_out_of_order_are_refused() -> None:
    steps = [{"at": 2, "put": ONE}, {"at": 1, "delete": True}]
    with pytest.raises(ValueError, match="in order of time"):
        parse(MINIMAL | {"workflows": {"w": steps}})


def test_moving_shifts_timestamps_by_whole_seconds() -> None:
    run = parse(MINIMAL | {"workflows": {"w": [{"at": 0, "put": ONE}, {"at": 1, "delete": True}]}})
    moved = run.moved(timedelta(days=1, milliseconds=900))
    assert moved.recorded == datetime(2026, 1, 2, 0, 0, 0, 250_000, tzinfo=UTC)
    state = moved.state_at("w", 0)
    assert state is not None
    assert state["metadata"]["creationTimestamp"] == "2026-01-02T00:00:00Z"
    assert state["list"] == ["x", 1]
    assert run.moved(timedelta(milliseconds=900)) is run


def test_generated_content_is_the_same_each_time() -> None:
    entry = {"workflow": "w", "node": "n", "artifact": "a", "path": "", "at": 0, "headers": {}}
    recipe = {"generate": {"size": 100_000, "seed": 7}}
    (stored,) = parse(MINIMAL | {"artifacts": [entry | recipe]}).artifacts
    first = b"".join(stored.read())
    assert len(first) == stored.size == 100_000
    assert first == b"".join(stored.read())
    (text,) = parse(MINIMAL | {"artifacts": [entry | {"text": "ü"}]}).artifacts
    assert b"".join(text.read()) == "ü".encode()


def test_the_shipped_runs_are_named_after_their_scenarios() -> None:
    shipped = scenarios()
    assert len(shipped) == 10
    assert all(run.scenario == name and shows for name, (run, shows) in shipped.items())
