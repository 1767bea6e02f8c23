"""Slips of the hand, and the copy in which they are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from proof.copies import Copy
from proof.explained import EXPLAINED
from proof.mutants import TESTS, drawn, stages
from proof.mutator import mutants

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "slips"),
    [
        ("a < b", ["(a <= b)"]),
        ("a == b", ["(a != b)"]),
        ("a in b is c", ["(a not in b is c)", "(a in b is not c)"]),
        ("a and b", ["(a or b)"]),
        ("not a", ["(a)"]),
        ("a + 1", ["(a - 1)", "a + 2"]),
        ("x = True", ["x = False"]),
        ("x = 'word'", ["x = 'word~'"]),
        ("x = 'a sentence'", []),
        ("def f():\n    return a", ["return None"]),
        ("def f():\n    return", []),
        ("def f():\n    return None", []),
        ("def f():\n    return ''", []),
        ("def f():\n    return False", ["return True"]),
        ("if a:\n    b()", ["if (not (a)):", "pass"]),
        ("if a < b:\n    c", ["if (not (a < b)):", "if (a <= b):"]),
        ("if a == b:\n    c", ["if (a != b):"]),
        ("[a for a in b if c]", ["[a for a in b if (not (c))]"]),
        ("a.b = c", ["pass"]),
        ("a += b", ["pass"]),
        ("raise a", ["pass"]),
        ("grün = 'ü' == a; b = 1", ["grün = ('ü' != a); b = 1", "grün = 'ü~' == a; b = 1"]),
        ('"""A docstring."""', []),
        ("@dataclass(frozen=True)\nclass A:\n    b: Literal[1] = c", []),
        ("if TYPE_CHECKING:\n    a()", []),
        ("raise AssertionError(1)", []),
        ("f'{a + 1}'", []),
        ("from a import b", []),
    ],
)
def test_each_kind_of_slip_is_made_where_it_can_be(source: str, slips: list[str]) -> None:
    made = [mutant.slip for mutant in mutants("a.py", source)]
    assert [slip for slip in made if slip not in {"b = 2", "grün = 'ü' == a; b = 2"}] == slips


def test_all_that_decides_has_mutants_that_python_can_read() -> None:
    found, known = drawn(["argogate/verdict/judge.py"], seed=1, most=20)
    assert known > len(found) == 20
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    for mutant in found:
        compile(mutant.after, mutant.path, "exec")
        assert mutant.diff()


def test_the_tests_of_every_folder_exist() -> None:
    for folder in TESTS:
        for tests in stages(folder if folder.endswith(".py") else f"{folder}/escape.py"):
            assert all((ROOT / path).exists() for path in tests)
    assert stages("argogate/waiting/track.py")[0] == ("tests/waiting/test_track.py",)
    with pytest.raises(ValueError, match=r"no tests are known of setup\.py"):
        stages("setup.py")


def test_every_mutant_that_is_explained_can_still_be_made() -> None:
    slips = {
        path: {mutant.slip for mutant in mutants(path, (ROOT / path).read_text(encoding="utf-8"))}
        for path in {path for path, _ in EXPLAINED}
    }
    for path, slip in EXPLAINED:
        assert slip in slips[path]


def test_a_copy_is_broken_for_a_while_and_python_sees_it(tmp_path: Path) -> None:
    source = tmp_path / "broken.py"
    source.write_text("print(1)")
    copy = Copy(tmp_path)
    program = ["-c", "import broken"]

    assert copy.python(program, compiles=True).out == "1\n"
    with copy.changed({"broken.py": "print(2)"}):
        assert copy.python(program).out == "2\n"
    assert copy.python(program).out == "1\n"


@pytest.mark.thorough  # it takes a second of work, which is the least limit there is
def test_what_never_ends_in_a_copy_is_ended(tmp_path: Path) -> None:
    ended = Copy(tmp_path).python(["-c", "while True: pass"], seconds=1)
    assert ended.code < 0
