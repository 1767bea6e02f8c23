"""Where the server is, and who asks."""

from __future__ import annotations

import click

from argogate.cli.options.declare import option, stacked
from argogate.cli.types import Lines, PageAddress

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
                "kube-token",
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
        "token-command, kube-token, oauth, oidc, basic, token (ARGOGATE_TOKEN, ARGO_TOKEN, with "
        "or without 'Bearer '), in-cluster. none sends none.",
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
        "--kube-token",
        metavar="[NAMESPACE/]SERVICEACCOUNT",
        help="Let kubectl create a token of this service account, for 15 minutes at a time.",
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

KUBECTL = stacked(
    "Through kubectl",
    option(
        "--port-forward",
        metavar="[NAMESPACE/]SERVICE[:PORT]",
        help="Reach a server that is not exposed by `kubectl port-forward`, kept alive beside the "
        "wait; NAMESPACE is that of the workflows, PORT 2746, where they are not given.",
    ),
    option("--kube-context", default="", metavar="NAME", help="Context of the kubeconfig."),
    option(
        "--kubectl",
        "kubectl_program",
        default="kubectl",
        show_default=True,
        metavar="PROGRAM",
        help="Which kubectl is run.",
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
        type=PageAddress(),
        default="",
        metavar="URL",
        help="Address of the Argo UI, where it is not the server's.",
    ),
    KUBECTL,
    CREDENTIALS,
)

NO_CACHE = "none"
"""What turns the cache off."""

CACHE = stacked(
    "Connection",
    option(
        "--cache-dir",
        metavar="DIR",
        help="Folder in which whole documents of finished runs are kept, trusted only after a "
        f"small look agrees; '{NO_CACHE}' keeps nothing.  "
        "[default: at a terminal that of the system, in CI none]",
    ),
)
