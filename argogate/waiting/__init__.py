"""When to look again, and when it is enough."""
