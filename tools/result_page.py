"""docs/result.md, written from the schema of the result."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from argogate.reports.result import KINDS, VERSION

SCHEMA = Path(__file__).resolve().parents[1] / "argogate" / "reports" / "result.schema.json"

PREFACE = f"""# The result

Written by `python -m tools.generate` from [the schema](../argogate/reports/result.schema.json);
a test compares it, and the results of all tests with the schema.

`argogate wait NAME --result argogate.json` writes the whole verdict, in every ending but exit 2,
and `-o json` prints the same. It is ASCII, and its times are in UTC. Below `observation`, `nodes`,
`outputs`, `logs`, `artifacts` and `merged` a member is left out where it has its default: empty,
false, zero or null.

```sh
jq -r .conclusion argogate.json
jq -r '.results[].failures[]' argogate.json
jq -r '.results[].nodes[] | select(.phase == "Failed") | "\\(.path): \\(.message)"' argogate.json
jq -r '.results[].artifacts[] | select(.path) | "\\(.sha256)  \\(.path)"' argogate.json
```

## Rendered again

`argogate report` makes every report of it again, without a server, byte for byte as the wait of the
same release did. All that a report takes from elsewhere is in it: the ends of logs, merged JUnit
files, paths as they were. What can be chosen of a form is chosen again (`--dotenv-prefix`).

```sh
argogate report argogate.json --junit argogate.xml --summary argogate.md
argogate report jobs/*.json --junit all.xml --result all.json
argogate wait nightly-7f -o json | argogate report - --summary "$GITHUB_STEP_SUMMARY"
```

Several become one report, in the order in which they are named, with one exit code as for several
workflows of one gate. It exits 0 where all was rendered, 6 where a report could not be written, 2
where a result cannot be read (nothing is written then). With `--exit-code` it exits as the waits
did; a failure is forgiven only where each of them had `--exit-zero`. A file that is read is never
replaced.

## Versions

`version` is {VERSION}. It grows when an earlier release could not render the whole of a document;
such a release refuses it in one sentence. Later ones read all earlier versions. Members may be
added without it: do not fail on one that you do not know. Version 2 added `tests` and `merged`.

## Members
"""

ENDINGS = """### Ending

How the wait ended: the members of one of these, and its name as `kind`.
"""


def page(_: str) -> str:
    """Return docs/result.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    schema = json.loads(SCHEMA.read_bytes())
    definitions = schema["$defs"]
    yield PREFACE
    yield from _table(schema)
    for name, definition in definitions.items():
        if name not in KINDS and name != "Ending":
            yield f"\n### {name}\n\n{definition['description']}\n"
            yield from _table(definition)
    yield f"\n{ENDINGS}"
    for name in KINDS:
        definition = definitions[name]
        yield f"\n#### {name}\n\n{definition['description']}\n"
        if len(definition["properties"]) > 1:
            yield from _table(definition)


def _table(definition: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    yield "| Member | Type | |\n| --- | --- | --- |"
    for name, member in definition["properties"].items():
        if name != "kind":
            optional = "" if name in definition["required"] else " It may be left out."
            about = f"{member['description'].rstrip('.')}.{optional}"
            yield f"| `{name}` | {_type(member)} | {_cell(about)} |"


def _type(member: Any) -> str:  # noqa: ANN401 - JSON
    """Return what a member is, in a few words."""
    match member:
        case {"$ref": place}:
            name = place.rpartition("/")[2]
            found = f"[{name}](#{name.lower()})"
        case {"anyOf": kinds}:
            found = " or ".join(_type(each) for each in kinds)
        case {"const": value}:
            found = f"`{json.dumps(value)}`"
        case {"enum": values}:
            found = ", ".join(f"`{json.dumps(each)}`" for each in values)
        case {"type": "array", "items": items}:
            found = f"list of {_type(items)}"
        case {"properties": members}:
            inside = (f"`{name}`: {_type(each)}" for name, each in members.items())
            found = f"object of {', '.join(inside)}"
        case {"additionalProperties": kind}:
            found = f"object of {_type(kind)} by name"
        case _:
            found = "time" if member.get("format") == "date-time" else member["type"]
    return found


def _cell(text: str) -> str:
    return re.sub(r"([|<])", r"\\\1", text)
