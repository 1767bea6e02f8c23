"""Runs the gate from the action's own checkout; `main.sh` starts it as `python -I -X utf8`.

The dependencies are installed beside the job, from the lock file of the ref that the user
pinned. The caller's Python, environment and workspace stay as they are.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ACTION = Path(__file__).resolve().parents[1]
LOCK = ACTION / "requirements" / "runtime.txt"
SECRET = re.compile(r"ARGO(GATE)?_.*(TOKEN|SECRET|PASSWORD|HEADER)")
"""Variables whose values are secrets."""


def main() -> None:
    """Turn inputs into variables, see to the dependencies, and become the gate."""
    os.environ |= variables(json.loads(os.environ.pop("ARGOGATE_INPUTS", "{}")))
    sys.path.insert(0, str(ACTION))
    hide(os.environ)
    try:
        library = installed(Path(os.environ["RUNNER_TEMP"]))
    except subprocess.CalledProcessError as error:
        sys.exit(refused(f"the dependencies of argogate cannot be installed: {error}"))
    sys.path.insert(1, str(library))
    sys.argv = ["argogate", "wait"]
    from argogate.__main__ import main as gate  # noqa: PLC0415 - its place is known only now

    gate()


def variables(inputs: Mapping[str, str]) -> dict[str, str]:
    """Return a variable for each input that was given.

    An empty input is one that was not given: a variable of the caller's own stays.
    """
    return {
        f"ARGOGATE_{name.replace('-', '_').upper()}": value
        for name, value in inputs.items()
        if value.strip() and name != "python"
    }


def installed(temp: Path) -> Path:
    """Return the folder of the dependencies, installed once a job.

    Raises subprocess.CalledProcessError. `--platform any` takes pure wheels only, so that the
    same hashes hold for every runner.
    """
    library = temp / f"argogate-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if library.is_dir():
        return library
    with tempfile.TemporaryDirectory(dir=temp) as folder:
        subprocess.run(  # noqa: S603 - nothing of it comes from outside
            [
                *(sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-input"),
                *("--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"),
                *("--platform=any", "--no-deps", "--no-user", "--no-compile"),
                "--root-user-action=ignore",
                *("--target", folder + "/library", "--requirement", str(LOCK)),
            ],
            check=True,
            env=os.environ | {"PIP_REQUIRE_VIRTUALENV": "0"},
        )
        if not library.is_dir():
            shutil.move(folder + "/library", library)
    return library


def hide(environ: Mapping[str, str]) -> None:
    """Have the runner hide the secrets before anything else is said.

    What is imported here needs none of the dependencies.
    """
    from argogate.ci.systems import detected  # noqa: PLC0415 - its place is known only now

    secrets = [value for name, value in environ.items() if SECRET.fullmatch(name)]
    for mask in detected(environ).masks(secrets):
        print(mask, file=sys.stderr, flush=True)  # noqa: T201 - the runner reads it here


def refused(message: str) -> int:
    """Tell the runner why nothing was waited for, without any of our own modules."""
    print(f"::error title=argogate::{message}".replace("\n", " "), file=sys.stderr)  # noqa: T201
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"conclusion=usage\nexit-code=2\nmessage={message}\n")
    return 2


if __name__ == "__main__":
    main()
