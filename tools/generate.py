"""Write what follows from the options of the command line, so that it cannot drift from them.

python -m tools.generate           writes the files of FILES
python -m tools.generate --check   names those that lag, and exits with 1 if there are some
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from argogate.cli.main import COMMANDS, argogate
from argogate.reports.outputs import OUTPUTS
from argogate.verdict.conclusion import EXITS
from tools import man, result_page

PROJECT = Path(__file__).resolve().parents[1]
GITLAB_FILES = {
    "junit": "argogate-$CI_JOB_NAME_SLUG.xml",
    "html": "argogate-$CI_JOB_NAME_SLUG.html",
    "summary": "argogate-$CI_JOB_NAME_SLUG.md",
    "result": "argogate-$CI_JOB_NAME_SLUG.json",
    "dotenv": "argogate-$CI_JOB_NAME_SLUG.env",
    "annotations": "argogate-$CI_JOB_NAME_SLUG-annotations.json",
}
"""Defaults of the GitLab component: what GitLab is to collect must have a name, and a job that
needs two gates gets the files of both."""
FIRST = (
    *(
        "server",
        "namespace",
        "selector",
        "timeout",
        "on-cancel",
        "on-timeout",
        "junit",
        "artifacts",
    ),
    *("result", "node", "require-artifact", "extract"),
)
"""Inputs that matter most: pages list them in the order of the file, without headings."""
GITLAB_NOTES = {
    "artifacts": " The job keeps argogate-artifacts.",
    "dotenv-prefix": " One of its own for each of several gates.",
    "timeout": " Less than the job's.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command."""

    name: str
    """Its long name, without the dashes."""
    spellings: tuple[str, ...]
    variables: tuple[str, ...]
    """`ARGOGATE_…` first, then argo's own."""
    kind: str
    """A GitLab type: string, number or boolean."""
    default: str
    """As the help has it; empty where there is none."""
    choices: tuple[str, ...]
    help: str
    metavar: str
    repeatable: bool
    """Whether several values may be given."""

    @property
    def described(self) -> str:
        """What it does, with its default."""
        return f"{self.help} (default: {self.default})" if self.default else self.help


def options(command: click.Command) -> tuple[Option, ...]:
    """Return the options of a command in the order of its help."""
    context = click.Context(command)
    return tuple(
        _option(parameter, context)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
    )


def _option(parameter: click.Option, context: click.Context) -> Option:
    spellings = (*parameter.opts, *parameter.secondary_opts)
    variables = parameter.envvar or ()
    _, text = parameter.get_help_record(context) or ("", "")
    text, default = _parted(" ".join(text.split()))
    kind = "string"
    choices: tuple[str, ...] = ()
    if parameter.is_flag:
        kind = "boolean"
        # argo's own variable is to count where the input says nothing.
        if len(variables) > 1:
            kind, choices = "string", ("true", "false")
        default = default and ("" if kind == "string" else str(parameter.default).lower())
    elif isinstance(parameter.type, click.Choice):
        choices = tuple(str(choice) for choice in parameter.type.choices)
    elif isinstance(parameter.type, click.types.IntParamType) and default.isdecimal():
        kind = "number"
    return Option(
        name=next(name for name in spellings if name.startswith("--")).removeprefix("--"),
        spellings=spellings,
        variables=(variables,) if isinstance(variables, str) else tuple(variables),
        kind=kind,
        default=default,
        choices=choices,
        help=text,
        metavar="" if parameter.is_flag else parameter.make_metavar(context),
        repeatable=parameter.multiple,
    )


def _parted(text: str) -> tuple[str, str]:
    """Take `[default: …; …]` and `[0<=x<=9]` off the end of a help text."""
    text, *brackets = re.split(r" *\[(?=default: |[0-9<x>=]+\])", text)
    found = re.match(r"default: ([^\];]*)", "\n".join(brackets))
    return text.strip(), found[1] if found else ""


def wait() -> tuple[Option, ...]:
    """Return the options of `argogate wait`."""
    return options(_command("wait"))


def _command(name: str) -> click.Command:
    command = argogate.get_command(click.Context(argogate), name)
    assert command  # noqa: S101 - it is one of COMMANDS
    return command


def action(text: str) -> str:
    """Return action.yml with its inputs and outputs."""
    inputs = "".join(
        f"  {option.name}:\n    description: {json.dumps(option.described)}\n"
        for option in sorted(wait(), key=_place)
    )
    outputs = "".join(
        f"  {name}:\n    description: {json.dumps(text, ensure_ascii=False)}\n"
        f"    value: ${{{{ steps.argogate.outputs.{name} }}}}\n"
        for name, text in OUTPUTS.items()
    )
    text = _filled(text, inputs)
    return _filled(text, outputs, skip=1)


def _place(option: Option) -> int:
    return FIRST.index(option.name) if option.name in FIRST else len(FIRST)


def gitlab(text: str) -> str:
    """Return the GitLab template with its inputs and variables."""
    inputs = "".join("".join(_gitlab_input(option)) for option in sorted(wait(), key=_place))
    variables = "".join(
        f"    {option.variables[0]}: {_gitlab_value(option)}\n" for option in wait()
    )
    lock = (PROJECT / "requirements" / "wheels.txt").read_text("utf-8").splitlines(keepends=True)
    text = _filled(text, "".join(f"      {row}" for row in lock if row[0] != "#"), kind=" (lock)")
    text = _filled(text, inputs, kind=" (inputs)")
    return _filled(text, variables, kind=" (variables)")


