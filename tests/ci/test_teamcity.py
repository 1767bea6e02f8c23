"""What the agent of TeamCity obeys, and what it must not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from argogate.ci.announce import Announcer
from argogate.ci.teamcity import TeamCity, escaped
from argogate.model.workflow import Parameter
from argogate.reports.outputs import OUTPUTS, outputs
from argogate.verdict.evidence import LogTail
from tests.build import HOSTILE, node, observed, reported, told, workflow
from tests.ci.test_github import foreign

if TYPE_CHECKING:
    from collections.abc import Iterable

VALUE = r"(?:[^|'\[\]\r\n]|\|[|'\[\]nr]|\|0x[0-9a-f]{4})*"
MESSAGE = re.compile(rf"##teamcity\[([a-zA-Z]+)((?: [a-zA-Z]+='{VALUE}')*)\]")
"""The documented grammar of a message with attributes."""
ESCAPE = re.compile(r"\|(0x[0-9a-f]{4}|.)")


def unescaped(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        word = match[1]
        return chr(int(word, 16)) if len(word) > 1 else {"n": "\n", "r": "\r"}.get(word, word)

    units = ESCAPE.sub(meant, text)
    return units.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="surrogatepass")


def obeyed(lines: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    """Read a log as the agent does: a message anywhere in a line, which is then all of it."""
    found = []
    for line in re.split("\r\n|\r|\n", "\n".join(lines)):
        if "##teamcity[" in line:
            match = MESSAGE.fullmatch(line)
            assert match, f"a message that cannot be read: {line!r}"
            pairs = re.findall(rf" ([a-zA-Z]+)='({VALUE})'", match[2])
            found.append((match[1], {key: unescaped(value) for key, value in pairs}))
    return found


def test_a_failure_is_the_status_of_the_build_and_a_warning() -> None:
    seen = workflow(node("unit", "Failed", message="it's [bad] | 漢🎉"))
    logs = (LogTail(node_id="wf-unit", lines=("##teamcity[buildStop comment='x']",)),)
    report = reported(observed(seen, logs=logs))
    status, warning = obeyed(TeamCity().marks(report))
    assert status == (
        "buildStatus",
        {"text": f"{{build.status.text}}; argogate: {report.verdict.headline}"},
    )
    assert warning[1]["status"] == "WARNING"
    rows = warning[1]["text"].splitlines()
    assert rows[:3] == [
        "wf: unit",
        "it's [bad] | 漢🎉",
        "| # #teamcity[buildStop comment='x']",
    ]


def test_a_failure_that_exits_0_leaves_the_status_and_a_pass_is_silent() -> None:
    red = reported(observed(workflow(node("a", "Failed"))), exit_zero=True)
    assert [kind for kind, _ in obeyed(TeamCity().marks(red))] == ["message"]
    assert not list(TeamCity().marks(told(phase="Succeeded")))
    assert [kind for kind, _ in obeyed(TeamCity().refusal("no such option"))] == ["buildStatus"]


def test_every_output_is_a_parameter_and_percent_signs_refer_to_nothing() -> None:
    values = {**outputs(told(node("unit", "Failed", message="%secret%"))), "junit": "a%b.xml"}
    found = obeyed(TeamCity().handed_on(values).splitlines())
    assert {kind for kind, _ in found} == {"setParameter"}
    read = {each["name"]: each["value"] for _, each in found}
    assert {name.removeprefix("argogate."): value for name, value in read.items()} == {
        name: value.replace("%", "%%") for name, value in values.items()
    }
    assert read["argogate.junit"] == "a%%b.xml"


@given(foreign, foreign)
def test_no_foreign_text_is_obeyed(message: str, name: str) -> None:
    seen = workflow(
        node(name, "Failed", message=message), parameters=(Parameter(name=name, value=message),)
    )
    logs = (LogTail(node_id=f"wf-{name}", lines=(message, *HOSTILE)),)
    lines: list[str] = []
    announcer = Announcer(
        system=TeamCity(), write=lines.append, warn=lines.append, paths={"junit": message}
    )
    announcer.announce(reported(observed(seen, logs=logs)))
    kinds = [kind for kind, _ in obeyed(lines)]
    assert kinds == [
        *["setParameter"] * (len(OUTPUTS) - 2),
        "buildStatus",
        "message",
        *(["blockOpened", "blockClosed"] if len(kinds) > len(OUTPUTS) else []),
    ]


def test_a_log_is_a_block() -> None:
    opened, row, closed = TeamCity().folded("Log of [x]", ["  a"])
    assert [opened, closed] == [
        "##teamcity[blockOpened name='Log of |[x|]']",
        "##teamcity[blockClosed name='Log of |[x|]']",
    ]
    assert row == "  |   a"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a'b|c[d]", "a|'b||c|[d|]"),
        ("\r\n", "|r|n"),
        ("é漢", "|0x00e9|0x6f22"),
        ("🎉", "|0xd83c|0xdf89"),
    ],
)
def test_values_are_escaped(text: str, value: str) -> None:
    assert escaped(text) == value
    assert unescaped(value) == text
