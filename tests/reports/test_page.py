"""The HTML page: what it shows, that nothing of it can do harm, and how large it grows."""

from __future__ import annotations

import base64
import hashlib
import pkgutil
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from argogate import __version__
from argogate.model.workflow import NodePhase, Parameter
from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.reports.page import render as page
from argogate.reports.page.chart import tick_step
from argogate.reports.page.elements import Room, add, document, el, file_beside, web_page
from argogate.verdict.endings import Limit, NeverAppeared, TimedOut, Unfinished
from argogate.verdict.evidence import ArtifactFile, LogTail
from argogate.verdict.observation import Target
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, judged, moment, node, observed, reported, told, workflow
from tests.recorded_runs import shared
from tests.reports.page import by_class, read, shown, text_of
from tests.reports.test_recorded import RUNS, report_of

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from argogate.model.workflow import Node
    from argogate.verdict.report import Report

STYLE, SCRIPT = (
    (pkgutil.get_data("argogate.reports.page", name) or b"").decode()
    for name in ("page.css", "page.js")
)


def made(report: Report, base: str = ".") -> ET.Element:
    return read(page.render(report, base))


def rich() -> Report:
    seen = workflow(
        node("ok", started_at=moment(0), finished_at=moment(20), children=("wf-unit",)),
        node("unit", "Failed", message="main: Error (exit code 3)", exit_code="3"),
        node("later", "Omitted", message="omitted: depends condition not met"),
        parameters=(
            Parameter(name="image", value="a|b"),
            Parameter(name="plan", value="x\ny"),
            Parameter(name="long", value="z" * 3000),
        ),
        template="build",
    )
    files = (
        ArtifactFile(node_id="wf-unit", node_path="unit", template="u", name="junit", path="o/j.x"),
        ArtifactFile(
            node_id="wf-ok",
            node_path="ok",
            template="ok",
            name="got",
            path="out/got it?",
            size=2048,
            sha256="ab" * 32,
        ),
        ArtifactFile(node_id="wf-ok", node_path="ok", template="ok", name="lost", error="404"),
        ArtifactFile(node_id="wf-ok", node_path="ok", template="ok", name="listed"),
    )
    logs = (LogTail(node_id="wf-unit", lines=("<b>one</b>", "two")),)
    return reported(observed(seen, artifacts=files, logs=logs, remarks=("the archive is off",)))


def retried(last: str) -> tuple[Node, ...]:
    attempts = [
        node(
            f"r({at})",
            "Failed" if at < 2 else last,
            message=f"attempt {at} broke" if at < 2 else "broke at last",
            started_at=moment(10 * at),
            finished_at=moment(10 * at + 4),
        )
        for at in range(3)
    ]
    around = node("r", last, "Retry", children=tuple(each.id for each in attempts))
    return (around, *(replace(each, display_name=each.display_name) for each in attempts))


def hostile() -> Report:
    nodes = [
        replace(
            node(f"n{at}", "Failed" if at % 2 else "Succeeded", message=text),
            name=f"wf.{text[:300]}",
            display_name=text[:300],
            template_name=text[:90],
        )
        for at, text in enumerate(HOSTILE)
    ]
    seen = workflow(
        *nodes,
        parameters=tuple(Parameter(name=text[:90], value=text) for text in HOSTILE),
        message=HOSTILE[7],
        uid=HOSTILE[7],
        template=HOSTILE[7],
    )
    files = tuple(
        ArtifactFile(
            node_id=each.id,
            node_path=text[:90],
            template=text[:90],
            name=text[:90],
            path=text[:90],
            error=text[:90] if at % 3 else "",
            sha256=text[:64],
        )
        for at, (each, text) in enumerate(zip(nodes, HOSTILE, strict=True))
    )
    logs = tuple(LogTail(node_id=each.id, lines=HOSTILE) for each in nodes)
    target = Target(namespace="argo", name="wf", url="javascript:alert(1)")
    one = observed(seen, artifacts=files, logs=logs, remarks=HOSTILE, target=target)
    return reported(one, replace(one, target=replace(target, url="https://x/'\"><script>")))


