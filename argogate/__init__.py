"""argogate: wait for an Argo workflow and answer with an exit code that can be trusted."""

__version__ = "0.1.0"
