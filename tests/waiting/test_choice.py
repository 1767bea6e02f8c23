"""Which of the runs that match labels are meant: each row of the table is a rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from argogate.model.workflow import LABEL_ARCHIVING, LABEL_CRON, Workflow
from argogate.waiting.choice import Choice, Why, choose, runs_in
from argogate.waiting.identity import Identity
from tests.build import BEGAN, moment, workflow

PERSISTED = {LABEL_ARCHIVING: "Persisted"}


def run(uid: str, name: str = "", phase: str = "Succeeded", **members: object) -> Workflow:
    made = workflow(phase=phase, name=name or uid, uid=uid, created_at=moment(-600))
    return replace(made, finished_at=moment(-60), **members)  # type: ignore[arg-type]


LIVE = run("live", phase="Running")
ENDED = run("ended", phase="Failed")
GONE = run("gone", labels=PERSISTED)
LEAVING = run("leaving", deleted_at=moment(-1))
UNIQUE = run("job-bcdfg", generate_name="job-", labels=PERSISTED)
CRON = run("cron-1795627620", labels={**PERSISTED, LABEL_CRON: "cron"})
MEANWHILE = replace(GONE, uid="meanwhile", name="meanwhile", finished_at=moment(2))
DEFAULT, ACCEPTING = Identity(), Identity(accept_archived=True)
YOUNG, OLD = (Identity(created_after=moment(seconds)) for seconds in (-900, -300))


def said(choice: Choice) -> tuple[set[str], dict[str, Why]]:
    return {each.uid for each in choice.meant}, {each.uid: why for each, why in choice.left_out}


@pytest.mark.parametrize(
    ("rows", "identity", "meant", "left_out"),
    [
        ([LIVE, ENDED], DEFAULT, {"live", "ended"}, {}),
        ([LIVE, GONE], DEFAULT, {"live"}, {"gone": Why.GONE}),
        ([LEAVING], DEFAULT, set(), {"leaving": Why.GONE}),
        ([GONE, LEAVING], ACCEPTING, {"gone", "leaving"}, {}),
        ([LIVE, GONE], YOUNG, {"live", "gone"}, {}),
        ([LIVE, GONE], OLD, set(), {"live": Why.OLD, "gone": Why.OLD}),
        ([replace(LIVE, created_at=None)], OLD, set(), {"live": Why.OLD}),
        ([UNIQUE, CRON, MEANWHILE], DEFAULT, {"job-bcdfg", "cron-1795627620", "meanwhile"}, {}),
        ([replace(GONE, finished_at=None)], DEFAULT, set(), {"gone": Why.GONE}),
        ([GONE, replace(GONE, labels={})], DEFAULT, {"gone"}, {}),
        ([replace(GONE, labels={}), GONE], DEFAULT, {"gone"}, {}),
        (
            [replace(GONE, name="live", created_at=moment(-5)), LIVE],
            ACCEPTING,
            {"live"},
            {"gone": Why.NAMESAKE},
        ),
        (
            [GONE, replace(GONE, uid="newer", created_at=moment(-5))],
            ACCEPTING,
            {"newer"},
            {"gone": Why.NAMESAKE},
        ),
    ],
)
def test_the_rule(
    rows: list[Workflow], identity: Identity, meant: set[str], left_out: dict[str, Why]
) -> None:
    assert said(choose(runs_in(rows), identity, BEGAN)) == (meant, left_out)


def test_what_ended_later_than_the_servers_clock_shows_counts_as_old() -> None:
    early, late = (choose([MEANWHILE], DEFAULT, BEGAN, moment(seconds)) for seconds in (1, 2))
    assert said(early) == (set(), {"meanwhile": Why.GONE})
    assert said(late) == ({"meanwhile"}, {})


def test_without_the_servers_clock_what_is_gone_counts_as_old() -> None:
    assert said(choose([MEANWHILE], DEFAULT, None)) == (set(), {"meanwhile": Why.GONE})


def test_runs_come_once_and_the_newest_first() -> None:
    rows = [
        replace(LIVE, uid=str(age), created_at=BEGAN - timedelta(seconds=age))
        for age in (3, 1, 2, 1)
    ]
    assert [each.uid for each in runs_in(rows)] == ["1", "2", "3"]
    assert runs_in([replace(LIVE, created_at=None)])
