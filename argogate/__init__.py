"""argogate: wait for an Argo workflow and answer with an exit code that can be trusted.

For a program: `Client`, the values it returns and the errors it raises, each loaded on use.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "argogate.client": ("Artifacts", "Client"),
    "argogate.errors": (
        "ArgoError",
        "Denied",
        "Impossible",
        "Malformed",
        "NotFound",
        "Unavailable",
    ),
    "argogate.evidence.collect": ("LogWish",),
    "argogate.model.workflow": (
        "Artifact",
        "Node",
        "NodePhase",
        "Parameter",
        "Phase",
        "Workflow",
    ),
    "argogate.reports.formats": ("Format", "render"),
    "argogate.verdict.conclusion": ("Conclusion", "Result", "Verdict"),
    "argogate.verdict.evidence": ("ArtifactFile", "LogTail"),
    "argogate.verdict.report": ("Report",),
    "argogate.verdict.suites": ("make_report",),
    "argogate.waiting.patience": ("Limits",),
}
"""Where each public name lives; `__init__.pyi` tells type checkers, docs/library.md people."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]  # noqa: PLE0604 - all of them are strings


def __getattr__(name: str) -> object:
    """Load a public name when it is asked for: `argogate --version` needs none."""
    if name not in _HOME_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME_OF[name]), name)
