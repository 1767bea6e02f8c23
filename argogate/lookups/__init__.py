"""Questions that are answered at once: what is, and what was. Nothing here waits for a workflow."""
