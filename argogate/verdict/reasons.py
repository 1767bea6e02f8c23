"""Why a case is red, in words that are the same for all that failed alike.

Messages: `workflow/controller/operator.go` (inferFailedReason, getPodReason) of
argoproj/argo-workflows v4.1.2, and what kubelet and scheduler write into a pod's status.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from signal import Signals
from typing import TYPE_CHECKING, NamedTuple

from argogate import spell
from argogate.model import lifecycle
from argogate.model.workflow import NodeType
from argogate.verdict.details import reason_of
from argogate.verdict.endings import Finished, PartEnded

if TYPE_CHECKING:
    from argogate.model.workflow import Node, Workflow
    from argogate.verdict.conclusion import Result
    from argogate.verdict.report import Case

LONGEST = 120
"""Characters of a message that becomes a reason."""
LONGEST_READ = 2000
"""Characters of a message that are looked at."""


class Cause(StrEnum):
    """The classes of failures."""

    EXIT = "exit code"
    MEMORY = "OOMKilled"
    DEADLINE = "deadline exceeded"
    EVICTED = "evicted"
    LOST = "pod lost"
    IMAGE = "image pull failed"
    UNSCHEDULABLE = "unschedulable"
    QUOTA = "quota exceeded"
    POLICY = "refused by a policy"
    FORBIDDEN = "permission refused"
    CONFIGURATION = "pod cannot be configured"
    TEMPLATE = "template error"
    ARTIFACT = "artifact not transferred"
    LOCK = "waits for a lock"
    REJECTED = "not approved"
    APPROVAL = "waits for an approval"
    SHUT_DOWN = "shut down"
    UNFINISHED = "not over"
    WHOLE = "the workflow as a whole"
    OTHER = "other"


HINTS = {
    Cause.MEMORY: "it used more memory than resources.limits.memory of its template allows",
    Cause.DEADLINE: "it ran longer than an activeDeadlineSeconds or timeout of the workflow allows",
    Cause.EVICTED: "its node needed the room; that is no fault of the program in it",
    Cause.LOST: "its pod went away before it had ended; that is no fault of the program in it",
    Cause.IMAGE: "check the image's name and tag, and imagePullSecrets",
    Cause.UNSCHEDULABLE: "no node of the cluster fits: check its requests, selector, tolerations",
    Cause.QUOTA: "the namespace has no room for its pod: see kubectl describe quota",
    Cause.POLICY: "the cluster takes no such pod: the message says which rule it breaks",
    Cause.FORBIDDEN: "the message names who may not do what; mostly the Role lacks a rule",
    Cause.CONFIGURATION: "a Secret, ConfigMap or volume that its pod refers to is not there",
    Cause.TEMPLATE: "the spec is wrong, and stays wrong however often it is run",
    Cause.ARTIFACT: "the artifact repository refused or lacks it, or the file was not produced",
    Cause.LOCK: "somebody else holds it",
    Cause.REJECTED: "somebody or a deadline ended the approval",
}

SENTENCES = {
    Cause.SHUT_DOWN: (r"workflow shutdown with strategy", r"Stopped with strategy"),
    Cause.DEADLINE: (
        r"(?:its|specified|workflow) deadline",
        r"Max duration limit exceeded",
        r"^DeadlineExceeded",
    ),
    Cause.MEMORY: (r"\bOOMKilled\b",),
    Cause.QUOTA: (r"exceeded quota", r"forbidden: .*quota"),
    Cause.EVICTED: (r"\b[Ee]vict(?:ed|ion)\b", r"low on resource", r"\b[Pp]reempt(?:ed|or)\b"),
    Cause.LOST: (r"pod deleted", r"NodeLost", r"node shutdown", r"pod was rejected"),
    Cause.IMAGE: (
        r"\bErrImage",
        r"\bImagePullBackOff\b",
        r"\bInvalidImageName\b",
        r"pulling image",
    ),
    Cause.UNSCHEDULABLE: (r"\bUnschedulable\b", r"nodes are available"),
    Cause.CONFIGURATION: (r"\bCreateContainer(?:Config)?Error\b", r"FailedMount", r"MountVolume"),
    Cause.POLICY: (r"violates PodSecurity", r"admission webhook .*denied"),
    Cause.FORBIDDEN: (r"\bis forbidden\b",),
    Cause.TEMPLATE: (
        r"invalid spec",
        r"failed to resolve",
        r"template .*(?:not found|undefined)",
        r"requested configuration is invalid",
        r"[Ff]ailed to evaluate",
    ),
    Cause.ARTIFACT: (
        r"failed to (?:save|load|put|get|upload|download|stat|find) .*(?:artifact|output|file)",
        r"artifact .*(?:not found|does not exist|failed)",
        r"configure artifact storage",
    ),
    Cause.LOCK: (r"[Ww]aiting for .*\block\b", r"waits for the lock"),
}
"""Words of messages, in this order: one may hold the words of several classes. All expressions
are compiled where a failure asks for them, since a start is counted in milliseconds."""

EXIT_CODE = r"\(exit code (\d{1,10})\)"
VARYING = r"(?i)[0-9a-f]{8}-[0-9a-f-]{27}|(?<![a-z])\d(?:[\d.,:TZ-]*\d)?"

ENDED_FROM_OUTSIDE = frozenset({Cause.SHUT_DOWN, Cause.DEADLINE})
SIGNALS_OF_A_SHUTDOWN = frozenset({"137", "143"})
"""What a process exits with that Kubernetes ends."""

EXECUTOR = "64"
"""The exit code of Argo's own executor."""
EXIT_HINTS = {
    "126": "the command is no program that can be run there",
    "127": "the image has no such command, or the script calls one that it lacks",
    "137": "it was killed from outside, often for want of memory",
}

