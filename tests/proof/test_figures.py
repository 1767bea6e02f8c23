"""What came of a proof, on its page."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proof.__main__ import main
from proof.figures import Figures, insert, insert_table, remembered

if TYPE_CHECKING:
    from pathlib import Path
PAGE = "| `faults` | all of them |\n\n| Name | Asked |\n| --- | --- |\n"


def made(name: str, told: str) -> Figures:
    return Figures(name=name, asked="--seed 1", told=told, wrong=2, seconds=3.4)


def test_a_proof_has_one_line_and_that_is_of_its_last_run() -> None:
    page = PAGE
    for figures in (made("faults", "7 cells"), made("fuzz", "a|b"), made("faults", "9 cells")):
        page = insert(page, figures)
    assert page == (
        PAGE
        + "| `faults` | `--seed 1` | 9 cells | 2 | 3 s |\n"
        + "| `fuzz` | `--seed 1` | a/b | 2 | 3 s |\n"
    )


def test_a_table_stands_below_the_mark_of_its_proof_in_place_of_the_last_one() -> None:
    page = PAGE + "\n<!-- fuzz -->\n\n| of another |\n\n<!-- faults -->\n\nBehind it\n"
    for table in (("| one |", "| two |"), ("| three |",), ()):
        page = insert_table(page, replace(made("faults", ""), table=table))
    assert page == (
        PAGE + "\n<!-- fuzz -->\n\n| of another |\n\n<!-- faults -->\n\n| three |\n\nBehind it\n"
    )


def test_what_is_printed_is_remembered_line_by_line() -> None:
    out = io.StringIO()
    with remembered(out) as lines:
        print("a", "b")  # noqa: T201 - that is what is tried
        print("c", end="", flush=True)  # noqa: T201
    assert lines == ["a b", "c"]
    assert out.getvalue() == "a b\nc"


def test_the_command_writes_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "proof.md"
    page.write_text(PAGE)
    monkeypatch.setattr("proof.interleavings.MODES", ())
    words = ["proof", "interleavings", "--seed", "1", "--each", "1", "--figures", str(page)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    [line] = page.read_text().splitlines()[-1:]
    assert line.startswith("| `interleavings` | `--seed 1 --each 1` | 1 event: 0 paths, 0 states")
