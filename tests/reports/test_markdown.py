from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from argogate.model.workflow import Parameter
from argogate.reports import markdown
from argogate.verdict.observation import ArtifactFile, LogTail, Target
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, judged, node, observed, reported, told, workflow
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
        "(<https://argo.example/workflows/argo/wf>) | failed | Failed | 1m 5s | 1 | 1 | 1 |",
        "* ❌ <code>build&#58; unit</code> exit 3 (Failed, 2s)",
        "<details><summary>Log, 2 last lines</summary>\n\n````text\n```\nboom\n````\n\n</details>",
        "#### Tolerated\n\n| Node | Reason |\n| --- | --- |\n| <code>wf&#58; lint</code> |",
        "| --- | --- |\n| <code>build&#58; later</code> | phase Omitted |",
        "| <code>ok/got</code> | 2.0 KiB | <code>out/got</code> |",
        "| <code>ok/lost</code> |  | answered 404 |",
        "| <code>ok/listed</code> | - |  |",
        "| <code>image</code> | <code>a&#124;b</code> |",
        "* the archive is off",
    ):
        assert expected in shown


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
    logs = tuple(LogTail(node_id=f"wf-n{at}", lines=("漢" * 50,) * 5) for at in range(60))
    nodes = (node(f"n{at}", "Failed") for at in range(60))
    shown = markdown.render(reported(observed(workflow(*nodes), logs=logs)), limit)
    assert len(shown.encode()) <= limit
    assert shown.count("<details>") == shown.count("</details>")
    assert shown.count("```") % 2 == 0
    assert shown.splitlines()[-1].startswith("_The summary was cut here: ")


def test_long_tables_are_cut_and_counted() -> None:
    count = markdown.MOST_ROWS + 2
    nodes = [node(f"{phase}{at}", phase) for at in range(count) for phase in ("Failed", "Skipped")]
    shown = markdown.render(told(*nodes))
    assert shown.count("(Failed, 2s)") == markdown.MOST_ROWS
    assert shown.count("… and 2 more.") == 2


OURS = ("<details><summary>Log, ", "<details><summary>Trace</summary>", "</details>")


@pytest.mark.parametrize("name", [*VERDICTS])
def test_no_foreign_text_becomes_markup(name: str) -> None:
    shown = markdown.render(make_report(VERDICTS[name]))
    assert len(shown.encode()) <= markdown.LIMIT
    for token in reader.parse(shown):
        if token.type == "html_block":
            assert token.content.startswith(OURS)
        for child in token.children or ():
            assert child.type not in {"image", "code_inline"} or "exit-zero" in child.content
            if child.type == "html_inline":
                assert child.content in {"<code>", "</code>"}
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("https://argo.example/")
    assert "evil.example>" not in shown


def test_hostile_remarks_and_parameters_stay_in_their_place() -> None:
    parameters = tuple(Parameter(name=text[:50], value=text) for text in HOSTILE)
    seen = workflow(phase="Succeeded", parameters=parameters)
    shown = markdown.render(reported(observed(seen, remarks=HOSTILE)), 10_000_000)
    rows = [token for token in reader.parse(shown) if token.type == "tr_open"]
    assert len(rows) == 2 + 1 + len(HOSTILE)


def test_of_too_many_failed_tests_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MOST_ROWS", 2)
    shown = markdown.render(make_report(VERDICTS["merged"]))
    tests = shown.partition("#### Failed tests")[2].partition("#### Failed\n")[0]
    assert tests.count("❌") == 2
    assert tests.rstrip().endswith(" more.")


def test_why_there_is_no_log_stands_where_it_would_be() -> None:
    logs = (
        LogTail(node_id="wf-a", problem="the pod is gone"),
        LogTail(node_id="wf-b", lines=("x",), problem="it broke off"),
    )
    seen = workflow(node("a", "Failed"), node("b", "Failed"))
    shown = markdown.render(reported(observed(seen, logs=logs)))
    assert "\n\nNo log: the pod is gone\n" in shown
    assert "</details>\n\nOnly a part of the log: it broke off\n" in shown


def test_the_logs_of_what_is_not_red_stand_behind_what_is() -> None:
    logs = tuple(LogTail(node_id=f"wf-{name}", lines=(name,)) for name in ("good", "bad"))
    seen = workflow(node("good"), node("bad", "Failed"))
    shown = markdown.render(reported(observed(seen, logs=logs)))
    assert shown.index("#### Failed") < shown.index("\nbad\n") < shown.index("#### Logs")
    assert shown.index("#### Logs") < shown.index("\ngood\n")
