"""`argogate list` and `argogate history`: words in, lines out, and exit codes."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argo_replay.faults import Fault, FaultKind
from argo_replay.server import DemoServer
from argogate.cli import caching
from tests.cli.test_terminal import terminal
from tests.clock import SimulatedClock
from tests.harness import recorded
from tests.lookups.test_finding import Made, answering, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.cli.conftest import Ended

MADE = [
    Made(number=1, name="new", phase="Running", team="blue", created=3),
    Made(number=2, name="bad", phase="Failed", live=False, archived=True, created=2),
    Made(number=3, name="good", archived=True, archiving="Archived", created=1, cron="nightly"),
]


@pytest.fixture
def ask(call: Callable[..., Ended]) -> Callable[..., Ended]:
    """Return a function that runs a command against made runs."""

    def run(
        *words: str,
        made: Sequence[Made] = MADE,
        version: str = "v4.1.2",
        faults: Sequence[Fault] = (),
        **variables: str,
    ) -> Ended:
        with DemoServer([run_of(made, version)], clock=SimulatedClock(), faults=faults) as server:
            around = {"ARGO_SERVER": server.url, "ARGO_NAMESPACE": "argo", "ARGO_TOKEN": "t"}
            return call(*words, **(around | variables))

    return run


def test_a_table_has_the_newest_first(ask: Callable[..., Ended]) -> None:
    ended = ask("list")
    lines = [line.split()[:5] for line in ended.out.splitlines()]
    assert lines == [
        ["NAME", "PHASE", "PROGRESS", "DURATION", "WHERE"],
        ["new", "Running", "-", lines[1][3], lines[1][4]],
        ["bad", "Failed", "-", "1m", "archived"],
        ["good", "Succeeded", "-", "1m", "live"],
    ]
    assert (ended.code, ended.err) == (0, "")


def test_a_wide_table_tells_more_and_a_hostile_message_is_one_line(
    ask: Callable[..., Ended],
) -> None:
    run = MADE[1].object(archive=True)
    run["status"]["message"] = "a\x1b[31m\n::error::b ##[error]" + "c" * 300
    run["metadata"]["labels"]["workflows.argoproj.io/workflow-template"] = "build"
    body = json.dumps({"metadata": {}, "items": [run]}).encode()
    fault = Fault(kind=FaultKind.ANSWER, status=200, body=body, match=r"/workflows/\Z")
    ended = ask("list", "-o", "wide", "-A", made=[], faults=[fault])
    head, line = ended.out.splitlines()
    assert head.split()[-5:] == ["STARTED", "FINISHED", "TEMPLATE", "UID", "MESSAGE"]
    assert line.startswith("argo       bad   Failed")
    assert " build " in line
    assert "\x1b" not in line
    assert "##[" not in line
    assert len(line) < 320
    written = ask("list", "-o", "json", "-A", made=[], faults=[fault]).out
    [found] = json.loads(written)["workflows"]
    assert found["message"] == run["status"]["message"]
    assert "##" not in written
    fresh = ask("list", "-o", "wide", made=[Made(number=1, name="a", phase="")])
    assert "Pending" in fresh.out
    assert "no workflow controller has picked it up" in fresh.out


def test_all_namespaces_are_told_apart(ask: Callable[..., Ended]) -> None:
    ended = ask("list", "-A", "-o", "name", "--sort", "name")
    assert ended.out.split() == ["argo/bad", "argo/good", "argo/new"]


MEANT: tuple[tuple[list[str], list[str]], ...] = (
    ([], ["new", "bad", "good"]),
    (["--sort", "-created"], ["good", "bad", "new"]),
    (["--sort", "started"], ["new", "bad", "good"]),
    (["--sort", "finished"], ["bad", "good", "new"]),
    (["--sort", "duration"], ["new", "bad", "good"]),
    (["--sort", "name"], ["bad", "good", "new"]),
    (["--sort", "phase"], ["bad", "new", "good"]),
    (["--limit", "2"], ["new", "bad"]),
    (["--limit", "0"], ["new", "bad", "good"]),
    (["-l", "team=red"], ["bad", "good"]),
    (["-l", "team=red,!x"], ["bad", "good"]),
    (["--phase", "failed,error", "--phase", "Running"], ["new", "bad"]),
    (["--cron", "nightly"], ["good"]),
    (["--prefix", "g"], ["good"]),
    (["--name", "*o*"], ["good"]),
    (["--running"], ["new"]),
    (["--completed", "--archived", "only"], ["bad"]),
    (["--archived", "no"], ["new", "good"]),
    (["--created-after", "2026-01-01T00:02:00Z"], ["new", "bad"]),
    (["--created-after", "0001-01-01"], ["new", "bad", "good"]),
    (["--created-before", "2026-01-01T01:01:30+01:00"], ["good"]),
    (["--finished-after", "2026-01-01T00:04:00Z"], ["bad"]),
    (["--finished-before", "2026-01-01T00:03:00"], ["good"]),
    (["--created-after", "1d"], []),
    (["--field-selector", "metadata.name=bad"], ["bad"]),
    (["--field-selector", "status.phase!=Failed"], ["new", "good"]),
    (["--node-phase", "Failed"], []),
    (["--node-phase", "Succeeded"], ["new", "bad", "good"]),
    (["--template", "build"], []),
)
"""Words, and the names of the runs that are meant. What a release shows is `test_finding`'s."""


