"""Which permissions a wait takes: the one table, and the Role that grants what was refused.

README, `docs/security.md`, what the doctor advises and what a wait prints after a 403 are taken
from it or compared with it. Each verb was taken away on a live server: what was not missed is
not here.
"""

from __future__ import annotations

import re

from argogate.values import dataclass

ARGO, CORE = "argoproj.io", ""
"""API groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one line of a Role grants."""

    group: str = CORE
    resource: str
    verbs: tuple[str, ...]

    def __str__(self) -> str:
        group, verbs = self.group or '""', ", ".join(self.verbs)
        return f"- {{apiGroups: [{group}], resources: [{self.resource}], verbs: [{verbs}]}}"


GET, LIST, WATCH = "get workflows", "list workflows", "watch workflows"
EVENTS, LOGS = "watch events", "read logs"
ARTIFACTS, STOP = "read artifacts", "stop workflows"

NEEDED = {
    GET: (Rule(group=ARGO, resource="workflows", verbs=("get",)),),
    LIST: (Rule(group=ARGO, resource="workflows", verbs=("list",)),),
    WATCH: (Rule(group=ARGO, resource="workflows", verbs=("watch",)),),
    EVENTS: (Rule(resource="events", verbs=("watch",)),),
    LOGS: (
        Rule(resource="pods", verbs=("list", "watch")),
        Rule(resource="pods/log", verbs=("get",)),
    ),
    ARTIFACTS: (Rule(resource="secrets", verbs=("get",)),),
    STOP: (Rule(group=ARGO, resource="workflows", verbs=("patch",)),),
}
"""What each takes; the archive takes no permission of its own."""
ON_DEMAND = frozenset({ARTIFACTS, STOP})
"""What nobody is granted who has not asked for it: it reads secrets, or changes something."""

_KUBERNETES = re.compile(
    r'User "(?P<user>[^"\s]*)" cannot (?P<verb>[a-z]+) resource "(?P<resource>[a-z/]+)" '
    r'in API group "(?P<group>[a-z0-9.-]*)"(?: in the namespace "(?P<namespace>[a-z0-9.-]+)")?'
)
_ARGO = re.compile(
    r"not allowed to (?P<verb>[a-z]+) (?P<resource>workflows) in namespace "
    r'"(?P<namespace>[a-z0-9.-]+)"'
)
"""The server asks Kubernetes itself before it lists (server/auth, since v3.5.7)."""
_ACCOUNT = re.compile(r"system:serviceaccount:([a-z0-9.-]+):([a-z0-9.-]+)")

_ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: argogate, namespace: {namespace}}}
rules:
  - {{apiGroups: ["{group}"], resources: [{resource}], verbs: [{verbs}]}}
"""
_BINDING = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: argogate, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: argogate}}
subjects:
  - {{kind: ServiceAccount, name: {account}, namespace: {home}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What somebody may not do."""

    verb: str
    resource: str
    group: str
    namespace: str
    user: str = ""


def rules_for(what: str) -> str:
    """Return what a Role needs for one of these, a rule a line; empty where it takes none."""
    return "\n".join(map(str, NEEDED.get(what, ())))


def usual(resource: str) -> tuple[str, ...]:
    """Return the verbs that waiting needs of a resource: one is not granted after the other."""
    return tuple(
        verb
        for what, rules in NEEDED.items()
        for rule in rules
        if what not in ON_DEMAND and rule.resource == resource
        for verb in rule.verbs
    )


def lack_in(message: str) -> Lack | None:
    """Return the permission that a message of Kubernetes or of Argo says is missing."""
    if found := _KUBERNETES.search(message):
        parts = found.groupdict(default="")
        return Lack(**parts)
    if found := _ARGO.search(message):
        return Lack(group=ARGO, **found.groupdict())
    return None


def role(lack: Lack) -> str:
    """Return the YAML of a Role that grants it, bound to the service account if that is known."""
    namespace = lack.namespace or "default"
    verbs = dict.fromkeys((*usual(lack.resource), lack.verb))
    text = _ROLE.format(
        namespace=namespace,
        group=lack.group,
        resource=lack.resource,
        verbs=", ".join(verbs),
    )
    if account := _ACCOUNT.fullmatch(lack.user):
        text += _BINDING.format(namespace=namespace, home=account[1], account=account[2])
    return text