SIGNALLED = 128
CODES = {126: "cannot be executed", 127: "command not found"}


class Reason(NamedTuple):
    """Why one case is red."""

    cause: Cause
    words: str
    """Of this case."""
    key: str
    """What is the same of all that failed alike."""
    hint: str = ""
    consequence: bool = False


def reason_for(case: Case, result: Result, workflow: Workflow) -> Reason:
    """Return why a red case is red."""
    ended = isinstance(result.observation.ending, (Finished, PartEnded))
    node = case.node
    before = result.observation.pending.get(node.id if node else workflow.name, "")
    if node and node.fulfilled:
        return _tell_failure(node, workflow, before)
    if node:
        return _tell_unfinished(lifecycle.answering(workflow, node), ended=ended)
    if ended:
        return _tell_whole(case, workflow, before)
    return _plain(Cause.WHOLE, result.conclusion)


def _tell_whole(case: Case, workflow: Workflow, before: str) -> Reason:
    """Tell of a workflow that ended without any node that explains it."""
    message = workflow.message or case.message
    known = _of_message(message, workflow) or _other(message)
    return (_of_message(before) if known.cause in ENDED_FROM_OUTSIDE else None) or known


def _tell_unfinished(node: Node, *, ended: bool) -> Reason:
    if node.type is NodeType.SUSPEND and not node.timed:
        return _plain(Cause.APPROVAL)
    if node.waiting_for_lock:
        return _plain(Cause.LOCK)
    phase = node.phase.value or "without a phase"
    words = f"never finished ({phase})" if ended else f"still {phase}"
    return _of_message(node.reason) or _plain(Cause.UNFINISHED, words, consequence=not ended)


def _tell_failure(node: Node, workflow: Workflow, before: str) -> Reason:
    """Tell why a node failed; what kept it from running until it was ended is the reason."""
    message = reason_of(node)
    found = re.search(EXIT_CODE, message)
    code = found[1] if found else node.exit_code
    # What follows an exit code is the program's own text, unless Argo's executor wrote it.
    argos = message[: found.start()] if found and code != EXECUTOR else message
    known = _of_message(argos, workflow)
    if known:
        return (_of_message(before) if known.cause in ENDED_FROM_OUTSIDE else None) or known
    if node.type is NodeType.SUSPEND:
        return _plain(Cause.REJECTED)
    if code in SIGNALS_OF_A_SHUTDOWN and _ended_by(workflow):
        return _tell_shutdown(workflow)
    if not re.fullmatch(r"[0-9]{1,10}", code) or code == "0":
        return _other(message)
    return _plain(Cause.EXIT, spell_exit(code))._replace(hint=EXIT_HINTS.get(code, ""))


def _ended_by(workflow: Workflow) -> str:
    return workflow.shutdown or lifecycle.shut_down_by(workflow)


def _tell_shutdown(workflow: Workflow) -> Reason:
    words = f"{Cause.SHUT_DOWN}{lifecycle.shut_down_by(workflow)}"
    return _plain(Cause.SHUT_DOWN, words, consequence=True)


@cache
def _patterns() -> tuple[tuple[Cause, re.Pattern[str]], ...]:
    """Return the compiled words of each class."""
    return tuple((cause, re.compile("|".join(words))) for cause, words in SENTENCES.items())


def _of_message(message: str, workflow: Workflow | None = None) -> Reason | None:
    """Return the class that a message belongs to; none where no word of it is known."""
    cause = _cause_of(message[:LONGEST_READ])
    if cause is Cause.SHUT_DOWN and workflow:
        return _tell_shutdown(workflow)
    return _plain(cause) if cause else None


@lru_cache(maxsize=256)
def _cause_of(text: str) -> Cause | None:
    """Return the first class whose words are there; thousands of nodes fail with one message."""
    return next((cause for cause, words in _patterns() if text and words.search(text)), None)


def _plain(cause: Cause, words: str = "", *, consequence: bool = False) -> Reason:
    words = words or cause.value
    return Reason(
        cause=cause,
        words=words,
        key=words,
        hint=HINTS.get(cause, ""),
        consequence=consequence,
    )


def _other(message: str) -> Reason:
    words = spell.one_line(message, LONGEST)
    return Reason(cause=Cause.OTHER, words=words, key=re.sub(VARYING, "…", words))


def spell_exit(code: str) -> str:
    """Spell an exit code, with what it stands for: `exit code 137 (SIGKILL)`."""
    number = int(code)
    meaning = CODES.get(number, "")
    if number > SIGNALLED:
        try:
            meaning = Signals(number - SIGNALLED).name
        except ValueError:
            meaning = ""
    return f"exit code {number} ({meaning})" if meaning else f"exit code {number}"
