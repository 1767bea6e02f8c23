"""Output artifacts: which, where to, and fetching them whole."""
