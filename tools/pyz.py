"""Build `argogate.pyz`: one file with all dependencies inside, the same bytes every time.

    python -m tools.pyz dist/argogate.pyz

Beside it goes its manifest, `argogate.pyz.json`: version, commit and SHA-256. The dependencies are
those of requirements/runtime.txt, as pure wheels, by their hashes. Nothing is compressed, as each
release of zlib does that in its own way.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from argogate import __version__

PROJECT = Path(__file__).resolve().parents[1]
MAIN = """\
import sys

if sys.version_info < (3, 11):
    import os

    try:
        text = "argogate needs Python 3.11 or newer; this is %d.%d\\n" % sys.version_info[:2]
        os.write(2, text.encode())
    except OSError:
        pass
    sys.exit(2)
from argogate.__main__ import main

main()
"""
"""What Python runs first. The lines before the import are read by Pythons as old as 2.7.

A text given to `sys.exit` would be exit code 1, which means that the workflow failed, and a stream
that cannot be flushed 120.
"""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name."""
INSTALLERS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
"""What pip notes about an installation."""


def main() -> None:
    """Build the file that is named."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder)
        install(library)
        members = found(library) | found(PROJECT, "argogate") | found(PROJECT, "argo_replay")
    members["LICENSE"] = (PROJECT / "LICENSE").read_bytes()
    members["__main__.py"] = MAIN.encode()
    write(target, members)
    manifest = target.with_name(f"{target.name}.json")
    manifest.write_text(json.dumps(describe(target), indent=1) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size / 1024:.0f} KiB")  # noqa: T201


def describe(target: Path) -> dict[str, str]:
    """Return what the file is: the action runs nothing else under its name."""
    asked = ["git", "-C", str(PROJECT), "rev-parse", "HEAD"]
    head = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return {
        "version": __version__,
        "commit": head.strip(),
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }


def install(library: Path) -> None:
    """Install the dependencies as pure wheels."""
    subprocess.run(  # noqa: S603 - nothing of it comes from outside
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "--only-binary=:all:", "--platform=any", "--no-deps"),
            *("--no-compile", "--target", str(library)),
            *("--requirement", str(PROJECT / "requirements" / "runtime.txt")),
        ],
        check=True,
    )


def found(root: Path, package: str = "") -> dict[str, bytes]:
    """Return the files below a folder by their names in the archive."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in _files(root / package)
        if path.name not in INSTALLERS and path.relative_to(root).parts[0] != "bin"
    }


def _files(folder: Path) -> Iterator[Path]:
    return (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


def write(target: Path, members: dict[str, bytes]) -> None:
    """Write a zip file that Python runs; nothing in it depends on when or where it was made."""
    with target.open("wb") as stream:
        stream.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in sorted(members.items()):
                member = zipfile.ZipInfo(name, EPOCH)
                member.external_attr = 0o644 << 16
                member.create_system = 3
                archive.writestr(member, content)
    target.chmod(0o755)


if __name__ == "__main__":
    main()
