"""What is said to kubectl, where only a kubeconfig leads to the cluster. Values only."""

from __future__ import annotations

import shutil

from argogate.model.workflow import is_name
from argogate.values import dataclass

PORT = 2746
"""That of an Argo Server's service."""
LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A Kubernetes service."""

    namespace: str
    name: str
    port: int = PORT

    @property
    def host(self) -> str:
        """The name that its certificate should have."""
        return f"{self.name}.{self.namespace}.svc"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}:{self.port}"


def parse_service(text: str, namespace: str) -> Service:
    """Read `[NAMESPACE/]SERVICE[:PORT]`. Raises ValueError."""
    place, _, port = text.strip().removeprefix("svc/").partition(":")
    home, slash, name = place.rpartition("/")
    spoken = (name, home) if slash else (name,)
    right = all(is_name(word) for word in spoken)
    if not right or (port and not (port.isdecimal() and 0 < int(port) <= LARGEST_PORT)):
        msg = f"{text!r} is no [NAMESPACE/]SERVICE[:PORT], as argo/argo-server:2746 is"
        raise ValueError(msg)
    return Service(namespace=home or namespace, name=name, port=int(port or PORT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """The program, and which cluster it talks to."""

    program: str = "kubectl"
    context: str = ""

    def require(self) -> None:
        """Raise ValueError where there is no such program."""
        if not shutil.which(self.program):
            msg = f"there is no {self.program} on the PATH; install it, or name it with --kubectl"
            raise ValueError(msg)

    def words(self, namespace: str, *words: str) -> list[str]:
        """Return a command in a namespace."""
        chosen = ["--context", self.context] if self.context else []
        return [self.program, *chosen, "-n", namespace, *words]
