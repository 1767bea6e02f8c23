"""`argogate demo`: rehearse without a cluster."""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from argo_replay.library import scenarios
from argo_replay.server import DemoServer
from argogate.cli.gallery import show_all
from argogate.cli.output import echo
from argogate.cli.rehearsal import (
    TOKEN,
    meaning_of,
    refuse_unwritable,
    rehearse,
    reports_below,
    spell_program,
)
from argogate.cli.types import Words

if TYPE_CHECKING:
    from argo_replay.run import Run
    from argogate.cli.signals import Signals

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
    help="Played seconds per second.  [default: 5; 1 with --serve, so that all clocks agree]",
)
@click.option("--list", "listing", is_flag=True, help="List the scenarios and end.")
@click.option("--all", "gallery", is_flag=True, help="Show every way in which a wait can end.")
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
    speed: float | None,
    listing: bool,
    gallery: bool,
    serve: bool,
    port: int,
) -> None:
    """Run the whole job without a cluster; reports go into FOLDER.

    An Argo Server on loopback plays what a real one answered, and the gate runs against it as
    in a pipeline. The exit code is the gate's.
    """
    signals: Signals = ctx.obj
    signals.decline()
    speed = speed or (1.0 if serve else 5.0)
    if listing:
        library = scenarios()
        for name, recorded in SCENARIOS.items():
            echo(f"{name:<11} {library[recorded][1]}")
        return
    if gallery:
        show_all(folder, speed)
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
            ctx.exit(_rehearse(server.url, run, folder, scenario))


def _serve(server: DemoServer, run: Run) -> None:
    name = next(iter(run.workflows))
    echo(f"export ARGO_SERVER={server.url}")
    echo(f"export ARGO_TOKEN={TOKEN}")
    echo(f"export ARGO_NAMESPACE={run.namespace}")
    echo("# now, in another terminal, after these three lines:")
    for words in (f"wait {name} --follow", f"status {name}", "list"):
        echo(f"#   {spell_program()} {words}")
    if name == SCENARIOS["suspended"]:
        echo(
            "# and to approve it: curl -X PUT -d '{}' "
            f"-H 'Authorization: Bearer {TOKEN}' "
            f"{server.url}/api/v1/workflows/{run.namespace}/{name}/resume"
        )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _rehearse(url: str, run: Run, folder: Path, scenario: str) -> int:
    """Run the gate as a process of its own, as a pipeline would; return its exit code."""
    refuse_unwritable(folder)
    name = next(iter(run.workflows))
    words = ["wait", name, "--namespace", run.namespace, "--poll-interval", "0.5s"]
    words += reports_below(folder)
    echo(f"$ export ARGO_SERVER={url} ARGO_TOKEN={TOKEN}")
    echo(f"$ {spell_program()} {shlex.join(words)}")
    code = rehearse(words, {"ARGO_SERVER": url, "ARGO_TOKEN": TOKEN})
    echo(f"\nexit code {code}: {meaning_of(code)}. Everything it wrote is in {folder}:")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        echo(f"  {path}")
    served = shlex.join(["demo", "--serve", "--scenario", scenario])
    echo(f"\nThe same server for commands of your own: {spell_program()} {served}")
    return code
