"""The same bare environment and authority as for the Argo Server's own tests."""

from tests.argo.conftest import authority, bare_home

__all__ = ["authority", "bare_home"]
