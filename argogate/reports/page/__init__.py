"""One self-contained HTML page: complete without its style and script, which are extras."""
