"""Groups of options that several commands share. Every option has its `ARGOGATE_` variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argogate.cli.command import Option
from argogate.cli.types import (
    Duration,
    Lines,
    Namespace,
    PathTemplate,
    Patterns,
    Prefix,
    Size,
    TimeOrAge,
    Uid,
    Words,
)
from argogate.reports.formats import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def option(*names: str, aliases: tuple[str, ...] = (), **settings: Any) -> Any:  # noqa: ANN401
    """Declare an option whose default may come from `ARGOGATE_…`, then from argo's variables.

    `aliases` are argo's own variables. Long names come last in `names`.
    """
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = "ARGOGATE_" + long.lstrip("-").replace("-", "_").upper()
    return click.option(*names, cls=Option, envvar=[variable, *aliases], **settings)


def stacked(heading: str, *options: Any) -> Callable[[Decorated], Decorated]:  # noqa: ANN401
    """Make one decorator of several, in reading order; the help has them under a heading."""

    def decorate(function: Any) -> Any:  # noqa: ANN401
        before = len(getattr(function, "__click_params__", ()))
        for each in reversed(options):
            function = each(function)
        for parameter in function.__click_params__[before:]:
            if parameter.heading is Option.heading:  # a group within this one has its own
                parameter.heading = heading
        return function

    return decorate


def own_namespace() -> str:
    """Return the namespace of the pod this runs in, or `default`, as argo does."""
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text("utf-8").strip() or "default"
    except OSError:
        return "default"


CREDENTIALS = stacked(
    "Credentials",
    option(
        "--auth",
        type=click.Choice(
            [
                "auto",
                "none",
                "token",
                "token-file",
                "token-command",
                "in-cluster",
                "oidc",
                "oauth",
                "basic",
            ]
        ),
        default="auto",
        show_default=True,
        metavar="SOURCE",
        help="Where the credentials come from; auto: the first that is there of token-file, "
        "token-command, oauth, oidc, basic, token (ARGOGATE_TOKEN, ARGO_TOKEN, with or without "
        "'Bearer '), in-cluster. none sends none.",
    ),
    option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="File with the token, read again for each request.",
    ),
    option(
        "--token-command",
        metavar="COMMAND",
        help="Command that prints a token (or an ExecCredential), run without a shell, again "
        "before the token expires.",
    ),
    option(
        "--oidc-audience",
        metavar="AUDIENCE",
        help="Ask the CI system for the job's identity for this audience.",
    ),
    option("--oauth-token-url", metavar="URL", help="Token endpoint (OAuth 2.0)."),
    option("--oauth-client-id", metavar="ID", help="Who asks there."),
    option(
        "--oauth-client-secret-file",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="File with its secret, or set ARGOGATE_OAUTH_CLIENT_SECRET.",
    ),
    option("--oauth-scope", default="", metavar="WORDS", help="Scopes to ask for."),
    option("--oauth-audience", default="", metavar="AUDIENCE", help="Audience to ask for."),
    option(
        "--oauth-authorize-url",
        metavar="URL",
        help="At a terminal: log in here with a browser (authorization code with PKCE).",
    ),
    option(
        "--oauth-redirect-port",
        type=click.IntRange(0, 65535),
        default=0,
        metavar="PORT",
        help="Port of http://127.0.0.1:PORT/ for that login.  [default: a free one]",
    ),
    option("--basic-user", metavar="NAME", help="Name for a proxy that wants Basic."),
    option(
        "--basic-password-file",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="File with the password, or set ARGOGATE_BASIC_PASSWORD.",
    ),
    option(
        "-H",
        "--header",
        "headers",
        multiple=True,
        type=Lines(),
        metavar="NAME=@FILE|NAME=$VARIABLE|NAME=VALUE",
        help="Header for every request, e.g. the key of a gateway; repeatable, in "
        "ARGOGATE_HEADER one a line. 'Name: value' is taken too.",
    ),
)

CONNECTION = stacked(
    "Connection",
    option(
        "-s",
        "--server",
        "--argo-server",
        "server",
        aliases=("ARGO_SERVER",),
        metavar="HOST:PORT|URL",
        help="Where the Argo Server is (ARGO_SERVER).",
    ),
    option(
        "--base-href",
        "--argo-base-href",
        "base_href",
        aliases=("ARGO_BASE_HREF",),
        default="",
        metavar="PATH",
        help="Path under which a proxy offers the server (ARGO_BASE_HREF).",
    ),
    option(
        "--secure/--no-secure",
        "secure",
        aliases=("ARGO_SECURE",),
        default=True,
        help="TLS, or plain HTTP (ARGO_SECURE).  [default: TLS]",
    ),
    option(
        "-k",
        "--insecure-skip-verify",
        is_flag=True,
        aliases=("ARGO_INSECURE_SKIP_VERIFY",),
        help="Believe any certificate: for a test only.",
    ),
    option(
        "--ca-cert",
        "--certificate-authority",
        "ca_cert",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="PEM of an authority to trust besides the system's.",
    ),
    option(
        "--client-certificate",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="PEM of the certificate to show, with its key or --client-key.",
    ),
    option(
        "--client-key",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="PEM of its key, not encrypted.",
    ),
    option(
        "--ui-url",
        default="",
        metavar="URL",
        help="Address of the Argo UI, where it is not the server's.",
    ),
    CREDENTIALS,
)

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

LIMITS = stacked(
    "Waiting",
    option(
        "--timeout",
        type=Duration(zero=True),
        default="1h",
        show_default=True,
        help="Give up after this; 0 waits for ever.",
    ),
    option(
        "--poll-interval",
        type=Duration(),
        default="2s",
        show_default=True,
        help="First pause between two looks.",
    ),
    option(
        "--max-poll-interval",
        type=Duration(),
        default="15s",
        show_default=True,
        help="Longest pause between two looks.",
    ),
    option(
        "--appear-timeout",
        type=Duration(zero=True),
        default="30s",
        show_default=True,
        help="How long a workflow may be missing at first.",
    ),
    option(
        "--outage-timeout",
        type=Duration(zero=True),
        default="5m",
        show_default=True,
        help="How long requests may fail in a row; at most 1m until the first answer.",
    ),
    option(
        "--pending-timeout",
        type=Duration(zero=True),
        default="0",
        help="How long nothing of it may run: not picked up, locked, unschedulable, no image.  "
        "[default: off]",
    ),
    option(
        "--stall-timeout",
        type=Duration(zero=True),
        default="0",
        help="How long it may be Running with nothing left that could run.  [default: off]",
    ),
    option(
        "--settle-timeout",
        type=Duration(zero=True),
        default="30s",
        show_default=True,
        help="How long an ended workflow may lack its finishedAt (old releases).",
    ),
    option(
        "--request-timeout",
        type=Duration(),
        default="30s",
        show_default=True,
        help="Limit of a single request.",
    ),
    option(
        "--collect-timeout",
        type=Duration(),
        default="10m",
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

REPORTS = stacked(
    "Reports",
    option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="JUnit XML."),
    option(
        "--summary",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Summary in Markdown; in GitHub Actions without it: the step summary.",
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
    option(
        "--parameters",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Output parameters as JSON, or as NAME=value where FILE ends in .env.",
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
    option(
        "-o",
        "--output",
        type=click.Choice(["text", "json", "name"]),
        default="text",
        show_default=True,
        help="Form of the result on stdout.",
    ),
    option("-q", "--quiet", is_flag=True, help="No progress log on stderr."),
    option("-v", "--verbose", is_flag=True, help="Say more, e.g. when the event stream is lost."),
)
