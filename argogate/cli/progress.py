"""News → one line each, for the log of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from argogate import spell
from argogate.reports.escape import terminal_line
from argogate.waiting.news import (
    Appeared,
    AwaitsApproval,
    Changed,
    Held,
    Missing,
    NodeFailed,
    Recovered,
    Remarked,
    Running,
    Standing,
    StillWaiting,
    Troubled,
    Unheard,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argogate.model.workflow import Workflow
    from argogate.waiting.news import News

LONGEST_MESSAGE = 500


MOST_RUNNING = 8
LONGEST_NAME = 100


def spell_news(news: News) -> str:
    """Return one line without control characters; it begins with the workflow's name."""
    text = spell.one_line(_spelled(news), LONGEST_MESSAGE)
    return terminal_line(f"{news.target.name}: {text}")


def _spelled(news: News) -> str:  # noqa: PLR0912 - a case for each kind of news
    match news:
        case Appeared(workflow=workflow):
            usual = f", usually {_estimate(workflow)}" if workflow.estimated_seconds else ""
            return f"{spell_state(workflow)} (uid {workflow.uid}{usual})"
        case Changed(workflow=workflow):
            return spell_state(workflow)
        case Running(nodes=nodes, starting=starting):
            work = {"running": nodes, "starting": starting}
            return "; ".join(f"{how}: {listed(names)}" for how, names in work.items() if names)
        case Held(reason=reason):
            return reason
        case Standing():
            return ""
        case NodeFailed(failure=failure, attempt=attempt, retried=retried):
            node = failure.node
            reason = node.reason or "without a message"
            which = f" (attempt {attempt}{', tried again' if retried else ''})" if attempt else ""
            return f"node {failure.label} {node.phase.value}{which}: {reason}"
        case AwaitsApproval(approvals=approvals, how=how):
            return f"waits for an approval of {spell.listing(approvals)}; to approve: {how}"
        case Missing(found=found, patience=patience):
            seen = f"; {found}" if found else ""
            return f"not there yet; waiting {spell.duration(patience)} for it to appear{seen}"
        case Troubled(reason=reason, patience=patience):
            until = f" for {spell.duration(patience)}" if patience else ""
            return f"{reason}; asking again{until}"
        case Recovered(outage=outage):
            return f"the server answers again after {spell.duration(outage)}"
        case StillWaiting(workflow=workflow, waited=waited, left=left, others=others):
            state = spell_state(workflow) if workflow else "not seen yet"
            state += f", and {spell.counted(others, 'other')} not over either" if others else ""
            took = f"waiting for {spell.duration(waited)}"
            if workflow and workflow.estimated_seconds:
                took += f" (it usually takes {_estimate(workflow)})"
            rest = f", {spell.duration(left)} left" if left else ""
            return f"still {state}, {took}{rest}"
        case Unheard(reason=reason):
            return f"no event stream just now, polling instead: {reason}"
        case Remarked(text=text):
            return text
        case _ as unreachable:
            assert_never(unreachable)


def listed(nodes: Sequence[str], most: int = MOST_RUNNING) -> str:
    """Spell `a, b, +3 more`."""
    shown = [spell.one_line(name, LONGEST_NAME) for name in nodes[:most]]
    more = [f"+{len(nodes) - most} more"] if len(nodes) > most else []
    return ", ".join([*shown, *more])


def _estimate(workflow: Workflow) -> str:
    return spell.duration(workflow.estimated_seconds or 0)


def spell_state(workflow: Workflow) -> str:
    """Spell `Running 1/3: message`, as `argo list` names such states."""
    words = [workflow.phase_word or "not started by any controller yet", workflow.progress]
    if workflow.suspended:
        words.append("(suspended)")
    if workflow.shutdown:
        words.append(f"(shutdown: {workflow.shutdown})")
    message = f": {workflow.message}" if workflow.message else ""
    return " ".join(filter(None, words)) + message