def _gitlab_input(option: Option) -> Iterator[str]:
    described = option.described + GITLAB_NOTES.get(option.name, "")
    yield f"    {option.name}:\n      description: {json.dumps(described)}\n"
    if option.kind != "string":
        yield f"      type: {option.kind}\n"
    default = json.dumps(GITLAB_FILES.get(option.name, ""))
    if option.kind == "number":
        default = option.default
    elif option.kind == "boolean":
        default = option.default or "false"
    elif option.choices:
        words = [*([] if option.default else [""]), *option.choices]
        default = json.dumps(option.default)
        yield f"      options: {json.dumps(words)}\n"
    yield f"      default: {default}\n"


def _gitlab_value(option: Option) -> str:
    value = f"$[[ inputs.{option.name} ]]"
    return f'"{value} "' if option.kind == "boolean" else value


def jenkins(text: str) -> str:
    """Return the Jenkins step with its lists of options."""
    names = "".join(f"    '{option.name}',\n" for option in wait())
    lists = "".join(f"    '{option.name}',\n" for option in wait() if option.repeatable)
    text = _filled(text, names, kind=" (options)", comment="//")
    return _filled(text, lists, kind=" (lists)", comment="//")


def program(text: str) -> str:
    """Return the program of the action with its list of options."""
    return _filled(
        text, "".join(f'    "{option.name}",\n' for option in wait() if option.repeatable)
    )


def reference(_: str) -> str:
    """Return docs/reference.md."""
    return "\n".join(_reference()) + "\n"


PREFACE = """# Reference

Written by `python -m tools.generate`; a test compares it with the program.

Every option has a variable, and argo's own variables work too. Precedence: option, `ARGOGATE_…`,
`ARGO_…`, default. Where an option may be repeated, its variable holds one value a line, or, where
there is no line break in it, words with blanks between them (headers: always one a line).
The GitHub Action and the GitLab component have an input for each option of `argogate wait`, the
Jenkins step has them in camelCase.
"""

ABOUT_OUTPUTS = """## Outputs

They tell of the workflow that decides. In GitHub they are outputs of the step; in GitLab's dotenv
`workflow-name` is `GATE_WORKFLOW_NAME`, and each output parameter a `GATE_OUTPUT_…`. What GitLab
could not take (quotes, `$`, several lines) is left out there.
"""


def _reference() -> Iterator[str]:
    yield PREFACE
    for name, about in COMMANDS.items():
        command = _command(name)
        context = click.Context(command)
        words = [
            argument.make_metavar(context)
            for argument in command.params
            if isinstance(argument, click.Argument)
        ]
        yield f"## `{' '.join(['argogate', name, *words])}`\n\n{about}\n"
        yield _row("Option", "Variable", "Default", "")
        yield _row(*["---"] * 4)
        yield from (_option_row(option) for option in options(command))
        yield ""
    yield ABOUT_OUTPUTS
    yield _row("Output", "")
    yield _row("---", "---")
    yield from (_row(f"`{name}`", _cell(text)) for name, text in OUTPUTS.items())
    yield "\n## Exit codes\n"
    yield _row("Code", "Conclusion", "")
    yield _row("---:", "---", "---")
    yield from (_row(str(end.code), f"`{word}`", end.meaning) for word, end in EXITS.items())


def _option_row(option: Option) -> str:
    spelled = ", ".join(f"`{word}`" for word in option.spellings)
    variables = ", ".join(f"`{word}`" for word in option.variables)
    named = f"{spelled} {_cell(option.metavar)}".strip()
    return _row(named, variables, _cell(option.default), _cell(option.help))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _filled(text: str, block: str, *, kind: str = "", comment: str = "#", skip: int = 0) -> str:
    """Put a block between its marks. Raises ValueError where there are none."""
    begin = re.escape(f"{comment} generated by: python -m tools.generate{kind}") + "\n"
    end = rf"^ *{comment} end of what is generated\n"
    for number, match in enumerate(
        re.finditer(f"{begin}(?P<old>.*?){end}", text, re.DOTALL | re.MULTILINE)
    ):
        if number == skip:
            return text[: match.start("old")] + block + text[match.end("old") :]
    message = f"no place for what is generated{kind}"
    raise ValueError(message)


def manual(_: str) -> str:
    """Return docs/argogate.1."""
    return man.page(argogate)


FILES = {
    "docs/argogate.1": manual,
    "action.yml": action,
    "action/run.py": program,
    "gitlab/templates/argogate/template.yml": gitlab,
    "jenkins/vars/argogate.groovy": jenkins,
    "docs/reference.md": reference,
    "docs/result.md": result_page.page,
}


def lagging() -> Mapping[Path, str]:
    """Return what must be written where."""
    found = {}
    for name, generated in FILES.items():
        path = PROJECT / name
        before = path.read_text("utf-8") if path.exists() else ""
        if (after := generated(before)) != before:
            found[path] = after
    return found


def main() -> None:
    """Write the files, or name them."""
    for path, text in (found := lagging()).items():
        print(path.relative_to(PROJECT))  # noqa: T201
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    sys.exit(1 if found and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
