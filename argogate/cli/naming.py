"""Which workflows are meant: NAME, NAMESPACE/NAME, or the page of one in the Argo UI."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import click
from click.core import ParameterSource

from argogate.cli.types import Namespace, WorkflowName
from argogate.model.workflow import LATEST
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE = r"(?:/.*)?/workflows/([^/]+)/([^/]+)/?"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What one word says; empty where it says nothing."""

    name: str
    namespace: str = ""
    uid: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which workflows, and which nodes of them."""

    names: tuple[str, ...]
    """Words as they were typed, or bare names."""
    namespace: str
    uid: str = ""
    nodes: tuple[str, ...] = ()


def resolved(ctx: click.Context, given: Meant, bases: Sequence[str]) -> Meant:
    """Return what is meant with bare names, and with what the words say besides.

    A word never chooses where the token goes: a page is believed only if it is one of `bases`,
    the configured server and `--ui-url`. Raises click.UsageError where two things are said.
    """
    found = [parsed(word, bases) for word in given.names]
    names = tuple(dict.fromkeys(named.name for named in found))
    spoken = given.namespace if _said(ctx) else ""
    namespace = _one("namespace", [spoken, *(named.namespace for named in found)])
    if namespace and not spoken and any(not named.namespace for named in found):
        namespace = _one("namespace", [given.namespace, namespace])
    uid = _one("uid", [given.uid, *(named.uid for named in found)])
    nodes = tuple(dict.fromkeys(named.node for named in found if named.node))
    if nodes and (len(names) > 1 or given.nodes not in {(), nodes}):
        msg = f"the page names the node {nodes[0]!r}, and something else is named besides"
        raise click.UsageError(msg)
    return Meant(
        names=names,
        namespace=namespace or given.namespace,
        uid=uid,
        nodes=nodes or given.nodes,
    )


def refuse_uid_of_several(uid: str | None, names: Sequence[str]) -> None:
    """Raise click.UsageError where a uid stands beside what is not one name."""
    if uid and (len(names) != 1 or LATEST in names):
        msg = "--uid names one run, so it goes with one NAME"
        raise click.UsageError(msg)


def parsed(word: str, bases: Iterable[str]) -> Named:
    """Read one word. Raises click.UsageError."""
    if "://" in word:
        return _page(word, bases)
    namespace, slash, name = word.partition("/")
    if not slash:
        return Named(name=WorkflowName().convert(word, None, None))
    return _checked(namespace, name)


def _page(word: str, bases: Iterable[str]) -> Named:
    try:
        parts = urlsplit(word)
        place = _place(word)
        known = place in {_place(base) for base in bases if base}
    except ValueError as error:
        msg = f"{word!r} is no address of a page"
        raise click.UsageError(msg) from error
    match = re.fullmatch(PAGE, parts.path)
    if not match:
        msg = f"{word!r} is no page of a workflow; that ends with /workflows/NAMESPACE/NAME"
        raise click.UsageError(msg)
    if not known:
        msg = (
            f"{word!r} is a page of another server than --server and --ui-url; give the name "
            "alone, or say --ui-url where the UI has an address of its own"
        )
        raise click.UsageError(msg)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    named = _checked(unquote(match[1]), unquote(match[2]))
    return Named(
        name=named.name,
        namespace=named.namespace,
        uid=query.get("uid", ""),
        node=query.get("nodeId", ""),
    )


def _place(url: str) -> tuple[str, int]:
    """Return host and port. Raises ValueError."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


def _checked(namespace: str, name: str) -> Named:
    return Named(
        namespace=Namespace().convert(namespace, None, None),
        name=WorkflowName().convert(name, None, None),
    )


def _said(ctx: click.Context) -> bool:
    """Whether the namespace was said to argogate: argo's own variable is only a default."""
    source = ctx.get_parameter_source("namespace")
    return source is ParameterSource.COMMANDLINE or bool(os.environ.get("ARGOGATE_NAMESPACE"))


def _one(what: str, values: Iterable[str]) -> str:
    """Return the only value that is said; empty where none is. Raises click.UsageError."""
    said = list(dict.fromkeys(value for value in values if value))
    if len(said) > 1:
        msg = f"two values of {what} are given: {' and '.join(said)}; one gate looks at one"
        raise click.UsageError(msg)
    return said[0] if said else ""
