"""Types of options, without those of times.py: bad input is refused, with one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from argogate.model.workflow import LATEST, is_name, is_namespace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.evidence.template import Template

SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?")
PHASES = ("Pending", "Running", "Succeeded", "Skipped", "Failed", "Error", "Omitted")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{,63}")

LARGEST_SIZE = 1024**6
"""Bytes."""


class WorkflowName(click.ParamType[str, object]):
    """A name that Kubernetes would accept, or `@latest`; checked before it goes into a URL."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check a workflow's name."""
        text = str(value)
        if text == LATEST:
            return text
        if not is_name(text):
            self.fail(
                f"{text!r} is no workflow name; it has small letters, digits, '-' and '.'",
                param,
                ctx,
            )
        return text


class Namespace(click.ParamType[str, object]):
    """The name of a Kubernetes namespace."""

    name = "namespace"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check a namespace's name."""
        text = str(value)
        if not is_namespace(text):
            self.fail(f"{text!r} is no namespace; it has small letters, digits and '-'", param, ctx)
        return text


class PageAddress(click.ParamType[str, object]):
    """The address of a user interface, which reports show and link to."""

    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check an address as that of the server is; nothing is no address."""
        from argogate.argo.address import parse_address

        text = str(value)
        try:
            return parse_address(text, what="the address").url if text.strip() else ""
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Uid(click.ParamType[str, object]):
    """What Kubernetes calls an object for ever."""

    name = "uid"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check it: an empty one, of a variable that is not set, would accept every run."""
        text = str(value).strip()
        if not text or len(text.split()) > 1:
            self.fail(f"{value!r} is no uid", param, ctx)
        return text


class Patterns(click.ParamType[str, object]):
    """Globs; a variable that holds a line break has one a line, else blanks separate them."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Take each line, or each word; a single one with a blank ends with a line break."""
        parts = rv.splitlines() if "\n" in rv else rv.split()
        return [part.strip() for part in parts if part.strip()]

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Take it as it is, but for an empty one, of a variable that is not set."""
        text = str(value)
        if not text.strip():
            self.fail(f"{value!r} matches nothing; leave the option away, or say '*'", param, ctx)
        return text


class Lines(click.ParamType[str, object]):
    """Text of which a variable holds several, one a line."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Take each line that is not blank."""
        return [line for line in rv.splitlines() if line.strip()]

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        """Take it without white space around."""
        return str(value).strip()


class Size(click.ParamType[int, object]):
    """`500M`, `2GiB`, `1000`: bytes; the units are powers of 1024."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read a number of bytes."""
        text = str(value).strip().lower()
        match = SIZE.fullmatch(text)
        if match is None:
            self.fail(f"{value!r} is no size; write 800K, 500M or 2G", param, ctx)
        size = float(match[1]) * 1024 ** " kmgt".index(match[2] or " ")
        if size > LARGEST_SIZE:
            self.fail(f"{value!r} is more than any disk has", param, ctx)
        return int(size)


class PathTemplate(click.ParamType["Template", object]):
    """Where artifacts go, with argo's placeholders."""

    name = "template"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Template:
        """Read a template; imported on use."""
        from argogate.evidence.template import Template

        try:
            return Template(str(value))
        except ValueError as error:
            self.fail(f"{value!r} is no such path: {error}", param, ctx)


class Prefix(click.ParamType[str, object]):
    """The beginning of names of variables."""

    name = "word"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check it; an underscore at its end is ours to add."""
        text = str(value).rstrip("_")
        if not VARIABLE.fullmatch(text) or text.upper().startswith("ARGO"):
            self.fail(
                f"{value!r} begins no names of variables; write letters, digits and '_', and not "
                "ARGO…, which would be options of a later gate",
                param,
                ctx,
            )
        return text


class Words(click.ParamType[str, object]):
    """One of several words, whatever their case, taken into the spelling that Argo uses."""

    name = "word"

    def __init__(self, words: Sequence[str]) -> None:
        self._words = {word.lower(): word for word in words}

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check a word."""
        word = self._words.get(str(value).lower())
        if word is None:
            self.fail(f"{value!r} is none of {', '.join(self._words.values())}", param, ctx)
        return word


class Phases(click.ParamType[tuple[str, ...], object]):
    """Phases, those of nodes by default, in whatever case, with commas between them."""

    name = "phase"

    def __init__(self, words: Sequence[str] = PHASES) -> None:
        self._words = Words(words)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Check each word."""
        if isinstance(value, tuple):
            return value
        given = [word.strip() for word in str(value).split(",") if word.strip()]
        if not given:
            self.fail("no phase is named", param, ctx)
        return tuple(self._words.convert(word, param, ctx) for word in given)
