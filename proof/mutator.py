"""Slips of the hand, put into a source one at a time."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ENDS = (ast.Raise, ast.Continue, ast.Break, ast.AugAssign, ast.Delete)
NOTHING = ("None", "False", "0", "''", "()", "[]", "{}")
"""What is returned and is as good as None to who only asks whether it is so."""
UNREACHED = ("assert_never(", "raise AssertionError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A source with one slip in it."""

    path: str
    line: int
    kind: str
    before: str
    """The whole source as it was."""
    after: str

    def diff(self) -> list[str]:
        """Return the lines that differ, each with its sign."""
        changes = difflib.ndiff(self.before.splitlines(), self.after.splitlines())
        return [line for line in changes if line.startswith(("- ", "+ "))]

    @property
    def slip(self) -> str:
        """Return what was written instead, apart from the place: no edit elsewhere changes it."""
        return " ".join(line[2:].strip() for line in self.diff() if line.startswith("+ "))


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Yield every slip that we know in a source, from its first line to the last."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    content = source.encode()

    def place(node: ast.AST) -> tuple[int, int]:
        # Every node that is changed has a place.
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return (
            starts[first - 1] + node.col_offset,  # type: ignore[attr-defined]
            starts[last - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    for node in _within(ast.parse(source)):
        for kind, changed, text in _slips(node):
            begin, end = place(changed)
            after = content[:begin] + text.encode() + content[end:]
            yield Mutant(
                path=path,
                line=changed.lineno,  # type: ignore[attr-defined]
                kind=kind,
                before=source,
                after=after.decode(),
            )


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Walk over what runs: no annotation, decorator, docstring, import or name of a type."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    # What stands in an f-string has no place of its own before Python 3.12.
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.stmt) and ast.unparse(node).startswith(UNREACHED):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "keywords"} and not (
            name == "keywords" and isinstance(node, ast.Call)
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield from _within(child)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _slips(  # noqa: C901, PLR0912 - a line for each kind
    node: ast.AST,
) -> Iterator[tuple[str, ast.AST, str]]:
    """Yield what may be written wrongly at a node: the kind, what is replaced, and by what."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "boolean", node, f"({ast.unparse(ast.BoolOp(op=other, values=node.values))})"
        case ast.UnaryOp(op=ast.Not()):
            yield "negation", node, f"({ast.unparse(node.operand)})"
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            made = ast.BinOp(left=node.left, op=ARITHMETIC[type(node.op)](), right=node.right)
            yield "arithmetic", node, f"({ast.unparse(made)})"
        case ast.Constant():
            yield from _constants(node)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in NOTHING:
            yield "return", value, "None"
        case ast.If() | ast.While() | ast.IfExp():
            yield from _negations(node.test)
        case ast.comprehension():
            for test in node.ifs:
                yield from _negations(test)
        case ast.match_case(guard=ast.expr() as guard):
            yield from _negations(guard)
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "removed", node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "removed", node, "pass"
        case ast.stmt() if isinstance(node, ENDS):
            yield "removed", node, "pass"


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST, str]]:
    for at, operator in enumerate(node.ops):
        ops = [*node.ops[:at], COMPARISONS[type(operator)](), *node.ops[at + 1 :]]
        made = ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
        yield "comparison", node, f"({ast.unparse(made)})"


def _negations(test: ast.expr) -> Iterator[tuple[str, ast.AST, str]]:
    """Turn a condition round, where no other slip does."""
    turned = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    turned = turned or (isinstance(test, ast.Compare) and not isinstance(test.ops[0], ORDERINGS))
    if not turned:
        yield "negation", test, f"(not ({ast.unparse(test)}))"


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST, str]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", node, repr(not value)
    elif isinstance(value, int | float):
        yield "constant", node, repr(value + 1)
    elif isinstance(value, str) and value and " " not in value:
        yield "constant", node, repr(f"{value}~")
