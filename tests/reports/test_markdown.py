from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from argogate.model.workflow import Parameter
from argogate.reports import gantt, markdown
from argogate.reports.tables import MOST_ROWS
from argogate.verdict.evidence import ArtifactFile, LogTail
from argogate.verdict.observation import Target
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, judged, moment, node, observed, reported, told, workflow
from tests.reports.test_junit import VERDICTS

if TYPE_CHECKING:
    from argogate.verdict.conclusion import Verdict

reader = MarkdownIt("gfm-like", {"linkify": False})


def rich() -> Verdict:
    seen = workflow(
        node("ok"),
        node("unit", "Failed", message="exit 3"),
        node("later", "Omitted"),
        parameters=(Parameter(name="image", value="a|b"),),
        template="build",
    )
    tolerant = workflow(node("lint", "Failed", message="exit 1"), phase="Succeeded")
    made: dict[str, dict[str, Any]] = {
        "got": {"path": "out/got", "size": 2048},
        "lost": {"error": "answered 404"},
        "listed": {},
    }
    files = tuple(
        ArtifactFile(node_id="wf-ok", node_path="ok", template="ok", name=name, **rest)
        for name, rest in made.items()
    )
    logs = (LogTail(node_id="wf-unit", lines=("```", "boom")),)
    return judged(
        observed(seen, artifacts=files, logs=logs, remarks=("the archive is off",)),
        observed(tolerant),
    )


def test_the_summary_tells_all_there_is() -> None:
    shown = markdown.render(make_report(rich()))
    for expected in (
        "### ❌ argogate: failed\n\nof 2 workflows 1 did not pass; argo/wf ended Failed",
        "Next: run once more what failed: `argo retry -n argo wf`",
        "| [`argo/wf`](<https://argo.example/workflows/argo/wf>) | failed | Failed | 2026-01-31T",
        ":00Z | 1m 5s | 1 | 1 |  | 1 | 1 |",
        "#### Failed in `wf`\n\n**exit 3**\n\n* ❌ `unit` (Failed, 2s, [open in Argo](<https:",
        "<details><summary>Log of unit, 2 last lines</summary>\n\n````text\n```\nboom\n````\n\n",
        "<summary>Tolerated: failed, and the workflow passed (1)</summary>\n\n| Node | Reason |",
        "| `wf: lint` | tolerated: exit 1 |",
        "| `build: later` | phase Omitted |",
        "<summary>Artifacts (2)</summary>",
        "| `ok/got` | 2.0 KiB | `out/got` |",
        "| `ok/lost` |  | answered 404 |",
        "<summary>Output parameters (1)</summary>",
        "| `image` | `a\\|b` |",
        "* the archive is off",
    ):
        assert expected in shown
    assert "ok/listed" not in shown  # nobody asked for it


def test_a_single_workflow_says_when_it_ended_and_who_made_it() -> None:
    labels = {"workflows.argoproj.io/creator": "alice"}
    shown = markdown.render(told(node("a"), phase="Succeeded", labels=labels))
    assert "\n\nEnded 2026-01-31T12:01:05Z; made by `alice`; uid `b1a0`.\n" in shown


def test_what_is_alike_is_told_together_and_what_is_too_much_by_name() -> None:
    count = markdown.MOST_CASES + 3
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("boom",)) for at in range(count))
    nodes = [node(f"n{at}", "Failed", message="Error (exit code 1)") for at in range(count)]
    seen = workflow(*nodes, node("other", "Failed", message="two\nlines"))
    shown = markdown.render(reported(observed(seen, logs=logs)))
    assert f"**{count} × exit code 1**" in shown
    assert "* … and `n10`, `n11`, `n12`\n" in shown
    assert shown.count("<summary>Log of") == 1  # of many that are alike the first tells
    assert "<summary>Message of other</summary>\n\n```text\ntwo\nlines\n```" in shown


