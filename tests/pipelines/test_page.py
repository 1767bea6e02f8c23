"""The HTML page in a real browser: Debian's headless Chromium, steered by playwright-core."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from argogate.reports.page.render import render
from argogate.verdict.suites import make_report
from tests.build import judged, moment, node, observed, reported, told, workflow
from tests.pipelines.conftest import NODE_MODULES, PROJECT, clean, ended, needed
from tests.reports.test_page import hostile, large, rich
from tests.reports.test_recorded import report_of

if TYPE_CHECKING:
    from pathlib import Path

    from argogate.verdict.report import Report

pytestmark = pytest.mark.pipelines

SCRIPT = PROJECT / "tests" / "pipelines" / "browser.mjs"
SECONDS = 2.0
"""In which 5,000 nodes are to be there; a busy machine gets five times as long."""


def failing() -> Report:
    build = node("build", started_at=moment(0), finished_at=moment(20), children=("wf-unit",))
    unit = node("unit", "Failed", message="exit 3", started_at=moment(30), finished_at=moment(60))
    lint = node("lint", "Failed", message="exit 1", started_at=moment(30), finished_at=moment(31))
    return told(build, unit, lint, node("later", "Omitted"))


def several() -> Report:
    first = observed(workflow(node("a", "Failed", message="boom")))
    second = observed(workflow(node("b"), phase="Succeeded", name="other"))
    return make_report(judged(first, second))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - JSON
    """What happened when a browser opened the pages."""
    folder: Path = tmp_path_factory.mktemp("pages")
    pages = {
        "failing": failing(),
        "several": several(),
        "rich": rich(),
        "hostile": hostile(),
        "large": large(5000),
        "retried": report_of("retry-flaky-succeeds"),
        "approval": report_of("suspend-approve"),
        "unseen": reported(observed(None)),
    }
    for name, report in pages.items():
        (folder / f"{name}.html").write_bytes(render(report, "."))
    browser = needed("chromium-headless-shell")
    assert NODE_MODULES.exists(), "make node_modules/.ready"
    done = ended(["node", str(SCRIPT), browser, str(folder)], env=clean())
    assert done.code == 0, done.log
    return json.loads(done.log.splitlines()[-1])


def test_no_page_complains_loads_or_runs_anything(facts: Any) -> None:  # noqa: ANN401
    for name, seen in facts["pages"].items():
        noise = (seen["console"], seen["errors"], seen["requests"], seen["dialogs"])
        assert noise == ([], [], [], 0), name
        assert seen["executed"] is None


def test_no_page_is_wider_than_a_phone(facts: Any) -> None:  # noqa: ANN401
    assert {name: seen["overflow"] for name, seen in facts["pages"].items()} == dict.fromkeys(
        facts["pages"], 0
    )


def test_five_thousand_nodes_open_in_time(facts: Any) -> None:  # noqa: ANN401
    assert facts["pages"]["large.html"]["seconds"] < SECONDS * 5


def test_a_tool_for_accessibility_finds_nothing(facts: Any) -> None:  # noqa: ANN401
    assert {name: found for name, found in facts["axe"].items() if found} == {}


def test_counters_filter_and_the_address_can_be_shared(facts: Any) -> None:  # noqa: ANN401
    assert facts["failed"] == {
        "rows": ["wf", "lint", "unit"],
        "drawn": 3,
        "address": "#s:failed",
        "count": "3 of 5 nodes",
    }
    assert facts["cleared"]
    assert facts["typed"] == {"rows": ["unit"], "address": "#n:unit d:1"}
    assert facts["shared"] == ["lint"]


def test_the_table_is_sorted_from_the_keyboard(facts: Any) -> None:  # noqa: ANN401
    assert facts["sorted"]["aria"] == "descending"
    assert facts["sorted"]["slowest"][:2] == ["unit", "build"]
    assert facts["sorted"]["fastest"][-2:] == ["build", "unit"]


def test_the_timeline_zooms_by_keys_wheel_and_pointer(facts: Any) -> None:  # noqa: ANN401
    zoom = facts["zoom"]
    whole = ["0%", "100%"]
    assert zoom["plus"][1] == "150%"
    assert float(zoom["right"][0][:-1]) < float(zoom["plus"][0][:-1]) < 0
    assert zoom["said"].startswith("44s of 1m 6s, from ")
    assert zoom["whole"] == zoom["again"] == whole
    assert zoom["wheel"][1] != "100%"
    assert float(zoom["dragged"][0][:-1]) < float(zoom["wheel"][0][:-1])
    assert zoom["ticks"][0] == "0s"
    assert len(zoom["ticks"]) > 3


def test_the_keyboard_reaches_what_matters_first(facts: Any) -> None:  # noqa: ANN401
    assert facts["reached"][:3] == ["Skip to what went wrong", "argo/wf", "All 4"]
    assert "filter" in facts["reached"]


def test_on_paper_nothing_is_folded(facts: Any) -> None:  # noqa: ANN401
    assert facts["printed"] == [0, True]


def test_where_style_and_script_are_blocked_the_page_is_whole(facts: Any) -> None:  # noqa: ANN401
    jenkins = facts["jenkins"]
    assert not jenkins["styled"]
    assert not jenkins["scripted"]
    assert all(wide for wide, _ in jenkins["bars"])
    assert {"rgb(207, 58, 58)", "rgb(58, 148, 99)"} <= {colour for _, colour in jenkins["bars"]}
    assert jenkins["badge"] == "rgb(207, 58, 58)"
    for expected in ("What went wrong", "exit 3", "Critical path", "All nodes (5)"):
        assert expected in jenkins["words"]