def test_the_page_says_all_there_is() -> None:
    root = made(rich())
    words = shown(root)
    for expected in (
        "Failed argo/wf ended Failed after 1m 5s: unit (main: Error (exit code 3))",
        "Next run once more what failed",
        "argo retry -n argo wf",
        "All 3",
        "✕ failed 1",
        "What went wrong exit code 3",
        "Log, 2 last lines <b>one</b> two",
        "the archive is off",
        "Timeline 1m 6s from 2026-01-31T11:59:59Z on.",
        "The first 1s it was not started yet.",
        "✕ failed unit 2s 1s 2s 1 unit main: Error (exit code 3)",
        "Skipped (1) Skipped, and why Node Why later omitted: depends condition not met",
        "Output parameters (3)",
        "… (1000 more characters)",
        "Artifacts (2 of 4 downloaded, 2.0 KiB)",
        "got ok 2.0 KiB abababababab out/got it?",
        "lost ok 404",
        "listed ok not downloaded",
        "Server argo.example",
        "UID b1a0",
        "Started 2026-01-31T12:00:00Z",
        f"argogate {__version__}",
    ):
        assert expected in words


def test_a_pass_shows_nothing_that_went_wrong() -> None:
    root = made(told(node("a"), phase="Succeeded"))
    assert "What went wrong" not in shown(root)
    assert [text_of(link) for nav in root.iter("nav") for link in nav.iter("a")] == [
        "All 1",
        "✓ passed 1",
    ]


@pytest.mark.parametrize("last", ["Failed", "Succeeded"])
def test_every_attempt_has_its_own_error(last: str) -> None:
    words = shown(made(told(*retried(last), phase=last)))
    if last == "Failed":
        assert "attempt 1: Failed: attempt 0 broke attempt 2: Failed: attempt 1 broke" in words
        assert "Failed, 4s, attempt 3" in words
    else:
        assert "↻ flaky 1" in words
        assert "r passed in attempt 3: Failed: attempt 0 broke; Failed: attempt 1 broke" in words
    assert "r (attempt 1) 4s (after 1s) r (attempt 2) 4s (after 6s) r (attempt 3) 4s" in words


def test_the_critical_path_is_told_in_words_that_add_up() -> None:
    words = shown(made(report_of("dag-diamond-fails")))
    assert "Critical path: 12s at work + 8s waiting = 20s A 5s B 7s (after 5s)" in words


def test_a_long_critical_path_is_cut_in_the_middle() -> None:
    nodes = [
        node(
            f"n{at}",
            started_at=moment(at),
            finished_at=moment(at + 1),
            children=(f"wf-n{at + 1}",),
        )
        for at in range(40)
    ]
    (path,) = by_class(made(told(*nodes, phase="Succeeded")), "critical")
    assert text_of(path).endswith("n5 1s … 28 more … n34 1s n35 1s n36 1s n37 1s n38 1s n39 1s")


def test_consequences_come_after_their_causes_and_say_so() -> None:
    broke = node("a", "Failed", message="exit 1", exit_code="1")
    stopped = node("b", "Failed", message="workflow shutdown with strategy: Stop")
    words = shown(made(told(stopped, broke)))
    assert words.index("exit code 1") < words.index("It follows from the above.")
    assert "It follows from the above." not in shown(made(told(stopped)))
    words = shown(made(reported(observed(workflow(stopped)), observed(workflow(broke)))))
    assert words.index("exit code 1 · wf") < words.index("It follows from the above.")


def test_without_a_next_step_none_is_made_up() -> None:
    report = told(node("a", "Failed"))
    (suite,) = report.suites
    silent = replace(suite, analysis=replace(suite.analysis, next_steps=()))
    assert "Next" not in shown(made(replace(report, suites=(silent,))))


def test_it_says_who_ended_a_run() -> None:
    words = shown(made(report_of("terminated")))
    assert re.search("It was ended before its time: .*Terminate", words)


