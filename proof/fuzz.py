"""Coverage-guided fuzzing of everything that reads foreign bytes.

`python -m proof fuzz` runs each target with so many inputs as `--each` says, times a thousand;
`python -m proof.fuzz TARGET [libFuzzer's options] [CORPUS]` runs one by hand. An input that breaks
a target is left in the folder build/fuzz, and that file as the only argument repeats it.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUILD = Path(__file__).parents[1] / "build" / "fuzz"
RUNS = 1000
"""Inputs for each that `--each` says."""
SECONDS = 600
LONGEST = 4096

RESULTS = Path(__file__).parents[1] / "tests" / "results"
JUNIT = (
    b'<testsuites><testsuite name="s" time="1" timestamp="2026-01-31T12:00:00"><testcase name="t" '
    b'classname="c" time="1"><failure message="m" type="t">x</failure><system-out>o</system-out>'
    b"</testcase><testcase><skipped/><flakyFailure/></testcase><error/></testsuite></testsuites>"
)

BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)
COMMAND = re.compile(r"(?:^|\r|\n)\s*(?:::[\w-]|##\[|##vso\[)", re.MULTILINE)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def workflow(data: bytes) -> None:
    """Any JSON is a workflow, and never a pass unless its phase and its finish say so."""
    from argogate.model.lifecycle import is_over
    from argogate.model.parse import parse_workflow
    from argogate.model.workflow import Phase

    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    seen = parse_workflow(document)
    for code in (_told(seen, over=is_over(seen)),):
        assert code != 0 or (is_over(seen) and seen.phase is Phase.SUCCEEDED), (
            "a green without an end"
        )


def texts(data: bytes) -> None:
    """No text breaks out of a report, or is obeyed by a CI system."""
    from argogate.model.parse import parse_workflow

    text = data.decode("utf-8", "surrogateescape")
    node = {
        "id": "w-1",
        "name": f"w.{text}",
        "displayName": text,
        "type": "Pod",
        "phase": "Failed",
        "templateName": text,
        "message": text,
    }
    document = {
        "metadata": {"name": "w", "namespace": "n", "uid": "u"},
        "status": {
            "phase": "Failed",
            "message": text,
            "startedAt": "2026-01-31T12:00:00Z",
            "finishedAt": "2026-01-31T12:00:05Z",
            "nodes": {"w-1": node},
            "outputs": {"parameters": [{"name": text, "value": text}]},
        },
    }
    assert _told(parse_workflow(document), over=True, log=text.splitlines()) == 1


def _told(seen: Any, *, over: bool, log: list[str] | None = None) -> int:
    """Render everything about a workflow; return the exit code."""
    from argogate.ci.github import GitHub
    from argogate.reports.formats import Format, render
    from argogate.reports.text import render_text
    from argogate.verdict.endings import Finished, Limit, TimedOut
    from argogate.verdict.evidence import LogTail
    from argogate.verdict.judge import Rules, judge
    from argogate.verdict.observation import Observation, Target
    from argogate.verdict.suites import make_report

    ending = Finished(poll=seen) if over else TimedOut(limit=Limit.TIMEOUT, seconds=5)
    tails = tuple(LogTail(node_id=key, lines=tuple(log or ())) for key in seen.nodes)
    observation = Observation(
        target=Target(namespace="n", name="w", url="https://argo.example/workflows/n/w"),
        ending=ending,
        workflow=seen,
        began=BEGAN,
        seconds=5,
        logs=tails,
    )
    verdict = judge([observation], Rules())
    report = make_report(verdict)
    for form in Format:
        content = render(form, report, str(form)).decode()
        if form is Format.JUNIT:
            root = ET.fromstring(content)
            red = any(True for kind in ("failure", "error") for _ in root.iter(kind))
            assert red is (verdict.exit_code != 0), "the report and the code disagree"
        if form is Format.RESULT:
            json.loads(content)
            assert "##[" not in content
    text = render_text(report)
    assert not CONTROLS.search(text), "a control character on stdout"
    assert not COMMAND.search(text), "a command on stdout"
    for line in GitHub(output=None, summary=None).marks(report):
        assert not {"\n", "\r"} & set(line), "an annotation of two lines"
    return verdict.exit_code


def stream(data: bytes) -> None:
    """Any bytes are a stream of events or of log lines, however they are cut."""
    from argogate.argo.streams import events, glimpse_of, log_entries, warning_of
    from argogate.errors import ArgoError

    size = 1 + data[0] % 64 if data else 1
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    for read in (glimpse_of, warning_of):
        with suppress(ArgoError):
            list(events(chunks, "stream", read))
    with suppress(ArgoError):
        list(log_entries(chunks, "log"))


def follow(data: bytes) -> None:
    """Any bytes are the logs of pods that are followed: bounded, harmless, and told once."""
    from argogate.argo.streams import pod_lines
    from argogate.errors import ArgoError
    from argogate.following.flow import LAST_LINES, Flow

    most = 20
    flow = Flow(most, lambda text: text)
    size = 1 + data[0] % 64 if data else 1
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    told: list[tuple[Any, list[Any]]] = []
    with suppress(ArgoError):
        for now, line in enumerate(pod_lines(chunks, "log")):
            if line is not None:
                flow.hear("w", line, now)
                flow.hear("w", line, now)
                told += flow.due(now)
    told += flow.rest(len(chunks))
    lines: dict[str, int] = {}
    for source, said in told:
        lines[source.pod] = lines.get(source.pod, 0) + len(said)
        for each in said:
            assert not CONTROLS.search(each.text), "a control character in the log"
            assert "\n" not in each.text, "a line that is two"
    # What was left out is told as its count and its last lines, each time that a pod ends.
    bound = most + (LAST_LINES + 2) * (1 + data.count(b"exited"))
    assert all(count <= bound for count in lines.values()), "more lines than are to be told"


def archive(data: bytes) -> None:
    """Any bytes are an archive that is unpacked within its folder, or refused."""
    from argogate.evidence.content import Content
    from argogate.evidence.members import Refused
    from argogate.evidence.unpack import Bounds, unpack

    bounds = Bounds(members=200, size=1 << 20, harmless=1 << 20)
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / "packed"
        packed.write_bytes(data)
        for content in (Content.TGZ, Content.TAR, Content.ZIP):
            into = Path(scratch) / "around" / content.value
            into.mkdir(parents=True)
            with suppress(Refused):
                unpack(packed, content, into, bounds, lambda _: None)
        outside = [
            path for path in Path(scratch).iterdir() if path.name not in {"packed", "around"}
        ]
        assert not outside, f"written outside: {outside}"
        for path in (Path(scratch) / "around").rglob("*"):
            assert not path.is_symlink() or _stays(path, Path(scratch) / "around"), "a link outside"


def junit(data: bytes) -> None:
    """Any bytes are suites of tests within bounds, or refused; and they can be rendered."""
    from argogate.evidence.junit import LONGEST_TEXT, Broken, Foreign, Room, parse
    from argogate.model.parse import parse_workflow
    from argogate.reports.formats import Format, render
    from argogate.reports.result import read
    from argogate.verdict.endings import Finished
    from argogate.verdict.evidence import MergedFile
    from argogate.verdict.judge import Rules, judge
    from argogate.verdict.observation import Observation, Target
    from argogate.verdict.suites import make_report

    room = Room(tests=20, red=5)
    try:
        suites = parse(data, room)
    except (Broken, Foreign):
        return
    tests = [test for suite in suites for test in suite.tests]
    assert len(tests) <= 25, "more tests than there is room for"
    assert all(len(test.text) <= LONGEST_TEXT for test in tests), "a text without a bound"
    seen = parse_workflow({"metadata": {"name": "w"}, "status": {"phase": "Succeeded"}})
    observation = Observation(
        target=Target(namespace="n", name="w"),
        ending=Finished(poll=seen),
        workflow=seen,
        merged=(MergedFile(node_id="w", node_path="w", name="j", suites=suites),),
    )
    verdict = judge([observation], Rules())
    assert verdict.exit_code == 0, "merged tests decide nothing"
    report = make_report(verdict)
    shown = render(Format.JUNIT, report)
    cases = len(ET.fromstring(shown).findall(".//testcase"))
    assert cases == 1 + len(tests) + sum(bool(suite.left_out) for suite in suites)
    again = make_report(read(render(Format.RESULT, report)))
    assert render(Format.JUNIT, again) == shown, "another report from the result"


def result(data: bytes) -> None:
    """Any bytes are a result that can be rendered, or refused."""
    from argogate.reports.formats import Format, render
    from argogate.reports.result import read
    from argogate.reports.text import render_text
    from argogate.verdict.suites import make_report

    try:
        verdict = read(data)
    except ValueError:
        return
    report = make_report(verdict)
    for form in Format:
        render(form, report, str(form))
    text = render_text(report)
    assert not CONTROLS.search(text), "a control character on stdout"
    assert not COMMAND.search(text), "a command on stdout"


def _stays(link: Path, folder: Path) -> bool:
    return Path(os.path.realpath(link)).is_relative_to(folder.resolve())


TARGETS: dict[str, Callable[[bytes], None]] = {
    "workflow": workflow,
    "texts": texts,
    "stream": stream,
    "follow": follow,
    "archive": archive,
    "junit": junit,
    "result": result,
}


def seeds(target: str, folder: Path) -> None:
    """Write what a fuzzer begins with."""
    folder.mkdir(parents=True, exist_ok=True)
    node = {"id": "w", "name": "w", "type": "Pod", "phase": "Succeeded", "message": "m"}
    over = {"phase": "Succeeded", "finishedAt": "2026-01-31T12:00:00Z", "nodes": {"w": node}}
    document = json.dumps({"metadata": {"name": "w", "uid": "u"}, "status": over})
    line = json.dumps({"result": {"type": "ADDED", "object": json.loads(document)}})
    tar, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as made:
        for kind, name in (
            (tarfile.REGTYPE, "a/b"),
            (tarfile.SYMTYPE, "a/l"),
            (tarfile.LNKTYPE, "h"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "b" if kind != tarfile.LNKTYPE else "a/b"
            made.addfile(member)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as zipped:
        zipped.writestr("a/b", "text" * 20)
        zipped.writestr("c", b"x", zipfile.ZIP_DEFLATED)
    found: dict[str, list[bytes]] = {
        "workflow": [document.encode()],
        "texts": [b"::error::x\r\n##[x]", b"<a>&]]>|`*_", "\u202e\x1b[31m".encode()],
        "follow": [
            "".join(
                json.dumps({"result": {"content": content, "podName": "p"}}) + "\n"
                for content in (
                    "2026-01-31T12:00:00.1Z a\u001b[31m",
                    "2026-01-31T12:00:00.2Z ::error::b",
                    "2026-01-31T12:00:01.0Z sub-process exited",
                )
            ).encode()
        ],
        "stream": [line.encode(), f"data: {line} \n\n:\n".encode()],
        "archive": [tar.getvalue(), packed.getvalue()],
        "junit": [JUNIT, b"<?xml version='1.0' encoding='gbk'?>" + JUNIT, b"<!DOCTYPE a>" + JUNIT],
        "result": list(_short_results()),
    }
    for number, content in enumerate(found[target]):
        (folder / f"seed-{number}").write_bytes(content)


def _short_results() -> Iterator[bytes]:
    """Yield what each version wrote of one workflow, short enough to be changed in all places."""
    for path in sorted(RESULTS.glob("*/result.json")):
        document = json.loads(path.read_bytes())
        for one in document["results"]:
            text = json.dumps({**document, "results": [one]}, separators=(",", ":")).encode()
            if len(text) <= LONGEST:
                yield text


def run(seed: int, each: int, *, minutes: float | None = None) -> list[str]:
    """Fuzz every target, all of them for so many minutes if any; return what broke."""
    wrong = []
    runs, seconds = each * RUNS, SECONDS
    if minutes:
        runs, seconds = -1, max(round(minutes * 60 / len(TARGETS)), 1)
    total = 0
    for target in TARGETS:
        corpus = BUILD / target
        seeds(target, corpus)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "proof.fuzz", target, str(corpus)),
                *(f"-runs={runs}", f"-seed={seed % 2**31 or 1}", "-print_final_stats=1"),
                *(f"-max_len={LONGEST}", f"-max_total_time={seconds}"),
                f"-artifact_prefix={BUILD}/{target}-",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        counted = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        corners = re.findall(r"cov: (\d+)", done.stderr)
        print(
            f"{target}: {counted[1] if counted else '?'} inputs, "
            f"{corners[-1] if corners else '?'} edges, exit code {done.returncode}"
        )
        total += int(counted[1]) if counted else 0
        if done.returncode:
            wrong.append(f"{target}: {done.stderr[-1500:]}")
    print(f"{total} inputs for {len(TARGETS)} targets")
    return wrong


def main() -> None:
    """Fuzz one target with libFuzzer's own options."""
    import atheris

    target = TARGETS[sys.argv.pop(1)]
    with atheris.instrument_imports(include=["argogate"]):
        target(b"{}")
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
