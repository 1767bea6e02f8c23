"""`argogate demo`: rehearse without a cluster."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argo_replay.library import scenarios
from argo_replay.server import DemoServer
from argogate.cli.output import echo
from argogate.cli.types import Words
from argogate.files import why_unwritable
from argogate.verdict.conclusion import EXIT_CODES

if TYPE_CHECKING:
    from argo_replay.run import Run
    from argogate.cli.signals import Signals

TOKEN = "demo-token"  # noqa: S105 - opens nothing but the demo server
SCENARIOS = {
    "succeeding": "hello-succeeds",
    "failing": "steps-one-fails",
    "retried": "retry-flaky-succeeds",
    "artifacts": "artifacts",
    "junit": "junit-artifact",
    "fan-out": "with-items",
    "dag": "dag-diamond-fails",
    "suspended": "suspend-approve",
    "slow": "on-exit-slow",
    "restart": "server-restart-mid-poll",
}
"""What a user calls them, and the recorded run that is played."""


@click.command("demo")
@click.argument(
    "folder",
    required=False,
    default="argogate-demo",
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option(
    "--scenario",
    type=Words(list(SCENARIOS)),
    metavar="NAME",
    default="retried",
    show_default=True,
    help="Which recorded run is played; see --list.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0.1, max=1000),
    default=5.0,
    show_default=True,
    help="Played seconds per second.",
)
@click.option("--list", "listing", is_flag=True, help="List the scenarios and end.")
@click.option("--serve", is_flag=True, help="Only serve, until Ctrl-C, for a gate of your own.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port for --serve; by default a free one.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    scenario: str,
    speed: float,
    listing: bool,
    serve: bool,
    port: int,
) -> None:
    """Run the whole job without a cluster; reports go into FOLDER.

    An Argo Server on loopback plays what a real one answered, and the gate runs against it as
    in a pipeline. The exit code is the gate's.
    """
    signals: Signals = ctx.obj
    signals.decline()
    if listing:
        library = scenarios()
        for name, recorded in SCENARIOS.items():
            echo(f"{name:<11} {library[recorded][1]}")
        return
    run, _ = scenarios()[SCENARIOS[scenario]]
    # An approval comes from a person only where a person has the server to themselves.
    server = DemoServer(
        [run], token=TOKEN, speed=speed, port=port, epoch=datetime.now(UTC), resumable=serve
    )
    with server:
        if serve:
            _serve(server, run)
        else:
            echo(f"{scenario}: a recorded run, played {speed:g} times as fast")
            ctx.exit(_rehearse(server.url, run, folder))


def _serve(server: DemoServer, run: Run) -> None:
    name = next(iter(run.workflows))
    echo(f"export ARGO_SERVER={server.url}")
    echo(f"export ARGO_TOKEN={TOKEN}")
    echo(f"export ARGO_NAMESPACE={run.namespace}")
    echo(f"# now, in another terminal: {spelling()} wait {name}")
    echo(
        "# what waits for an approval is approved by: curl -X PUT -d '{}' "
        f"-H 'Authorization: Bearer {TOKEN}' "
        f"{server.url}/api/v1/workflows/{run.namespace}/{name}/resume"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _rehearse(url: str, run: Run, folder: Path) -> int:
    """Run the gate as a process of its own, as a pipeline would; return its exit code."""
    if why := why_unwritable(folder / "any"):
        msg = f"the folder {folder} cannot be written: {why}; give another one"
        raise click.UsageError(msg)
    name = next(iter(run.workflows))
    arguments = [
        "wait",
        name,
        *("--namespace", run.namespace),
        *("--poll-interval", "0.5s"),
        *("--junit", str(folder / "junit.xml")),
        *("--summary", str(folder / "summary.md")),
        *("--result", str(folder / "result.json")),
        *("--artifacts", str(folder / "artifacts")),
        *(("--junit-merge", "*.xml") if run.scenario == SCENARIOS["junit"] else ()),
    ]
    echo(f"$ export ARGO_SERVER={url} ARGO_TOKEN=…")
    echo(f"$ {spelling()} {shlex.join(arguments)}")
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ARGO_", "ARGOGATE_"))
    }
    environ |= {"ARGO_SERVER": url, "ARGO_TOKEN": TOKEN}
    code = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, *_program(), *arguments], env=environ, check=False
    ).returncode
    meaning = next((word for word, known in EXIT_CODES.items() if known == code), "ended by force")
    echo(f"\nexit code {code}: {meaning}. Everything it wrote is in {folder}:")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        echo(f"  {path}")
    return code


def spelling() -> str:
    """Return what a person types to call this program."""
    script = Path(sys.executable).parent / "argogate"
    if zipfile.is_zipfile(sys.argv[0]):
        words = [Path(sys.executable).name, sys.argv[0]]
    elif not script.is_file():
        words = [sys.executable, "-m", "argogate"]
    elif shutil.which("argogate") == str(script):
        words = ["argogate"]
    else:
        words = [min(os.path.relpath(script), str(script), key=len)]
    return shlex.join(words)


def _program() -> tuple[str, ...]:
    """Return what the interpreter must be given to run this program: the one file, or its name."""
    return (sys.argv[0],) if zipfile.is_zipfile(sys.argv[0]) else ("-m", "argogate")
