"""A loopback Argo Server that plays recorded runs over time."""
