"""Exit code 1 says that the workflow failed: nothing that carries the gate ever exits with it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools.generate import PROJECT
from tools.pyz import MAIN

if TYPE_CHECKING:
    from pathlib import Path

OLD = """
import collections, sys
fields = "major minor micro releaselevel serial"
sys.version_info = collections.namedtuple("version_info", fields)(*{version}, "final", 0)
exec(compile(sys.argv[1], "__main__.py", "exec"), {{"__name__": "__main__"}})
"""
MISSING = """
import sys
sys.modules[{module!r}] = None
sys.argv = ["argogate", "wait", "w"]
from argogate.__main__ import main
main()
"""


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 0), (3, 10, 13)])
@pytest.mark.parametrize("redirected", ["", "2>&-", "2>/dev/full"])
def test_one_file_on_an_old_python_is_a_usage_error(
    version: tuple[int, int, int], redirected: str
) -> None:
    code = OLD.format(version=version)
    shell = [
        "/bin/sh",
        "-c",
        f'exec "$0" "$@" {redirected}',
        sys.executable,
        "-I",
        "-c",
        code,
        MAIN,
    ]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    if not redirected:
        assert done.stderr.startswith(f"argogate needs Python 3.11 or newer; this is {version[0]}.")
        assert len(done.stderr.splitlines()) == 1


def test_one_file_begins_with_what_every_python_3_can_read() -> None:
    ast.parse(MAIN, feature_version=(3, 4))


@pytest.mark.parametrize("module", ["click", "argogate.cli.main"])
def test_a_library_that_is_missing_is_exit_code_70(module: str) -> None:
    code = MISSING.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 70


def script(**inputs: str) -> str:
    """Return the script of the GitLab template as a runner gets it."""
    text = (PROJECT / "gitlab" / "templates" / "argogate" / "template.yml").read_text()
    found = re.search(r"^  script:\n(.*?)^  allow_failure", text, re.MULTILINE | re.DOTALL)
    assert found
    lines = re.sub(r"^    - (\|\n)?", "", found[1], flags=re.MULTILINE)
    lines = re.sub(r"^      ", "", lines, flags=re.MULTILINE)
    return re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: inputs[match[1]], lines)


@pytest.mark.parametrize(
    ("fails", "code", "asked"),
    [(0, 0, 1), (1, 0, 2), (9, 70, 2)],
    ids=["installed", "installed at the second try", "not installed"],
)
def test_gitlab_where_pip_fails_tries_once_more_and_then_does_not_wait(
    tmp_path: Path, fails: int, code: int, asked: int
) -> None:
    tries = tmp_path / "tries"
    pip = (
        f'#!/bin/sh\ncat >>{tmp_path}/lock\necho "$@" >>{tries}\n'
        f"[ $(wc -l <{tries}) -gt {fails} ] || exit 1\n"
    )
    for name, body in {
        "python3": pip,
        "sleep": "#!/bin/sh\n",
        "argogate": '#!/bin/sh\necho "waits"\n',
    }.items():
        (tmp_path / name).write_text(body)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", script(install="true")],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "ARGOGATE_WHEEL": "https://example.com/argogate-1.0.0-py3-none-any.whl",
            "ARGOGATE_WHEEL_SHA256": "ab" * 32,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert ("waits" in done.stdout) is (code == 0)
    assert ("argogate cannot be installed" in done.stderr) is (code == 70)
    calls = tries.read_text().splitlines()
    assert len(calls) == asked
    wheel = "argogate @ https://example.com/argogate-1.0.0-py3-none-any.whl#sha256=" + "ab" * 32
    assert "--require-hashes" in calls[0]
    assert calls[0].endswith(wheel)
    assert (tmp_path / "lock").read_text().count("--hash=sha256:") == 12 * asked


def test_gitlab_with_an_image_that_carries_argogate_installs_nothing(tmp_path: Path) -> None:
    (tmp_path / "argogate").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "argogate").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", script(install="false")], env={"PATH": str(tmp_path)}, check=False
    )
    assert done.returncode == 7


def test_the_wheels_are_those_of_the_lock() -> None:
    def read(name: str) -> str:
        return (PROJECT / "requirements" / name).read_text("utf-8")

    rows = [line.split(" --hash=") for line in read("wheels.txt").splitlines() if line[0] != "#"]
    lock = read("runtime.txt")
    pinned = [line.split()[0] for line in lock.splitlines() if line[:1].isalnum()]
    assert sorted(name for name, _ in rows) == sorted(pinned)
    for name, digest in rows:
        block = lock.partition(f"{name} ")[2].partition("# via")[0]
        assert digest in block
