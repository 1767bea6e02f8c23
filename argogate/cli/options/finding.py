"""Which runs are to be found, and how they are shown."""

from __future__ import annotations

import click

from argogate.cli.options.declare import option, said, stacked
from argogate.cli.options.waiting import own_namespace
from argogate.cli.times import Duration, Moment
from argogate.cli.types import Namespace, Phases

WORKFLOW_PHASES = ("Pending", "Running", "Succeeded", "Failed", "Error")
NODE_PHASES = (*WORKFLOW_PHASES, "Skipped", "Omitted")
SORTS = ("created", "started", "finished", "duration", "name", "phase")

TIMEOUT = option(
    "--request-timeout",
    type=Duration(),
    default="30s",
    show_default=True,
    help="Limit of a single request, and of a pause in a long answer.",
)

PLACE = stacked(
    "Finding",
    option(
        "-n",
        "--namespace",
        aliases=("ARGO_NAMESPACE",),
        type=Namespace(),
        default=own_namespace,
        help="Namespace of the workflows (ARGO_NAMESPACE).",
    ),
    option("-A", "--all-namespaces", is_flag=True, help="Workflows of all namespaces."),
)

FILTERS = stacked(
    "Finding",
    option(
        "-l",
        "--selector",
        "labels",
        default="",
        callback=said,
        metavar="LABELS",
        help="With these labels, e.g. app=web,tier!=db.",
    ),
    option(
        "--template",
        default="",
        callback=said,
        metavar="NAME",
        help="Made from this WorkflowTemplate or ClusterWorkflowTemplate; an archived run tells "
        "that by its label only.",
    ),
    option(
        "--cron",
        default="",
        callback=said,
        metavar="NAME",
        help="Made by this CronWorkflow.",
    ),
    option(
        "--created-after", type=Moment(), metavar="TIME|AGE", help="Created since then, e.g. 2h."
    ),
    option("--created-before", type=Moment(), metavar="TIME|AGE", help="Created until then."),
    option("--finished-after", type=Moment(), metavar="TIME|AGE", help="Ended since then."),
    option("--finished-before", type=Moment(), metavar="TIME|AGE", help="Ended until then."),
    option(
        "--archived",
        type=click.Choice(["yes", "no", "only"]),
        default="yes",
        show_default=True,
        help="Whether runs count that only the archive has.",
    ),
)

MORE_FILTERS = stacked(
    "Finding",
    option(
        "--field-selector",
        "fields",
        default="",
        callback=said,
        metavar="FIELDS",
        help="By metadata.name, metadata.namespace, metadata.uid, status.phase, spec.startedAt.",
    ),
    option(
        "--phase",
        "phases",
        multiple=True,
        type=Phases(WORKFLOW_PHASES),
        metavar="PHASE",
        help="In one of these phases, e.g. Failed,Error; repeatable.",
    ),
    option(
        "--name",
        default="",
        callback=said,
        metavar="GLOB",
        help="Whose name matches, e.g. 'nightly-*-arm'.",
    ),
    option(
        "--prefix",
        default="",
        callback=said,
        metavar="TEXT",
        help="Whose name begins with it.",
    ),
    option("--running", is_flag=True, help="Not over yet."),
    option("--completed", is_flag=True, help="Over."),
    option(
        "--node-phase",
        "node_phases",
        multiple=True,
        type=Phases(NODE_PHASES),
        metavar="PHASE",
        help="That hold a node in one of these phases; their nodes are read, up to --limit runs.",
    ),
)

SHOWING = stacked(
    "Showing",
    option(
        "--limit",
        type=click.IntRange(0, 1_000_000),
        metavar="N",
        help="At most so many, 0 for all, and so many are looked up one by one.  "
        "[default: 100 in a table, else all, with 100 looked up]",
    ),
    option(
        "--sort",
        type=click.Choice([f"{sign}{word}" for word in SORTS for sign in ("", "-")]),
        metavar="|".join(SORTS),
        help="The newest and longest first, or with '-' before the word the other way round.  "
        "[default: created; jsonl: as they come]",
    ),
    option(
        "-o",
        "--output",
        type=click.Choice(["table", "wide", "json", "jsonl", "name"]),
        default="table",
        show_default=True,
        help="json is one document, jsonl a line for each run in constant memory, name what "
        "'argogate wait -' reads.",
    ),
    TIMEOUT,
)

HISTORY = stacked(
    "Showing",
    option(
        "--last",
        type=click.IntRange(1, 1000),
        default=20,
        show_default=True,
        metavar="N",
        help="So many runs, the newest ones.",
    ),
    option(
        "--nodes",
        is_flag=True,
        help="Read the nodes of each run that counts: which are flaky, fail, or take long.",
    ),
    option(
        "-o",
        "--output",
        type=click.Choice(["text", "json", "html"]),
        default="text",
        show_default=True,
        help="Form of the answer on stdout; html is one page that needs nothing else.",
    ),
    TIMEOUT,
)