@pytest.mark.parametrize(
    ("version", "words", "names"),
    [
        pytest.param(version, *each, marks=pytest.mark.thorough if number % 3 * older else [])
        for older, version in enumerate(("v4.1.2", "v3.7.18"))
        for number, each in enumerate(MEANT)
    ],
)
def test_names_are_those_of_the_runs_that_are_meant(
    ask: Callable[..., Ended], version: str, words: list[str], names: list[str]
) -> None:
    ended = ask("list", "-o", "name", *words, version=version)
    assert ended.out.split() == names
    assert ended.code == 0
    none = "argogate: no runs found in namespace argo\n"
    assert names or ended.err == none
    assert "could not" not in ended.err


def test_what_is_found_can_be_waited_for(
    call: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, clock = recorded("hello-succeeds"), SimulatedClock()
    with DemoServer([run], clock=clock) as server:
        clock.sleep(run.ends)
        around = {"ARGO_SERVER": server.url, "ARGO_NAMESPACE": "argo", "ARGO_TOKEN": "t"}
        found = call("list", "--completed", "-o", "name", **around)
        monkeypatch.setattr(sys, "stdin", io.StringIO(found.out))
        waited = call("wait", "-", "--logs", "none", "-o", "name", **around)
    assert (waited.code, waited.out) == (0, found.out)


def test_a_cut_is_told(ask: Callable[..., Ended]) -> None:
    ended = ask("list", "-o", "name", "--limit", "2")
    assert ended.err == "argogate: 2 of 3 runs are shown; --limit 0 shows all of them\n"


def test_json_is_one_document_and_jsonl_a_line_for_each_run(ask: Callable[..., Ended]) -> None:
    whole = json.loads(ask("list", "-o", "json").out)
    lines = [json.loads(line) for line in ask("list", "-o", "jsonl").out.splitlines()]
    in_order = ask("list", "-o", "jsonl", "--sort", "created", "--limit", "1").out
    assert whole["matched"] == whole["shown"] == 3
    assert whole["complete"] is True
    assert [run["name"] for run in whole["workflows"]] == ["new", "bad", "good"]
    assert sorted(run["name"] for run in lines) == ["bad", "good", "new"]
    assert json.loads(in_order)["name"] == "new"
    (bad,) = [run for run in lines if run["name"] == "bad"]
    assert bad == {
        "namespace": "argo",
        "name": "bad",
        "uid": "00000000-0000-4000-8000-000000000002",
        "phase": "Failed",
        "message": "",
        "progress": "",
        "createdAt": "2026-01-01T00:02:00Z",
        "startedAt": "2026-01-01T00:03:00Z",
        "finishedAt": "2026-01-01T00:04:00Z",
        "seconds": 60.0,
        "where": "archived",
        "templates": [],
        "cron": "",
        "labels": {
            "team": "red",
            "workflows.argoproj.io/phase": "Failed",
            "workflows.argoproj.io/workflow-archiving-status": "Persisted",
        },
    }
    assert json.loads(ask("list", "-o", "json", made=[]).out)["workflows"] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--phase", "Broken"], "'Broken' is none of Pending, Running, Succeeded, Failed, Error"),
        (["--phase", ","], "no phase is named"),
        (["-l", "a=b=c"], "'b=c' is no value of a label"),
        (["--field-selector", "spec.x=1"], "'spec.x=1' is no field selector"),
        (["--created-after", "yesterday"], "'yesterday' is neither a time"),
        (["--created-after", "1h", "--created-before", "2h"], "--created-after is later than"),
        (["--finished-after", "1h", "--finished-before", "2h"], "--finished-after is later than"),
        (["--running", "--completed"], "--running and --completed, as they are given"),
        (["--running", "--archived", "only"], "--running and --archived only"),
        (["--running", "--finished-after", "1h"], "--running and --finished-after or"),
        (["--running", "--phase", "Failed"], "--running and --phase"),
        (["--completed", "--phase", "Running"], "--completed and --phase"),
        (["--phase", "Running", "--finished-before", "1h"], "--phase and --finished-after or"),
        (["--name", "a*", "--prefix", "b"], "--name and --prefix"),
        (["--name", "a", "--prefix", "ab"], "--name and --prefix"),
        (["--limit", "-1"], "'--limit'"),
        (["--limit", "9" * 30], "'--limit'"),
        (["--sort", "size"], "'--sort'"),
    ],
)
def test_what_no_run_can_be_is_refused_before_anything_is_asked(
    call: Callable[..., Ended], words: list[str], why: str
) -> None:
    ended = call("list", *words, ARGO_SERVER="127.0.0.1:1")
    assert ended.code == 2
    assert why in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("words", [("a*", "ab"), ("ab*", "a")])
