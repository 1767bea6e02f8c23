"""Print what CHANGELOG.md says of a release; exit with 2 where it says nothing.

python -m tools.notes 0.1.0
"""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


def notes(changelog: str, version: str) -> str:
    """Return the section of a version, without its heading; empty where there is none."""
    heading = rf"^## \[?{re.escape(version)}(?![.\w]).*\n"
    _, *found = re.split(heading, changelog, maxsplit=1, flags=re.MULTILINE)
    return re.split(r"^## ", found[0], maxsplit=1, flags=re.MULTILINE)[0].strip() if found else ""


def main() -> None:
    """Print the notes of the version that is named."""
    text = notes(CHANGELOG.read_text("utf-8"), sys.argv[1])
    if not text:
        print(f"CHANGELOG.md has no notes for {sys.argv[1]}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    print(text)  # noqa: T201


if __name__ == "__main__":
    main()