def test_a_forgiven_failure_says_its_exit_code() -> None:
    report = make_report(judged(observed(workflow(node("a", "Failed"))), exit_zero=True))
    assert "Exit code 0, as --exit-zero was given." in shown(made(report))


def test_several_workflows_share_one_page() -> None:
    failed = observed(workflow(node("a", "Failed", message="boom"), name="one"))
    passed = observed(workflow(node("b"), phase="Succeeded", name="two"))
    root = made(reported(failed, passed))
    words = shown(root)
    assert "Failed 1 of 2 workflows did not pass argo/wf ended Failed" in words
    assert "The 2 workflows" in words
    assert words.count("Next run once more what failed") == 2, "at the top and with its workflow"
    assert "argo/two ✓ passed Succeeded 1m 5s 1 0 0" in words
    links = [each.get("href") for each in root.iter("a") if each.get("href", "").startswith("#w")]
    assert links == ["#w1", "#w2"]
    assert {"w1", "w2"} <= {each.get("id") for each in root.iter("section")}


def test_of_very_many_workflows_those_that_failed_have_a_part() -> None:
    good = observed(workflow(node("b"), phase="Succeeded"))
    bad = observed(workflow(node("b", "Failed")))
    root = made(reported(*[good] * page.MOST_WORKFLOWS, bad))
    parts = by_class(root, "workflow")
    assert len(parts) == page.MOST_WORKFLOWS
    assert parts[-1].get("id") == f"w{page.MOST_WORKFLOWS + 1}"
    places = {f"#{each.get('id')}" for each in root.iter() if each.get("id")}
    links = [each.get("href", "") for each in root.iter("a")]
    assert {link for link in links if link.startswith("#w")} <= places
    assert "no more of 1 workflow than the line here" in "".join(root.itertext())


@pytest.mark.parametrize(
    "ending", [Unfinished(), NeverAppeared(waited=30)], ids=lambda ending: type(ending).__name__
)
def test_what_was_never_seen_has_a_page(ending: Any) -> None:  # noqa: ANN401
    words = shown(made(reported(observed(None, ending))))
    assert "What went wrong" not in words, "that stands at the top"
    assert "Timeline" not in words
    assert "failed 1" in words


def test_what_is_not_over_is_told_apart_from_what_failed() -> None:
    seen = workflow(node("a", "Running"), node("b", "Pending", started_at=None), phase="Running")
    root = made(reported(observed(seen, TimedOut(limit=Limit.TIMEOUT, seconds=70))))
    words = shown(root)
    assert words.startswith("Skip to what went wrong Timed out")
    assert "… unfinished 2" in words
    assert "not over after 1m 10s" in words
    assert "b: unfinished, it never began" in words


@pytest.mark.parametrize("name", shared(RUNS))
def test_every_recorded_run_has_a_page_that_holds_together(name: str) -> None:
    root = made(report_of(name))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for each in root.iter():
        for attribute in ("aria-labelledby", "aria-describedby"):
            assert each.get(attribute, ids[0]) in ids
    for table in root.iter("table"):
        assert text_of(table.find("caption"))
        heads = [head for head in table.iter("th") if head.get("scope") == "col"]
        assert heads
    levels = [int(each.tag[1]) for each in root.iter() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_the_result_gives_the_same_page() -> None:
    report = rich()
    again = make_report(result.read(result.render(report)))
    assert page.render(again, ".") == page.render(report, ".")


# ---- security -----------------------------------------------------------------------------


def test_hostile_text_stays_text() -> None:
    document = page.render(hostile(), ".")
    root = read(document)
    scripts = [each.text for each in root.iter("script")]
    assert scripts == [SCRIPT]
    assert [each.text for each in root.iter("style")] == [STYLE]
    allowed = {"html", "head", "meta", "title", "style", "body", "script", "a", "abbr", "article"}
    allowed |= {"b", "circle", "code", "desc", "details", "div", "g", "h1", "h2", "h3", "h4"}
    allowed |= {"header", "li", "line", "main", "meter", "nav", "ol", "p", "path", "pre", "rect"}
    allowed |= {"section", "span", "summary", "svg", "table", "tbody", "td", "text", "th", "thead"}
    assert {each.tag for each in root.iter()} <= allowed | {"caption", "header", "tr", "ul"}
    for each in root.iter():
        assert not [name for name in each.keys() if name.startswith("on") or name == "style"]  # noqa: SIM118
        href = each.get("href", "#")
        assert href.startswith(("#", "./", "https://x/"))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", document.decode()
    )
    assert "<script>alert(1)</script><img src=x onerror=y>" in shown(root)


