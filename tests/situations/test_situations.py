"""Every directory beside this file is a situation, and the command line answers rightly in it."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.server import DemoServer
from tests.cli.conftest import Ended
from tests.situations.situation import Expected, Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.clock import SimulatedClock

HERE = Path(__file__).parent
TOKEN = "a-token-of-the-situation"
FOLDERS = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
EARLIER = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")
VERDICTS = {"error": "errored", "failure": "failed", "skipped": "skipped"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_right_happens(
    folder: Path,
    call: Callable[..., Ended],
    clock: SimulatedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    situation = Situation.read(folder)
    monkeypatch.chdir(tmp_path)
    with DemoServer([situation.run], token=TOKEN, clock=clock, faults=situation.faults) as server:
        words = ("wait", situation.name, "--junit", "junit.xml", *situation.args)
        variables = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
        ended = call(*words, **variables | situation.env)
        seconds = server.elapsed
        sent = [request.headers.get("Authorization", "") for request in server.requests]
    wrong = [
        *differences(situation.expect, ended, tmp_path),
        *(f"{text!r} was sent" for text in situation.expect.never_sent if text in " ".join(sent)),
    ]
    if situation.expect.max_seconds is not None and seconds > situation.expect.max_seconds:
        wrong.append(f"it took {seconds:.1f} s")
    assert not wrong, f"{wrong}\n{(folder / 'case.md').read_text('utf-8')}\n{ended}"


def differences(expect: Expected, ended: Ended, folder: Path) -> Iterator[str]:
    """Tell how an end differs from what is right."""
    if expect.exit not in {None, ended.code}:
        yield f"exit code {ended.code}, not {expect.exit}"
    report = folder / "junit.xml"
    junit = report.read_text("utf-8") if report.exists() else ""
    yield from _texts("stdout", ended.out, expect.out_has, expect.out_lacks)
    yield from _texts("stderr", ended.err, expect.err_has, expect.err_lacks)
    yield from _texts("the JUnit report", junit, expect.junit_has, ())
    yield from _cases(expect, list(ET.fromstring(junit).iter("testcase")) if junit else [])
    for name, content in (expect.files or {}).items():
        if (found := _file(folder / name, content)) is not None:
            yield f"{name} {found}"


def _texts(what: str, text: str, has: Sequence[str], lacks: Sequence[str]) -> Iterator[str]:
    yield from (f"{what} lacks {part!r}" for part in has if not re.search(part, text))
    yield from (f"{what} has {part!r}" for part in lacks if re.search(part, text))


def _cases(expect: Expected, cases: list[ET.Element]) -> Iterator[str]:
    if expect.count not in {None, len(cases)}:
        yield f"{len(cases)} cases, not {expect.count}"
    if expect.no_flaky and any(case.find(kind) is not None for case in cases for kind in EARLIER):
        yield "a case has an attempt that never was"
    verdicts: dict[str, str] = {}
    for case in cases:
        verdicts.setdefault(case.get("name", ""), _verdict(case))
    for name, right in (expect.cases or {}).items():
        if (found := verdicts.get(name, "absent")) not in right.split("|"):
            yield f"the case {name!r} is {found}, not {right}"


def _verdict(case: ET.Element) -> str:
    return next((VERDICTS[child.tag] for child in case if child.tag in VERDICTS), "passed")


def _file(path: Path, right: str | dict[str, str] | None) -> str | None:
    if right is None or not path.exists():
        return "should not be there" if path.exists() else None if right is None else "is missing"
    content = base64.b64decode(right["base64"]) if isinstance(right, dict) else right.encode()
    return None if right == "*" or path.read_bytes() == content else "differs"


WHOLE = {
    "workflow": {"metadata": {"name": "w", "namespace": "argo"}},
    "args": [],
    "expect": {"exit": 0},
}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (None, "# Title\n\nText.\n"),
        (WHOLE, None),
        (WHOLE, ""),
        (WHOLE, "# Only a title\n"),
        (WHOLE | {"expect": {}}, "# Title\n\nText.\n"),
        (WHOLE | {"expect": {"exits": 0}}, "# Title\n\nText.\n"),
        (WHOLE | {"answer": []}, "# Title\n\nText.\n"),
        (WHOLE | {"timeline": []}, "# Title\n\nText.\n"),
        ({key: WHOLE[key] for key in ("args", "expect")}, "# Title\n\nText.\n"),
        ({key: WHOLE[key] for key in ("workflow", "expect")}, "# Title\n\nText.\n"),
    ],
)
def test_a_directory_that_is_no_situation_is_refused(
    document: dict[str, object] | None, text: str | None, tmp_path: Path
) -> None:
    if document is not None:
        (tmp_path / "case.json").write_text(json.dumps(document), "utf-8")
    if text is not None:
        (tmp_path / "case.md").write_text(text, "utf-8")
    with pytest.raises((FileNotFoundError, KeyError, ValueError)):
        Situation.read(tmp_path)


def test_every_way_to_be_wrong_is_noticed(tmp_path: Path) -> None:
    """A check that never fails would hold in every situation."""
    (tmp_path / "junit.xml").write_text(
        '<testsuites><testcase name="a"><rerunFailure/><failure/></testcase></testsuites>', "utf-8"
    )
    (tmp_path / "there").write_text("other", "utf-8")
    expect = Expected(
        exit=1,
        out_has=("yes",),
        out_lacks=("out",),
        err_has=("yes",),
        err_lacks=("err",),
        junit_has=("yes",),
        cases={"a": "passed|skipped", "b": "passed"},
        count=2,
        no_flaky=True,
        files={"there": "text", "not": "*", "junit.xml": None, "./there": {"base64": ""}},
    )
    found = list(differences(expect, Ended(code=0, out="out", err="err"), tmp_path))
    assert len(found) == 14
    assert not list(differences(Expected(), Ended(code=0, out="", err=""), tmp_path))


def test_there_are_situations() -> None:
    assert FOLDERS