def test_a_glob_and_a_prefix_may_go_together(
    ask: Callable[..., Ended], words: tuple[str, str]
) -> None:
    made = [Made(number=number, name=name) for number, name in enumerate(["abc", "b"])]
    found = ask("list", "-o", "name", "--name", words[0], "--prefix", words[1], made=made)
    assert found.out == "abc\n"


def test_live_runs_are_shown_and_the_failure_is_told(ask: Callable[..., Ended]) -> None:
    sentence = 'cannot list resource "workflows" in API group "argoproj.io" in the namespace "argo"'
    fault = answering(403, f'User "x" {sentence}')
    ended = ask("list", "-o", "json", faults=[fault])
    whole = json.loads(ended.out)
    assert [run["name"] for run in whole["workflows"]] == ["new", "good"]
    assert (ended.code, whole["complete"]) == (4, False)
    assert "kind: Role" in ended.err
    table = ask("list", faults=[fault])
    assert (table.code, len(table.out.splitlines())) == (4, 3)
    lines = ask("list", "-o", "jsonl", faults=[fault])
    assert (lines.code, len(lines.out.splitlines())) == (4, 2)


def test_a_refusal_for_all_namespaces_names_the_other_way(ask: Callable[..., Ended]) -> None:
    faults = [answering(403, "no", r"/workflows/\Z"), answering(403, "no", "events")]
    ended = ask("list", "-A", faults=faults)
    assert (ended.code, ended.out) == (4, "")
    assert "ClusterRole; -n NAMESPACE asks one" in ended.err
    one = ask("list", faults=[answering(403, "no")])
    assert one.code == 4
    assert "Role" not in one.err


def test_a_broken_list_is_an_outage(ask: Callable[..., Ended], clock: SimulatedClock) -> None:
    ended = ask("list", faults=[answering(500, "sql: database is closed")])
    assert ended.code == 5
    assert "sql: database is closed" in ended.err
    assert clock.now() == 2.5


