"""Every snippet of the documentation, and what is done with it: parsed, run, linted or compared.

    python -m tests.snippets

Prints a line for each, and why one is not good. `make check-ci` does this: it needs Groovy, and
check-jsonschema.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml

from argo_replay.making import make_run
from argo_replay.server import DemoServer
from argogate import spell
from argogate.cli.main import COMMANDS, argogate
from argogate.reports.outputs import OUTPUTS
from tests.harness import TOKEN
from tools.generate import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGES = [
    *sorted(PROJECT.glob("*.md")),
    *sorted(PROJECT.glob("docs/*.md")),
    *(PROJECT / folder / "README.md" for folder in ("gitlab", "jenkins", "tests")),
]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
VERBS = {"create", "delete", "get", "list", "patch", "update", "watch"}
BIN = Path(sys.executable).parent
WRITTEN = {
    "docs/architecture.md": "tests/packaging/test_docs.py",
    "docs/endings.md": "tests/test_endings.py",
    "docs/status.md": "tests/lookups/test_captures.py",
    "docs/troubleshooting.md": "tests/test_troubleshooting.py",
}
"""Pages whose pictures a test compares with what the program does."""


class Wrong(Exception):
    """What is wrong with a snippet."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some lines of a page, to be pasted or to be looked at."""

    page: str
    number: int
    language: str
    text: str


def snippets() -> Iterator[Snippet]:
    """Yield all that there are, without the indentation of the list that one may stand in."""
    for page in PAGES:
        name = str(page.relative_to(PROJECT))
        for number, match in enumerate(FENCE.finditer(page.read_text("utf-8")), 1):
            rows = match[3].splitlines(keepends=True)
            text = "".join(row.removeprefix(match[1]) for row in rows)
            yield Snippet(name, number, match[2], text)


def check(snippet: Snippet) -> str:
    """Return what was done with a snippet. Raises Wrong."""
    if snippet.language not in CHECKS:
        msg = f"nobody knows how to check the language {snippet.language!r}"
        raise Wrong(msg)
    return CHECKS[snippet.language](snippet)


