"""The command line: words typed → a request; the verdict → an exit code."""
