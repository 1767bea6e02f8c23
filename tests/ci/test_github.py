"""What the runner of GitHub Actions obeys, and what it must not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argogate.ci.github import GitHub, annotation
from argogate.model.workflow import Parameter
from argogate.reports.outputs import LARGEST, OUTPUTS, outputs
from argogate.verdict.endings import AccessDenied, TimedOut
from argogate.verdict.endings import Limit as Limits
from argogate.verdict.evidence import LogTail
from argogate.verdict.observation import Target
from argogate.verdict.suites import make_report
from tests.build import HOSTILE, judged, node, observed, reported, told, workflow

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMAND = re.compile(r"^\s*::([a-z-]+)|##\[")
"""What the runner takes for a command: at the start of a line, or the old form anywhere."""

foreign = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200))


def read_outputs(text: str) -> dict[str, str]:
    """Read the file as the runner does (FileCommandManager.cs)."""
    found = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, marker, delimiter = line.partition("<<")
        assert marker, f"neither name=value nor name<<delimiter: {line!r}"
        value = []
        while (row := next(lines)) != delimiter:
            value.append(row)
        found[name] = "\n".join(value)
    return found


def obeyed(lines: Iterable[str]) -> list[str]:
    """Return the commands that a runner obeys, in order."""
    found: list[str] = []
    stopped = ""
    for line in "\n".join(lines).splitlines():
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
        elif match := COMMAND.search(line):
            found.append(match[1] or "old form")
            if match[1] == "stop-commands":
                stopped = line.rpartition("::")[2]
    return found


def test_outputs_can_be_read_back() -> None:
    values = outputs(told(node("unit", "Failed"), node("lint", "Failed")))
    read = read_outputs(GitHub().handed_on(values))
    assert read == values
    assert read["failed-nodes"] == "lint\nunit"
    assert read["exit-code"] == "1"
    assert json.loads(read["results"])[0]["conclusion"] == "failed"


def test_every_documented_output_is_there_besides_the_paths() -> None:
    assert {*OUTPUTS} - {*outputs(told())} == {"junit", "artifacts-dir", "result"}


@given(st.dictionaries(st.sampled_from(list(OUTPUTS)), foreign))
def test_no_value_becomes_another_output(values: dict[str, str]) -> None:
    assert read_outputs(GitHub().handed_on(values)) == values


@given(foreign, foreign, foreign)
def test_no_foreign_text_is_obeyed(message: str, name: str, parameter: str) -> None:
    seen = workflow(
        node(name, "Failed", message=message),
        parameters=(Parameter(name=parameter, value=message),),
    )
    verdict = judged(observed(seen))
    system = GitHub()
    assert obeyed(system.marks(make_report(verdict))) == ["error"]
    folded = list(system.folded(name, [message, parameter, "::endgroup::", "##[error]x"]))
    assert obeyed(folded) == ["group", "stop-commands", "endgroup"]
    assert len(folded) == 8
    assert len("\n".join(folded).splitlines()) == 8
    values = outputs(make_report(verdict))
    assert json.loads(values["outputs"]) in ({parameter: message}, {})
    assert not obeyed(values.values())


WORDS = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "mu",
)


@pytest.mark.parametrize(
    ("failed", "shown", "last"), [(1, 1, "alpha"), (10, 10, "kappa"), (11, 10, "2 more failures")]
)
def test_at_most_ten_annotations_and_the_last_says_how_many_more(
    failed: int, shown: int, last: str
) -> None:
    nodes = (node(f"n{at}", "Failed", message=WORDS[at]) for at in range(failed))
    marks = list(GitHub().marks(told(*nodes)))
    assert len(marks) == shown
    assert last in marks[-1]
    assert all(mark.startswith("::error title=") for mark in marks)


def test_an_annotation_has_message_last_lines_next_step_and_link() -> None:
    seen = workflow(node("unit", "Failed", message="main: Error (exit code 3)"), node("ok"))
    logs = (LogTail(node_id="wf-unit", lines=("a", "b", "::error::c", "100%")),)
    (mark,) = GitHub().marks(reported(observed(seen, logs=logs)))
    page = "https://argo.example/workflows/argo/wf"
    assert mark.split("::", 2)[1] == "error title=wf%3A unit"
    assert unquote(mark.split("::", 2)[2]).splitlines() == [
        "main: Error (exit code 3)",
        "| b",
        "| ::error::c",
        "| 100%",
        "next: run once more what failed: argo retry -n argo wf",
        f"{page}?tab=workflow&nodeId=wf-unit&sidePanel=logs:wf-unit:main&uid=b1a0",
    ]


def test_many_failures_are_an_annotation_for_each_reason() -> None:
    nodes = [
        *(node(f"a{at}", "Failed", message="main: Error (exit code 1)") for at in range(12)),
        node("b", "Failed", message="main: OOMKilled (exit code 137)"),
    ]
    first, second = GitHub().marks(told(*nodes))
    assert first.startswith(
        "::error title=wf%3A 12 × exit code 1::main: Error (exit code 1)%0Ain a0, "
    )
    assert "next: " in first
    assert second.startswith(
        "::error title=wf%3A OOMKilled::main: OOMKilled (exit code 137)%0Ain b%0A"
    )
    assert "next: " not in second


def test_what_kept_the_gate_from_a_result_is_one_annotation() -> None:
    target = Target(namespace="argo", name="wf")
    running = workflow(*(node(f"n{at}", "Running") for at in range(20)), phase="Running")
    marks = list(
        GitHub().marks(
            reported(
                observed(running, TimedOut(limit=Limits.TIMEOUT, seconds=60), target=target),
                observed(None, AccessDenied(reason="50% denied: no"), target=target),
                observed(workflow(phase="Succeeded")),
            )
        )
    )
    assert [mark.partition("::")[2].partition("::")[0] for mark in marks] == [
        "error title=argogate%3A timed-out",
        "error title=argogate%3A denied",
    ]
    assert "::50%25 denied: no%0Anext: " in marks[1]


def test_a_failure_that_exits_0_is_a_warning_and_a_pass_is_silent() -> None:
    verdict = judged(observed(workflow(node("a", "Failed"))), exit_zero=True)
    assert [mark[:10] for mark in GitHub().marks(make_report(verdict))] == ["::warning "]
    assert not list(GitHub().marks(told(phase="Succeeded")))


@pytest.mark.parametrize(
    ("title", "message", "command"),
    [
        ("a: b, c", "100%\nx\r\ny", "::error title=a%3A b%2C c::100%25 x y"),
        ("", "::error::x", "::error title=::: :error::x"),
        ("", "see ##[error]x", "::error title=::see # #[error]x"),
        ("é" * 300, "", f"::error title={'é' * 199}…::"),
        ("", "漢" * 5000, f"::error title=::{'漢' * 999}…"),
    ],
)
def test_annotations_are_escaped_and_cut(title: str, message: str, command: str) -> None:
    assert annotation("error", title, message) == command


def test_however_much_there_is_to_say_the_link_is_there_and_the_whole_is_cut() -> None:
    nodes = [node(f"{'long-name-' * 15}{at}", "Failed", message="x" * 9000) for at in range(20)]
    logs = tuple(LogTail(node_id=one.id, lines=("漢" * 900,) * 9) for one in nodes)
    (mark,) = GitHub().marks(reported(observed(workflow(*nodes), logs=logs)))
    assert mark.endswith("&uid=b1a0")
    assert len(annotation("error", "", *["x" * 2000] * 9)) == len("::error title=::") + 4000 + 3 * 2


def test_secrets_are_hidden_first_but_not_half_the_alphabet() -> None:
    masks = GitHub().masks(["Bearer s3cr%t", "abc", "", "pa ss wo rd 1234 long"])
    whole = ["Bearer s3cr%25t", "pa ss wo rd 1234 long", "s3cr%25t"]
    assert masks == [f"::add-mask::{text}" for text in whole]


def test_of_headers_the_values_are_hidden_and_neither_names_nor_ordinary_words() -> None:
    headers = (
        "X-Requested-By: argogate\nAccept=application/json\nX-Key: 1f 2e\nAuthorization=Basic abcd"
    )
    masks = GitHub().masks([headers])
    whole = ["1f 2e", "Authorization=Basic abcd", "Basic abcd", "X-Key: 1f 2e", "abcd"]
    assert masks == [f"::add-mask::{text}" for text in whole]


def test_tokens_and_delimiters_cannot_be_guessed() -> None:
    assert len({line for _ in range(50) for line in GitHub().folded("a", [])}) == 2 + 100
    text = "".join(GitHub().handed_on({"a": "", "b": ""}) for _ in range(50))
    delimiters = re.findall(r"<<ghadelimiter_([0-9a-f]{64})\n", text)
    assert len(set(delimiters)) == len(delimiters) == 100


def test_what_is_too_large_for_a_job_is_left_out_whole() -> None:
    parameters = (
        Parameter(name="small", value="1"),
        Parameter(name="large", value="x" * LARGEST),
        Parameter(name="last", value="2"),
    )
    seen = workflow(phase="Succeeded", parameters=parameters)
    values = outputs(reported(*[observed(seen)] * 1000))
    assert json.loads(values["outputs"]) == {"small": "1", "last": "2"}
    assert 100 < len(json.loads(values["results"])) < 1000
    assert len(values["results"]) <= LARGEST


def test_a_refusal_is_an_annotation() -> None:
    assert list(GitHub().refusal("no such option: --x")) == [
        "::error title=argogate::no such option: --x"
    ]
