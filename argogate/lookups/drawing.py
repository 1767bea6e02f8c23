"""Entries → lines of a table with a tree in its first column, as wide as the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.lookups.columns import cut, padded, squeezed, width
from argogate.lookups.folding import TIMES
from argogate.model.pods import pod_and_container
from argogate.model.workflow import NodePhase, NodeType
from argogate.reports.escape import terminal_line
from argogate.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from argogate.lookups.folding import Entry
    from argogate.model.workflow import Workflow

SYMBOLS = {
    "Succeeded": "✓",
    "Failed": "✗",
    "Error": "✗",
    "Running": "●",
    "Pending": "◷",
    "Skipped": "○",
    "Omitted": "○",
}
DASH = "\N{EN DASH}"
SUSPENDED = "‖"
BRANCH, LAST_BRANCH, TRUNK = "├ ", "└ ", "│ "
IN_ASCII = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "●": "*",
        "◷": ".",
        "○": "-",
        "‖": "=",
        "├": "|",
        "└": "`",
        "│": "|",
        DASH: "-",
        "…": "~",
        TIMES: "x",
    }
)
"""What is drawn instead, where the encoding of the output has no such letters."""
NEEDED_LETTERS = "".join(map(chr, IN_ASCII))

ROLES = {
    "Succeeded": "good",
    "Failed": "bad",
    "Error": "bad",
    "Running": "busy",
    "Pending": "waiting",
    "Skipped": "dim",
    "Omitted": "dim",
}
LONGEST_MESSAGE = 300
NARROWEST = 12
GAP = "  "


def unpainted(text: str, _role: str) -> str:
    """Return it as it is."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How lines are to look."""

    width: int = 0
    """Cells; 0 where nothing is cut."""
    wide: bool = False
    """Whether templates, ids and hosts have columns of their own."""
    ascii: bool = False
    paint: Callable[[str, str], str] = unpainted
    """Colours a text for its role: good, bad, busy, waiting, dim, bold."""

    def drawn(self, text: str) -> str:
        """Return it in letters that the output has."""
        return text.translate(IN_ASCII) if self.ascii else text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    branches: str
    mark: str
    name: str
    phase: str
    took: str
    message: str
    more: tuple[str, ...] = ()


def mark_of(word: str, layout: Layout) -> str:
    """Return the symbol of a phase."""
    return layout.drawn(SYMBOLS.get(word, "?"))


def table(entries: Sequence[Entry], workflow: Workflow, layout: Layout) -> Iterator[str]:
    """Yield the lines, with headings."""
    rows = [_heading()]
    for entry in entries:
        rows += _rows(entry, workflow, layout, "", "")
    names = max(width(_tree(row)) for row in rows)
    if layout.width:
        names = min(names, max(layout.width * 45 // 100, NARROWEST))
    columns = zip(*(row.more for row in rows), strict=True)
    sizes = [max(map(width, column)) for column in columns] if layout.wide else []
    took = max(width(row.took) for row in rows)
    for number, row in enumerate(rows):
        yield layout.drawn(_spelled(row, layout, names, took, sizes, heading=number == 0))


def _heading() -> _Row:
    return _Row(
        branches="",
        mark="",
        name="NODE",
        phase="PHASE",
        took="DURATION",
        message="MESSAGE",
        more=("TEMPLATE", "ID", "HOST", "POD"),
    )


def _rows(
    entry: Entry, workflow: Workflow, layout: Layout, here: str, below: str
) -> Iterator[_Row]:
    node = entry.node
    name = terminal_line(entry.name)
    hidden = f"({spell.counted(entry.hidden, 'node')} inside)" if entry.hidden else ""
    message = spell.one_line(terminal_line(entry.message), LONGEST_MESSAGE)
    word = entry.phase.value
    suspended = node and node.type is NodeType.SUSPEND and node.phase is NodePhase.RUNNING
    yield _Row(
        branches=here,
        mark=SUSPENDED if suspended else SYMBOLS.get(word, "?"),
        name=f"{entry.count} {TIMES} {name}" if entry.count > 1 else name,
        phase=word or "-",
        took=_range(entry),
        message=" ".join(filter(None, (message, hidden))),
        more=_more(entry, workflow) if layout.wide else (),
    )
    for number, one in enumerate(entry.inside, 1):
        last = number == len(entry.inside)
        yield from _rows(
            one,
            workflow,
            layout,
            below + (LAST_BRANCH if last else BRANCH),
            below + ("  " if last else TRUNK),
        )


def _more(entry: Entry, workflow: Workflow) -> tuple[str, ...]:
    node = entry.node
    if node is None:
        return ("", "", "", "")
    pod, _ = pod_and_container(workflow, node)
    found = (node.template_name, node.id, node.host_node_name, pod)
    return tuple(map(terminal_line, found))


def _range(entry: Entry) -> str:
    if entry.seconds is None:
        return ""
    shortest, longest = map(spell.duration, entry.seconds)
    return shortest if shortest == longest else f"{shortest}{DASH}{longest}"


def _tree(row: _Row) -> str:
    return f"{row.branches}{row.mark} {row.name}" if row.mark else row.name


def _spelled(
    row: _Row, layout: Layout, names: int, took: int, sizes: Sequence[int], *, heading: bool
) -> str:
    head = _tree(row)
    if layout.width:
        room = names - width(head.removesuffix(row.name))
        head = head.removesuffix(row.name) + squeezed(row.name, max(room, NARROWEST))
        head = cut(head, names)
    phase, role = padded(row.phase, 9), ROLES.get(row.phase, "")
    cells = [padded(head, names), phase, padded(row.took, took)]
    cells += [padded(text, size) for text, size in zip(row.more, sizes, strict=False)]
    left = layout.width - width(GAP.join(cells)) - len(GAP) if layout.width else 0
    message = cut(row.message, max(left, 1)) if layout.width else row.message
    if heading:
        return layout.paint(GAP.join([*cells, message]).rstrip(), "dim")
    cells[0] = cells[0].replace(row.mark, layout.paint(row.mark, role), 1)
    cells[1] = layout.paint(phase.rstrip(), role) + " " * (len(phase) - len(phase.rstrip()))
    return GAP.join([*cells, message]).rstrip()
