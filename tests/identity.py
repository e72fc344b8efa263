"""An OpenID provider on this machine: small, true to the rules, and lying where a test wants it to."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from burgrave.engines.openid import challenge_of

Claims = dict[str, Any]


@dataclass
class Provider:
    """Whoever comes is ``subject``; ``lie`` changes the claims, ``sign`` makes the token of them."""

    port: int = 0
    client_id: str = "burgrave"
    client_secret: str = "not/very:secret"
    subject: str = "subject-1"
    email: str = "bob@example.org"
    verified: bool = True
    name: str = "Bob at the provider"
    issuer_says: str = ""
    lie: Callable[[Claims], Claims] = lambda claims: claims
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    sign: Callable[[Claims], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    refuses: str = ""

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer_says or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """The address to which the browser is sent back."""
        self.asked.append(asked)
        back = {"state": asked["state"], "iss": self.issuer}
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode({**back, 'error': self.refuses})}"
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        pair = b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [unquote_plus(part) for part in pair] != [self.client_id, self.client_secret]:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        if asked is None or challenge_of(form["code_verifier"]) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "email": self.email,
            "email_verified": self.verified,
            "name": self.name,
        }
        said = self.lie(claims)
        signed = self.sign(said) if self.sign else jwt.encode(said, self.key, "RS256", headers={"kid": "k1"})
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def openid_provider() -> Iterator[Provider]:
    provider = Provider()

    class Desk(BaseHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                self.answer(200, provider.configuration())
            elif parts.path == "/keys":
                self.answer(200, provider.keys())
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize({k: v[0] for k, v in parse_qs(parts.query).items()}))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(text).items()}
            self.answer(*provider.token(form, self.headers.get("Authorization", "")))

        def answer(self, status: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
