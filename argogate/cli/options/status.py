"""What one looks at, and how it is shown."""

from __future__ import annotations

import click

from argogate.cli.options.declare import option, stacked
from argogate.cli.options.waiting import DEFAULTS, own_namespace, spelled
from argogate.cli.times import Duration
from argogate.cli.types import Namespace, Patterns, Phases, Uid

LOOKING = stacked(
    "Selecting",
    option(
        "-n",
        "--namespace",
        aliases=("ARGO_NAMESPACE",),
        type=Namespace(),
        default=own_namespace,
        help="Namespace of the workflows (ARGO_NAMESPACE).",
    ),
    option("--uid", type=Uid(), help="Show this very run, archived or not."),
    option(
        "--node",
        "nodes",
        multiple=True,
        type=Patterns(),
        metavar="GLOB",
        help="Show these nodes whole, by name, path, display name or id; repeatable.",
    ),
    option(
        "--phase",
        "phases",
        multiple=True,
        type=Phases(),
        metavar="PHASE,…",
        help="Show only nodes in these phases, e.g. Failed,Error; repeatable.",
    ),
)

SHOWING = stacked(
    "Showing",
    option("--all", "everything", is_flag=True, help="Fold nothing, and cut no list."),
    option(
        "--log-lines",
        type=click.IntRange(0, 10000),
        default=20,
        show_default=True,
        help="Last lines of the log of each --node; 0 reads none.",
    ),
    option(
        "-o",
        "--output",
        type=click.Choice(["text", "wide", "json", "name"]),
        default="text",
        show_default=True,
        help="Form of the answer on stdout.",
    ),
    option(
        "--exit-code",
        is_flag=True,
        help="Exit as a gate that looks now: 0 passed, 1 failed, 124 not over, 7 suspended.",
    ),
    option(
        "--request-timeout",
        type=Duration(),
        default=spelled(DEFAULTS.request_timeout),
        show_default=True,
        help="Limit of a single request.",
    ),
)
