"""The state of workflows, at one look at each: asked, judged by the gate's rules, and spelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate import spell
from argogate.argo.artifacts import Readers
from argogate.evidence.logs import read_tail
from argogate.evidence.ports import TimeLeft
from argogate.lookups import document
from argogate.lookups.chosen import Chosen, chosen, ending_of
from argogate.lookups.hints import close_names, did_you_mean
from argogate.lookups.look import Patience, Sight, look
from argogate.lookups.node import NodePage, counting
from argogate.lookups.page import Page
from argogate.lookups.telling import missing_nodes
from argogate.model.part import spelled
from argogate.model.tree import Tree
from argogate.reports.escape import terminal_line
from argogate.together import together
from argogate.values import dataclass, replace
from argogate.verdict.conclusion import DECIDING_ORDER, EXIT_CODES, Conclusion
from argogate.verdict.endings import Finished, NeverAppeared, Unreachable
from argogate.verdict.judge import Rules, judge
from argogate.verdict.suites import make_report
from argogate.waiting.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from argogate.argo.api import ArgoServer
    from argogate.lookups.drawing import Layout
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.conclusion import Verdict
    from argogate.verdict.evidence import LogTail
    from argogate.verdict.observation import Observation, Target
    from argogate.verdict.report import Suite
    from argogate.waiting.clock import Clock

AT_A_TIME = 8
MOST_PAGES = 10
"""Nodes that are shown whole, unless all are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be looked at."""

    namespace: str
    names: tuple[str, ...]
    uid: str = ""
    nodes: tuple[str, ...] = ()
    """Patterns of nodes."""
    phases: frozenset[str] = frozenset()
    """Of nodes that are shown; all, where there are none."""
    everything: bool = False
    log_lines: int = 0
    timeout: float = 30
    whole: float = 600

    @property
    def is_of_nodes(self) -> bool:
        """Whether nodes are asked for, instead of the workflow with all of them."""
        return bool(self.nodes or self.phases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One workflow, and what was asked of it."""

    sight: Sight
    suite: Suite
    chosen: Chosen
    logs: Mapping[str, LogTail | None]

    @property
    def exit_code(self) -> int:
        """Return 0 where it could be read, whatever its state."""
        if self.sight.workflow is None:
            return self.suite.result.exit_code
        return EXIT_CODES[Conclusion.NOT_FOUND] if self.chosen.missing else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All of them, in the order asked for."""

    answers: tuple[Answer, ...]
    verdict: Verdict
    request: Request
    now: datetime

    def exit_code(self, *, mirrored: bool) -> int:
        """Return that of the look, or that of a gate that looked now."""
        codes = [answer.exit_code for answer in self.answers]
        if mirrored:
            codes = [
                EXIT_CODES[Conclusion.NOT_FOUND] if doubt else answer.suite.result.exit_code
                for doubt, answer in zip(self.doubts(), self.answers, strict=True)
            ]
        return min(filter(None, codes), key=DECIDING_ORDER.index, default=0)

    def doubts(self) -> list[str]:
        """Return of each why a gate would not take it for the run that is asked for, or nothing."""
        identity, found = Identity(uid=self.request.uid), []
        for answer in self.answers:
            run, now = answer.sight.workflow, answer.sight.server_time
            if run and identity.why_not(run, now, now):
                found.append(
                    f"{run.name} may be an older run of that name, which a gate does not take "
                    f"(exit 3); --uid {run.uid} says that it is the one"
                )
            else:
                found.append("")
        return found

    def lines(self, layout: Layout) -> Iterator[str]:
        """Yield what a person reads."""
        for number, answer in enumerate(self.answers):
            if number:
                yield ""
            yield from self._page(answer, layout)

    def names(self) -> Iterator[str]:
        """Yield bare names: of workflows, or of the nodes that were asked for."""
        for answer in self.answers:
            workflow = answer.sight.workflow
            if workflow and self.request.is_of_nodes:
                tree = Tree(workflow)
                yield from (terminal_line(spelled(tree, node)) for node in answer.chosen.nodes)
            elif workflow:
                yield terminal_line(workflow.name)

    def document(self) -> str:
        """Return the same facts as JSON."""
        return document.spelled(
            document.document(
                answer.sight,
                answer.suite,
                answer.chosen if self.request.is_of_nodes else None,
                answer.logs,
                self.now,
            )
            for answer in self.answers
        )

    def _page(self, answer: Answer, layout: Layout) -> Iterator[str]:
        request, workflow = self.request, answer.sight.workflow
        page = Page(
            sight=answer.sight,
            suite=answer.suite,
            now=answer.sight.server_time or self.now,
            layout=layout,
            everything=request.everything,
        )
        if workflow is None or not request.is_of_nodes:
            yield from page.lines()
            return
        yield from page.title(workflow)
        found = answer.chosen
        if found.missing and not isinstance(answer.sight.ending, Finished):
            yield from page.paragraph(missing_nodes(found.missing, found.names))
        if not request.nodes:
            yield from page.flat(workflow, found.nodes)
        else:
            yield from self._nodes(page, workflow, answer)
        yield from page.foot(single=bool(request.nodes))

    def _nodes(self, page: Page, workflow: Workflow, answer: Answer) -> Iterator[str]:
        nodes = answer.chosen.nodes
        most = len(nodes) if self.request.everything else MOST_PAGES
        single = NodePage(page=page, workflow=workflow, logs=answer.logs)
        for node in nodes[:most]:
            yield ""
            yield from single.lines(node)
        if rest := nodes[most:]:
            yield from page.flat(workflow, rest)


def ask(
    request: Request,
    target_of: Callable[[str], Target],
    server: ArgoServer,
    clock: Clock,
    now: datetime,
) -> Status:
    """Look at each once, judge, and read what was asked for besides. Never raises ArgoError."""
    patience = Patience(timeout=request.timeout, whole=request.whole, rest=clock.sleep)

    def seen(name: str) -> Sight:
        sight = look(target_of(name), request.uid, server, patience)
        run = sight.workflow
        if run is None:
            return _hinted(sight, server)
        return replace(sight, target=target_of(run.name)) if run.name != name else sight

    most = request.whole + 4 * request.timeout
    sights = [
        sight or _unseen(target_of(name), most)
        for name, sight in zip(
            request.names,
            together(seen, request.names, jobs=AT_A_TIME, seconds=most),
            strict=True,
        )
    ]
    picked = [_pick(request, sight) for sight in sights]
    verdict = judge([_observed(*each) for each in zip(sights, picked, strict=True)], Rules())
    time = TimeLeft(clock=clock, until=clock.now() + request.whole, request_timeout=request.timeout)
    answers = [
        Answer(
            sight=sight,
            suite=suite,
            chosen=pick,
            logs=_logs(request, sight.workflow, pick, server, time),
        )
        for sight, suite, pick in zip(sights, make_report(verdict).suites, picked, strict=True)
    ]
    return Status(answers=tuple(answers), verdict=verdict, request=request, now=now)


def _unseen(target: Target, seconds: float) -> Sight:
    reason = f"no answer within {spell.duration(seconds)}"
    return Sight(target=target, ending=Unreachable(reason=reason))


def _pick(request: Request, sight: Sight) -> Chosen:
    if sight.workflow is None or not request.is_of_nodes:
        return Chosen()
    return chosen(sight.workflow, request.nodes, request.phases)


def _observed(sight: Sight, found: Chosen) -> Observation:
    """Return what is judged: the whole, or the nodes that are named."""
    seen = sight.observation
    if sight.workflow is None:
        return seen
    return replace(seen, ending=ending_of(sight.ending, sight.workflow, found), part=found.part)


def _logs(
    request: Request,
    workflow: Workflow | None,
    found: Chosen,
    server: ArgoServer,
    time: TimeLeft,
) -> Mapping[str, LogTail | None]:
    """Read the logs of the nodes that are shown whole."""
    if workflow is None or not request.nodes or not request.log_lines:
        return {}
    reader = Readers(server).logs(workflow, time)

    def read(node: Node) -> LogTail | None:
        return read_tail(workflow, counting(workflow, node), reader, request.log_lines, time)

    nodes = found.nodes if request.everything else found.nodes[:MOST_PAGES]
    tails = together(read, nodes, jobs=AT_A_TIME, seconds=time.left())
    return {node.id: tail for node, tail in zip(nodes, tails, strict=True)}


def _hinted(sight: Sight, server: ArgoServer) -> Sight:
    """Ask after names that are close to one that nothing bears, where that is allowed."""
    ending, target = sight.ending, sight.target
    if not isinstance(ending, NeverAppeared) or ending.found or not target.named:
        return sight
    if close := close_names(target, server):
        return replace(sight, ending=replace(ending, found=did_you_mean(close)))
    return sight
