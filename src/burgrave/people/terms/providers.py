"""Identity providers: who vouches for people from outside, as the operator's file names them.

*Issuer*, *client* and *claim* are used as in OpenID Connect Core 1.0; *assertion* and *entity* as in SAML 2.0 (OASIS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from burgrave.ledger.terms import Record, Sealed
from burgrave.people.terms.records import FAILED_SIGN_INS, OfPerson

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
EMAIL_ATTRIBUTES = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "mail",
    "email",
)
NAME_ATTRIBUTES = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "displayName",
    "name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What both kinds have. ``domains``: the provider vouches for addresses of these only; empty means any.

    ``provision``: somebody unknown becomes a person without any role. ``second_factor``: the provider asks for one
    itself, so that none is demanded here.
    """

    slug: str
    name: str
    domains: frozenset[str] = frozenset()
    provision: bool = False
    second_factor: bool = False

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise ValueError(f"slug: 1 to 40 small letters, digits and dashes are expected, got {self.slug!r:.80}")
        if not 0 < len(self.name) <= 60:  # noqa: PLR2004 - it stands on a button
            raise ValueError(f"name: 1 to 60 characters are expected, got {len(self.name)}")
        for domain in sorted(self.domains):
            if not DOMAIN.fullmatch(domain):
                raise ValueError(f"domains: a domain name in small letters is expected, got {domain!r:.80}")

    def vouches_for(self, email: str) -> bool:
        return not self.domains or email.rpartition("@")[2].lower() in self.domains


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider(Provider):
    """``trust_email``: an address counts without the claim ``email_verified``, for the named domains."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    trust_email: bool = False

    def __post_init__(self) -> None:
        Provider.__post_init__(self)
        must_be_safe("issuer", self.issuer)
        if not self.client_id or not self.client_secret:
            raise ValueError("client_id and client_secret_file are needed")
        if self.trust_email and not self.domains:
            raise ValueError("trust_email: name the domains for whose addresses the provider is trusted")


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider(Provider):
    """``unsolicited``: an assertion that nobody here asked for is taken, too."""

    entity_id: str
    sso_url: str
    certificate: str = field(repr=False)
    email_attributes: tuple[str, ...] = EMAIL_ATTRIBUTES
    name_attributes: tuple[str, ...] = NAME_ATTRIBUTES
    unsolicited: bool = False

    def __post_init__(self) -> None:
        Provider.__post_init__(self)
        must_be_safe("sso_url", self.sso_url)
        if not self.entity_id or "BEGIN CERTIFICATE" not in self.certificate:
            raise ValueError("entity_id, and certificate_file with a PEM certificate, are needed")
        if not self.domains:
            raise ValueError("domains: name the domains for whose addresses the provider is trusted")


AnyProvider = OidcProvider | SamlProvider
LOOPBACK = ("http://localhost:", "http://localhost/", "http://127.0.0.1:", "http://[::1]:")


def must_be_safe(name: str, address: str) -> None:
    """Return when nobody on the way can read or change what goes there. Raises ValueError."""
    if not address.startswith(("https://", *LOOPBACK)) or any(sign in address for sign in "#\\ \n\r\t"):
        raise ValueError(f"{name}: an address of https is expected (http on this machine only), got {address!r:.200}")


_COMMON = {"kind", "slug", "name", "domains", "provision", "second_factor"}
_OIDC = {"issuer", "client_id", "client_secret", "trust_email"}
_SAML = {"entity_id", "sso_url", "certificate", "email_attributes", "name_attributes", "unsolicited"}
_LISTS = {"domains": frozenset, "email_attributes": tuple, "name_attributes": tuple}


def parse_providers(rows: list[Mapping[str, object]]) -> tuple[AnyProvider, ...]:
    """The providers of the file, the files it names being read already. Raises ValueError with place and reason."""
    providers: list[AnyProvider] = []
    for number, row in enumerate(rows, start=1):
        try:
            providers.append(_parse(row))
        except (ValueError, TypeError) as error:
            raise ValueError(f"provider {number}: {error}") from error
    slugs = [provider.slug for provider in providers]
    if len(set(slugs)) < len(slugs):
        raise ValueError(f"two providers have the same slug: {', '.join(slugs)}")
    return tuple(providers)


def _parse(row: Mapping[str, object]) -> AnyProvider:
    kinds: dict[object, tuple[type[OidcProvider | SamlProvider], set[str]]] = {
        "oidc": (OidcProvider, _OIDC),
        "saml": (SamlProvider, _SAML),
    }
    if row.get("kind") not in kinds:
        raise ValueError(f"kind: oidc or saml is expected, got {row.get('kind')!r:.40}")
    make, own = kinds[row["kind"]]
    unknown = sorted(set(row) - _COMMON - own)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(unknown)}; known are {', '.join(sorted(_COMMON | own))}")
    return make(**dict(_typed(row)))


def _typed(row: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name == "kind":
            continue
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise ValueError(f"{name}: a list of texts is expected, got {value!r:.80}")
            yield name, _LISTS[name](value)
        elif name in {"provision", "second_factor", "trust_email", "unsolicited"}:
            if not isinstance(value, bool):
                raise ValueError(f"{name}: true or false is expected, got {value!r:.80}")
            yield name, value
        elif isinstance(value, str):
            yield name, value
        else:
            raise ValueError(f"{name}: a text is expected, got {value!r:.80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What a provider says about somebody, after its answer was checked."""

    subject: str
    email: str
    email_verified: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignIdentityLinked(OfPerson):
    """From now on this subject of the provider signs in as the person."""

    kind: ClassVar[str] = "people.foreign_identity_linked"
    provider: str
    subject: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSignInRefused(Record):
    """An answer of a provider was not believed, or nobody here is meant by it."""

    kind: ClassVar[str] = "people.foreign_sign_in_refused"
    provider: str
    reason: Sealed
    address: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (FAILED_SIGN_INS,)
