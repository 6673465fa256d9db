"""Certificates are checked, against the name and against the authorities the project ships."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mitsua_data.web import Access, Failure, FetchError, Limits, Politeness, WebClient
from tests.web.conftest import HOST, FakeTime, Server, http


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost`, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_server(serve: Callable[[], Server], certificate: Path) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = serve()
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.on("/1", http(b"one"))
    return server


def client(server: Server, time: FakeTime, name: str) -> WebClient:
    base = httpx.URL(f"https://{name}:{server.server_address[1]}")
    access = Access(hosts=frozenset({HOST}), requests_per_second=1000.0, robots_apply=False, base=base)
    return WebClient(access, limits=Limits(attempts=1), politeness=Politeness(time.clock, time.sleep))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"], ids=["unknown-authority", "wrong-name"])
def test_a_server_that_cannot_show_who_it_is_gets_no_request(tls_server: Server, time: FakeTime, name: str) -> None:
    with (
        client(tls_server, time, name) as one,
        pytest.raises(FetchError, match="certificate that is not valid") as caught,
    ):
        one.fetch(f"https://{HOST}/1")
    assert caught.value.failure is Failure.FAILED_NETWORK
    assert tls_server.asked == []


@pytest.mark.parametrize(("name", "fine"), [("localhost", True), ("127.0.0.1", False)])
def test_a_trusted_certificate_counts_for_its_own_name_only(
    tls_server: Server, certificate: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch, name: str, fine: bool
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: trusting)
    with client(tls_server, time, name) as one:
        if fine:
            assert one.fetch(f"https://{HOST}/1").body == b"one"
        else:
            with pytest.raises(FetchError, match="certificate that is not valid"):
                one.fetch(f"https://{HOST}/1")
    assert len(tls_server.asked) == fine


def test_authorities_named_in_the_environment_are_not_believed(
    tls_server: Server, certificate: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with client(tls_server, time, "localhost") as one, pytest.raises(FetchError, match="certificate that is not valid"):
        one.fetch(f"https://{HOST}/1")
