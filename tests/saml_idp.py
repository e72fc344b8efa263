"""A SAML identity provider on this machine: it signs with xmlsec, and leaves wrong what a test wants wrong."""

from __future__ import annotations

import base64
import html
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
NS = {"saml": ASSERTION, "samlp": PROTOCOL, "ds": "http://www.w3.org/2000/09/xmldsig#"}
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

Node = etree._Element


def key_and_certificate() -> tuple[bytes, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
    began = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(began).not_valid_after(began + timedelta(days=30))
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, certificate.public_bytes(Encoding.PEM).decode()


@dataclass
class Idp:
    """Whoever comes is ``subject``; ``lie`` changes the response before it is signed, ``forge`` afterwards."""

    port: int = 0
    subject: str = "persistent-1"
    email: str = "bob@example.org"
    name: str = "Bob at the provider"
    pair: tuple[bytes, str] = field(default_factory=key_and_certificate)
    lie: Callable[[Node], None] = lambda response: None
    forge: Callable[[Node], None] = lambda response: None
    signs: bool = True
    asked: list[Node] = field(default_factory=list)

    @property
    def entity_id(self) -> str:
        return f"http://localhost:{self.port}/metadata"

    @property
    def sso_url(self) -> str:
        return f"http://localhost:{self.port}/sso"

    @property
    def certificate(self) -> str:
        return self.pair[1]

    def answer(self, asked: Node | None, *, acs: str = "", audience: str = "") -> str:
        """A response to this AuthnRequest, as the form carries it."""
        if asked is not None:
            self.asked.append(asked)
            acs = asked.get("AssertionConsumerServiceURL")
            audience = asked.findtext("saml:Issuer", namespaces=NS)
        response = self.response(asked.get("ID") if asked is not None else "", acs=acs, audience=audience)
        self.lie(response)
        if self.signs:
            self.sign(response.find("saml:Assertion", NS))
        self.forge(response)
        return base64.b64encode(etree.tostring(response)).decode()

    def response(self, question: str, *, acs: str, audience: str) -> Node:
        now = datetime.now(UTC)
        instant, ends, began = (_text(now + timedelta(seconds=gap)) for gap in (0, 120, -30))
        answers = f'InResponseTo="{question}"' if question else ""
        text = f"""<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="r{uuid4().hex}" Version="2.0"
            IssueInstant="{instant}" Destination="{acs}" {answers}><saml:Issuer>{self.entity_id}</saml:Issuer>
            <samlp:Status>
            <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
            <saml:Assertion ID="a{uuid4().hex}" Version="2.0" IssueInstant="{instant}">
            <saml:Issuer>{self.entity_id}</saml:Issuer>
            <saml:Subject><saml:NameID Format="{PERSISTENT}">{self.subject}</saml:NameID>
            <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
            <saml:SubjectConfirmationData NotOnOrAfter="{ends}" Recipient="{acs}" {answers}/></saml:SubjectConfirmation>
            </saml:Subject><saml:Conditions NotBefore="{began}" NotOnOrAfter="{ends}"><saml:AudienceRestriction>
            <saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
            <saml:AuthnStatement AuthnInstant="{instant}" SessionIndex="s1"><saml:AuthnContext>
            <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
            </saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>
            <saml:Attribute Name="mail"><saml:AttributeValue>{self.email}</saml:AttributeValue></saml:Attribute>
            <saml:Attribute Name="displayName"><saml:AttributeValue>{self.name}</saml:AttributeValue></saml:Attribute>
            </saml:AttributeStatement></saml:Assertion></samlp:Response>"""
        return etree.fromstring(text)

    def sign(self, assertion: Node, pair: tuple[bytes, str] | None = None) -> None:
        """An enveloped signature over the assertion, behind its issuer as the schema wants it."""
        private, certificate = pair or self.pair
        signature = xmlsec.template.create(
            assertion, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        assertion.find("saml:Issuer", NS).addnext(signature)
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{assertion.get('ID')}"
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(private, xmlsec.constants.KeyDataFormatPem)
        context.key.load_cert_from_memory(certificate.encode(), xmlsec.constants.KeyDataFormatPem)
        xmlsec.tree.add_ids(assertion, ["ID"])
        context.sign(signature)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def request_in(address: str) -> Node:
    """The AuthnRequest that the browser carries to the provider (HTTP-Redirect binding)."""
    packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))


@contextmanager
def saml_provider() -> Iterator[Idp]:
    idp = Idp()

    class Desk(BaseHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            asked = request_in(self.path)
            acs, form = asked.get("AssertionConsumerServiceURL"), idp.answer(asked)
            page = f"""<!DOCTYPE html><html lang="en"><title>Provider</title>
                <link rel="icon" href="data:,"><body><form method="post"
                action="{html.escape(acs)}"><input type="hidden" name="SAMLResponse" value="{form}">
                <button>Sign in at the provider</button></form></body></html>""".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    idp.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