def _shell(snippet: Snippet) -> str:
    text = snippet.text.replace("<this repository>", "this-repository")
    _run(["bash", "-n", "-c", text])
    found = _commands(text)
    targets = set(
        re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    asked = set(re.findall(r"\bmake ([a-z-]+)", _code(text)))
    if asked - targets:
        msg = f"no such target of make: {', '.join(sorted(asked - targets))}"
        raise Wrong(msg)
    return f"parsed by bash{_told(found)}{', targets of make exist' if asked else ''}"


def _code(text: str) -> str:
    """Return shell without comments."""
    return "\n".join(re.sub(r"(^|\s)#.*", "", row) for row in text.splitlines())


def _commands(text: str) -> int:
    """Return how many commands of ours there are. Raises Wrong for an option that is not there."""
    joined = text.replace("\\\n", " ")
    found = re.findall(rf"\bargogate ((?:{'|'.join(COMMANDS)})\b[^\n|;&]*)", joined)
    for row in found:
        try:
            name, *words = shlex.split(row.partition(" #")[0])
        except ValueError:  # it ends inside quotes of what is around it: `eval "$(argogate …)"`
            name, *words = re.sub(r"[\"')\]}]+", " ", row).split()
        known = _options(name)
        for word in words:
            option = word.partition("=")[0]
            if re.fullmatch(r"-[A-Za-z]|--[a-z][a-z-]*", option) and option not in known:
                msg = f"argogate {name} has no option {option}"
                raise Wrong(msg)
    return len(found)


def _told(commands: int) -> str:
    return f", {spell.counted(commands, 'command')} with options that exist" if commands else ""


@cache
def _options(name: str) -> frozenset[str]:
    context = click.Context(argogate)
    command = argogate.get_command(context, name)
    assert command
    spellings = (
        spelling
        for parameter in command.get_params(click.Context(command))
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    )
    return frozenset(spellings)


def _python(snippet: Snippet) -> str:
    """Run it as a program, as a module, or as a test, with a replay server where one is asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for other in snippets():
            if other.page == snippet.page and "__main__" in other.text:
                (folder / "release.py").write_text(other.text)
        shutil.copy(PROJECT / "argo_replay" / "runs" / "hello-succeeds.json", folder / "run.json")
        if "def test_" in snippet.text:
            (folder / "test_snippet.py").write_text(snippet.text)
            quiet = ("-q", "-p", "no:cacheprovider")
            _run([sys.executable, "-m", "pytest", *quiet, "test_snippet.py"], cwd=folder)
            return "run by pytest"
        path = folder / "snippet.py"
        path.write_text(snippet.text)
        if "__main__" in snippet.text:
            _run([sys.executable, "-c", "import snippet"], cwd=folder)
            return "imported; the test below it runs it"
        with DemoServer([make_run("nightly-7f")], token=TOKEN, speed=10_000) as server:
            known = {"ARGO_SERVER": server.url, "ARGO_TOKEN": TOKEN, "ARGO_NAMESPACE": "argo"}
            _run([sys.executable, path.name], cwd=folder, env=os.environ | known)
        return "run"


def _yaml(snippet: Snippet) -> str:
    documents: list[Any] = list(yaml.safe_load_all(snippet.text))
    if any(isinstance(each, dict) and each.get("kind") == "Role" for each in documents):
        for each in documents:
            _role(each)
        return "parsed; structure of the Role checked"
    [document] = documents
    if "apiVersion" in document:
        return f"parsed; {_resource(document)}"
    schema, whole = _system(document)
    commands = _commands(snippet.text)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "snippet.yml"
        path.write_text(json.dumps(whole))  # which is YAML, too
        words = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}"]
        words += ["--data-transform", schema] if schema in {"azure-pipelines", "gitlab-ci"} else []
        _run([*words, str(path)])
    return f"linted by the schema of {schema}{_told(commands)}"


def _system(document: Any) -> tuple[str, Any]:  # noqa: ANN401 - any YAML
    """Return whose file a document is, and the whole file around a part of one."""
    job = {"runs-on": "ubuntu-latest"}
    if isinstance(document, list):
        return "github-workflows", {"on": "push", "jobs": {"job": job | {"steps": document}}}
    steps = document.get("steps")
    if "jobs" in document:
        return "github-workflows", {"on": "push"} | document
    if steps and any("script" in step or "task" in step for step in steps):
        return "azure-pipelines", document
    if steps:
        return "buildkite", document
    return "gitlab-ci", document


def _resource(document: dict[str, Any]) -> str:
    """Look at a Tekton task, of which there is no schema to be had."""
    if document["kind"] != "Task" or not document["apiVersion"].startswith("tekton.dev/"):
        msg = f"nobody knows how to check a {document['kind']}"
        raise Wrong(msg)
    names = {each["name"] for each in document["spec"]["results"]}
    if strange := names - OUTPUTS.keys():
        msg = f"no outputs: {', '.join(strange)}"
        raise Wrong(msg)
    for step in document["spec"]["steps"]:
        _commands(shlex.join(step["command"]))
    return "results of the Tekton task are outputs, options exist"


def _role(role: dict[str, Any]) -> None:
    if role["apiVersion"] != "rbac.authorization.k8s.io/v1" or not role["metadata"]["name"]:
        msg = "no Role as Kubernetes has it"
        raise Wrong(msg)
    for rule in role["rules"]:
        lists = {"apiGroups", "resources", "verbs"}
        if not lists <= rule.keys() <= lists | {"resourceNames"} or not set(rule["verbs"]) <= VERBS:
            msg = f"no rule of a Role: {rule}"
            raise Wrong(msg)
        if "secrets" in rule["resources"] and not rule.get("resourceNames"):
            msg = "every secret may be read: name those that are needed"
            raise Wrong(msg)


def _groovy(snippet: Snippet) -> str:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "Jenkinsfile").write_text(snippet.text)
        (Path(name) / "Library.groovy").write_text("@interface Library { String[] value() }")
        java = Path(os.path.realpath(_run(["which", "java"]).strip())).parents[1]
        script = f"new GroovyShell(getClass().classLoader).parse(new File('{name}/Jenkinsfile'))"
        known = os.environ | {"JAVA_HOME": str(java)}
        _run(["groovy", "-classpath", name, "-e", script], env=known)
    return f"compiled by Groovy{_told(_commands(snippet.text))}"


def _json(snippet: Snippet) -> str:
    json.loads(snippet.text)
    return "parsed"


def _picture(snippet: Snippet) -> str:
    if test := WRITTEN.get(snippet.page):
        return f"compared by {test}"
    return f"shown: an illustration{_told(_commands(snippet.text))}"


CHECKS: dict[str, Callable[[Snippet], str]] = {
    "sh": _shell,
    "python": _python,
    "yaml": _yaml,
    "groovy": _groovy,
    "json": _json,
    "text": _picture,
    "": _picture,
}


def _run(words: Sequence[str], **settings: Any) -> str:  # noqa: ANN401 - of subprocess
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **settings,
    )
    if done.returncode:
        msg = f"{Path(words[0]).name}: {(done.stdout + done.stderr).strip()}"
        raise Wrong(msg)
    return str(done.stdout)


def main() -> None:
    """Check all of them; end with exit code 1 if one is wrong."""
    wrong = 0
    for snippet in snippets():
        try:
            done = check(snippet)
        except Exception as error:  # noqa: BLE001 - the table goes on, whatever is wrong with one
            wrong += 1
            done = f"WRONG: {error!r}"
        where = f"{snippet.page:<24} {snippet.number:>3}  {snippet.language or '-':<7}"
        print(where, done, flush=True)  # noqa: T201 - it prints a table
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