def test_only_its_own_style_and_script_may_run() -> None:
    root = made(rich())
    (policy,) = (
        each.get("content", "")
        for each in root.iter("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; base-uri 'none'; form-action 'none'")
    for tag, text in (("style", STYLE), ("script", SCRIPT)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "\r" not in STYLE + SCRIPT, "a browser hashes line feeds"


def test_its_own_files_ask_for_nothing_and_end_nothing() -> None:
    for text in (STYLE, SCRIPT):
        assert "</" not in text
        assert "url(" not in text
        assert "@import" not in text
    for word in ("innerHTML", "outerHTML", "eval", "fetch", "XMLHttp", "document.write", "import"):
        assert word not in SCRIPT


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("script", {}),
        ("style", {}),
        ("p", {"onclick": "x"}),
        ("img", {"src": "x"}),
        ("p", {"style": "x"}),
    ],
)
def test_no_element_is_made_that_could_run_or_load(tag: str, attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="could load or run"):
        el(tag, **attributes)


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://argo/x", "https://argo/x"),
        ("#top", "#top"),
        ("./a", "./a"),
        ("javascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil", None),
        ("https://", None),
        ("http://[", None),
        ("https://argo/" + "x" * 2000, None),
    ],
)
def test_a_link_leads_to_a_page_a_file_or_a_place(href: str, kept: str | None) -> None:
    assert el("a", href=href).get("href") == kept


def test_an_address_is_spelled_so_that_it_stays_one() -> None:
    assert web_page('https://argo/a b"<>\ud800?x=1&y=%20#z') == (
        "https://argo/a%20b%22%3C%3E??x=1&y=%20#z"
    )


@pytest.mark.parametrize(
    ("base", "path", "link"),
    [
        (".", "out/a b", "./out/a%20b"),
        ("../..", "out/a?#", "./../../out/a%3F%23"),
        (".", "/abs", ""),
        ("", "out", ""),
        (".", "", ""),
    ],
)
def test_a_file_is_found_from_where_the_page_lies(base: str, path: str, link: str) -> None:
    assert file_beside(base, path) == link


def test_text_and_elements_keep_their_order() -> None:
    made = el("p", "a", el("b", "c"), "d", None, ["e", el("i")], "f", hidden=True, size=1.5)
    assert "".join(made.itertext()) == "acdef"
    assert (made.get("hidden"), made.get("size")) == ("", "1.5")
    add(made, "\x00\ud800")
    assert document("t", made).decode()


# ---- size ---------------------------------------------------------------------------------


def test_room_ends_with_the_first_that_does_not_fit() -> None:
    room = Room(10)
    assert [room.take(size) for size in (4, 7, 1)] == [True, False, False]
    assert room.missed == 2


def large(count: int, **members: Any) -> Report:  # noqa: ANN401
    nodes = [
        node(
            f"n{at}",
            "Failed" if at % 5 == 0 else "Succeeded",
            message=f"{at} " + "broke " * 40 if at % 5 == 0 else "",
            finished_at=moment(3 + at % 50),
        )
        for at in range(count)
    ]
    logs = tuple(LogTail(node_id=each.id, lines=("x" * 900,) * 50) for each in nodes)
    return reported(observed(workflow(*nodes, **members), logs=logs))


