"""Mail servers and webhooks over TLS, with an authority of the test's own: believed where it is named, refused else."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from burgrave.notifications.errors import DeliveryFailed
from burgrave.notifications.handlers import mailing, posting
from burgrave.notifications.terms import Security, TargetRules
from burgrave.notifications.tests.house import server
from burgrave.site import environment

NOT_BELIEVED = "its certificate is not believed here: .*; name the certificate of its authority in BURGRAVE_CA_FILE"
INSIDE = TargetRules(networks=(ip_network("127.0.0.0/8"),))


class Authority:
    """Signs certificates for 127.0.0.1, or for another name."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        own = self._begun(self.name, self.key.public_key())
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False),
            critical=True,
        )
        own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        self.file.write_bytes(own.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _begun(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder(issuer_name=self.name, subject_name=name, public_key=key)
        begun = begun.serial_number(x509.random_serial_number())
        return begun.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))

    def context(self, general: x509.GeneralName | None = None) -> ssl.SSLContext:
        """What a server shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]), key.public_key())
        named = x509.SubjectAlternativeName([general or x509.IPAddress(ip_address("127.0.0.1"))])
        made = made.add_extension(named, critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        certificate = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / "server.pem"
        file.write_bytes(private + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


class Box:
    """Takes every message."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, *_arguments: object) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken += 1
        return "250 taken"


def handed(security: Security, context: ssl.SSLContext) -> int:
    """How many messages a mail server took that shows this. Raises what the handing over raises."""
    box = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tls: dict[str, Any] = {"ssl_context": context} if security is Security.TLS else {"tls_context": context}
    controller = Controller(box, hostname="127.0.0.1", port=port, **tls)
    controller.start()
    letter = mailing.EmailMultiAlternatives("Subject", "Text", "burgrave@example.org", ["ada@example.org"])
    try:
        mailing.hand_over(server(port, security=security), letter)
    finally:
        controller.stop()
    return box.taken


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_mail_server_of_an_authority_that_is_named_is_believed(
    security: Security, authority: Authority, settings: Any
) -> None:
    settings.BURGRAVE_CA_FILE = authority.file
    assert handed(security, authority.context()) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_mail_server_that_is_not_believed_gets_nothing_and_the_sentence_says_what_to_do(
    security: Security, authority: Authority, tmp_path: Path, settings: Any
) -> None:
    contexts = {
        None: authority.context(),
        Authority(tmp_path, "other").file: authority.context(),
        authority.file: authority.context(x509.DNSName("mail.example.org")),
    }
    for named, context in contexts.items():
        settings.BURGRAVE_CA_FILE = named
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            handed(security, context)
        assert "BURGRAVE_CA_FILE" in mailing._said(refused.value)


@pytest.fixture
def ear(authority: Authority) -> Iterator[tuple[str, list[bytes]]]:
    heard: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_arguments: object) -> None:
            return

    listening = Quiet(("127.0.0.1", 0), Handler)
    listening.socket = authority.context().wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{listening.server_address[1]}/", heard
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_a_webhook_is_posted_to_whom_a_named_authority_vouches_for_and_to_nobody_else(
    ear: tuple[str, list[bytes]], authority: Authority, tmp_path: Path, settings: Any
) -> None:
    url, heard = ear
    settings.BURGRAVE_CA_FILE = authority.file
    assert posting.post(url, b"news", {"Content-Length": "4"}, rules=INSIDE).is_success
    for named in (None, Authority(tmp_path, "other").file):
        settings.BURGRAVE_CA_FILE = named
        with pytest.raises(DeliveryFailed, match=NOT_BELIEVED):
            posting.post(url, b"news", {"Content-Length": "4"}, rules=INSIDE)
    assert heard == [b"news"]


def test_the_file_of_authorities_is_read_when_the_program_starts(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BURGRAVE_CA_FILE", raising=False)
    assert environment.ca_file() is None
    monkeypatch.setenv("BURGRAVE_CA_FILE", str(authority.file))
    assert environment.ca_file() == authority.file
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for name in (broken, tmp_path / "missing.pem"):
        monkeypatch.setenv("BURGRAVE_CA_FILE", str(name))
        with pytest.raises(environment.BadSetting, match="BURGRAVE_CA_FILE names a file of certificates in PEM"):
            environment.ca_file()