def test_what_could_not_be_told_is_said(ask: Callable[..., Ended]) -> None:
    rows: list[object] = [{"metadata": {"name": "x"}}, MADE[1].object(archive=True)]
    body = json.dumps({"metadata": {}, "items": rows}).encode()
    fault = Fault(kind=FaultKind.ANSWER, status=200, body=body, match=r"/workflows/argo\Z")
    refused = answering(403, "no", "/workflow-events/|/workflows/argo/|archived-workflows/")
    ended = ask("list", "-o", "json", "--node-phase", "Failed", faults=[fault, refused], made=[])
    assert ended.err.splitlines()[:3] == [
        "argogate: 1 row could not be read and is left out: x",
        (
            "argogate: 1 archived run may be live all the same and was not looked up; raise "
            "--limit to do that"
        ),
        "argogate: the nodes of 1 run were not read; raise --limit, or narrow it down",
    ]
    whole = json.loads(ended.out)
    assert (whole["unreadable"], whole["notLookedUp"], whole["notRead"]) == (1, 1, 1)


def test_a_credential_on_its_way_is_warned_about(ask: Callable[..., Ended], tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret-of-a-token")
    token.chmod(0o644)
    ended = ask("list", "-o", "name", "--token-file", str(token))
    assert "secret-of-a-token" not in ended.out + ended.err
    assert "readable" in ended.err or "chmod" in ended.err


# history

HISTORY = [
    Made(
        number=number,
        name=f"n-{number}",
        phase="Failed" if number > 4 else "Succeeded",
        live=number > 3,
        archived=number < 5,
        archiving="Archived",
        created=number,
        node="Failed" if number > 4 else "Succeeded",
        cron="nightly",
    )
    for number in range(7)
]


def test_a_history_tells_the_last_runs(ask: Callable[..., Ended]) -> None:
    ended = ask("history", "n-", made=HISTORY)
    lines = ended.out.splitlines()
    assert ended.code == 0
    assert lines[0] == "history of runs whose names begin with n-"
    assert "passed    5/7 (71 %)" in lines
    assert lines[1].startswith("runs      7, created 2026-01-01T00:00:00Z to 2026-01-01T00:06:00Z")
    assert any(line.startswith("failing   since n-5 (") for line in lines)
    rows = [line.split() for line in lines[lines.index("runs, the newest first:") + 2 :]]
    assert [row[0] for row in rows] == [f"n-{number}" for number in range(6, -1, -1)]


def test_a_history_reads_nodes_where_that_is_asked_for(
    ask: Callable[..., Ended],
) -> None:
    fault = answering(500, "no", "/workflows/argo/n-5")
    words = ("history", "--cron", "nightly", "--nodes", "--last", "5", "-o", "json")
    ended = ask(*words, made=HISTORY, faults=[fault])
    whole = json.loads(ended.out)
    assert (whole["matched"], whole["runs"]) == (7, 5)
    assert (whole["nodes"]["runsRead"], whole["nodes"]["runsUnread"]) == (4, 1)
    assert {run["name"]: run["failedNodes"] for run in whole["entries"]} == {
        "n-6": ["n-6"],
        "n-5": None,
        "n-4": [],
        "n-3": [],
        "n-2": [],
    }


def test_a_history_as_a_page(ask: Callable[..., Ended]) -> None:
    ended = ask("history", "-l", "team=red", "-o", "html", made=HISTORY)
    assert ended.out.startswith("<!doctype html>\n<html")
    assert ended.code == 0


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(("list", f"--{word}") for word in ("selector", "template", "cron", "name", "prefix")),
        *(("history", f"--{word}") for word in ("selector", "template", "cron")),
        ("list", "--field-selector"),
    ],
)
def test_a_filter_of_a_variable_that_is_not_set_does_not_choose_all(
    ask: Callable[..., Ended], command: str, option: str
) -> None:
    """Who pipes the names into something else would have it done to every run."""
    ended = ask(command, option, "")
    assert ended.code == 2
    assert "'' chooses nothing; leave the option away, or say which" in ended.err
    assert not ended.out
    unset = {f"ARGOGATE_{option[2:].upper().replace('-', '_')}": ""}
    assert ask("list", **unset).code == 0


