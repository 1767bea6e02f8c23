"""The Argo Server, spoken to over its HTTP API."""
