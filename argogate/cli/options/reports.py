"""What is written: reports, artifacts, the result."""

from __future__ import annotations

from pathlib import Path

import click

from argogate.cli.options.declare import option, stacked
from argogate.cli.types import PathTemplate, Patterns, Prefix, Size
from argogate.reports.formats import PREFIX

FORM = option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "name"]),
    default="text",
    show_default=True,
    help="Form of the result on stdout.",
)

FILES = stacked(
    "Reports",
    option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="JUnit XML."),
    option(
        "--html",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="One page for people: failures, timeline, every node; needs no network.",
    ),
    option(
        "--summary",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Summary in Markdown; GitHub, Azure and Buildkite show that of a wait without it.",
    ),
    option(
        "--result",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The whole verdict as JSON.",
    ),
    option(
        "--dotenv",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Outcome and output parameters as GATE_NAME=value, for GitLab's reports:dotenv.",
    ),
    option(
        "--dotenv-prefix",
        type=Prefix(),
        default=PREFIX,
        show_default=True,
        metavar="WORD",
        help="What these names begin with, where a pipeline has several gates.",
    ),
    option(
        "--annotations",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Links to Argo on the page of a GitLab job (reports:annotations).",
    ),
    option(
        "--parameters",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Output parameters as JSON, or as NAME=value where FILE ends in .env.",
    ),
)
"""What a saved result can be rendered as, too: a field of `ReportFiles` each."""

REPORTS = stacked(
    "Reports",
    FILES,
    option(
        "--suite-name",
        default="",
        metavar="NAME",
        help="What the suite is called, by which readers know it in the next run; by default the "
        "template, cron or generateName, or the name without the numbers of the CI's own run.",
    ),
    option(
        "--output-files",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="A file for each output, e.g. /tekton/results, or for valueFrom.path of Argo.",
    ),
    option(
        "--junit-merge",
        multiple=True,
        type=Patterns(),
        metavar="GLOB",
        help="JUnit files among the artifacts, also inside packed ones, become suites of the "
        "reports; repeatable.",
    ),
    option(
        "--logs",
        type=click.Choice(["none", "failed", "all"]),
        default="failed",
        show_default=True,
        help="Whose logs go into the reports.",
    ),
    option(
        "--log-lines",
        type=click.IntRange(1, 10000),
        default=100,
        show_default=True,
        help="Last lines of each log.",
    ),
)

FOLLOWING = stacked(
    "Reports",
    option("--follow", is_flag=True, help="Show what the pods print while they run."),
    option(
        "--follow-lines",
        type=click.IntRange(1, 10000),
        default=1000,
        show_default=True,
        help="Most lines that --follow shows of each pod; the rest is counted.",
    ),
)

ARTIFACTS = stacked(
    "Artifacts",
    option(
        "--artifacts",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Download the output artifacts into this folder.",
    ),
    option(
        "--artifact",
        "artifact_patterns",
        multiple=True,
        type=Patterns(),
        metavar="GLOB",
        help="Only these: artifact, node/artifact or template/artifact; repeatable.",
    ),
    option(
        "--require-artifact",
        "required_artifacts",
        multiple=True,
        type=Patterns(),
        metavar="GLOB",
        help="Exit 6 where one of these is missing from a workflow that passed; repeatable.",
    ),
    option(
        "--artifact-path",
        type=PathTemplate(),
        default="{workflowName}/{nodeName}/{artifactName}",
        show_default=True,
        metavar="TEMPLATE",
        help="Path of each below DIR; also {namespace} {uid} {nodeId} {templateName} {fileName}.",
    ),
    option("--extract", is_flag=True, help="Unpack tar, tgz and zip; refuse what is not safe."),
    option(
        "--jobs",
        type=click.IntRange(1, 32),
        default=4,
        show_default=True,
        help="Downloads at the same time.",
    ),
    option(
        "--max-artifact-size",
        type=Size(),
        default="0",
        metavar="SIZE",
        help="Largest artifact to fetch, e.g. 500M.  [default: any]",
    ),
    option(
        "--max-artifacts-size",
        type=Size(),
        default="0",
        metavar="SIZE",
        help="Most to fetch of one workflow.  [default: any]",
    ),
)

RECORDING = stacked(
    "Reports",
    option(
        "--record",
        type=click.Path(path_type=Path),
        metavar="FILE.har",
        help="Keep every exchange with the server, secrets removed, for a bug report.",
    ),
)

OUTPUT = stacked(
    "Reports",
    FORM,
    option("-q", "--quiet", is_flag=True, help="No progress log on stderr, but its last line."),
    option("-v", "--verbose", is_flag=True, help="Say more, e.g. when the event stream is lost."),
)
