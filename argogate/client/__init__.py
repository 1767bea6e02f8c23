"""An Argo Server for a program: the values and rules of the command line, without its printing."""

from argogate.client.client import Artifacts, Client

__all__ = ["Artifacts", "Client"]
