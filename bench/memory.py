"""How much memory a process has held at most."""

from __future__ import annotations

from pathlib import Path


def peak(process: int | str = "self") -> float:
    """Return MB; 0 for one that has ended (Linux' /proc).

    Not `ru_maxrss`: that of a process that was just started begins with the memory of its parent.
    """
    for line in Path(f"/proc/{process}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
