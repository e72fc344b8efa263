"""The two ceremonies of a passkey (WebAuthn Level 3, chapter 7), over the library of its verifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from burgrave.people.errors import WrongFactor
from burgrave.people.terms.factors import FactorKind

Ceremony = Mapping[str, Any]
"""What the verifier must remember between question and answer; it lives in the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """What is kept of a passkey: the browser's answer, which holds the public key, and what it promised."""

    credential: Mapping[str, Any]
    counter: int
    signs_in_alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A passkey of the person answered, and its counter stands there."""

    factor: Authenticator
    counter: int


def ask_to_register(
    *, person_id: UUID, email: str, name: str, host: str, have: Iterable[Authenticator]
) -> tuple[dict[str, Any], Ceremony]:
    """The options for the browser, and what to remember. A device that has a passkey of this person refuses."""
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(id=person_id.bytes, name=email, display_name=name),
        [credential_of(factor) for factor in have],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions={"credProps": True},
    )
    return dict(options), state


def registered(answer: object, *, state: Ceremony, host: str) -> NewPasskey:
    """The new passkey. Raises WrongFactor when the answer does not belong to the question."""
    try:
        response = RegistrationResponse.from_dict(_mapping(answer))
        data = _server(host).register_complete(state, response)
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong() from error
    return NewPasskey(
        credential=_mapping(answer),
        counter=data.counter,
        signs_in_alone=_is_discoverable(_mapping(answer)) and data.is_user_verified(),
    )


def _is_discoverable(answer: Mapping[str, Any]) -> bool:
    """What the browser says about the key (WebAuthn Level 3, 10.1.3); it only decides what a page says."""
    outputs = answer.get("clientExtensionResults")
    properties = outputs.get("credProps") if isinstance(outputs, dict) else None
    return isinstance(properties, dict) and properties.get("rk") is True


def ask(host: str, *, have: Iterable[Authenticator] | None) -> tuple[dict[str, Any], Ceremony]:
    """The options for the browser, and what to remember.

    Without ``have`` any passkey may answer, and must have seen a finger, a face or a PIN: it stands for two factors.
    """
    options, state = _server(host).authenticate_begin(
        None if have is None else [credential_of(factor) for factor in have],
        user_verification=(
            UserVerificationRequirement.REQUIRED if have is None else UserVerificationRequirement.PREFERRED
        ),
    )
    return dict(options), state


def answered(answer: object, *, state: Ceremony, host: str, have: Iterable[Authenticator]) -> Shown:
    """The passkey that answered. Raises WrongFactor for every answer that does not belong to the question."""
    known = {credential_of(factor).credential_id: factor for factor in have}
    try:
        response = AuthenticationResponse.from_dict(_mapping(answer))
        credential = _server(host).authenticate_complete(
            state, [credential_of(factor) for factor in known.values()], response
        )
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong() from error
    return Shown(factor=known[credential.credential_id], counter=response.response.authenticator_data.counter)


def owner_of(answer: object) -> UUID | None:
    """Whom a passkey that signs in alone says it belongs to; nothing is proved by that."""
    try:
        handle = AuthenticationResponse.from_dict(_mapping(answer)).response.user_handle
        return UUID(bytes=bytes(handle or b""))
    except (ValueError, TypeError, KeyError):
        return None


def credential_of(factor: Authenticator) -> AttestedCredentialData:
    data = RegistrationResponse.from_dict(factor.data["credential"]).response.attestation_object.auth_data
    credential: AttestedCredentialData | None = data.credential_data
    if credential is None:
        raise ValueError(f"{FactorKind.PASSKEY} {factor.pk} holds no public key")
    return credential


def _server(host: str) -> Fido2Server:
    # The origin must be https, or http on localhost: what the library asks for by itself.
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="Burgrave"))


def _mapping(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise TypeError(f"an answer of a passkey is an object, got {type(answer).__name__}")
    return answer


def _wrong() -> WrongFactor:
    return WrongFactor(
        _("the answer of the passkey does not belong to what this page asked for"),
        mend=_("Load the page again and answer within a few minutes, with a passkey of this installation."),
    )
