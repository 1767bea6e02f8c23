"""The Jenkins step and the examples, run by the Groovy that Jenkins uses, its steps stubbed."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

import pytest

from tests.pipelines.conftest import PROJECT, clean, ended, java_home, needed
from tools.generate import wait

pytestmark = pytest.mark.pipelines

STEP = PROJECT / "jenkins" / "vars" / "argogate.groovy"
HARNESS = PROJECT / "tests" / "pipelines" / "harness.groovy"

GIVEN = {"workflow": "nightly-7f"}
EVERY_OPTION = {
    "".join(word.capitalize() if at else word for at, word in enumerate(option.name.split("-"))): (
        f"v{number}"
    )
    for number, option in enumerate(wait())
}
CALLS: dict[str, dict[str, Any]] = {
    **{
        f"code {code}": {"given": GIVEN, "code": code, "unix": True}
        for code in (0, 1, 2, 3, 4, 5, 6, 7, 70, 124, 126, 127, 130, 143, 9009)
    },
    "unstable 1": {"given": GIVEN | {"unstable": True}, "code": 1, "unix": True},
    "unstable 4": {"given": GIVEN | {"unstable": True}, "code": 4, "unix": True},
    "status": {"given": GIVEN | {"returnStatus": True}, "code": 5, "unix": True},
    "aborted": {"given": GIVEN, "code": -1, "unix": True},
    "windows": {"given": GIVEN, "code": 0, "unix": False},
    "unknown": {"given": GIVEN | {"timeOut": "1h"}, "code": 0, "unix": True},
    "no junit": {"given": GIVEN | {"junit": False}, "code": 1, "unix": True},
    "every option": {"given": GIVEN | EVERY_OPTION, "code": 0, "unix": True},
    "rich": {
        "given": {
            "workflow": ["a", "b'; touch pwned #"],
            "credentialsId": "argo-token",
            "watch": False,
            "onCancel": "stop",
            "uid": "",
            "node": "build (linux)",
            "header": ["X-A: b c", "X-C: d"],
            "artifact": [],
        },
        "code": 0,
        "unix": True,
    },
}


@cache
def answers() -> dict[str, Any]:
    process = subprocess.run(
        [needed("groovy"), str(HARNESS), str(STEP)],
        env=clean(JAVA_HOME=java_home()),
        input=json.dumps(list(CALLS.values())),
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(zip(CALLS, json.loads(process.stdout), strict=True))


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, 6, 7, 70, 124, 130, 143])
def test_every_exit_code_but_0_fails_the_build_after_the_report(code: int) -> None:
    done = answers()[f"code {code}"]
    assert done["calls"] == ["sh", "junit", *(["error"] if code else [])]
    assert done.get("result") == (0 if code == 0 else None)
    assert done.get("failure") == (f"argogate: exit code {code}" if code else None)
    assert done["returnStatus"] is True
    assert done["junit"]["allowEmptyResults"] is True
    assert done["junit"]["testResults"] == "argogate.xml"


@pytest.mark.parametrize("code", [126, 127, 9009])
def test_an_agent_without_argogate_is_told_so(code: int) -> None:
    done = answers()[f"code {code}"]
    assert done["calls"] == ["sh", "junit", "error"]
    said = f"argogate: 'argogate' cannot be run on this agent (exit code {code}): is it installed"
    assert done["failure"].startswith(said)


def test_a_failed_workflow_can_be_unstable_and_nothing_else_can() -> None:
    assert answers()["unstable 1"]["calls"] == ["sh", "junit", "unstable"]
    assert answers()["unstable 1"]["result"] == 1
    assert answers()["unstable 4"]["failure"] == "argogate: exit code 4"


def test_the_caller_may_decide() -> None:
    assert answers()["status"]["calls"] == ["sh", "junit"]
    assert answers()["status"]["result"] == 5


def test_an_abort_still_publishes_the_report() -> None:
    done = answers()["aborted"]
    assert done["calls"] == ["sh", "junit"]
    assert done["aborted"] is True
    assert done["junit"]["allowEmptyResults"] is True


def test_windows_agents_and_builds_without_report() -> None:
    assert answers()["windows"]["script"] == "@argogate wait"
    assert answers()["windows"]["calls"] == ["bat", "junit"]
    assert answers()["no junit"]["calls"] == ["sh", "error"]
    assert not [text for text in answers()["no junit"]["variables"] if "JUNIT" in text]


def test_a_misspelled_option_is_refused_with_those_that_exist() -> None:
    done = answers()["unknown"]
    assert done["calls"] == ["error"]
    assert done["failure"].startswith("argogate: there is no timeOut; options are workflow, ")
    assert "onCancel" in done["failure"]


def test_options_are_variables_and_never_in_a_command_line() -> None:
    done = answers()["rich"]
    assert done["script"] == "#!/bin/sh\nexec argogate wait"
    assert done["variables"] == [
        "PYTHONUTF8=1",
        "ARGOGATE_WORKFLOW=a\nb'; touch pwned #",
        "ARGOGATE_NODE=build (linux)\n",
        "ARGOGATE_ON_CANCEL=stop",
        "ARGOGATE_WATCH=false",
        "ARGOGATE_JUNIT=argogate.xml",
        "ARGOGATE_HEADER=X-A: b c\nX-C: d\n",
    ]
    assert done["credentials"] == [{"credentialsId": "argo-token", "variable": "ARGO_TOKEN"}]


def test_every_option_of_the_command_line_reaches_its_variable() -> None:
    found = dict(text.split("=", 1) for text in answers()["every option"]["variables"])
    for number, option in enumerate(wait()):
        end = "\n" if option.repeatable else ""
        assert found[option.variables[0]] == f"v{number}{end}"


@pytest.mark.parametrize(
    "path", [STEP, PROJECT / "jenkins" / "Jenkinsfile.example"], ids=lambda path: path.name
)
def test_every_file_parses(path: object) -> None:
    script = f"new GroovyShell().parse(new File('{path}'))"
    done = ended([needed("groovy"), "-e", script], env=clean(JAVA_HOME=java_home()))
    assert done.code == 0, done.log