@pytest.mark.parametrize("words", [[], ["-l", " ,"]])
def test_a_history_of_nothing_is_refused(call: Callable[..., Ended], words: list[str]) -> None:
    ended = call("history", *words, ARGO_SERVER="127.0.0.1:1")
    assert ended.code == 2
    assert "give the beginning of names, -l, --template or --cron" in ended.err


def test_a_history_that_cannot_be_read_is_an_error(ask: Callable[..., Ended]) -> None:
    faults = [answering(403, "no"), answering(403, "no", "events")]
    ended = ask("history", "n-", made=HISTORY, faults=faults)
    assert (ended.code, ended.out) == (4, "")


def test_what_a_history_could_not_look_up_is_said(ask: Callable[..., Ended]) -> None:
    fault = answering(403, "no", "/workflows/argo/")
    ended = ask("history", "n-", made=HISTORY, version="v3.7.18", faults=[fault])
    assert "5 archived runs may be live all the same and were not looked up" in ended.err
    assert "archived or live" in ended.out


def test_on_a_terminal_it_is_told_how_far_the_reading_is(
    ask: Callable[..., Ended],
) -> None:
    with terminal() as screen:
        ask("history", "n-", "--nodes", made=HISTORY, ARGOGATE_CACHE_DIR="none")
    assert "\r\x1b[Kreading nodes: 0 of 7 runs\r\x1b[K" in screen.getvalue()


# the cache


@pytest.mark.parametrize(
    ("given", "variables", "terminal", "folder"),
    [
        (None, {"HOME": "/h"}, True, "/h/.cache/argogate"),
        (None, {"HOME": "/h", "XDG_CACHE_HOME": "/x"}, True, "/x/argogate"),
        (None, {"HOME": "/h", "XDG_CACHE_HOME": "x"}, True, "/h/.cache/argogate"),
        (None, {}, True, None),
        (None, {"HOME": "/h"}, False, None),
        (None, {"HOME": "/h", "CI": "true"}, True, None),
        ("/c", {"CI": "true"}, False, "/c"),
        ("none", {"HOME": "/h"}, True, None),
        ("", {"HOME": "/h"}, True, None),
    ],
)
def test_documents_are_kept_at_a_terminal_or_where_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
    given: str | None,
    variables: dict[str, str],
    terminal: bool,  # noqa: FBT001
    folder: str | None,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert caching.folder(given, variables) == (Path(folder) if folder else None)


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("darwin", {"HOME": "/h"}, Path("/h/Library/Caches/argogate")),
        ("win32", {"LOCALAPPDATA": "/l"}, Path("/l/argogate/Cache")),
        ("win32", {"HOME": "/h"}, None),
    ],
)
def test_the_folder_is_where_the_system_has_such_things(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], folder: Path | None
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert caching.folder(None, variables) == folder


@pytest.mark.parametrize(
    ("folder", "why"),
    [("file", "it cannot be made: File exists"), ("open", "others may use it"), ("new", None)],
)
def test_a_folder_that_was_asked_for_and_is_not_used_is_named(
    ask: Callable[..., Ended], tmp_path: Path, folder: str, why: str | None
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir(mode=0o755)
    ended = ask("list", "-o", "name", "--cache-dir", str(tmp_path / folder), made=MADE[:1])
    assert (ended.code, ended.out) == (0, "new\n")
    said = f"--cache-dir {tmp_path / folder} is not used: {why}"
    assert said in ended.err if why else ended.err == ""


def test_a_second_status_is_one_small_request(call: Callable[..., Ended], tmp_path: Path) -> None:
    run = recorded("with-items")
    clock = SimulatedClock()
    folder = tmp_path / "cache"
    with DemoServer([run], clock=clock) as server:
        clock.sleep(run.ends)
        words = ("status", "with-items", "-n", "argo", "-s", server.url, "--cache-dir", str(folder))
        first = call(*words, ARGO_TOKEN="t")
        before = len(server.requests)
        second = call(*words, ARGO_TOKEN="t")
        assert len(server.requests) == before + 1
    ages = re.compile(r"\(.* ago\)|\d+[dhms]")
    assert ages.sub("", second.out) == ages.sub("", first.out)
    assert (first.code, second.code) == (0, 0)
    assert len(list(folder.iterdir())) == 1
