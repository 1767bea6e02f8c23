"""Mutants that no test can notice, or need not: why they may survive."""

from __future__ import annotations

EXPLAINED: dict[tuple[str, str], str] = {}
"""The reason, by path and by the lines that are written instead."""
