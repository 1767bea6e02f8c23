"""Nothing half-written has a final name, whatever ends the gate."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.evidence.killing import SIZES, finals, kill_at_random, slow_server, started
from tests.evidence.making import files_in, tgz

if TYPE_CHECKING:
    from pathlib import Path


def bodies() -> dict[str, bytes]:
    dice = random.Random(3)
    found = {name: dice.randbytes(size) for name, size in SIZES.items()}
    return found | {"packed": tgz(*((f"d/{number}", b"x" * number) for number in range(300)))}


def test_kill_minus_9_leaves_nothing_half_under_a_final_name(tmp_path: Path) -> None:
    met, wrong = kill_at_random(tmp_path, bodies(), times=2, seed=1, pause=0.006)
    assert wrong == []
    assert met


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_disk_that_takes_no_more_is_an_error_of_that_file_alone(tmp_path: Path) -> None:
    code = (
        "import resource, runpy, signal, sys;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
        "sys.argv[0] = 'argogate'; runpy.run_module('argogate', run_name='__main__')"
    )
    with slow_server(bodies(), 0) as url:
        ended = subprocess.run(
            [
                sys.executable,
                "-c",
                code,
                *["wait", "w", "-n", "argo", "--auth", "none", "--logs", "none"],
                "-s",
                url,
                "--artifacts",
                str(tmp_path / "out"),
                "--require-artifact",
                "large",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 6, ended.stderr
    assert "required artifact w/large could not be fetched" in ended.stdout
    assert "could not be written" in ended.stdout
    found = files_in(tmp_path / "out")
    assert [name for name in found if "large" in name or ".part" in name] == []
    assert len(found) == len(SIZES)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1 << 20


def test_a_second_run_completes_what_a_signal_broke_off(tmp_path: Path) -> None:
    with slow_server(bodies(), 0.03) as url:
        process = started(url, tmp_path)
        for _ in range(500):
            if finals(tmp_path):
                break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.02)
        process.terminate()
        assert process.wait(20) == 143
        assert not [*tmp_path.rglob("*.part")]
    with slow_server(bodies(), 0) as url:
        assert started(url, tmp_path).wait(30) == 0
    assert len({name.split("/")[2].partition(".")[0] for name in finals(tmp_path)}) == len(SIZES)
