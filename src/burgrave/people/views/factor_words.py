"""Codes of factors, sessions and proofs in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from burgrave.people.terms.factors import FactorKind, Proof

KINDS: dict[FactorKind, Promise] = {
    FactorKind.APP: _("App with codes"),
    FactorKind.PASSKEY: _("Passkey"),
    FactorKind.RECOVERY_CODES: _("Recovery codes"),
}

PROOFS: dict[Proof, Promise] = {
    Proof.PASSWORD: _("Password"),
    Proof.CODE: _("Code"),
    Proof.PASSKEY: _("Passkey"),
    Proof.PROVIDER: _("Sign-in of the organisation"),
}

RECORD_WORDS = (
    gettext_noop("Factor added"),
    gettext_noop("Factor renamed"),
    gettext_noop("Factor removed"),
    gettext_noop("Recovery codes made"),
    gettext_noop("Factor used"),
    gettext_noop("Factor refused"),
    gettext_noop("Factors locked"),
    gettext_noop("Factors reset"),
    gettext_noop("Factor required"),
    gettext_noop("Factor requirement lifted"),
    gettext_noop("Session ended"),
    gettext_noop("Sessions ended"),
    gettext_noop("Identity confirmed"),
    gettext_noop("Foreign identity linked"),
    gettext_noop("Foreign sign in refused"),
)
"""The kinds of these records, as the ledger's pages show them."""

FIELD_WORDS = (
    gettext_noop("Factor"),
    gettext_noop("Factor id"),
    gettext_noop("Codes"),
    gettext_noop("Purpose"),
    gettext_noop("Factors"),
    gettext_noop("Grace days"),
    gettext_noop("Session id"),
    gettext_noop("But one"),
    gettext_noop("Proof"),
    gettext_noop("Provider"),
    gettext_noop("Subject"),
)
"""The fields of these records, likewise."""
