"""The last line of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from argogate.cli.ending import broken_off, last_line
from argogate.reports.formats import Format
from argogate.verdict.endings import Cancelled
from argogate.verdict.observation import Observation, Target
from tests.build import HOSTILE, judged, node, observed, workflow

PASSED = observed(workflow(node("a"), phase="Succeeded"))
FAILED = observed(workflow(node("a", "Failed", message="exit 3")))


def named(name: str) -> Observation:
    target = Target(namespace="argo", name=name)
    return Observation(target=target, ending=Cancelled(signal_name="SIGTERM"))


def test_one_workflow_is_told_by_its_sentence() -> None:
    line = last_line(judged(FAILED), {Format.RESULT: Path("r.json"), Format.JUNIT: Path("a.xml")})
    assert line == (
        "argogate: failed (exit 1): argo/wf ended Failed after 1m 5s: a (exit 3); report: a.xml"
    )


def test_several_are_counted() -> None:
    line = last_line(judged(FAILED, PASSED, FAILED), {Format.DOTENV: Path("x.env")})
    assert line == "argogate: failed (exit 1): 2 of 3 workflows did not pass"
    assert last_line(judged(PASSED, PASSED), {}) == (
        "argogate: passed (exit 0): all 2 workflows passed"
    )


def test_a_failure_that_is_forgiven_stays_one() -> None:
    line = last_line(judged(FAILED, exit_zero=True), {})
    assert line.startswith("argogate: failed (exit 0, as --exit-zero was given): ")


def test_it_is_short_whatever_the_workflow_is_called() -> None:
    assert len(last_line(judged(named("x" * 5000)), {})) < 300


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_it_is_one_harmless_line(text: str) -> None:
    line = last_line(judged(named(text)), {Format.JUNIT: Path(text.replace("\0", ""))})
    assert line.startswith("argogate: cancelled (exit 143): ")
    assert line.isprintable()
    assert "##[" not in line


@pytest.mark.parametrize(
    ("code", "word"), [(143, "cancelled"), (130, "cancelled"), (1, "failed"), (0, "passed")]
)
def test_who_is_in_a_hurry_gets_one_too(code: int, word: str) -> None:
    assert broken_off(code) == f"argogate: {word} (exit {code}): a second signal ended it at once"
