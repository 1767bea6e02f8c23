"""The upper rungs: what the token may do, tried by requests that change nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from argogate.argo.api import ArgoServer
from argogate.argo.artifacts import Where, place_of
from argogate.argo.query import Selection
from argogate.doctor.ladder import Standing, failed, ok, skipped
from argogate.doctor.roles import (
    ARTIFACTS,
    EVENTS,
    GET,
    LIST,
    LOGS,
    STOP,
    WATCH,
    rules_for,
)
from argogate.doctor.service import listing
from argogate.errors import ArgoError, Denied, Impossible, NotFound, Unavailable
from argogate.model.pods import pod_and_container as _pod
from argogate.values import dataclass, replace
from argogate.verdict.conclusion import Conclusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argogate.doctor.ladder import Rung, Visit
    from argogate.model.workflow import Artifact, Node, Workflow

NOBODY = "argogate-doctor-looks-for-nothing"
"""A workflow, and a pod, that nobody has."""
NO_UID = "00000000-0000-0000-0000-000000000000"
MOMENT = 1
"""Seconds for which a stream is opened."""
MOST_PODS = 3
"""Pods that are tried for one that has printed something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Something that a wait wants to do."""

    what: str
    attempt: Callable[[str], Rung]
    """Try it, under this name. Raises ArgoError."""
    lost: str = ""
    """What is lost without it; empty where a wait cannot do without."""
    through_workflow: bool = False
    """Whether the server reads the workflow first, so that nothing can be told without that."""


def permissions(visit: Visit) -> Iterator[Rung]:
    """Try one after the other."""
    broken: set[str] = set()
    for permission in _wanted(visit, ArgoServer(visit.transport)):
        if permission.through_workflow and GET in broken:
            yield skipped(permission.what, f"cannot be told without {GET}")
            continue
        try:
            yield permission.attempt(permission.what)
        except ArgoError as error:
            broken.add(permission.what)
            yield _refused(permission, visit.namespace, error)


def _wanted(visit: Visit, server: ArgoServer) -> Iterator[Permission]:
    yield Permission(
        what=GET,
        attempt=lambda what: _get(what, visit, server),
    )
    yield Permission(
        what=LIST,
        attempt=lambda what: _list(what, visit),
        lost="" if visit.several else "many workflows are asked for one by one",
    )
    yield Permission(
        what=WATCH,
        attempt=lambda what: _watch(what, visit, server),
        lost="the end is seen at the next look only",
    )
    yield Permission(
        what=EVENTS,
        attempt=lambda what: _watch_events(what, visit, server),
        lost="trees are read to name failures while it runs",
    )
    yield Permission(
        what=LOGS,
        attempt=lambda what: _logs(what, visit, server),
        lost="there is nothing to follow, and reports have no logs of pods"
        if visit.follow
        else "reports have no logs of pods",
        through_workflow=visit.logs or visit.follow,
    )
    yield Permission(
        what="read archive",
        attempt=lambda what: _archive(what, visit, server),
        lost="what is deleted before its end was seen has no result",
    )
    yield Permission(
        what=ARTIFACTS,
        attempt=lambda what: _artifacts(what, visit, server),
        through_workflow=visit.artifacts,
    )
    yield Permission(
        what=STOP,
        attempt=lambda what: _shut_down(what, visit, server),
        through_workflow=visit.shutdown is not None,
    )


def _refused(permission: Permission, namespace: str, error: ArgoError) -> Rung:
    denied = isinstance(error, Denied)
    conclusion = Conclusion.DENIED if denied else Conclusion.UNREACHABLE
    rung = failed(permission.what, error.message, conclusion)
    remedy = rung.remedy
    if not denied and permission.what == ARTIFACTS and _is_plain_500(error):
        # Of the two reasons one can be mended here, and the other one is said by the remedy.
        rung = replace(rung, conclusion=Conclusion.DENIED, rule=rules_for(ARTIFACTS))
        remedy = f"the storage may be down, or the Role in namespace {namespace} lacks:"
    if denied and (rule := rules_for(permission.what)):
        remedy = f"add to the Role in namespace {namespace} that is bound to the token's account:"
        rung = replace(rung, rule=rule)
    if permission.lost:
        rung = replace(rung, standing=Standing.WARNING)
        remedy = f"without it, {permission.lost}" + (f"; {remedy}" if remedy else "")
    return replace(rung, remedy=remedy)


def _is_plain_500(error: ArgoError) -> bool:
    return isinstance(error, Unavailable) and error.status == HTTPStatus.INTERNAL_SERVER_ERROR


def _get(what: str, visit: Visit, server: ArgoServer) -> Rung:
    try:
        poll = server.poll(visit.namespace, visit.name or NOBODY, timeout=visit.timeout)
    except NotFound:
        missing = f"; there is no {visit.namespace}/{visit.name} (yet)" if visit.name else ""
        return ok(what, f"allowed in namespace {visit.namespace}{missing}")
    word = poll.workflow.phase_word or "without a phase"
    return ok(what, f"{visit.namespace}/{poll.workflow.name} is {word}")


def _list(what: str, visit: Visit) -> Rung:
    listing(visit)
    return ok(what, "allowed")


def _watch(what: str, visit: Visit, server: ArgoServer) -> Rung:
    if not visit.listen:
        return skipped(what, "--no-watch")
    try:
        with server.changes(visit.namespace, Selection(), seconds=MOMENT, timeout=visit.timeout):
            pass
    except Unavailable as error:
        _expect_the_end(error)
    return ok(what, "allowed")


def _watch_events(what: str, visit: Visit, server: ArgoServer) -> Rung:
    if not visit.listen:
        return skipped(what, "--no-watch")
    try:
        with server.warnings(visit.namespace, NOBODY, seconds=MOMENT, timeout=visit.timeout):
            pass
    except Unavailable as error:
        _expect_the_end(error)
    return ok(what, "allowed")


def _expect_the_end(error: Unavailable) -> None:
    """Accept how a stream ends that had nothing to tell: 429 with the message "EOF"."""
    if not error.message.endswith(" answered 429: EOF"):
        raise error


def _logs(what: str, visit: Visit, server: ArgoServer) -> Rung:
    if not (visit.logs or visit.follow):
        return skipped(what, "--logs none")
    limit = visit.timeout
    try:
        server.log(
            visit.namespace, visit.name or NOBODY, NOBODY, "main", 1, timeout=limit, whole=limit
        )
    except NotFound:
        # Workflows are looked for before pods, so a missing one says nothing about pods.
        return skipped(what, "needs the NAME of a workflow that is in the cluster")
    return _read_logs(what, visit, server)


def _read_logs(what: str, visit: Visit, server: ArgoServer) -> Rung:
    """Look for a pod that has printed something: without pods/log all logs are empty."""
    limit = visit.timeout
    workflow = server.tree(visit.namespace, visit.name, timeout=limit).workflow
    pods = [found for node in workflow.nodes.values() if (found := _pod(workflow, node))[0]]
    for pod, container in pods[:MOST_PODS]:
        if server.log(visit.namespace, visit.name, pod, container, 1, timeout=limit, whole=limit):
            return ok(what, f"the log of pod {pod} can be read")
    return skipped(
        what,
        "pods may be watched; none of this workflow is there and has printed something",
        remedy="without this rule all logs are empty:",
        rule=rules_for(what),
    )


def _archive(what: str, visit: Visit, server: ArgoServer) -> Rung:
    try:
        server.archived(NO_UID, timeout=visit.timeout)
    except NotFound:
        return ok(what, "there is one")
    except Impossible:
        return skipped(what, "the server has none, so what is deleted early has no result")
    return ok(what, "there is one")


def _artifacts(what: str, visit: Visit, server: ArgoServer) -> Rung:
    if not visit.artifacts:
        return skipped(what, "no --artifacts")
    found = None
    if visit.name:
        try:
            workflow = server.tree(visit.namespace, visit.name, timeout=visit.timeout).workflow
            found = _first_artifact(workflow)
        except NotFound:
            pass
    if found is None:
        return skipped(
            what,
            "needs the NAME of a workflow that has artifacts",
            remedy="where they are in S3 and the like, the Role needs:",
            rule=rules_for(what),
        )
    where, node, artifact = found
    limit = visit.timeout
    try:
        with server.artifact(where, node.id, artifact.name, timeout=limit, whole=limit) as chunks:
            next(chunks, b"")
    except Impossible:  # a directory, which the server has looked into to say so
        pass
    return ok(what, f"{artifact.name} of {node.display_name} can be read")


def _first_artifact(workflow: Workflow) -> tuple[Where, Node, Artifact] | None:
    where = place_of(workflow)
    return next(
        (
            (where, node, artifact)
            for node in workflow.nodes.values()
            for artifact in node.artifacts
            if artifact.key
        ),
        None,
    )


def _shut_down(what: str, visit: Visit, server: ArgoServer) -> Rung:
    if visit.shutdown is None:
        return skipped(what, "neither --on-cancel nor --on-timeout")
    try:
        server.shut_down(visit.namespace, NOBODY, visit.shutdown, timeout=visit.timeout)
    except NotFound:
        # The server looks for the workflow with the right to get before it patches.
        return skipped(
            what,
            "the request gets through; whether it may, only stopping one would show",
            remedy="the Role needs:",
            rule=rules_for(what),
        )
    return ok(what, "allowed")
