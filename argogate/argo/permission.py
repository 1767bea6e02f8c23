"""A refusal for want of a permission → the Role that would do."""

from __future__ import annotations

import re
from dataclasses import dataclass

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

USUAL = {
    "workflows": ("get", "list", "watch"),
    "events": ("list", "watch"),
    "pods": ("get", "list", "watch"),
    "pods/log": ("get", "list", "watch"),
}
"""The verbs that waiting needs of a resource, so that one is not granted after the other."""

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
class Permission:
    """What somebody may not do."""

    verb: str
    resource: str
    group: str
    namespace: str
    user: str = ""


def missing_permission(message: str) -> Permission | None:
    """Return the permission that a message of Kubernetes or of Argo says is missing."""
    if found := _KUBERNETES.search(message):
        parts = found.groupdict(default="")
        return Permission(**parts)
    if found := _ARGO.search(message):
        return Permission(group="argoproj.io", **found.groupdict())
    return None


def role(permission: Permission) -> str:
    """Return the YAML of a Role that grants it, bound to the service account if that is known."""
    namespace = permission.namespace or "default"
    verbs = dict.fromkeys((*USUAL.get(permission.resource, ()), permission.verb))
    text = _ROLE.format(
        namespace=namespace,
        group=permission.group,
        resource=permission.resource,
        verbs=", ".join(verbs),
    )
    if account := _ACCOUNT.fullmatch(permission.user):
        text += _BINDING.format(namespace=namespace, home=account[1], account=account[2])
    return text
