from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from argogate.model.workflow import Artifact, Node, Parameter, Workflow
from argogate.reports import result
from argogate.reports.formats import Format, render
from argogate.reports.result import KINDS, VERSION
from argogate.verdict.endings import Cancelled, Limit, PartEnded, Suspended, TimedOut
from argogate.verdict.evidence import ArtifactFile, LogTail, MergedFile, MergedSuite, MergedTest
from argogate.verdict.observation import Observation
from argogate.verdict.report import Outcome
from argogate.verdict.suites import make_report
from tests.build import (
    HOSTILE,
    finished,
    judged,
    moment,
    node,
    observed,
    rendered,
    reported,
    workflow,
)
from tests.reports.readers import violations
from tests.reports.test_junit import SCHEMA, VERDICTS
from tests.verdict.test_suites import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from argogate.verdict.conclusion import Verdict

SAMPLES = sorted(
    (Path(__file__).parents[1] / "results").glob("*/result.json"),
    key=lambda path: int(path.parent.name),
)
"""A result as each version of the format was written."""

RICH = judged(
    observed(
        workflow(
            node(
                "a",
                parameters=(Parameter(name="p", value="1"),),
                artifacts=(Artifact(name="x", key="k"),),
                exit_code="0",
                memoized=True,
            ),
            labels={"l": "v"},
            annotations={"secret": "hunter2"},
            ttl_seconds=5,
            parameters=(Parameter(name="p", value="##[error]x"),),
            phase="Succeeded",
        ),
        artifacts=(ArtifactFile(node_id="wf-a", node_path="a", template="a", name="x", size=7),),
        remarks=("one",),
    ),
    observed(workflow(node("b", "Failed")), Cancelled(signal_name="SIGTERM")),
    observed(workflow(node("b"), started_at=moment(0.25)), seconds=0.5),
)

ALL: dict[str, Verdict] = {
    **VERDICTS,
    **{type(ending).__name__: judged(observed(None, ending)) for ending, _ in ENDINGS},
    "part": judged(
        observed(
            workflow(node("a"), node("b", "Failed")),
            PartEnded(poll=workflow(node("a")), nodes=("wf-a",)),
            part=("wf-a",),
        )
    ),
    "rich": RICH,
    "exit zero": judged(observed(workflow(node("a", "Failed"))), exit_zero=True),
}


SCHEMA_OF_RESULTS = json.loads(
    (resources.files("argogate.reports") / "result.schema.json").read_bytes()
)
CHECK = Draft202012Validator(SCHEMA_OF_RESULTS, format_checker=FormatChecker())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA_OF_RESULTS)


@pytest.mark.parametrize("name", ALL)
def test_every_result_is_as_its_schema_says(name: str) -> None:
    CHECK.validate(json.loads(result.render(make_report(ALL[name]))))


@pytest.mark.parametrize("name", ALL)
def test_every_report_is_rendered_alike_from_a_saved_result(name: str) -> None:
    verdict = ALL[name]
    report = make_report(verdict)
    restored = make_report(result.read(result.render(report)))
    assert restored.verdict.exit_code == verdict.exit_code
    assert rendered(restored) == rendered(report)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_a_result_of_an_earlier_release_can_be_read(path: Path) -> None:
    document = json.loads(path.read_bytes())
    report = make_report(result.read(path.read_bytes()))
    assert document["version"] == int(path.parent.name)
    for member, suite in zip(document["results"], report.suites, strict=True):
        assert suite.result.conclusion.value == member["conclusion"]
        assert suite.result.message == member["message"]
        assert [leaf.path for leaf in suite.result.failures] == member["failures"]
        assert {each.value: suite.count(each) for each in Outcome} == member["cases"]
    assert report.verdict.exit_code == document["exitCode"]
    assert rendered(report)


def test_there_is_a_sample_of_each_version() -> None:
    assert [path.parent.name for path in SAMPLES] == [str(each + 1) for each in range(VERSION)]


def test_the_newest_sample_is_as_it_would_be_written_today() -> None:
    newest = SAMPLES[-1].read_text("utf-8")
    assert result.render(make_report(result.read(newest))) == newest


def test_a_result_holds_no_command_and_no_annotation() -> None:
    written = result.render(reported(RICH.results[0].observation))
    assert written.isascii()
    assert "##" not in written
    assert "hunter2" not in written
    document = json.loads(written)["results"][0]
    assert document["outputs"]["parameters"] == [{"name": "p", "value": "##[error]x"}]
    assert document["nodes"][1]["path"] == "a"
    assert document["nodes"][1]["boundaryID"] == "wf"


def test_foreign_text_comes_back_to_the_letter() -> None:
    remarks = HOSTILE
    restored = result.read(result.render(reported(observed(workflow(), remarks=remarks))))
    assert restored.results[0].observation.remarks == remarks


def _changed(change: Callable[[Any], None]) -> str:
    document = json.loads(result.render(make_report(RICH)))
    change(document)
    return json.dumps(document)


def _put(*path: str | int, value: object) -> str:
    def change(document: Any) -> None:  # noqa: ANN401 - JSON
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return _changed(change)


def _without(*path: str | int) -> str:
    def change(document: Any) -> None:  # noqa: ANN401 - JSON
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return _changed(change)


