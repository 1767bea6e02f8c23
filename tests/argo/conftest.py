"""A home without a `.netrc`, and an authority to trust."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import trustme

from argogate.argo.tls import Trust

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def bare_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority of our own."""

    maker: trustme.CA
    file: str
    """Its certificate, for `--ca-cert`."""

    @property
    def trust(self) -> Trust:
        return Trust(ca_file=self.file)

    def server(self, *names: str) -> ssl.SSLContext:
        """Return the context of a server that has a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.maker.issue_cert(*names).configure_cert(context)
        return context

    def client(self, folder: Path) -> Trust:
        """Return a trust with a client certificate, certificate and key in two files."""
        made = self.maker.issue_cert("ci@argo.example")
        made.private_key_pem.write_to_path(folder / "client.key")
        made.cert_chain_pems[0].write_to_path(folder / "client.crt")
        return Trust(
            ca_file=self.file,
            client_certificate=str(folder / "client.crt"),
            client_key=str(folder / "client.key"),
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    maker = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    maker.cert_pem.write_to_path(file)
    return Authority(maker=maker, file=str(file))
