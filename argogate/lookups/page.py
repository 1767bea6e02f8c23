"""What a person sees of one workflow: its state, its nodes, what it made, and what to do next."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from argogate import spell
from argogate.lookups.columns import cut, width
from argogate.lookups.drawing import ROLES, SUSPENDED, mark_of, table
from argogate.lookups.folding import TIMES, UNFOLDED
from argogate.lookups.outline import Outliner, outline
from argogate.lookups.telling import next_steps, sentence_of
from argogate.model import lifecycle
from argogate.model.growth import Growth
from argogate.model.tree import Tree
from argogate.model.workflow import LABEL_CRON
from argogate.reports.escape import terminal_line
from argogate.values import dataclass, replace
from argogate.verdict.endings import Suspended, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from argogate.lookups.drawing import Layout
    from argogate.lookups.look import Sight
    from argogate.model.about import Condition
    from argogate.model.workflow import Node, Parameter, Workflow
    from argogate.verdict.analysis import NextStep
    from argogate.verdict.report import Suite

MOST_ROWS = 20
"""Lines of the tree, so that a run of any size fits on a screen."""
MOST_FLAT = 30
MOST_VALUES = 3
"""Parameters, artifacts, groups of failures: so many of each."""
LONGEST_VALUE = 200
LABEL = 12
USUAL = frozenset({"PodRunning", "Completed"})
"""Conditions that say nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One workflow as it is shown."""

    sight: Sight
    suite: Suite
    now: datetime
    layout: Layout
    everything: bool = False
    """Whether nothing is folded, and no list cut."""

    def lines(self) -> Iterator[str]:
        """Yield the whole page."""
        workflow = self.sight.workflow
        if workflow is None:
            yield from self._unseen()
            return
        yield from self.head(workflow)
        yield from self._tree(workflow)
        yield from self._failures()
        yield from self._made(workflow)
        yield from self.foot()

    def _unseen(self) -> Iterator[str]:
        result = self.suite.result
        word = self.layout.paint(result.conclusion.value, "bad")
        yield f"{word}  {terminal_line(self._sentence())}"
        yield from self._steps(next_steps(self.sight, self.suite))

    def head(self, workflow: Workflow) -> Iterator[str]:
        """Yield what is known of the workflow as a whole."""
        yield from self.title(workflow)
        for remark in self.sight.remarks:
            yield from self.paragraph(f"note: {remark}")
        yield from self._fields(workflow)

    def title(self, workflow: Workflow) -> Iterator[str]:
        """Yield which workflow it is, and the one sentence about it."""
        yield self._title(workflow)
        yield from self.paragraph(self._sentence())

    def flat(self, workflow: Workflow, nodes: Sequence[Node]) -> Iterator[str]:
        """Yield a table of nodes by their paths."""
        yield ""
        tree = Tree(workflow)
        most = len(nodes) if self.everything else MOST_FLAT
        outliner = Outliner(workflow, self.now)
        entries = [
            replace(outliner.entry(node, 1), name=tree.leaf(node).label, inside=(), hidden=0)
            for node in nodes[:most]
        ]
        yield from table(entries, workflow, self.layout)
        if (more := len(nodes) - most) > 0:
            yield f"… and {spell.counted(more, 'more node')}; --all shows them"

    def foot(self, *, single: bool = False) -> Iterator[str]:
        """Yield what to do next, and where to look; `single` where nodes are shown whole."""
        yield ""
        yield from self._steps(next_steps(self.sight, self.suite, single=single))
        if url := self.sight.target.url:
            yield terminal_line(url)

    def _title(self, workflow: Workflow) -> str:
        word = workflow.phase_word or "not started"
        held = isinstance(self.sight.ending, Suspended)
        mark = SUSPENDED if held else mark_of(word, self.layout)
        name = terminal_line(f"{workflow.namespace}/{workflow.name}")
        phase = f"{mark} {terminal_line(word)}{', suspended' if held else ''}"
        state = " (archived)" if lifecycle.from_archive(workflow) else ""
        bold = self.layout.paint(name, "bold")
        return self.layout.drawn(
            f"{self.layout.paint(phase, ROLES.get(word, 'waiting'))}  {bold}{state}"
        )

    def _sentence(self) -> str:
        told = sentence_of(self.sight, self.suite)
        known = self.sight.workflow is not None
        return told.removeprefix(str(self.sight.target)).lstrip(": ") if known else told

    def _fields(self, workflow: Workflow) -> Iterator[str]:
        about = self.sight.about
        yield from self.field("Uid", workflow.uid)
        yield from self.field("Created", self.when(workflow.created_at))
        yield from self.field("Created by", about.creator)
        yield from self.field("From", self._origin(workflow), whole=True)
        yield from self.field("Started", self.when(workflow.started_at))
        yield from self.field("Finished", self.when(workflow.finished_at))
        yield from self.field("Duration", self._duration(workflow))
        yield from self.field("Progress", workflow.progress)
        labels = [f"{name}={text}" for name, text in about.labels.items()]
        yield from self.field("Labels", self.listed(labels, 5))
        yield from self.values("Parameters", about.parameters)
        for condition in about.conditions:
            if self.layout.wide or self.everything or condition.type not in USUAL:
                yield from self.field("Condition", _spell_condition(condition))

    def _origin(self, workflow: Workflow) -> str:
        about = self.sight.about
        kind = "ClusterWorkflowTemplate" if about.cluster_template else "WorkflowTemplate"
        cron = workflow.labels.get(LABEL_CRON, "")
        return ", ".join(
            f"{word} {name}"
            for word, name in (
                (kind, workflow.template),
                ("CronWorkflow", cron),
                ("a copy of", about.resubmitted_from),
            )
            if name
        )

    def when(self, moment: datetime | None) -> str:
        """Spell a moment, absolute and relative; nothing where there is none."""
        if moment is None:
            return ""
        age = (self.now - moment).total_seconds()
        relative = f"{spell.duration(age)} ago" if age >= 0 else f"in {spell.duration(-age)}"
        return f"{spell.moment(moment)} ({relative})"

    def _duration(self, workflow: Workflow) -> str:
        if workflow.started_at is None:
            return ""
        end, estimate = workflow.finished_at, workflow.estimated_seconds
        seconds = max(((end or self.now) - workflow.started_at).total_seconds(), 0)
        told = spell.duration(seconds) + ("" if end else " so far")
        if not estimate:
            return told
        expected = f", Argo expects {spell.duration(estimate)}"
        if end:
            return f"{told}{expected.replace('expects', 'expected')}"
        left = estimate - seconds
        rest = f"{spell.duration(left)} left" if left > 0 else f"{spell.duration(-left)} over"
        return f"{told}{expected}: {rest}"

    def _tree(self, workflow: Workflow) -> Iterator[str]:
        if not workflow.nodes:
            return
        yield ""
        if self.everything:
            entries = Outliner(workflow, self.now).entries(UNFOLDED)
        else:
            entries = outline(workflow, self.now, MOST_ROWS)
        rows = list(table(entries, workflow, self.layout))
        most = len(rows) if self.everything else MOST_ROWS + 1
        yield from rows[:most]
        if (more := len(rows) - most) > 0:
            yield f"… and {spell.counted(more, 'more line')}; --all shows them"
        if lost := Outliner(workflow, self.now).lost:
            yield f"{spell.counted(lost, 'node')} of it cannot be placed in its tree"
        if not lifecycle.is_terminal(workflow) and (
            to_come := Growth(workflow, Tree(workflow)).to_come()
        ):
            yield f"not created yet: {self.listed(to_come, 5)}"

    def _failures(self) -> Iterator[str]:
        """Yield the reasons of failures, the same as in the reports."""
        analysis = self.suite.analysis
        groups = analysis.groups
        under_way = isinstance(self.sight.ending, TimedOut | Suspended)
        told = len(groups) == 1 and len(groups[0].cases) == 1 and not groups[0].hint
        if under_way or not groups or (told and not analysis.skipped):
            return
        yield ""
        most = len(analysis.groups) if self.everything else MOST_VALUES
        for group in analysis.groups[:most]:
            hint = f" ({group.hint})" if group.hint else ""
            yield from self.paragraph(f"{group}{hint}")
        if (more := len(analysis.groups) - most) > 0:
            yield f"  … and {spell.counted(more, 'other reason')}"
        if analysis.skipped:
            names = self.listed([case.label for case in analysis.skipped], 5)
            yield from self.paragraph(f"not run because of that: {names}")

    def _made(self, workflow: Workflow) -> Iterator[str]:
        rows = [
            *self.values("Outputs", workflow.parameters),
            *self.field("Artifacts", self.listed(list(_artifacts(workflow)), 5)),
        ]
        if rows:
            yield ""
            yield from rows

    def _steps(self, steps: Iterable[NextStep]) -> Iterator[str]:
        for step in steps:
            yield f"{self.layout.paint('next:', 'dim')} {terminal_line(str(step))}"

    def values(self, label: str, values: Sequence[Parameter]) -> Iterator[str]:
        """Yield parameters, a line each, the first one with the label."""
        most = len(values) if self.everything else MOST_VALUES
        for value in values[:most]:
            told = spell.one_line(terminal_line(value.value), LONGEST_VALUE)
            yield from self.field(label, f"{terminal_line(value.name)} = {told}")
            label = ""
        if (more := len(values) - most) > 0:
            yield from self.field("", f"… and {more} more; --all shows them")

    def listed(self, names: Sequence[str], most: int) -> str:
        """Spell names as a list, cut after so many of them."""
        return spell.listing(names, len(names) if self.everything else most)

    def field(self, label: str, text: str, *, whole: bool = False) -> Iterator[str]:
        """Yield a line with a label, or as many as it takes; nothing where there is no text."""
        shown = terminal_line(text)
        room = max(self.layout.width - LABEL - 2, LABEL) if self.layout.width else EVERYTHING
        rows = [cut(shown, room)]
        if (whole or self.everything) and width(shown) > room:
            rows = textwrap.wrap(shown, room)
        for row in filter(None, rows):
            named = self.layout.paint(f"{label:<{LABEL}}", "dim")
            yield self.layout.drawn(f"  {named}{row}")
            label = ""

    def paragraph(self, text: str) -> Iterator[str]:
        """Yield prose below a title, as many lines as it takes."""
        shown = terminal_line(text)
        fits = width(shown) <= (self.layout.width or EVERYTHING) - 2
        rows = [shown] if fits else textwrap.wrap(shown, max(self.layout.width - 2, 20))
        for row in filter(None, rows):
            yield self.layout.drawn(f"  {row}")


EVERYTHING = 1 << 30


def _spell_condition(condition: Condition) -> str:
    message = f": {condition.message}" if condition.message else ""
    return f"{condition.type} {condition.status}{message}"


def _artifacts(workflow: Workflow) -> Iterator[str]:
    """Yield the artifacts that are there, those of one name and many nodes as one."""
    tree = Tree(workflow)
    found: dict[str, list[str]] = {}
    for leaf in tree.leaves():
        for artifact in leaf.node.artifacts:
            if artifact.key or not artifact.optional:
                gone = " (deleted)" if artifact.deleted else ""
                found.setdefault(f"{artifact.name}{gone}", []).append(leaf.path)
    for name, paths in found.items():
        several = f"{len(paths)} {TIMES} {name}"
        yield f"{name} of {paths[0]}" if len(paths) == 1 else several
