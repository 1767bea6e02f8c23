"""Exit code 1 says that the workflow failed: nothing that carries the gate ever exits with it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from tools.generate import PROJECT
from tools.pyz import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
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


PROGRAM = b"import sys; print('waits', *sys.argv[1:])"


class _Registry(BaseHTTPRequestHandler):
    """A package registry that refuses the first request."""

    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["JOB-TOKEN"])
        self.send_response(503 if len(self.asked) == 1 else 200)
        self.end_headers()
        self.wfile.write(PROGRAM)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    _Registry.asked.clear()
    with HTTPServer(("127.0.0.1", 0), _Registry) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("own", [True, False], ids=["of this GitLab", "of somebody else"])
@pytest.mark.parametrize("right", [True, False], ids=["the file", "another file"])
def test_gitlab_runs_the_file_of_that_digest_and_no_other(
    tmp_path: Path, registry: str, *, own: bool, right: bool
) -> None:
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    (tmp_path / "python3").symlink_to(sys.executable)
    digest = sha256(PROGRAM if right else b"").hexdigest()
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", script(install="true")],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            "ARGOGATE_FILE": f"{registry}/api/v4/projects/7/packages/generic/argogate.pyz",
            "ARGOGATE_FILE_SHA256": digest,
            "CI_API_V4_URL": f"{registry}/api/v4" if own else "https://gitlab.example.com/api/v4",
            "CI_JOB_TOKEN": "of-the-job",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert _Registry.asked == ["of-the-job" if own else None] * 2
    assert "503" in done.stderr
    if right:
        assert (done.returncode, done.stdout) == (0, "waits wait\n")
    else:
        assert (done.returncode, done.stdout) == (70, "")
        assert f"has the SHA-256 {sha256(PROGRAM).hexdigest()}" in done.stderr


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
