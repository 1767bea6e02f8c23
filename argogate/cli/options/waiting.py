"""What is waited for, for how long, and what is done meanwhile."""

from __future__ import annotations

from pathlib import Path

import click

from argogate import spell
from argogate.cli.options.declare import option, stacked
from argogate.cli.times import Duration, TimeOrAge
from argogate.cli.types import Namespace, Patterns, Uid, Words
from argogate.waiting.patience import Limits

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def own_namespace() -> str:
    """Return the namespace of the pod this runs in, or `default`, as argo does."""
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text("utf-8").strip() or "default"
    except OSError:
        return "default"


SELECTION = stacked(
    "Selecting",
    option(
        "-n",
        "--namespace",
        aliases=("ARGO_NAMESPACE",),
        type=Namespace(),
        default=own_namespace,
        help="Namespace of the workflows (ARGO_NAMESPACE).",
    ),
    option(
        "-l",
        "--selector",
        "labels",
        default="",
        metavar="LABELS",
        help="Wait for all live workflows with these labels, e.g. app=web,tier!=db.",
    ),
    option("--uid", type=Uid(), help="Accept this very run only."),
    option(
        "--created-after",
        type=TimeOrAge(),
        metavar="TIME|AGE",
        help="Accept only runs created after it, e.g. 2h.",
    ),
    option(
        "--accept-archived",
        is_flag=True,
        help="Accept a run that ended before and is only in the archive.",
    ),
    option("--ignore-not-found", is_flag=True, help="A workflow that never appears is no error."),
    option(
        "--node",
        "nodes",
        multiple=True,
        type=Patterns(),
        metavar="GLOB",
        help="Gate on these nodes only, by name, path, display name or id; repeatable.",
    ),
)

DEFAULTS = Limits()


def spelled(seconds: float) -> str:
    """Spell a default as one types it; 0 turns a limit off."""
    return spell.duration(seconds) if seconds else "0"


LIMITS = stacked(
    "Waiting",
    option(
        "--timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.timeout),
        show_default=True,
        help="Give up after this; 0 waits for ever.",
    ),
    option(
        "--poll-interval",
        type=Duration(),
        default=spelled(DEFAULTS.poll_interval),
        show_default=True,
        help="First pause between two looks.",
    ),
    option(
        "--max-poll-interval",
        type=Duration(),
        default=spelled(DEFAULTS.max_poll_interval),
        show_default=True,
        help="Longest pause between two looks.",
    ),
    option(
        "--appear-timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.appear_timeout),
        show_default=True,
        help="How long a workflow may be missing at first.",
    ),
    option(
        "--outage-timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.outage_timeout),
        show_default=True,
        help="How long requests may fail in a row; at most 1m until the first answer.",
    ),
    option(
        "--pending-timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.pending_timeout),
        help="How long nothing of it may run: not picked up, locked, unschedulable, no image.  "
        "[default: off]",
    ),
    option(
        "--stall-timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.stall_timeout),
        help="How long it may be Running with nothing left that could run.  [default: off]",
    ),
    option(
        "--settle-timeout",
        type=Duration(zero=True),
        default=spelled(DEFAULTS.settle_timeout),
        show_default=True,
        help="How long an ended workflow may lack its finishedAt (old releases).",
    ),
    option(
        "--request-timeout",
        type=Duration(),
        default=spelled(DEFAULTS.request_timeout),
        show_default=True,
        help="Limit of a single request.",
    ),
    option(
        "--collect-timeout",
        type=Duration(),
        default=spelled(DEFAULTS.collect_timeout),
        show_default=True,
        help="Limit for reading nodes, logs and artifacts after the end.",
    ),
)

ACTIONS = stacked(
    "Waiting",
    option(
        "--on-suspend",
        type=click.Choice(["wait", "fail"]),
        default="wait",
        show_default=True,
        help="What to do when it waits for an approval.",
    ),
    option(
        "--on-timeout",
        type=click.Choice(["none", "stop", "terminate"]),
        default="none",
        show_default=True,
        help="What to do to the workflow when a limit ran out.",
    ),
    option(
        "--on-cancel",
        type=click.Choice(["none", "stop", "terminate"]),
        default="none",
        show_default=True,
        help="What to do to the workflow on SIGINT or SIGTERM.",
    ),
    option("--fail-fast", is_flag=True, help="End with the first workflow that does not pass."),
    option(
        "--watch/--no-watch",
        "listen",
        default=True,
        help="Listen to the event stream between looks.  [default: watch]",
    ),
)

VERDICT = stacked(
    "Waiting",
    option(
        "--success-phase",
        "success_phases",
        multiple=True,
        type=Words(["Succeeded", "Failed", "Error"]),
        default=("Succeeded",),
        show_default=True,
        metavar="PHASE",
        help="Phase that counts as passed; repeatable.",
    ),
    option("--exit-zero", is_flag=True, help="Exit 0 also when the workflow failed."),
)
