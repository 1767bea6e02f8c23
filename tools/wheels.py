"""Write requirements/wheels.txt: the pure wheels of requirements/runtime.txt, one hash each.

    python -m tools.wheels

What is installed into pipelines is locked by these: with one hash a package there is one file that
can be meant, whatever the runner is.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LOCK, WHEELS = (PROJECT / "requirements" / name for name in ("runtime.txt", "wheels.txt"))


def main() -> None:
    """Fetch the wheels and write their names and hashes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - nothing of it comes from outside
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"),
                *("--platform=any", "--dest", folder, "--requirement", str(LOCK)),
            ],
            check=True,
        )
        rows = sorted(_row(path) for path in Path(folder).iterdir())
    WHEELS.write_text("# Written by: python -m tools.wheels\n" + "".join(rows), encoding="utf-8")


def _row(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.lower().replace('_', '-')}=={version} --hash=sha256:{digest}\n"


if __name__ == "__main__":
    main()
