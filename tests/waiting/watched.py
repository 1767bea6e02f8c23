"""A watch of one workflow, its answers given one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from argogate.errors import NotFound
from argogate.verdict.observation import Target
from argogate.waiting.contact import Contact
from argogate.waiting.watch import Watch, Wish
from tests.build import moment, node, pace, workflow
from tests.clock import SimulatedClock
from tests.waiting.server import Answer, Server

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.endings import Ending
    from argogate.waiting.news import News
    from argogate.waiting.patience import Limits

TARGET = Target(namespace="argo", name="wf")
RUNNING = workflow(phase="Running", resource_version="1")
DONE = workflow(phase="Succeeded", resource_version="2")
AGAIN = workflow(phase="Running", resource_version="3", started_at=moment(70))


def watch(
    polls: list[Answer],
    trees: list[Answer],
    archived: list[Answer] | None = None,
    contact: Contact | None = None,
    limits: Limits | None = None,
    **wish: Any,  # noqa: ANN401
) -> tuple[Watch, SimulatedClock, list[News]]:
    clock = SimulatedClock()
    news: list[News] = []
    paced = pace(limits, clock=clock, on_news=news.append, contact=contact or Contact())
    server = Server(polls=polls, trees=trees, archive=archived or [NotFound("none")])
    return Watch(TARGET, Wish(**wish), server, paced, began=clock.now()), clock, news


def looked(one: Watch, *, warned: bool = False) -> Ending | None:
    """Return how it ended by this look, if it did."""
    one.look(warned=warned)
    return one.ending


def tree(seen: Workflow, *nodes: Node) -> Workflow:
    made = workflow(*nodes or (node("a"),), phase=seen.phase_word)
    return replace(made, resource_version=seen.resource_version, started_at=seen.started_at)


PULLING = ("ErrImagePull: no such image", "ImagePullBackOff: back-off")


def flipping(count: int) -> tuple[list[Answer], list[Answer]]:
    """Return polls and trees of a pod that cannot pull: the kubelet rewrites why each time."""
    polls = [replace(RUNNING, resource_version=str(number)) for number in range(count)]
    trees = [
        tree(poll, node("pull", "Pending", message=PULLING[number % 2]))
        for number, poll in enumerate(polls)
    ]
    return [*polls], [*trees]
