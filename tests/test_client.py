"""The library: the same answers as the command line, as values."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

import argo_replay
import argogate
from argo_replay.faults import Fault, FaultKind
from argo_replay.making import make_run
from argo_replay.run import RECORDED, Run
from argo_replay.server import DemoServer
from argogate import (
    Client,
    Conclusion,
    Denied,
    Impossible,
    Limits,
    NotFound,
    Phase,
    Unavailable,
    Workflow,
)
from argogate.argo.credentials import Token
from tests.clock import SimulatedClock
from tests.harness import recorded
from tools.generate import PROJECT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from argogate.waiting.news import News

LIBRARY = (PROJECT / "docs" / "library.md").read_text("utf-8")
PUBLIC = frozenset(vars(argogate)["__all__"])
BLOCK = r"^```python\n(.*?)^```$"
QUICK = Limits(poll_interval=0.01, max_poll_interval=0.01, appear_timeout=0.01, outage_timeout=0.01)


@pytest.fixture
def argo(argo_replay: DemoServer, argo_replay_token: str) -> Client:
    return Client(argo_replay.url, token=argo_replay_token, namespace="argo")


def at_its_end(run: Run) -> Run:
    """Return a recorded run that is over when it begins."""
    return replace(
        run,
        workflows={name: (replace(changes[-1], at=0),) for name, changes in run.workflows.items()},
        logs=tuple(
            replace(log, lines=tuple((0.0, line) for _, line in log.lines)) for log in run.logs
        ),
    )


def test_a_run_that_passed_is_a_verdict_with_its_outputs(
    argo: Client, argo_replay: DemoServer
) -> None:
    argo_replay.play(make_run("build", parameters={"digest": "sha256:1f"}))
    verdict = argo.wait("build", limits=QUICK)
    [result] = verdict.results
    assert verdict.exit_code == 0
    assert result.workflow
    assert [(each.name, each.value) for each in result.workflow.parameters] == [
        ("digest", "sha256:1f")
    ]


def test_a_run_that_failed_is_a_verdict_with_reason_and_log(
    argo: Client, argo_replay: DemoServer
) -> None:
    argo_replay.play(
        make_run("scan", tasks={"unit": "Failed", "e2e": "Succeeded"}, logs={"unit": "1 != 2"})
    )
    verdict = argo.wait("scan", limits=QUICK)
    [result] = verdict.results
    assert verdict.conclusion is Conclusion.FAILED
    assert [failure.path for failure in result.failures] == ["unit"]
    assert [tail.lines for tail in result.observation.logs] == [("1 != 2",)]


def test_news_are_heard_while_it_waits() -> None:
    heard: list[str] = []
    clock = SimulatedClock()

    def hear(news: News) -> None:
        heard.append(type(news).__name__)
        clock.sleep(60)

    with (
        DemoServer([make_run("build", seconds=60)], token="t", clock=clock) as server,
        Client(server.url, token="t", namespace="argo") as argo,
    ):
        verdict = argo.wait("build", limits=QUICK, on_news=hear)
    assert verdict.exit_code == 0
    assert heard[0] == "Appeared"
    assert "Changed" in heard


def test_what_never_appears_is_a_verdict_too(argo: Client) -> None:
    assert argo.wait("nobody", limits=QUICK).conclusion is Conclusion.NOT_FOUND


def test_labels_select(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(
        make_run("a", labels={"app": "web"}), make_run("b", labels={"app": "web"}), make_run("c")
    )
    verdict = argo.wait(labels="app=web", limits=QUICK)
    found = {result.workflow.name for result in verdict.results if result.workflow}
    assert found == {"a", "b"}


UNFIT: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("a",), {"labels": "app=web"}),
    (("a", "b"), {"uid": "1"}),
    (("@latest",), {"uid": "1"}),
    (("@latest", "a"), {}),
    (("",), {}),
    (("..",), {}),
    (("argo/a",), {}),
    (("A",), {}),
    (("a" * 254,), {}),
    ((["a"],), {}),
    (("a",), {"namespace": ".."}),
    (("a",), {"created_after": datetime(2026, 1, 1)}),  # noqa: DTZ001 - that is what is wrong
    (("a",), {"nodes": "main"}),
    (("a",), {"nodes": ("main", "")}),
    (("a",), {"success_phases": "Failed"}),
    (("a",), {"success_phases": ("failed",)}),
    (("a",), {"success_phases": ("Running",)}),
    (("a",), {"success_phases": ()}),
)


@pytest.mark.parametrize(("names", "more"), UNFIT)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    argo: Client, argo_replay: DemoServer, names: tuple[Any, ...], more: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        argo.wait(*names, limits=QUICK, **more)
    assert not argo_replay.requests


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": math.inf},
        {"timeout": math.nan},
        {"outage_timeout": -1},
        {"poll_interval": 0},
        {"request_timeout": 0},
        {"poll_interval": 20},
    ],
    ids=str,
)
def test_limits_that_make_no_sense_are_refused_before_anything_is_asked(
    argo: Client, argo_replay: DemoServer, wrong: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        argo.wait("build", limits=Limits(**wrong))
    assert not argo_replay.requests


@pytest.mark.parametrize(("name", "namespace"), [("..", ""), ("a?b", ""), ("a", "../b")])
def test_what_would_mean_something_else_in_an_address_is_refused(
    argo: Client, argo_replay: DemoServer, name: str, namespace: str
) -> None:
    with pytest.raises(ValueError, match=" is no "):
        argo.get(name, namespace=namespace)
    assert not argo_replay.requests


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf])
def test_a_request_has_some_time(timeout: float) -> None:
    with pytest.raises(ValueError, match="longer than 0"):
        Client("https://argo.example", timeout=timeout)


def test_get_reads_the_nodes(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(make_run("scan", tasks={"unit": "Failed"}))
    found = argo.get("scan")
    assert found.phase is Phase.FAILED
    assert [node.display_name for node in found.nodes.values() if node.failed] == ["scan", "unit"]
    assert argo.get("@latest").uid == found.uid


def test_get_by_uid_reads_this_very_run(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(make_run("build"))
    with pytest.raises(Impossible):  # there is no archive, and what bears the name is another
        argo.get("build", uid="0d6f3d5c-3d3a-4d6e-9d5f-0c0b8f7d1f5a")
    with pytest.raises(Impossible):
        argo.get("nobody", uid="0d6f3d5c-3d3a-4d6e-9d5f-0c0b8f7d1f5a")


def test_get_by_uid_finds_what_only_the_archive_has(argo: Client, argo_replay: DemoServer) -> None:
    run = recorded("hello-succeeds")
    assert run.archive
    [entry] = run.archive
    metadata = entry.object["metadata"]
    argo_replay.play(replace(run, workflows={}, archive=(replace(entry, at=0),)))
    assert argo.get("another", uid=metadata["uid"]).name == metadata["name"]


def test_what_stops_a_request_is_an_error(argo: Client, argo_replay: DemoServer) -> None:
    with pytest.raises(NotFound):
        argo.get("nobody")
    argo_replay.play(faults=[Fault(kind=FaultKind.ANSWER, status=503)])
    with pytest.raises(Unavailable):
        argo.get("nobody")


def test_artifacts_are_told_and_fetched(
    argo: Client, argo_replay: DemoServer, tmp_path: Path
) -> None:
    argo_replay.play(make_run("scan", artifacts={"main/report": b"none", "main/log": b"!"}))
    run = argo.get("scan")
    told = argo.artifacts(run)
    assert [file.name for file in told.files] == ["report", "log"]
    assert not any(file.path for file in told.files)
    got = argo.artifacts(run, "report", folder=str(tmp_path))
    [file] = got.files
    assert (tmp_path / "scan" / "main" / "report").read_bytes() == b"none"
    assert (file.size, file.error) == (4, "")


@pytest.mark.parametrize("words", [{"jobs": 0}, {"largest": -1}, {"limits": Limits(timeout=-1)}])
def test_artifacts_refuses_what_makes_no_sense(argo: Client, words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"-1|are none"):
        argo.artifacts(Workflow(name="scan", namespace="argo", uid="1"), **words)
    with pytest.raises(ValueError, match="is empty"):
        argo.artifacts(Workflow(name="scan", namespace="argo", uid="1"), "report", "")


def test_list_finds_by_the_words_of_the_command_line(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(
        make_run("web-1", labels={"app": "web"}, phase="Failed"),
        make_run("web-2", labels={"app": "web"}),
        make_run("api-1", labels={"app": "api"}, phase="Failed", tasks={"unit": "Error"}),
    )

    def names(**words: Any) -> set[str]:  # noqa: ANN401 - any of the keywords
        return {run.name for run in argo.list(**words)}

    assert names() == {"web-1", "web-2", "api-1"}
    assert names(labels="app=web,") == {"web-1", "web-2"}
    assert names(labels="app=web", phases=["Failed"]) == {"web-1"}
    assert names(name="*-1") == {"web-1", "api-1"}
    assert names(prefix="api") == names(fields="metadata.name=api-1") == {"api-1"}
    assert names(running=True) == names(archived="only") == names(cron="nightly") == set()
    assert names(completed=True) == {"web-1", "web-2", "api-1"}
    assert names(node_phases=["Error"]) == {"api-1"}
    created = RECORDED + timedelta(minutes=1)
    assert names(created_after=created) == names(finished_after=created) == set()
    assert len(names(created_before=created, finished_before=created)) == 3


def test_list_finds_what_only_the_archive_has(argo: Client, argo_replay: DemoServer) -> None:
    run = recorded("hello-succeeds")
    assert run.archive
    [entry] = run.archive
    argo_replay.play(replace(run, workflows={}, archive=(replace(entry, at=0),)))
    [found] = argo.list()
    assert (found.uid, found.archiving) == (entry.object["metadata"]["uid"], "Persisted")
    assert not list(argo.list(archived="no"))


def test_list_asks_nothing_before_the_first_is_taken(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(make_run("build"))
    found = argo.list()
    assert not argo_replay.requests
    assert next(found).name == "build"


@pytest.mark.parametrize(
    "words",
    [
        {"phases": ["Done"]},
        {"labels": "a b"},
        {"fields": "spec.color=blue"},
        {"archived": "perhaps"},
        {"node_phases": ["?"]},
        {"phases": "Failed"},
        {"running": True, "completed": True},
        {
            "created_after": datetime(2026, 2, 1, tzinfo=UTC),
            "created_before": datetime(2026, 1, 1, tzinfo=UTC),
        },
        {"finished_before": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is what is wrong
        {"namespace": "../b"},
    ],
)
def test_list_refuses_at_once_what_makes_no_sense(
    argo: Client, argo_replay: DemoServer, words: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        argo.list(**words)
    assert not argo_replay.requests


def test_list_says_what_it_could_not_tell_and_raises_what_stops_it(
    argo: Client, argo_replay: DemoServer
) -> None:
    broken = Fault(kind=FaultKind.ANSWER, status=500, match=r"/workflows/argo/build\Z")
    argo_replay.play(make_run("build"), faults=[broken])
    heard: list[str] = []
    assert not list(argo.list(node_phases=["Failed"], on_remark=heard.append))
    assert heard == ["the nodes of 1 run were not read"]
    with pytest.raises(Denied, match="not allowed to list"):
        next(argo.list(all_namespaces=True))


def test_status_judges_as_a_gate_that_looks_now(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(
        make_run("passed"),
        make_run("mixed", tasks={"unit": "Failed", "lint": "Succeeded"}),
        make_run("long", seconds=1000),
    )
    assert argo.status("passed").exit_code == 0
    assert argo.status("passed", "mixed").conclusion is Conclusion.FAILED
    assert argo.status("mixed", nodes=["lint"]).exit_code == 0
    assert argo.status("long").conclusion is Conclusion.TIMED_OUT
    assert argo.status("nobody").conclusion is Conclusion.NOT_FOUND


@pytest.mark.parametrize(
    ("names", "more"),
    [
        ((), {}),
        (("a", "b"), {"uid": "1"}),
        (("@latest",), {"uid": "1"}),
        (("..",), {}),
        (("A",), {}),
        (("a",), {"namespace": ".."}),
        (("a",), {"nodes": "main"}),
        (("a",), {"nodes": [" "]}),
    ],
)
def test_status_refuses_before_it_asks_what_makes_no_sense(
    argo: Client, argo_replay: DemoServer, names: tuple[str, ...], more: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        argo.status(*names, **more)
    assert not argo_replay.requests


def test_logs_are_the_ends_of_what_nodes_printed(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(
        make_run(
            "scan",
            tasks={"unit": "Failed", "e2e": "Succeeded"},
            logs={"unit": "1 != 2\nbye", "e2e": "argo-replay-token"},
        )
    )
    run = argo.get("scan")
    told = {run.nodes[tail.node_id].display_name: tail.lines for tail in argo.logs(run)}
    assert told == {"unit": ("1 != 2", "bye"), "e2e": ("***",)}
    [tail] = argo.logs(run, "un*", lines=1)
    assert tail.lines == ("bye",)
    with pytest.raises(ValueError, match="no node matches --node nothing; it has: scan"):
        argo.logs(run, "nothing")
    for nodes, lines in (("unit", 0), ("unit", -1), ("", 5)):
        with pytest.raises(ValueError, match=r"are no last lines|is empty"):
            argo.logs(run, nodes, lines=lines)


def test_logs_of_what_was_tried_again_are_those_of_its_last_attempt(
    argo: Client, argo_replay: DemoServer
) -> None:
    run = recorded("retry-flaky-succeeds")
    argo_replay.play(at_its_end(run))
    found = argo.get("@latest")
    frame = next(node for node in found.nodes.values() if node.type.value == "Retry")
    [tail] = argo.logs(found, frame.name)
    assert tail.node_id == frame.children[-1]
    assert tail.lines


def test_a_function_gives_the_token_of_each_request(argo_replay: DemoServer) -> None:
    argo_replay.play(make_run("build"))
    tokens = iter(["Bearer argo-replay-token", "argo-replay-token", " "])
    with Client(argo_replay.url, token=lambda: next(tokens), namespace="argo") as argo:
        assert argo.get("build").name == argo.get("build").name
        with pytest.raises(Unavailable, match="the token function is empty"):
            argo.get("build")


def test_any_credential_will_do(argo_replay: DemoServer, argo_replay_token: str) -> None:
    argo_replay.play(make_run("build"))
    credential = Token(argo_replay_token, "mine")
    with Client(argo_replay.url, credential=credential, namespace="argo") as argo:
        assert argo.get("build").name == "build"


def test_a_token_is_not_shown_to_everybody_on_the_way() -> None:
    with pytest.raises(ValueError, match="plain HTTP"):
        Client("http://argo.example", token="t")
    Client("http://argo.example")
    Client("http://argo.example", token="t", secure=False)


def test_argos_own_variables_name_a_server(argo_replay: DemoServer, argo_replay_token: str) -> None:
    argo_replay.play(make_run("build"))
    environ = {
        "ARGO_SERVER": argo_replay.url,
        "ARGO_TOKEN": argo_replay_token,
        "ARGO_NAMESPACE": "argo",
        "ARGO_SECURE": "false",
    }
    assert Client.from_environment(environ).get("build").name == "build"
    with pytest.raises(ValueError, match="ARGO_SERVER is not set"):
        Client.from_environment({})


@pytest.mark.parametrize(
    ("word", "url"),
    [
        *((word, "https://argo:2746") for word in ("", " ", "true", "True", "yes", "on", "1")),
        *((word, "http://argo:2746") for word in ("false", "F", "0", "no", "off")),
    ],
)
def test_only_a_no_allows_plain_http(word: str, url: str) -> None:
    """A variable that is empty is not set, and nobody loses TLS by a spelling."""
    environ = {"ARGO_SERVER": "argo:2746", "ARGO_TOKEN": "t", "ARGO_SECURE": word}
    assert Client.from_environment(environ)._address.url == url  # noqa: SLF001 - nothing is sent


@pytest.mark.parametrize("name", ["ARGO_SECURE", "ARGO_INSECURE_SKIP_VERIFY"])
def test_a_switch_that_is_neither_true_nor_false_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is neither true nor false: 'maybe'"):
        Client.from_environment({"ARGO_SERVER": "argo:2746", name: "maybe"})


def test_age_limits_which_run_is_meant(argo: Client, argo_replay: DemoServer) -> None:
    argo_replay.play(make_run("build"))
    later = datetime.now(UTC) + timedelta(days=365 * 9)
    verdict = argo.wait("build", created_after=later, limits=QUICK)
    assert verdict.conclusion is Conclusion.NOT_FOUND


# what the page promises


def test_every_public_name_is_on_the_page_and_no_other() -> None:
    table = LIBRARY.partition("## The public names")[2]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == PUBLIC - {"__version__"}


def test_every_public_name_is_there() -> None:
    assert all(getattr(argogate, name) for name in PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = argogate.Nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", [argogate, argo_replay])
def test_type_checkers_are_told_that_all_is_typed(package: ModuleType) -> None:
    """Without that file every name is Any to them, however well it is typed."""
    assert (files(package) / "py.typed").is_file()


@pytest.mark.thorough
def test_the_scripts_on_the_page_are_typed_as_a_type_checker_of_their_own_sees_them(
    tmp_path: Path,
) -> None:
    for at, script in enumerate(re.findall(BLOCK, LIBRARY, re.MULTILINE | re.DOTALL)):
        name = "release" if "def release" in script else f"script{at}"
        (tmp_path / f"{name}.py").write_text(script, "utf-8")
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\ncheck_untyped_defs = true\nwarn_unreachable = true\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


UNUSED = ("cacheprovider", "xdist", "hypothesispytest")
"""Plugins that are here for other tests."""


def test_the_script_on_the_page_passes_its_test(tmp_path: Path) -> None:
    blocks = re.findall(BLOCK, LIBRARY, re.MULTILINE | re.DOTALL)
    [script] = [block for block in blocks if "def release" in block]
    [test] = [block for block in blocks if "def test_" in block]
    (tmp_path / "release.py").write_text(script, "utf-8")
    (tmp_path / "test_release.py").write_text(test, "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(f"-pno:{name}" for name in UNUSED)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout


def test_the_plugin_loads_nothing_that_nobody_asked_for() -> None:
    script = "import sys, argogate.testing; print({'requests', 'argo_replay'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