def test_reasons_and_names_are_bounded_and_counted() -> None:
    count = markdown.MOST_GROUPS + 2
    alike = markdown.MOST_CASES + markdown.MOST_NAMED + 4
    nodes = [node(f"a{at}", "Failed", message="same") for at in range(alike)]
    nodes += [node(f"b{at}", "Failed", message=f"own {'x' * at}") for at in range(count)]
    shown = markdown.render(told(*nodes))
    assert " and 4 more\n" in shown
    assert "… and 3 more failed nodes for other reasons." in shown


def test_what_was_retried_until_it_passed_is_told_as_flaky() -> None:
    shown = markdown.render(make_report(VERDICTS["flaky"]))
    assert "<summary>Flaky: passed when retried (1)</summary>" in shown
    assert "2 failed attempts, the last: " in shown
    again = markdown.render(make_report(VERDICTS["rerun"]))
    assert ", attempt 3" in again


def test_where_the_time_went_is_a_table_beside_a_chart() -> None:
    nodes = [
        node(name, started_at=moment(begin), finished_at=moment(end))
        for name, begin, end in (("build", 0, 30), ("click x:y;#", 30, 60), ("lint", 30, 31))
    ]
    shown = markdown.render(told(*nodes, phase="Succeeded"))
    assert "<summary>Where the time went: 1m 5s</summary>" in shown
    assert "| `build` | 30s | 46% |" in shown
    assert "gantt\n  dateFormat X\n  axisFormat %M:%S\n  \u200bbuild 30s :" in shown
    assert "\n  \u200bclick x y 30s :" in shown
    assert markdown.render(told(nodes[0], phase="Succeeded")).count("mermaid") == 0


def test_a_chart_shows_what_counts_and_says_what_it_leaves_out() -> None:
    nodes = [node(f"n{at}", started_at=moment(0), finished_at=moment(at)) for at in range(1, 35)]
    nodes.append(node("bad", "Failed", started_at=moment(0), finished_at=moment(1)))
    shown = markdown.render(told(*nodes))
    bars = [text for text in shown.splitlines() if text.startswith("  ") and " :" in text]
    assert len(bars) == gantt.MOST_BARS
    assert any(bar.startswith("  \u200bbad 1s :crit, ") for bar in bars)
    assert "_5 shorter nodes left out of the chart._" in shown


def test_a_pass_is_short() -> None:
    shown = markdown.render(told(node("a"), phase="Succeeded"))
    assert shown.startswith("### ✅ argogate: passed\n\n")
    assert "####" not in shown


def test_a_failure_that_exits_0_says_so() -> None:
    verdict = judged(observed(workflow(node("a", "Failed"))), exit_zero=True)
    assert "`--exit-zero` was given" in markdown.render(make_report(verdict))


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://argo/x", True),
        ("http://argo/x?a=b", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https:///nowhere", False),
        ("http://[broken", False),
        ("//argo/x", False),
    ],
)
def test_only_a_web_address_is_linked(url: str, linked: bool) -> None:  # noqa: FBT001
    target = Target(namespace="argo", name="wf", url=url)
    shown = markdown.render(reported(observed(workflow(phase="Succeeded"), target=target)))
    assert (f"](<{url}>)" in shown) is linked


def test_an_address_cannot_leave_its_link() -> None:
    target = Target(namespace="argo", name="wf", url="https://argo/x>)<b>|\n\ud800 [y](z)")
    shown = markdown.render(reported(observed(workflow(phase="Succeeded"), target=target)))
    assert "(<https://argo/x%3E%29%3Cb%3E%7C%0A?%20%5By%5D%28z%29>)" in shown


