"""The roles that ship with Burgrave, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

PERMISSIONS: frozenset[str] = frozenset(
    {
        "people.read",
        "people.manage",
        "people.appoint",
        "jobs.read",
        "jobs.manage",
        "notifications.manage",
        "ledger.read",
        "isms.read",
        "isms.edit",
        "isms.approve",
        "assurance.read",
        "assurance.export",
        "assurance.manage",
        "assurance.assert",
        "assurance.check",
        "events.hunt",
        "events.manage",
        "incidents.read",
        "incidents.submit",
        "incidents.triage",
        "incidents.respond",
        "incidents.close",
        "incidents.rules",
        "intake.read",
        "intake.manage",
        "assets.read",
        "assets.edit",
        "assets.classify",
        "assets.scheme",
        "policies.read",
        "policies.edit",
        "policies.approve",
        "policies.publish",
        "policies.oversee",
        "policies.request_exception",
        "policies.decide_exception",
        "policies.decide_high_exception",
        "policies.run",
    }
)


class RoleCode(StrEnum):
    ADMINISTRATOR = "administrator"
    HEAD_OF_SECURITY = "head_of_security"
    SECURITY_OFFICER = "security_officer"
    INCIDENT_RESPONDER = "incident_responder"
    RISK_OWNER = "risk_owner"
    SYSTEM_OWNER = "system_owner"
    TRAINER = "trainer"
    INTERNAL_AUDITOR = "internal_auditor"
    EXTERNAL_AUDITOR = "external_auditor"
    UNIT_HEAD = "unit_head"
    EMPLOYEE = "employee"


_READ_EVERYTHING = frozenset(permission for permission in PERMISSIONS if permission.endswith(".read"))
_SYSTEM_WORK = frozenset({"isms.read", "isms.edit", "isms.approve"})
_INCIDENT_WORK = frozenset(
    {
        "events.hunt",
        "incidents.read",
        "incidents.submit",
        "incidents.triage",
        "incidents.respond",
        "intake.read",
        "assurance.read",
        "ledger.read",
        "assets.read",
    }
)
_ASSET_WORK = frozenset({"assets.read", "assets.edit", "assets.classify"})
_NORM_WORK = frozenset({"policies.read", "policies.edit", "policies.approve"})
_DUTY_WORK = frozenset({"policies.read", "policies.oversee", "policies.request_exception", "policies.run"})

_ASSURANCE_WORK = frozenset({"assurance.read", "assurance.manage", "assurance.assert", "assurance.check"})

ROLES: Mapping[RoleCode, frozenset[str]] = MappingProxyType(
    {
        RoleCode.ADMINISTRATOR: frozenset(
            {"people.read", "people.manage", "people.appoint", "jobs.read", "jobs.manage", "notifications.manage"}
        ),
        RoleCode.HEAD_OF_SECURITY: _READ_EVERYTHING
        | _SYSTEM_WORK
        | _INCIDENT_WORK
        | _ASSET_WORK
        | _ASSURANCE_WORK
        | _NORM_WORK
        | _DUTY_WORK
        | {
            "incidents.close",
            "incidents.rules",
            "events.manage",
            "intake.manage",
            "assurance.export",
            "assets.scheme",
            "policies.publish",
        }
        | {"policies.decide_exception", "policies.decide_high_exception"},
        RoleCode.SECURITY_OFFICER: _SYSTEM_WORK
        | _INCIDENT_WORK
        | _ASSET_WORK
        | _ASSURANCE_WORK
        | _NORM_WORK
        | _DUTY_WORK
        | {"incidents.close", "incidents.rules", "events.manage", "intake.manage", "assurance.export", "people.read"}
        | {"policies.decide_exception"},
        RoleCode.INCIDENT_RESPONDER: _INCIDENT_WORK,
        # An internal auditor is independent of what is audited (ISO/IEC 27001:2022, 9.2.2): reads everything, says how
        # it stands and what is amiss, and changes nothing of it.
        RoleCode.INTERNAL_AUDITOR: _READ_EVERYTHING | {"assurance.export", "assurance.assert", "policies.oversee"},
        # One from outside reads the same, and only until a day that is named when the role is given.
        RoleCode.EXTERNAL_AUDITOR: _READ_EVERYTHING | {"assurance.export", "policies.oversee"},
        RoleCode.RISK_OWNER: frozenset({"assets.read", "incidents.read", "assurance.read", "assurance.check"})
        | {"isms.read", "policies.read", "policies.request_exception"},
        RoleCode.SYSTEM_OWNER: _ASSET_WORK
        | {"incidents.read", "intake.read", "assurance.read", "assurance.check"}
        | {"policies.read", "policies.request_exception", "policies.run"},
        RoleCode.TRAINER: frozenset({"people.read", "policies.read"}),
        RoleCode.UNIT_HEAD: _DUTY_WORK | {"people.read"},
        RoleCode.EMPLOYEE: frozenset(),
    }
)

APPOINT = "people.appoint"
"""Whoever holds it in a unit may give others there what they do not hold themselves (docs/adr)."""

ROLE_NAME_MAX = 100
ROLE_NOTE_MAX = 500
TOKEN_NAME_MAX = 100
DELEGATION_REASON_MAX = 500

ALWAYS_ENDING = frozenset({RoleCode.EXTERNAL_AUDITOR})
"""Roles of people from outside: a grant of one names its end, at most LONGEST_OUTSIDE away."""
LONGEST_OUTSIDE = timedelta(days=366)

ROLE_NAMES: Mapping[RoleCode, str] = MappingProxyType(
    {
        RoleCode.ADMINISTRATOR: "Administrator",
        RoleCode.HEAD_OF_SECURITY: "Head of security",
        RoleCode.SECURITY_OFFICER: "Security officer",
        RoleCode.INCIDENT_RESPONDER: "Incident responder",
        RoleCode.INTERNAL_AUDITOR: "Internal auditor",
        RoleCode.EXTERNAL_AUDITOR: "External auditor",
        RoleCode.RISK_OWNER: "Risk owner",
        RoleCode.SYSTEM_OWNER: "System owner",
        RoleCode.TRAINER: "Trainer",
        RoleCode.UNIT_HEAD: "Head of a unit",
        RoleCode.EMPLOYEE: "Employee",
    }
)
