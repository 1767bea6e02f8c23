"""`argogate report`: what a wait wrote, again and byte for byte, with nobody to ask."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from argo_replay.server import DemoServer
from argogate.cli import report
from argogate.reports import result
from argogate.reports.formats import Format
from tests.build import node, told
from tests.harness import TOKEN, recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended
    from tests.clock import SimulatedClock

    Call = Callable[..., Ended]

NETWORK = {"http", "requests", "socket", "ssl", "tenacity", "truststore", "urllib3"}


def saved(path: Path, *phases: str, **rules: bool) -> Path:
    """Write the result of a gate whose one node ended so."""
    report = told(*(node(f"n{at}", each) for at, each in enumerate(phases)), phase=phases[-1])
    document = result.render(report)
    if rules:
        document = document.replace('"exitZero": false', '"exitZero": true')
    path.write_text(document)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("run", ["steps-one-fails", "artifacts", "retry-flaky-succeeds"])
def test_every_report_is_rendered_again_byte_for_byte(
    call: Call, clock: SimulatedClock, here: Path, run: str
) -> None:
    files = [word for form in Format for word in (f"--{form}", f"{form}.out")]
    with DemoServer([recorded(run)], token=TOKEN, clock=clock) as server:
        known = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
        waited = call("wait", run, "--artifacts", "out", *files, **known)
    assert waited.out, waited.err
    before = {path.name: path.read_bytes() for path in here.glob("*.out")}
    assert before.keys() == {f"{form}.out" for form in Format}
    (here / "result.out").rename("saved.json")
    again = call("report", "saved.json", *files)
    assert (again.code, again.err) == (0, "")
    assert again.out == waited.out
    assert {path.name: path.read_bytes() for path in here.glob("*.out")} == before


def test_no_network_library_is_loaded(here: Path) -> None:
    saved(here / "r.json", "Failed")
    files = [word for form in Format for word in (f"--{form}", f"{form}.out")]
    program = (
        "import sys; from argogate.cli.main import argogate\n"
        "from argogate.cli.signals import Signals\n"
        f"argogate.main({['report', 'r.json', *files]!r}, standalone_mode=False, obj=Signals())\n"
        f"sys.exit(bool({NETWORK!r} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert (here / "junit.out").is_file()


def test_several_results_become_one_report(call: Call, here: Path) -> None:
    good, bad = saved(here / "a.json", "Succeeded"), saved(here / "b.json", "Failed")
    ended = call("report", str(good), str(bad), "--result", "all.json", "-o", "json")
    document = json.loads(ended.out)
    assert [each["conclusion"] for each in document["results"]] == ["passed", "failed"]
    assert document["exitCode"] == 1
    assert (here / "all.json").read_text() == ended.out


@pytest.mark.parametrize(
    ("forgiving", "code"), [((True, True), 0), ((True, False), 1), ((False, True), 1)]
)
def test_a_failure_is_forgiven_where_all_forgive(
    call: Call, here: Path, forgiving: tuple[bool, ...], code: int
) -> None:
    names = [
        saved(here / f"{at}.json", "Failed", **({"exit_zero": True} if each else {})).name
        for at, each in enumerate(forgiving)
    ]
    assert call("report", *names, "--exit-code").code == code


def test_a_result_may_come_from_stdin(
    here: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(here / "r.json", "Failed")
    with path.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert call("report", "-", "-o", "name").out == "wf\n"


class Silent:
    """A stdin into which nobody writes, until a signal comes."""

    @property
    def buffer(self) -> Silent:
        return self

    def read(self, most: int) -> NoReturn:
        assert most
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("it went on reading")


@pytest.mark.parametrize(
    "words", [("report", "r.json", "--summary", "-"), ("wait", "hello", "--junit", "-")]
)
def test_no_file_is_called_as_stdin_is(call: Call, here: Path, words: tuple[str, ...]) -> None:
    saved(here / "r.json", "Succeeded")
    ended = call(*words, ARGO_SERVER="127.0.0.1:1")
    assert ended.code == 2
    assert (
        f"{words[2]} - cannot be written: it is no file's name, and stdout is /dev/stdout"
        in ended.err
    )
    assert [path.name for path in here.iterdir()] == ["r.json"]


@pytest.mark.parametrize("words", [("report", "-"), ("status", "-")])
def test_who_reads_stdin_can_be_ended_and_leaves_no_old_report(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "stdin", Silent())
    (here / "old.xml").write_text("green")
    reports = () if "status" in words else ("--junit", "old.xml")
    assert call(*words, *reports, ARGO_SERVER="127.0.0.1:1").code == 143
    assert not reports or not (here / "old.xml").exists()


@pytest.mark.parametrize(
    ("phase", "words", "code"),
    [
        ("Failed", (), 0),
        ("Failed", ("--exit-code",), 1),
        ("Failed", ("--junit", "/dev/full"), 6),
        ("Failed", ("--junit", "/dev/full", "--exit-code"), 1),
        ("Succeeded", ("--junit", "/dev/full", "--exit-code"), 6),
        ("Succeeded", ("--exit-code",), 0),
    ],
)
def test_the_exit_code_is_about_the_rendering_unless_that_of_the_wait_is_wanted(
    call: Call, here: Path, phase: str, words: tuple[str, ...], code: int
) -> None:
    saved(here / "r.json", phase)
    text = call("report", "r.json").out
    ended = call("report", "r.json", *words)
    assert (ended.code, ended.out) == (code, text)
    assert ("the report --junit /dev/full could not be written" in ended.err) == (
        "/dev/full" in words
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "r.json cannot be read: No such file or directory"),
        (b"<testsuites/>", "r.json: the result is not JSON"),
        (b"\xff\xfe\x00\x01", "r.json: the result is not JSON"),
        (b'{"version": 99}', "r.json: the result is of version 99"),
        (b'{"conclusion": "passed"}', "r.json: this is no result of argogate"),
        (b'{"version": 1, "exitZero": false, "results": []}', "results is empty"),
    ],
)
def test_what_is_no_result_is_exit_2_and_leaves_no_old_report(
    call: Call, here: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (here / "r.json").write_bytes(content)
    (here / "old.xml").write_text("green")
    ended = call("report", "r.json", "--junit", "old.xml")
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert not (here / "old.xml").exists()


@pytest.mark.parametrize("word", ["/dev/zero", "-"])
def test_what_never_ends_is_no_result(
    call: Call, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """A branch can commit a link to a device among the results of a matrix."""
    monkeypatch.setattr(report, "LARGEST", 2 << 20)
    with open("/dev/zero", encoding="ascii") as endless:  # noqa: PTH123 - as stdin is
        monkeypatch.setattr(sys, "stdin", endless)
        ended = call("report", word)
    assert ended.code == 2
    assert f"{word}: it is larger than 2 MiB, which no result is" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("r.json", "--result", "r.json"),
        ("r.json", "--junit", "./r.json"),
        ("r.json", "gone.json", "--result", "r.json"),
        ("gone.json", "r.json", "--result", "link.json"),
        ("link.json", "--result", "r.json"),
        ("r.json", "--result", "r.json", "--bogus"),
        ("r.json", "--summary", "x.md", "--result", "x.md"),
    ],
)
def test_what_is_read_is_never_replaced(call: Call, here: Path, words: tuple[str, ...]) -> None:
    saved(here / "r.json", "Failed")
    before = (here / "r.json").read_bytes()
    (here / "link.json").symlink_to("r.json")
    assert call("report", *words).code == 2
    assert (here / "r.json").read_bytes() == before


def test_the_page_of_a_job_is_added_to(call: Call, here: Path) -> None:
    saved(here / "r.json", "Failed")
    (here / "page.md").write_text("before\n")
    known = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(here / "page.md")}
    assert call("report", "r.json", **known).code == 0
    assert (here / "page.md").read_text() == "before\n"
    assert call("report", "r.json", "--summary", "page.md", **known).code == 0
    assert (here / "page.md").read_text().startswith("before\n### ❌ argogate: failed")
