"""One run of the gate: what it is asked for, and the run, told top to bottom."""

from argogate.gate.request import Request
from argogate.gate.run import Context, Log, begin, give_up, run

__all__ = ["Context", "Log", "Request", "begin", "give_up", "run"]
