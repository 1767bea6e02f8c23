"""The options, a module for each group of them; every one has its `ARGOGATE_` variable."""
