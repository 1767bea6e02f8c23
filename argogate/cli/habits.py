"""What people type who know argo: taken where it means the same, else answered with what does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

SPELLINGS = {
    "--secure=true": "--secure",
    "--secure=false": "--no-secure",
    "--insecure-skip-verify=true": "--insecure-skip-verify",
    "--insecure-skip-verify=false": "",
    "--argo-http1": "",
    "--argo-http1=true": "",
}
"""Argo's spellings of switches, and ours; empty where nothing is to be said."""

_CLUSTER = (
    "argogate talks to the Argo Server, not to Kubernetes, so a kubeconfig does not count; "
    "give --server HOST:PORT and set ARGO_TOKEN"
)
OPTIONS = {
    "--token": "arguments can be read by everybody on the machine; set ARGO_TOKEN, or give "
    "--token-file FILE",
    "--instanceid": "a workflow is found by its name, whatever its instance; to select by "
    "instance: -l workflows.argoproj.io/controller-instanceid=ID",
    "--status": "argogate list has --phase Failed,Error",
    "--since": "argogate list has --created-after 2h",
    "--older": "argogate list has --finished-before 2h",
    "--resubmitted": "argogate list has -l workflows.argoproj.io/resubmitted-from-workflow",
    "--no-headers": "argogate list has -o name, and -o jsonl for more than names",
    "--chunk-size": "argogate list asks for all at once: pages lose and double runs",
    **dict.fromkeys(("--context", "--kubeconfig", "--cluster", "--user", "--as"), _CLUSTER),
}
"""Options of argo's, or that people expect, and what to do instead."""

COMMANDS = {
    "help": "argogate --help",
    "version": "argogate --version",
    "get": "argogate status NAME (argo's own: argo get NAME)",
    "watch": "argogate wait NAME (argo's own: argo watch NAME)",
    "logs": "argogate status NAME --node NODE, or argogate wait NAME, whose reports have the logs "
    "of what failed (argo's own: argo logs NAME)",
    "archive": "argogate list --archived only (argo's own: argo archive)",
    "submit": "argo submit, and then argogate wait NAME",
    **{word: f"argo {word}" for word in ("stop", "terminate", "retry", "resume", "delete", "cp")},
}
"""Commands of argo's, and who does that."""


def ours(words: Sequence[str]) -> list[str]:
    """Return the arguments with argo's spellings replaced; what follows `--` stays.

    An empty word stays too: it is an empty variable's, and without it the next option would be
    taken for a value, or a workflow that has no name for one that nobody meant.
    """
    end = words.index("--") if "--" in words else len(words)
    spelled = [SPELLINGS.get(word, word) for word in words[:end] if SPELLINGS.get(word) != ""]
    return spelled + list(words[end:])


def option_hint(error: click.NoSuchOption) -> click.UsageError:
    """Return what to say instead of a guess; the error itself where there is nothing better."""
    hint = OPTIONS.get(error.option_name.lower())
    if hint is None:
        return error
    return click.UsageError(f"No such option '{error.option_name}': {hint}", ctx=error.ctx)


def unknown_command(word: str, known: Collection[str], ctx: click.Context) -> click.UsageError:
    """Return what to say about a command that is not there."""
    from difflib import get_close_matches

    if word in COMMANDS:
        said = f"that is {COMMANDS[word]}"
    elif close := get_close_matches(word, known, n=1):
        said = f"did you mean argogate {close[0]}?"
    else:
        said = f"commands are {', '.join(known)}; to wait for a workflow: argogate wait NAME"
    return click.UsageError(f"No such command {word!r}; {said}", ctx=ctx)