@pytest.mark.parametrize("limit", [1_000, 2_000, 5_000, 20_000])
def test_a_summary_is_cut_between_its_parts_and_says_so(limit: int) -> None:
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("漢" * 90,) * 5) for at in range(60))
    nodes = (node(f"n{at}", "Failed", message=f"own reason {'x' * at}") for at in range(60))
    shown = markdown.render(reported(observed(workflow(*nodes), logs=logs)), limit)
    assert len(shown.encode()) <= limit
    assert shown.count("<details>") == shown.count("</details>")
    assert shown.count("```") % 2 == 0
    assert shown.splitlines()[-1].startswith("_The summary was cut here: ")


def test_long_tables_are_cut_and_counted() -> None:
    nodes = [node(f"s{at}", "Skipped") for at in range(MOST_ROWS + 2)]
    shown = markdown.render(told(*nodes, phase="Succeeded"))
    assert shown.count("… and 2 more.") == 1


@pytest.mark.parametrize("name", [*VERDICTS])
def test_no_foreign_text_becomes_markup(name: str) -> None:
    shown = markdown.render(make_report(VERDICTS[name]))
    assert len(shown.encode()) <= markdown.LIMIT
    for token in reader.parse(shown):
        if token.type == "html_block":
            assert token.content.startswith(("<details><summary>", "</details>"))
            assert token.content.count("<") in {1, 3}
        for child in token.children or ():
            assert child.type not in {"image", "html_inline"}
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("https://argo.example/")
    assert "evil.example>" not in shown


def test_hostile_remarks_and_parameters_stay_in_their_place() -> None:
    parameters = tuple(Parameter(name=text[:50], value=text) for text in HOSTILE)
    seen = workflow(phase="Succeeded", parameters=parameters)
    shown = markdown.render(reported(observed(seen, remarks=HOSTILE)), 10_000_000)
    rows = [token for token in reader.parse(shown) if token.type == "tr_open"]
    assert len(rows) == 2 + 1 + len(HOSTILE)


def test_the_longest_chart_is_one_that_every_page_draws() -> None:
    nodes = [
        node(f"{at:02}{'x' * 200}", "Failed", started_at=moment(at), finished_at=moment(at + 9e4))
        for at in range(gantt.MOST_BARS)
    ]
    [suite] = told(*nodes).suites
    [chart] = gantt.gantt(suite)
    assert len(chart) < 5000


def test_there_is_no_chart_of_one_bar_or_of_less_than_a_second() -> None:
    for nodes in (
        [node("a")],
        [node(name, started_at=moment(0), finished_at=moment(0)) for name in "ab"],
    ):
        seen = workflow(*nodes, phase="Succeeded", started_at=moment(0), finished_at=moment(0.5))
        [suite] = reported(observed(seen)).suites
        assert not [*gantt.gantt(suite)]
    [bare] = reported(
        observed(workflow(phase="Succeeded", started_at=None, finished_at=None))
    ).suites
    assert not [*gantt.gantt(bare)]


def test_of_too_many_failed_tests_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MOST_TESTS", 2)
    shown = markdown.render(make_report(VERDICTS["merged"]))
    tests = shown.partition("#### Failed tests")[2].partition("#### Failed in")[0]
    assert tests.count("* ❌") == 2
    assert " more failed tests." in tests


def test_why_there_is_no_log_stands_where_it_would_be() -> None:
    logs = (
        LogTail(node_id="wf-a", problem="the pod is gone"),
        LogTail(node_id="wf-b", lines=("x",), problem="it broke off"),
    )
    seen = workflow(node("a", "Failed"), node("b", "Failed"))
    shown = markdown.render(reported(observed(seen, logs=logs)))
    assert "; no log: the pod is gone\n" in shown
    assert "; only a part of the log: it broke off\n" in shown


def test_the_logs_of_what_is_not_red_stand_behind_what_is() -> None:
    logs = tuple(LogTail(node_id=f"wf-{name}", lines=(name,)) for name in ("good", "bad"))
    seen = workflow(node("good"), node("bad", "Failed"))
    shown = markdown.render(reported(observed(seen, logs=logs)))
    assert shown.index("#### Failed") < shown.index("\nbad\n") < shown.index("\ngood\n")