FIRST = ("results", 0)
SEEN = (*FIRST, "observation")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no result of argogate"),
        ("{}", "no result of argogate: it has no `version`"),
        (b"\xff\xfe\x00", "not JSON"),
        (_put("version", value=0), "no result of argogate"),
        (_put("version", value=True), "no result of argogate"),
        (_put("version", value="2"), "no result of argogate"),
        (_put("version", value=99), f"is of version 99, and this argogate knows .* to {VERSION};"),
        (_put("results", value=[]), "read: results is empty"),
        (_put("results", value={}), "read: results is no list"),
        (_put("results", 0, value=7), r"read: results\[0\] is no object"),
        (_without(*FIRST, "message"), r"results\[0\] has no member `message`"),
        (_put(*FIRST, "message", value=7), r"results\[0\]\.message is no text"),
        (_put(*FIRST, "exitCode", value="0"), r"exitCode is no whole number"),
        (_put(*FIRST, "exitCode", value=True), r"exitCode is no whole number"),
        (_put(*FIRST, "artifacts", 0, "size", value=10**400), r"size is no whole number"),
        (_put(*FIRST, "exitCode", value=1), "exit code 1 is not one of passed"),
        (_put(*FIRST, "conclusion", value="fine"), "conclusion is none of passed, failed"),
        (_put("exitZero", value=1), "read: exitZero is neither true nor false"),
        (_put(*SEEN, "seconds", value=1e300), "seconds is no number from 0"),
        (_put(*SEEN, "seconds", value=-1), "seconds is no number from 0"),
        (_put(*SEEN, "seconds", value=True), "seconds is no number from 0"),
        (_put(*SEEN, "began", value="now"), "began is no time"),
        (_put(*SEEN, "began", value="2026-01-31T12:00:00"), "began is no time"),
        (_put(*SEEN, "began", value="0001-01-01T00:00:00+23:00"), "began is no time"),
        (_put(*SEEN, "ending", value={"kind": "Exploded"}), "ending has no `kind` out of Finished"),
        (_put(*SEEN, "ending", value=None), "ending has no `kind`"),
        (_put(*SEEN, "workflow", "labels", value=[]), "labels is no object"),
        (_put(*SEEN, "workflow", "labels", value={"a": 1}), "labels, in one of its members, is no"),
    ],
)
def test_what_is_no_result_is_refused_in_one_sentence(broken: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        result.read(broken)
    assert "\n" not in str(caught.value)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """Return the path of every member, in the whole document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    inside = [(each, (*path, key)) for key, each in items]
    return [
        found
        for each, place in inside
        for found in (place, *(_leaves(each, place) if isinstance(each, (dict, list)) else ()))
    ]


NEWEST = SAMPLES[-1].read_text("utf-8")
odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([*HOSTILE[:8], "", -1, 10**400, 1e308, "2026-01-31T12:00:00Z", "Finished"])
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.sampled_from(_leaves(json.loads(NEWEST))), odd), max_size=4))
def test_whatever_a_result_holds_it_is_rendered_or_refused(changes: list[Any]) -> None:
    document = json.loads(NEWEST)
    for path, value in changes:
        place = document
        for step in path[:-1]:
            place = place[step] if _has(place, step) else {}
        if _has(place, path[-1]):
            place[path[-1]] = value
    try:
        verdict = result.read(json.dumps(document))
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not be raised
        return
    report = make_report(verdict)
    assert violations(render(Format.JUNIT, report), SCHEMA) == []
    assert rendered(report)


def _has(place: Any, step: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(place, list):
        return isinstance(step, int) and step < len(place)
    return isinstance(place, dict) and step in place


def test_an_absent_workflow_may_be_null() -> None:
    document = json.loads(result.render(reported(observed(None, Suspended(approvals=("a",))))))
    document["results"][0]["observation"]["workflow"] = None
    assert result.read(json.dumps(document)).results[0].workflow is None


def test_a_limit_comes_back_as_itself() -> None:
    ending = TimedOut(limit=Limit.STALL, seconds=5.5, reason="stalled")
    verdict = judged(observed(workflow(phase="Running"), ending))
    assert result.read(result.render(make_report(verdict))).results[0].observation.ending == ending


def test_the_evidence_comes_back_but_for_what_is_left_out() -> None:
    seen = workflow(node("a"), phase="Succeeded", resource_version="7", annotations={"a": "b"})
    back = result.read(result.render(reported(observed(seen)))).results[0].observation
    assert back.workflow == replace(seen, resource_version="", annotations={})
    verdict = finished(node("a", "Failed"), node("b", "Failed"))
    assert (
        result.read(result.render(make_report(verdict))).results[0].failures
        == verdict.results[0].failures
    )


APART = {
    "Workflow": {"nodes", "annotations", "resourceVersion", "blueprint"},
    "Observation": {"artifacts", "logs", "merged", "remarks", "shortfalls"},
}


MEMBERS = (Observation, Workflow, Node, ArtifactFile, LogTail, MergedFile, MergedSuite, MergedTest)
KNOWN = {kind.__name__: kind for kind in MEMBERS}


@pytest.mark.parametrize(("word", "kind"), {**KNOWN, **KINDS}.items())
def test_the_schema_knows_every_member(word: str, kind: Any) -> None:  # noqa: ANN401 - any dataclass
    definitions = SCHEMA_OF_RESULTS["$defs"]
    known = set(definitions[word]["properties"]) - {"kind"}
    names = {re.sub("_(id$|.)", lambda found: found[1].upper(), item.name) for item in fields(kind)}
    derived = {"path"} if kind is Node else set()
    assert known == names - APART.get(word, set()) | derived


def test_the_schema_says_what_every_member_is() -> None:
    for name, definition in {"the whole": SCHEMA_OF_RESULTS, **SCHEMA_OF_RESULTS["$defs"]}.items():
        assert definition["description"]
        for member, about in definition.get("properties", {}).items():
            assert member == "kind" or about.get("description"), f"{name}.{member}"
