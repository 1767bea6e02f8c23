"""Which CI system runs the gate, and what it is told besides files and an exit code."""
