"""The programs themselves that wait for a workflow, ours among them, as processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.gates import TOKEN, environment, words

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARIES = Path(sys.prefix) / "bench"
"""Where `make bench` puts what only it needs: requirements/bench.txt."""
HERA = """
import sys
from hera.workflows import Workflow, WorkflowsService
url, namespace, name, token = sys.argv[1:]
service = WorkflowsService(host=url, token=token, namespace=namespace)
print(Workflow(name=name, namespace=namespace, workflows_service=service).wait())
"""
LOOP = r"""
while true; do
    phase=$(curl -s -H "Authorization: Bearer $ARGO_TOKEN" "$1/api/v1/workflows/$2/$3" |
        jq -r .status.phase)
    case $phase in Succeeded|Failed|Error) break ;; esac
    sleep 5
done
echo "$phase"
[ "$phase" = Succeeded ]
"""
"""As it stands in many pipelines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One that can wait."""

    what: str
    command: Callable[[str, str, str], list[str]]
    """Of the server's address, a namespace and a name."""
    variables: Callable[[str], dict[str, str]] = lambda _: {}
    """Of the server's address: variables of the environment besides."""
    lacks: str = ""
    """What this machine has not, so that it cannot be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One process from its start to its end, in seconds."""

    wall: float
    cpu: float
    """Of the process and of its children."""


def programs(junit: Path) -> tuple[Program, ...]:
    """Return all of them, ours first; it writes a JUnit report there."""
    found = shutil.which("argo")
    missing = [name for name in ("curl", "jq") if shutil.which(name) is None]
    hera = {each.name: each.version for each in distributions(path=[str(LIBRARIES)])}.get("hera")
    return (
        Program(
            what="argogate, with `--junit`",
            command=lambda url, namespace, name: words(
                url, namespace, name, "--junit", str(junit / f"{namespace}-{name}.xml")
            ),
        ),
        Program(
            what="`argo wait`" + (f" {_argo_version(found)}" if found else ""),
            command=lambda _, namespace, name: ["argo", "wait", "-n", namespace, name],
            variables=lambda url: {
                "ARGO_SERVER": urlsplit(url).netloc,
                "ARGO_HTTP1": "true",
                "ARGO_SECURE": "false",
                "ARGO_TOKEN": f"Bearer {TOKEN}",
            },
            lacks="" if found else "no `argo` on PATH",
        ),
        Program(
            what="what `argo wait` asks, in Python",
            command=lambda url, *names: [
                sys.executable,
                "-m",
                "bench.peers",
                "stream",
                url,
                *names,
            ],
        ),
        Program(
            what=f"Hera {hera or ''}".strip() + ": `Workflow.wait()`",
            command=lambda url, *names: [sys.executable, "-c", HERA, url, *names, TOKEN],
            variables=lambda _: {"PYTHONPATH": str(LIBRARIES)},
            lacks="" if hera else "not installed: `make bench`",
        ),
        Program(
            what=r"`curl \| jq` every 5 s",
            command=lambda url, *names: ["sh", "-c", LOOP, "loop", url, *names],
            lacks=f"no {' and no '.join(missing)} on PATH" if missing else "",
        ),
    )


def wait(program: Program, url: str, namespace: str, name: str) -> Wait:
    """Let it wait for a workflow that passes."""
    variables = environment() | program.variables(url)
    began = time.monotonic()
    with subprocess.Popen(
        program.command(url, namespace, name),
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None  # noqa: S101 - for the type checker
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        msg = f"{program.what}: exit {process.returncode}: {said.decode(errors='replace')[-500:]}"
        raise RuntimeError(msg)
    return Wait(wall=wall, cpu=used.ru_utime + used.ru_stime)


def _argo_version(path: str) -> str:
    told = subprocess.run([path, "version", "--short"], capture_output=True, text=True, check=False)
    return told.stdout.split()[-1] if told.stdout.split() else ""
