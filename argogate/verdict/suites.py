"""Verdict → report: a suite for each workflow, of the cases that its nodes make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argogate.model.lenient import later
from argogate.model.lifecycle import is_terminal
from argogate.model.workflow import LABEL_CRON, Workflow
from argogate.values import replace
from argogate.verdict.analysis import analyse
from argogate.verdict.cases import CaseMaker
from argogate.verdict.details import keep_known, make_printable, seconds_between
from argogate.verdict.endings import Finished, PartEnded, PartMissing
from argogate.verdict.report import Report, Suite

if TYPE_CHECKING:
    from datetime import datetime

    from argogate.verdict.conclusion import Result, Verdict
    from argogate.verdict.observation import Target


def make_report(verdict: Verdict) -> Report:
    """Make what everybody tells; (classname, name) is unique among all cases of it."""
    suite_names, case_names = _Names(), _Names()
    suites = []
    for result in verdict.results:
        workflow = _see(result)
        target, alone = result.observation.target, len(verdict.results) == 1
        name = suite_names.take("", _name_suite(workflow, target, alone=alone))
        suites.append(_make_suite(result, workflow, name, case_names))
    for at, suite in enumerate(suites):
        seen = suite.result.observation
        if seen.merged:
            from argogate.verdict.merged import merged_suites  # noqa: PLC0415 - seldom asked for

            found = merged_suites(suite.name, seen, suite_names.take, case_names.take)
            suites[at] = replace(suite, merged=tuple(found))
    return Report(verdict=verdict, suites=tuple(suites))


def _make_suite(result: Result, workflow: Workflow, name: str, names: _Names) -> Suite:
    observation = result.observation
    end = _find_end(result, workflow)
    seconds = seconds_between(workflow.started_at, end, observation.seconds)
    cases = tuple(
        replace(case, name=own) if own != case.name else case
        for case in CaseMaker(result, workflow, name, end=end, seconds=seconds).make()
        for own in (names.take(case.classname, case.name),)
    )
    properties = {
        "argo.workflow": workflow.name,
        "argo.namespace": workflow.namespace,
        "argo.uid": workflow.uid,
        "argo.phase": workflow.phase_word,
        "argo.template": workflow.template or workflow.entrypoint,
        "argo.url": observation.target.url,
        "argo.remarks": "; ".join(observation.remarks),
    }
    return Suite(
        name=name,
        result=result,
        workflow=workflow,
        cases=cases,
        properties=keep_known(properties),
        seconds=seconds,
        timestamp=workflow.started_at or workflow.created_at or observation.began,
        analysis=analyse(result, workflow, cases),
    )


def _see(result: Result) -> Workflow:
    """Return the workflow as last seen, its end as the poll that fixed the verdict showed it.

    One that was never seen has the name and namespace that were asked for, and nothing else.
    """
    target = result.observation.target
    workflow = result.workflow or Workflow()
    match result.observation.ending:
        case Finished(poll=poll) | PartEnded(poll=poll) | PartMissing(poll=poll):
            workflow = replace(
                result.workflow or replace(poll, nodes={}),
                phase=poll.phase,
                phase_word=poll.phase_word,
                message=poll.message,
                started_at=poll.started_at,
                finished_at=poll.finished_at,
            )
        case _:
            pass
    name, namespace = workflow.name or target.name, workflow.namespace or target.namespace
    return replace(workflow, name=name, namespace=namespace)


def _find_end(result: Result, workflow: Workflow) -> datetime | None:
    """Return when the workflow ended, or else when the gate stopped waiting for it."""
    observation = result.observation
    if workflow.finished_at or is_terminal(workflow) or not observation.began:
        return workflow.finished_at
    return later(observation.began, observation.seconds)


class _Names:
    """Names given once; a second one of the same group is called `name #2`."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def take(self, group: str, name: str) -> str:
        key = (group, name)
        while key in self._counts:
            self._counts[group, name] += 1
            key = (group, f"{name} #{self._counts[group, name]}")
        self._counts[key] = 1
        return key[1]


def _name_suite(workflow: Workflow, target: Target, *, alone: bool) -> str:
    """Return a name that stays the same from run to run, as far as there is one.

    One that was chosen for several workflows is followed by what each would be called.
    """
    own = (
        workflow.template
        or workflow.generate_name.rstrip("-")
        or workflow.labels.get(LABEL_CRON, "")
        or target.stem
        or workflow.name
    )
    if target.suite:
        own = target.suite if alone else f"{target.suite} / {own}"
    return make_printable(own)
