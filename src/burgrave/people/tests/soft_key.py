"""A passkey in software: it answers the questions of a relying party as a device would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One credential, with whatever origin, counter and flags a test wants it to show."""

    origin: str = "http://localhost"
    host: str = "localhost"
    counter: int = 0
    verifies: bool = True
    owner: bytes = b""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        public = options["publicKey"]
        self.owner = public["user"]["id"]
        cose = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._data(PRESENT | ATTESTED, attested)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", public),
                "attestationObject": websafe_encode(attestation),
            },
            {"credProps": {"rk": True}},
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        data = self._data(PRESENT, b"")
        client = self._client("webauthn.get", options["publicKey"])
        raw = json.dumps(self._client_data).encode()
        signature = self.key.sign(data + hashlib.sha256(raw).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": client,
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.owner,
            },
            {},
        )

    def _client(self, kind: str, public: dict[str, Any]) -> str:
        self._client_data = {"type": kind, "challenge": public["challenge"], "origin": self.origin}
        return websafe_encode(json.dumps(self._client_data).encode())

    def _data(self, flags: int, attested: bytes) -> bytes:
        flags |= VERIFIED if self.verifies else 0
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big") + attested

    def _answer(self, response: dict[str, Any], extensions: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": extensions,
        }
