"""Codes in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext

from burgrave.people.terms import PersonState, RoleCode
from burgrave.web.terms import State, Tone

ROLES: dict[str, Promise] = {
    RoleCode.ADMINISTRATOR: _("Administrator"),
    RoleCode.HEAD_OF_SECURITY: _("Head of security"),
    RoleCode.SECURITY_OFFICER: _("Security officer"),
    RoleCode.INCIDENT_RESPONDER: _("Incident responder"),
    RoleCode.INTERNAL_AUDITOR: _("Internal auditor"),
    RoleCode.EXTERNAL_AUDITOR: _("External auditor"),
    RoleCode.RISK_OWNER: _("Risk owner"),
    RoleCode.SYSTEM_OWNER: _("System owner"),
    RoleCode.TRAINER: _("Trainer"),
    RoleCode.EMPLOYEE: _("Employee"),
}

PERMISSIONS: dict[str, Promise] = {
    "people.read": _("See persons, units and roles"),
    "people.manage": _("Add persons and units, give and take back roles"),
    "jobs.read": _("See the work in the background"),
    "jobs.manage": _("Cancel work in the background"),
    "ledger.read": _("Read the ledger and its proofs"),
    "assurance.read": _("Read evidence"),
    "assurance.export": _("Export evidence bundles"),
    "incidents.read": _("See event files, alerts and incidents"),
    "incidents.submit": _("Hand in event files"),
    "incidents.triage": _("Triage alerts"),
    "incidents.respond": _("Open and edit incidents"),
    "incidents.close": _("Close incidents"),
    "incidents.rules": _("Change detection rules"),
    "assets.read": _("See assets and what they need"),
    "assets.edit": _("Add and edit assets and their dependencies"),
    "assets.classify": _("Classify assets"),
    "assets.scheme": _("Change the classification scheme"),
}

STATES: dict[PersonState, State] = {
    PersonState.ACTIVE: State(word=_("Active"), tone=Tone.GOOD),
    PersonState.INVITED: State(word=_("Invited"), tone=Tone.GOING),
    PersonState.DEACTIVATED: State(word=_("Deactivated"), tone=Tone.IDLE),
}

RECORD_WORDS = (
    gettext_noop("Set up link issued"),
    gettext_noop("Organisation set up"),
    gettext_noop("Person added"),
    gettext_noop("Person edited"),
    gettext_noop("Person deactivated"),
    gettext_noop("Person reactivated"),
    gettext_noop("Invitation issued"),
    gettext_noop("Invitation accepted"),
    gettext_noop("Password changed"),
    gettext_noop("Profile changed"),
    gettext_noop("Grant made"),
    gettext_noop("Grant revoked"),
    gettext_noop("Unit added"),
    gettext_noop("Unit renamed"),
    gettext_noop("Signed in"),
    gettext_noop("Signed out"),
    gettext_noop("Sign in failed"),
    gettext_noop("Lockout began"),
    gettext_noop("Lockout lifted"),
)
"""The kinds of this domain's records, as the ledger's pages show them."""

FIELD_WORDS = (
    gettext_noop("Link id"),
    gettext_noop("Expires at"),
    gettext_noop("Root unit id"),
    gettext_noop("Administrator id"),
    gettext_noop("Administrator name"),
    gettext_noop("Administrator email"),
    gettext_noop("Sample"),
    gettext_noop("Name"),
    gettext_noop("Email"),
    gettext_noop("Person id"),
    gettext_noop("Unit id"),
    gettext_noop("Parent id"),
    gettext_noop("Grant id"),
    gettext_noop("Role"),
    gettext_noop("Reason"),
    gettext_noop("Language"),
    gettext_noop("Theme"),
    gettext_noop("Time zone"),
    gettext_noop("Address"),
    gettext_noop("Failures"),
    gettext_noop("Until"),
)
"""The fields of these records, likewise."""


def role_word(code: str) -> str:
    return str(ROLES.get(code, code))


def role_words(codes: Iterable[str]) -> str:
    """The roles one after the other, as the reader's language separates them."""
    return pgettext("between the items of a list", ", ").join(role_word(code) for code in codes)


def permission_word(code: str) -> str:
    return str(PERMISSIONS.get(code, code))
