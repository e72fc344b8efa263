"""Codes in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext

from burgrave.people.terms import PERMISSIONS as KNOWN
from burgrave.people.terms import DelegationState, PersonState, RoleCode, RoleState, TokenState
from burgrave.people.terms.explanations import Lack
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
    RoleCode.UNIT_HEAD: _("Head of a unit"),
    RoleCode.EMPLOYEE: _("Employee"),
}

PERMISSIONS: dict[str, Promise] = {
    "people.read": _("See persons, units and roles"),
    "people.manage": _("Add persons and units, give and take back roles"),
    "people.appoint": _("Give others what one does not hold oneself, and make roles"),
    "jobs.read": _("See the work in the background"),
    "jobs.manage": _("Cancel work in the background"),
    "notifications.manage": _("Say where news is sent by webhooks"),
    "isms.read": _("See the management system"),
    "isms.edit": _("Write and measure what the management system says"),
    "isms.approve": _("Approve what others wrote for the management system"),
    "ledger.read": _("Read the ledger and its proofs"),
    "assurance.read": _("Read evidence, requirements, measures and findings"),
    "assurance.export": _("Export evidence bundles"),
    "assurance.manage": _("Change frameworks, measures and checks, and close findings"),
    "assurance.assert": _("Say how a requirement stands, and raise findings"),
    "assurance.check": _("Run checks, and do corrective actions of one's own"),
    "events.hunt": _("Hunt in kept events"),
    "events.manage": _("Say how long events are kept"),
    "incidents.read": _("See event files, alerts and incidents"),
    "incidents.submit": _("Hand in event files"),
    "incidents.triage": _("Triage alerts"),
    "incidents.respond": _("Open and edit incidents"),
    "incidents.close": _("Close incidents"),
    "incidents.rules": _("Change detection rules"),
    "intake.read": _("See log sources"),
    "intake.manage": _("Add and change log sources, and give out their tokens"),
    "assets.read": _("See assets and what they need"),
    "assets.edit": _("Add and edit assets and their dependencies"),
    "assets.classify": _("Classify assets"),
    "assets.scheme": _("Change the classification scheme"),
    "policies.read": _("See policies, norms and procedures"),
    "policies.edit": _("Write policies, norms and procedures"),
    "policies.approve": _("Approve policies, norms and procedures"),
    "policies.publish": _("Publish and retire policies, norms and procedures"),
    "policies.oversee": _("See who has confirmed what, and give attempts at the questions"),
    "policies.request_exception": _("Ask for exceptions from clauses"),
    "policies.decide_exception": _("Decide on exceptions of low and medium risk"),
    "policies.decide_high_exception": _("Decide on exceptions of high and critical risk"),
    "policies.run": _("Start and go through procedures"),
}

CHAPTERS: dict[str, Promise] = {
    "people": _("People and roles"),
    "jobs": _("Work in the background"),
    "notifications": _("News"),
    "isms": _("Management system"),
    "ledger": _("Ledger"),
    "assurance": _("Assurance"),
    "events": _("Kept events"),
    "incidents": _("Detection and incidents"),
    "intake": _("Log sources"),
    "assets": _("Assets"),
    "policies": _("Policies and norms"),
}
"""What the first part of a permission is about."""

ROLE_STATES: dict[RoleState, State] = {
    RoleState.SHIPPED: State(word=_("Ships with Burgrave"), tone=Tone.GOOD),
    RoleState.OWN: State(word=_("Your own"), tone=Tone.GOING),
    RoleState.RETIRED: State(word=_("Retired"), tone=Tone.IDLE),
}

DELEGATION_STATES: dict[DelegationState, State] = {
    DelegationState.HOLDS: State(word=_("Holds"), tone=Tone.GOOD),
    DelegationState.TO_COME: State(word=_("To come"), tone=Tone.GOING),
    DelegationState.ENDED: State(word=_("Ended"), tone=Tone.IDLE),
    DelegationState.TAKEN_BACK: State(word=_("Taken back"), tone=Tone.IDLE),
}

TOKEN_STATES: dict[TokenState, State] = {
    TokenState.WORKS: State(word=_("Works"), tone=Tone.GOOD),
    TokenState.ENDED: State(word=_("Ended"), tone=Tone.IDLE),
    TokenState.REVOKED: State(word=_("Revoked"), tone=Tone.IDLE),
}

MAY: dict[bool, State] = {
    True: State(word=_("May"), tone=Tone.GOOD),
    False: State(word=_("May not"), tone=Tone.IDLE),
}

LACKS: dict[Lack, Promise] = {
    Lack.ROLE_LACKS: _("The role does not allow it."),
    Lack.OTHER_UNIT: _("It was given in another unit."),
    Lack.ENDED: _("It has ended."),
    Lack.NOT_BEGUN: _("It has not begun yet."),
    Lack.LEFT_OUT: _("The delegation leaves this permission out."),
    Lack.OTHER_PART: _("The delegation covers other units."),
    Lack.TAKEN_BACK: _("The delegation was taken back."),
    Lack.DELEGATOR_LEFT: _("Whoever delegated it is deactivated."),
}
"""What is missing, as a sentence."""

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
    gettext_noop("Unit moved"),
    gettext_noop("Role made"),
    gettext_noop("Role edited"),
    gettext_noop("Role retired"),
    gettext_noop("Role deleted"),
    gettext_noop("Grant delegated"),
    gettext_noop("Delegation taken back"),
    gettext_noop("Token made"),
    gettext_noop("Token revoked"),
    gettext_noop("Sample left"),
    gettext_noop("Grants"),
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
    gettext_noop("Was below id"),
    gettext_noop("Permissions"),
    gettext_noop("Token id"),
    gettext_noop("Delegate id"),
    gettext_noop("Delegation id"),
    gettext_noop("Unit ids"),
    gettext_noop("Begins at"),
    gettext_noop("Ends at"),
    gettext_noop("Added"),
    gettext_noop("Removed"),
    gettext_noop("Note"),
    gettext_noop("Report"),
    gettext_noop("Format"),
    gettext_noop("Sha256"),
    gettext_noop("Size bytes"),
    gettext_noop("Rows"),
)
"""The fields of these records, likewise."""


def role_word(code: str, name: str = "") -> str:
    """The role in the reader's language; one of the organisation's own goes by the name that it was given."""
    return str(ROLES.get(code, name or code))


def role_words(roles: Iterable[tuple[str, str]]) -> str:
    """The roles (code and name) one after the other, as the reader's language separates them."""
    return pgettext("between the items of a list", ", ").join(role_word(code, name) for code, name in roles)


def permission_word(code: str) -> str:
    return str(PERMISSIONS.get(code, code))


def permissions_by_chapter() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Every permission with its words, those of one domain together, in the order of CHAPTERS."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code in sorted(KNOWN, key=lambda code: (list(PERMISSIONS).index(code) if code in PERMISSIONS else 999, code)):
        found.setdefault(code.partition(".")[0], []).append((code, permission_word(code)))
    order = [*CHAPTERS, *(domain for domain in found if domain not in CHAPTERS)]
    return tuple((str(CHAPTERS.get(domain, domain)), tuple(found[domain])) for domain in order if domain in found)
