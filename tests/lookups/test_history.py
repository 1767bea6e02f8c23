"""What a history tells follows from its runs, and says nothing where there are too few."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring

import pytest

from argogate.lookups import historypage, historytext
from argogate.lookups.history import (
    Entry,
    History,
    Outcome,
    entry_of,
    outcome_of,
    percentile,
    share,
)
from argogate.lookups.nodestats import failed_nodes, node_history
from argogate.lookups.question import Place, Row
from argogate.model.parse import parse_workflow
from argogate.model.tree import Tree
from argogate.model.workflow import NodeType, Phase, Workflow
from tests.harness import recorded

NOW = datetime(2026, 2, 1, tzinfo=UTC)
PHASES = {"S": Phase.SUCCEEDED, "F": Phase.FAILED, "E": Phase.ERROR, "r": Phase.RUNNING}


def entry(number: int, letter: str, seconds: float = 60, **more: object) -> Entry:
    """Return a run that began that many hours ago."""
    began = NOW - timedelta(hours=number)
    stopped = letter == "x"
    phase = PHASES.get(letter, Phase.FAILED)
    run = Workflow(
        name=f"n-{number}",
        uid=f"u-{number}",
        namespace="ci",
        phase=phase,
        phase_word=phase.value,
        created_at=began,
        started_at=began,
        finished_at=None if letter == "r" else began + timedelta(seconds=seconds),
        message="Stopped with strategy 'Stop'" if stopped else "",
    )
    row = Row(replace(run, **more), Place.LIVE if number < 3 else Place.ARCHIVE)  # type: ignore[arg-type]
    return entry_of(row, NOW)


def history(letters: str, **more: object) -> History:
    """Return one of runs with these letters, the newest first."""
    entries = tuple(entry(number, letter) for number, letter in enumerate(letters, 1))
    whole = History(what="-l app=web", entries=entries, matched=len(entries), now=NOW)
    return replace(whole, **more)  # type: ignore[arg-type]


def fact(of: History, word: str) -> str:
    return dict(historytext.facts(of)).get(word, "")


@pytest.mark.parametrize(
    ("run", "outcome"),
    [
        (Workflow(phase=Phase.SUCCEEDED), Outcome.PASSED),
        (Workflow(phase=Phase.FAILED), Outcome.FAILED),
        (Workflow(phase=Phase.ERROR), Outcome.FAILED),
        (Workflow(phase=Phase.RUNNING), Outcome.UNFINISHED),
        (Workflow(phase=Phase.NONE), Outcome.UNFINISHED),
        (Workflow(phase=Phase.SUCCEEDED, shutdown="Stop"), Outcome.STOPPED),
        (
            Workflow(phase=Phase.FAILED, message="Stopped with strategy 'Terminate'"),
            Outcome.STOPPED,
        ),
        (
            Workflow(phase=Phase.FAILED, labels={"workflows.argoproj.io/action": "Terminate"}),
            Outcome.STOPPED,
        ),
        (
            Workflow(phase=Phase.FAILED, labels={"workflows.argoproj.io/action": "Resume"}),
            Outcome.FAILED,
        ),
    ],
)
def test_what_somebody_stopped_neither_passed_nor_failed(run: Workflow, outcome: Outcome) -> None:
    assert outcome_of(run) is outcome


@pytest.mark.parametrize(
    ("letters", "passed", "left_out"),
    [
        ("S" * 18 + "FE", "18/20 (90 %)", ""),
        ("rxSSFSS", "4/5 (80 %)", "1 not over, 1 stopped by somebody"),
        ("SSFS", "3/4, too few runs (4) for a rate", ""),
        ("", "0/0, too few runs (0) for a rate", ""),
    ],
)
def test_the_rate_is_of_the_runs_that_count(letters: str, passed: str, left_out: str) -> None:
    assert fact(history(letters), "passed") == passed
    assert fact(history(letters), "left out") == left_out


@pytest.mark.parametrize(
    ("letters", "failing"),
    [
        ("SFF", ""),
        ("rxF" + "FS", "since n-4 (2026-01-31T20:00:00Z), 2 runs in a row; last good: n-5 (2026-"),
        ("FxE", "since n-3 (2026-01-31T21:00:00Z), 2 runs in a row; no good run among those"),
        ("r", ""),
    ],
)
def test_it_fails_since_the_first_of_the_failures_in_a_row(letters: str, failing: str) -> None:
    told = fact(history(letters), "failing")
    assert told.startswith(failing)
    assert bool(told) is bool(failing)


def test_the_strip_is_of_the_last_20_and_the_oldest_comes_first() -> None:
    assert history("rxFES" + "S" * 30).strip == "S" * 16 + "EFxr"
    assert fact(history("FS"), "last 2").startswith("SF  (oldest first; S Succeeded")


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ([], "no run passed whose times are known"),
        ([60, 120], "median 1m 30s, too few runs (2) for more"),
        (
            [90, *range(10, 105, 10)],
            "median 1m, p95 1m 40s of 11 runs that passed; the last one 1m 30s, 50 % above the",
        ),
        ([30, 60, 60, 60, 60], "the last one 30s, 50 % below the median"),
        ([60] * 5, "the last one 1m, as long as the median"),
        ([0] * 5, "median 0s, p95 0s of 5 runs that passed; the last one 0s"),
    ],
)
def test_durations_are_those_of_the_runs_that_passed(taken: list[float], told: str) -> None:
    entries = [entry(number, "S", seconds) for number, seconds in enumerate(taken, 1)]
    entries.insert(1, entry(99, "F", 9999))
    entries.append(entry(98, "S", finished_at=None))
    assert told in fact(history("", entries=tuple(entries)), "duration")


def test_a_percentile_is_the_value_that_so_many_do_not_exceed() -> None:
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7], 95) == 7
    assert percentile([1, 2], 1) == 1


def test_what_was_counted_is_told() -> None:
    of_all = history("SSSS", matched=9)
    assert fact(of_all, "runs") == (
        "the last 4 of 9 that match, created 2026-01-31T20:00:00Z to 2026-01-31T23:00:00Z "
        "(2 live, 2 archived)"
    )
    assert fact(history(""), "runs") == "none match"


def of(name: str) -> Workflow:
    """Return the end of a recorded run."""
    run = recorded(name)
    ends = [changes[-1].object or changes[-2].object for changes in run.workflows.values()]
    return parse_workflow(ends[0])


def renamed(run: Workflow, number: int) -> Workflow:
    return replace(run, uid=f"u-{number}")


def test_a_node_is_flaky_that_failed_and_passed_within_one_run() -> None:
    flaky, exhausted = of("retry-flaky-succeeds"), of("retry-exhausted")
    trees = [renamed(flaky, number) for number in range(5)] + [renamed(exhausted, 9)]
    found = node_history(trees, asked=8)
    assert (found.read, found.unread) == (6, 2)
    (record,) = found.flakiest
    assert (record.name, share(len(record.flaky), record.runs)) == ("flaky", "5/5 (100 %)")
    (failing,) = found.failing
    assert (failing.name, failing.failed, failing.flaky) == ("never", (exhausted.name,), ())
    assert failed_nodes(exhausted) == ("never",)


def test_nodes_take_as_long_as_all_their_attempts() -> None:
    flaky = of("retry-flaky-succeeds")
    (leaf,) = [node for node in flaky.nodes.values() if node.name.endswith("(0)")][:1]
    found = node_history([flaky], asked=1)
    (record,) = found.paths
    pods = [node for node in flaky.nodes.values() if node.type is leaf.type]
    taken = [
        (node.finished_at - node.started_at).total_seconds()
        for node in pods
        if node.finished_at and node.started_at
    ]
    assert record.total == sum(taken) == found.seconds
    assert record.median == record.total
    (template,) = found.templates
    assert template.total == record.total


def test_what_did_not_run_is_not_counted() -> None:
    nodes = [record.name for record in node_history([of("dag-diamond-fails")], asked=1).paths]
    assert "D" not in nodes
    assert "C" in nodes


def test_a_node_without_times_has_no_duration() -> None:
    flaky = of("retry-flaky-succeeds")
    timeless = {
        key: replace(node, started_at=None, template_name="") for key, node in flaky.nodes.items()
    }
    found = node_history([replace(flaky, nodes=timeless)], asked=1)
    assert [(record.total, record.median) for record in found.paths] == [(0, 0.0)]
    assert found.templates == ()
    told = "\n".join(historytext.lines(history("S", nodes=found)))
    assert "0 %" in told


def test_the_text_tells_the_nodes_of_the_runs() -> None:
    trees = [of("retry-flaky-succeeds"), of("with-items")]
    whole = history("SF", nodes=node_history(trees, asked=3))
    first, second = whole.entries
    whole = replace(whole, entries=(first, replace(second, failed=failed_nodes(trees[1]))))
    told = "\n".join(historytext.lines(whole))
    assert "(nodes of 2 runs were read; those of 1 could not be read):" in told
    assert "1/1, too few runs (1) for a rate" in told
    assert "slowest templates, all attempts together:" in told
    assert "by-dag(1:a:<t" in told
    assert max(map(len, told.splitlines())) < 200
    assert not {"\x1b", "\t"} & set(told)


def test_where_no_node_is_flaky_that_is_told() -> None:
    nodes = node_history([of("hello-succeeds")], asked=1)
    told = list(historytext.lines(history("S", nodes=nodes)))
    assert "no node failed and passed within one run (nodes of 1 run were read)" in told
    assert "failing nodes:" not in told


def test_json_has_the_same_facts_and_no_rate_of_too_few() -> None:
    few, many = (json.loads(historytext.as_json(history(letters))) for letters in ("SF", "FSSSSr"))
    assert (few["passed"], few["counted"], few["rate"], few["seconds"]["p95"]) == (1, 2, None, None)
    assert (many["rate"], many["strip"]) == (0.8, "rSSSSF")
    assert many["leftOut"] == {"stopped": 0, "unfinished": 1}
    assert many["failingSince"]["first"]["name"] == "n-1"
    assert many["failingSince"]["lastGood"]["name"] == "n-2"
    assert many["nodes"] is None
    assert json.loads(historytext.as_json(history("F")))["failingSince"]["lastGood"] is None
    assert json.loads(historytext.as_json(history("")))["seconds"] is None
    nodes = node_history([of("retry-flaky-succeeds")], asked=1)
    told = json.loads(historytext.as_json(history("S", nodes=nodes)))["nodes"]
    assert (told["runsRead"], told["byPath"][0]["flakyRate"]) == (1, None)
    assert told["byTemplate"][0]["name"] == "flaky"


def test_json_holds_no_command_to_a_ci_system() -> None:
    assert "##" not in historytext.as_json(history("F", what="##[error]"))


class Tags(HTMLParser):
    """Which tags a page has, and what would load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not {"src", "href", "style", "onclick"} & set(given)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_holds_no_foreign_markup() -> None:
    nodes = node_history([of("with-items"), of("retry-flaky-succeeds")], asked=2)
    whole = history("FSrx", what="-l <script>alert(1)</script>\x1b[31m", nodes=nodes)
    page = historypage.as_page(whole)
    read = Tags()
    read.feed(page)
    assert "script" not in read.tags
    assert "\x1b" not in page
    assert "<script>alert(1)</script>" in read.text
    assert read.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert {"table", "svg", "rect", "dl"} <= set(read.tags)
    assert "1/2, too few runs (2) for a rate" in read.text
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    assert len(fromstring(svg).findall("rect")) == 4


def test_the_page_of_no_runs_has_no_picture() -> None:
    assert "<svg" not in historypage.as_page(history(""))
    assert "<svg" in historypage.as_page(history("S", entries=(entry(1, "S", 0),)))
    quiet = history("S", nodes=node_history([of("hello-succeeds")], asked=1))
    assert "no node failed and passed within one run" in historypage.as_page(quiet)


def test_what_an_earlier_attempt_alone_came_to_is_not_counted() -> None:
    run = of("nested-steps-dag")
    tree = Tree(run)
    (frame,) = [node for node in run.nodes.values() if node.name == run.name]
    leaf = tree.leaves()[0].node
    nodes = dict(run.nodes) | {
        "again": replace(frame, id="again", name="w", type=NodeType.RETRY, children=("x", "y")),
        "x": replace(frame, id="x", name="w(0)", type=NodeType.STEPS, children=()),
        "y": replace(leaf, id="y", name="w(1)", boundary_id=""),
        "only": replace(leaf, id="only", name="w(0).only", display_name="only", boundary_id="x"),
    }
    names = [record.name for record in node_history([replace(run, nodes=nodes)], 1).paths]
    assert not [name for name in names if "only" in name]