@pytest.mark.parametrize("count", [300, 2400])
def test_the_page_stays_small_and_says_what_it_leaves_out(count: int) -> None:
    many = tuple(Parameter(name=f"p{at}", value="v" * 1900) for at in range(200))
    document = page.render(large(count, parameters=many), ".")
    assert len(document) < 2_300_000
    root = read(document)
    drawn = by_class(root, "row")
    words = shown(root)
    assert re.search(r"The page is full: .*\d+ logs left out", words)
    assert "The log is left out, as the page is full." in words
    assert re.search(r"Output parameters \(200\) The page is full: \d+ rows left out", words)
    if count > 1000:
        assert re.search(r"\d+ rows of those that passed soonest are not drawn", words)
        assert re.search(r"\(\d+\) The page is full: \d+ rows left out", words)
        assert re.search(r"\d+ failures left out", words)
        assert sum(each.get("data-s") == "failed" for each in drawn) > count / 5
        passed = [float(each.get("data-d", 0)) for each in drawn if each.get("data-s") == "passed"]
        assert sorted(passed)[1] > 30, "of what passed the longest are drawn"


def test_the_slowest_come_first_with_their_share() -> None:
    (slowest,) = by_class(made(large(6)), "slowest")
    assert text_of(slowest).endswith(
        "The 6 slowest Node Took Share State n5 7s 11 % 11 % ✕ failed n4 6s 9 % 9 % ✓ passed "
        "n3 5s 8 % 8 % ✓ passed n2 4s 6 % 6 % ✓ passed n1 3s 5 % 5 % ✓ passed "
        "n0 2s 3 % 3 % ✕ failed"
    )


@pytest.mark.parametrize(("count", "unfolded"), [(60, None), (10, "")])
def test_many_rows_are_folded(count: int, unfolded: str | None) -> None:
    (folded,) = (each for each in by_class(made(large(count)), "all") if each.tag == "details")
    assert folded.get("open") == unfolded


def test_failures_of_one_reason_are_folded_after_the_first() -> None:
    nodes = [node(f"n{at}", "Failed", message="exit 1", exit_code="1") for at in range(9)]
    words = shown(made(told(*nodes)))
    assert "9 × exit code 1" in words
    assert "4 more failures for the same reason" in words


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(3, 1), (20, 5), (66, 20), (3600, 1200), (86400 * 30, 86400 * 6), (0, 1)],
)
def test_the_axis_has_round_times(seconds: float, step: float) -> None:
    assert tick_step(seconds) == step


def test_bars_are_shares_of_the_width() -> None:
    root = made(report_of("dag-diamond-fails"))
    rows = by_class(root, "row")
    found = [
        [(each.get("x"), each.get("width"), each.get("class")) for each in row.iter("rect")]
        for row in rows
    ]
    assert found[:3] == [
        [("0%", "100%", "framed failed")],
        [("0%", "25%", "passed")],
        [("25%", "25%", "waited passed"), ("50%", "35%", "passed")],
    ]
    assert text_of(rows[2].find("title")).startswith("B: passed began after 10s, took 7s")
    assert found[4] == [("100%", "0.05%", "skipped")], "what took no time is still seen"


def test_an_attempt_that_was_followed_by_another_has_its_own_colour() -> None:
    first, second, last = retried("Failed")[1:]
    again = (replace(first, phase=NodePhase.SUCCEEDED), replace(second, phase=NodePhase.RUNNING))
    root = made(told(retried("Failed")[0], *again, last))
    (_, row) = by_class(root, "row")
    drawn = [each.get("class") for each in row.iter("rect")]
    assert drawn == ["passed", "waited unfinished", "unfinished", "waited failed", "failed"]


def test_the_page_is_a_report_like_the_others() -> None:
    report = rich()
    assert render(Format.HTML, report, base="..") == page.render(report, "..")


def test_a_page_of_argo_that_is_no_address_is_no_server() -> None:
    bad = observed(workflow(), target=Target(namespace="argo", name="wf", url="http://["))
    assert "Server" not in shown(made(reported(bad)))
