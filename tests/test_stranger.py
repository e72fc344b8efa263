"""The stranger: every address of the project, tried by whoever must not get in.

The addresses come from the resolver, so a new one is tried from its first day: without an entry in ``PLACES`` the
test fails and says what to add. Three visitors knock with GET and with POST:

- *nobody*, who is not signed in, gets in only where a place is PUBLIC,
- *Charlie*, who is signed in and holds no role, gets in only where a place is PUBLIC or OWN,
- *Erik*, who holds every role in Sales, gets 404 for every OBJECT, because they belong to Operations.

*Alice*, who may everything, opens the same addresses first: an object that she cannot open proves nothing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.utils import timezone

from burgrave.assets import commands as asset_commands
from burgrave.assets.models import Dependency
from burgrave.assets.terms import AssetFacts, AssetType, DependencyKind
from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as assurance_queries
from burgrave.assurance.terms import (
    CheckDraft,
    CorrectiveActionDraft,
    FindingDraft,
    FindingOrigin,
    FrameworkDraft,
    FrameworkOrigin,
    ManualRun,
    MeasureDraft,
    RequirementDraft,
)
from burgrave.custody import commands as custody
from burgrave.custody import models as anchors
from burgrave.detection import commands as detection_commands
from burgrave.detection import models as detection
from burgrave.detection.terms.exceptions import Comparison, Condition, ExceptionFacts, RuleOfException
from burgrave.detection.terms.placeholders import PlaceholderFacts
from burgrave.detection.terms.trials import Period, TrialFacts
from burgrave.engines.attack.tests.bundles import bundle
from burgrave.engines.events import Event, windows
from burgrave.engines.norms import Kind, Language
from burgrave.events import commands as event_commands
from burgrave.imports import commands as import_commands
from burgrave.incidents import commands as incident_commands
from burgrave.incidents import models as incidents
from burgrave.incidents.terms import CaseFacts, Severity
from burgrave.intake import commands as intake_commands
from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.isms import commands as isms_commands
from burgrave.isms.terms import (
    Content,
    Direction,
    Effect,
    Indicator,
    Issue,
    Objective,
    Origin,
    ReadingDraft,
    StatementDraft,
    StatementId,
    Topic,
)
from burgrave.isms.terms.meetings import (
    CommitteeDraft,
    DecisionDraft,
    Function,
    MeetingDraft,
    MinutesDraft,
    Term,
)
from burgrave.isms.terms.reviews import ReviewDraft
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import ScheduleSpec, Timing
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Head
from burgrave.lists import commands as list_commands
from burgrave.lists.terms import Audience
from burgrave.notifications import commands as notifications
from burgrave.notifications.models import Notice
from burgrave.notifications.terms import Recipients, WebhookFacts, Words
from burgrave.people import commands
from burgrave.people import models as people
from burgrave.people.terms import RoleCode
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands as policy_commands
from burgrave.policies import models as policies
from burgrave.policies.terms.drafts import DocumentFacts, Draft
from burgrave.web.terms import Actor, UnitId
from burgrave.web.uploads import blob_store

SIGN_IN = "/accounts/login/"


class Reach(Enum):
    """Whom an address lets in."""

    PUBLIC = "opens for everybody"
    TOKEN = "opens for a program with a token of the object, and for no person"
    OWN = "opens for everybody who is signed in"
    PLACE = "opens for those who hold a permission anywhere"
    OBJECT = "opens for those who hold a permission in the object's unit"


@dataclass(frozen=True, slots=True)
class World:
    """Objects of Operations, by the name of their parameter."""

    organisation: CastOrganisation
    things: dict[str, Any] = field(default_factory=dict)


ATTACK_LAYER = (
    b'{"versions": {"layer": "4.5"}, "domain": "enterprise-attack", "techniques": [{"techniqueID": "T1003"}]}'
)
LIBRARY_RULE = b"""title: Rule of the library
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52
logsource: {product: windows, category: process_creation}
detection: {s: {Image: x}, condition: s}
"""
Values = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    return {}


def things(**names: str) -> Values:
    """Parameters taken from the world: ``things(person_id="person")``."""

    def values(world: World) -> dict[str, Any]:
        return {parameter: world.things[name] for parameter, name in names.items()}

    return values


@dataclass(frozen=True, slots=True)
class Place:
    reach: Reach
    values: Values = nothing


def _objects(names: tuple[str, ...], **parameters: str) -> dict[str, Place]:
    return {name: Place(Reach.OBJECT, things(**parameters)) for name in names}


def _places(reach: Reach, *names: str) -> dict[str, Place]:
    return {name: Place(reach) for name in names}


PUBLIC_FACTOR_PLACES = ("passkey_sign_in", "passkey_options", "second_factor_options")
FOREIGN_PLACES = ("foreign_begin", "oidc_back", "saml_answer", "saml_finish", "saml_metadata")
OWN_FACTOR_PLACES = (
    "resume",
    "confirm",
    "confirm_options",
    "factors",
    "add_app",
    "add_passkey",
    "add_passkey_options",
    "make_recovery_codes",
    "sessions",
    "end_other_sessions",
)
PEOPLE = {
    **_places(Reach.PUBLIC, "account_login", "account_reset_password", "people:not_set_up"),
    "people:set_up": Place(Reach.PUBLIC, things(token="dead_token")),
    "people:join": Place(Reach.PUBLIC, things(token="dead_token")),
    **_places(Reach.PUBLIC, "mfa_authenticate", *(f"people:{name}" for name in PUBLIC_FACTOR_PLACES)),
    **_places(Reach.OWN, "account_logout", "people:me", "people:change_password"),
    **_places(Reach.OWN, "people:explain", "people:tokens", "people:make_token"),
    **_objects(("people:revoke_token",), token_id="token"),
    **_places(Reach.OWN, "people:delegations"),
    **_objects(("people:delegate",), grant_id="own_grant"),
    **_objects(("people:take_back",), delegation_id="delegation"),
    **_places(Reach.OWN, *(f"people:{name}" for name in OWN_FACTOR_PLACES)),
    **{
        f"people:{name}": Place(Reach.OWN, lambda _world: {"factor_id": 0})
        for name in ("rename_factor", "remove_factor")
    },
    **{f"people:{name}": Place(Reach.PUBLIC, lambda _world: {"slug": "none"}) for name in FOREIGN_PLACES},
    "people:confirm_with": Place(Reach.OWN, lambda _world: {"slug": "none"}),
    "people:end_session": Place(Reach.OWN, lambda _world: {"session_id": UUID(int=7)}),
    **_places(Reach.PLACE, "people:factor_rules", "people:lift_factor_rule"),
    **_places(
        Reach.PLACE, "people:persons", "people:access_report", "people:add_person", "people:units", "people:add_unit"
    ),
    **_places(Reach.PLACE, "people:roles", "people:make_role"),
    **{
        f"people:{name}": Place(Reach.PLACE, things(code="role"))
        for name in ("role", "edit_role", "retire_role", "delete_role")
    },
    **_objects(("people:unit", "people:move_unit"), unit_id="unit"),
    **_objects(
        (
            "people:person",
            "people:edit_person",
            "people:grant",
            "people:deactivate",
            "people:reactivate",
            "people:invite",
            "people:unlock",
            "people:reset_factors",
            "people:end_sessions",
        ),
        person_id="person",
    ),
    "people:revoke": Place(Reach.OBJECT, things(person_id="person", grant_id="grant")),
}
IMPORTS = {
    **_places(Reach.PLACE, "imports:imports", "imports:new"),
    "imports:upload": Place(Reach.PLACE, things(target="import_target")),
    **_objects(
        tuple(
            f"imports:{name}"
            for name in (
                "one",
                "table",
                "columns",
                "check",
                "apply",
                "cancel",
                "discard",
                "faults_csv",
                "invitations_csv",
            )
        ),
        import_id="import",
    ),
    **_places(Reach.PLACE, "api:imports", "api:import_targets"),
    "api:bring_file": Place(Reach.PLACE, things(target="import_target")),
    **_objects(
        (
            "api:import_state",
            "api:import_columns",
            "api:read_import_as",
            "api:map_import",
            "api:check_import",
            "api:import_faults",
            "api:import_changes",
            "api:apply_import",
            "api:cancel_import",
            "api:discard_import",
        ),
        import_id="import",
    ),
}
DUTIES = {
    **_places(Reach.OWN, "policies:mine"),
    "policies:read": Place(Reach.OBJECT, things(document_id="document")),
    **_places(Reach.PLACE, "policies:acknowledgements", "policies:asks"),
    **_objects(("policies:audience",), document_id="document"),
    **_objects(("policies:quiz",), version_id="version"),
    **_places(Reach.PLACE, "policies:exceptions", "policies:ask_exception"),
    **_objects(("policies:exception", "policies:decide_exception"), exception_id="exception"),
    **_places(Reach.PLACE, "policies:runs", "policies:start_run", "policies:rhythm"),
    **_places(Reach.OWN, "api:duties"),
    **_objects(
        ("api:duty", "api:confirm", "api:audience", "api:set_audience", "api:count_audience"), document_id="document"
    ),
    **_places(Reach.PLACE, "api:acknowledgements", "api:acknowledgement_rates"),
    **_objects(("api:give_attempt",), ask_id="ask"),
    **_places(Reach.PLACE, "api:exceptions", "api:request_exception", "api:runs", "api:start_run"),
    **_objects(
        (
            "api:exception",
            "api:approve_exception",
            "api:refuse_exception",
            "api:withdraw_exception",
            "api:extend_exception",
            "api:revoke_exception",
        ),
        exception_id="exception",
    ),
    **_objects(("api:run", "api:settle_step", "api:finish_run", "api:abandon_run"), run_id="run"),
    **_objects(("policies:run", "policies:end_run"), run_id="run"),
    **{
        f"policies:{name}": Place(Reach.OBJECT, things(run_id="run", position="run_position"))
        for name in ("settle_step", "attach_to_step")
    },
}
LIBRARY = {
    **_places(
        Reach.PLACE, *(f"policies:{name}" for name in ("documents", "as_of", "lint", "variables", "starter", "add"))
    ),
    **_places(Reach.OWN, "policies:verify"),
    "policies:verified": Place(Reach.OWN, things(code="policy_code")),
    **_objects(
        tuple(f"policies:{name}" for name in ("document", "edit", "begin", "review", "retire", "on_day")),
        document_id="written",
    ),
    **_objects(
        tuple(f"policies:{name}" for name in ("version", "edit_text", "preview", "submit", "redline", "report")),
        version_id="draft_version",
    ),
    "policies:file": Place(Reach.OBJECT, things(version_id="signed_version", what="policy_file")),
    "policies:act": Place(Reach.OBJECT, things(version_id="draft_version", what="policy_act")),
    "policies:resolve": Place(Reach.OBJECT, things(comment_id="comment")),
    **_places(Reach.PLACE, "api:policies", "api:add_policy", "api:policies_held", "api:policy_findings"),
    "api:verify_policy": Place(Reach.OWN, things(code="policy_code")),
    **_objects(("api:policy", "api:begin_policy_draft"), document_id="written"),
    **_objects(
        tuple(
            f"api:{name}"
            for name in (
                "policy_version",
                "save_policy_texts",
                "submit_policy",
                "approve_policy",
                "reject_policy",
                "withdraw_policy",
                "publish_policy",
                "policy_changes",
                "policy_report",
            )
        ),
        version_id="draft_version",
    ),
}
WEB = {**_places(Reach.PUBLIC, "web:appearance"), **_places(Reach.OWN, "web:design")}
LEDGER = {
    **_places(Reach.PLACE, "ledger:records", "ledger:checkpoint"),
    "ledger:tile": Place(Reach.PLACE, things(tile="tile")),
    **_places(Reach.PLACE, "custody:anchors", "custody:checkpoints", "custody:growth"),
    "custody:verification": Place(Reach.PLACE, things(position="position")),
    "custody:token": Place(Reach.PLACE, things(timestamp_id="timestamp", part="timestamp_part")),
    "ledger:record_by_id": Place(Reach.PLACE, things(record_id="record")),
    **{f"ledger:{name}": Place(Reach.PLACE, things(position="position")) for name in ("record", "leaf", "proof")},
}
INCIDENTS = {
    **_places(Reach.OWN, "incidents:home"),
    **_places(
        Reach.PLACE,
        "incidents:event_files",
        "incidents:upload",
        "incidents:alerts",
        "incidents:triage",
        "incidents:cases",
        "incidents:begin_case",
        "incidents:rules",
        "incidents:load_rules",
        "incidents:rule_faults",
        "incidents:correlating",
    ),
    "incidents:rule": Place(Reach.PLACE, things(rule_version_id="rule")),
    **_objects(
        ("incidents:event_file", "incidents:cancel_reading", "incidents:read_again"), event_file_id="event_file"
    ),
    **_objects(("incidents:alert",), alert_id="alert"),
    **_objects(
        tuple(f"incidents:draft_{step}" for step in ("alerts", "facts", "lead", "check", "discard")),
        draft_id="draft",
    ),
    **_objects(
        (
            "incidents:case",
            "incidents:edit_case",
            "incidents:close_case",
            "incidents:reopen_case",
            "incidents:merge_case",
            "incidents:add_note",
            "incidents:add_entry",
            "incidents:attach_evidence",
            "incidents:case_bundle",
            "incidents:case_report",
        ),
        number="case",
    ),
    "incidents:move_case": Place(Reach.OBJECT, things(number="case", to="state")),
    "incidents:withdraw_entry": Place(Reach.OBJECT, things(number="case", entry_id="entry")),
}

EVENTS = {
    **_places(
        Reach.PLACE, "events:hunting", "events:download", "api:download_hunt", "events:kept", "events:change_retention"
    ),
    **_places(
        Reach.PLACE, *(f"api:{name}" for name in ("hunt", "hunt_sql", "event_tables", "event_days", "retention"))
    ),
    **_places(Reach.PLACE, "api:change_retention"),
    **_objects(("events:kept_event", "api:kept_event"), file="kept_file", place="kept_place"),
}

INTAKE = {
    "intake:receive": Place(Reach.TOKEN, things(log_source_id="log_source")),
    **_places(Reach.PLACE, "intake:log_sources", "intake:add", "api:log_sources", "api:add_log_source"),
    **_objects(
        ("intake:log_source", "intake:edit", "intake:move", "intake:make_token"),
        log_source_id="log_source",
    ),
    **_objects(
        tuple(
            f"api:{name}"
            for name in (
                "log_source",
                "edit_log_source",
                "move_log_source",
                "log_source_stream",
                "log_source_segment_days",
                "source_tokens",
                "make_source_token",
            )
        ),
        log_source_id="log_source",
    ),
    **{
        f"{where}:{name}": Place(Reach.OBJECT, things(log_source_id="log_source", token_id="source_token"))
        for where, name in (("intake", "revoke_token"), ("api", "revoke_source_token"))
    },
}

MAPPINGS = {
    **_places(Reach.PLACE, "intake:event_mappings", "intake:new_mapping"),
    **_places(Reach.PLACE, "api:event_mappings", "api:add_event_mapping", "api:try_event_mapping"),
    **_objects(("intake:map_file",), event_file_id="event_file"),
    **_objects(
        ("intake:event_mapping", "intake:export_mapping", "intake:remove_mapping"), event_mapping_id="event_mapping"
    ),
    **_objects(tuple(f"api:{name}_event_mapping" for name in ("save", "remove")), event_mapping_id="event_mapping"),
    **_objects(("api:event_mapping",), event_mapping_id="event_mapping"),
}

LISTS = {
    **_places(Reach.OWN, "lists:search", "lists:palette"),
    **{f"lists:{name}": Place(Reach.PLACE, things(name="list")) for name in ("save_view", "arrange", "export", "act")},
    **{
        f"lists:{name}": Place(Reach.OBJECT, things(name="list", view_id="view"))
        for name in ("change_view", "remove_view")
    },
    **_places(Reach.PLACE, "api:lists", "api:views", "api:keep_view"),
    **{f"api:{name}": Place(Reach.PLACE, things(name="list")) for name in ("one_list", "export_list", "act_on_list")},
    **_objects(("api:view", "api:change_view", "api:remove_view"), view_id="view"),
}

ASSETS = {
    **_places(
        Reach.PLACE,
        *(f"assets:{name}" for name in ("assets", "board", "scheme", "add", "register", "duplicates")),
    ),
    **_objects(
        tuple(f"assets:{name}" for name in ("asset", "map", "edit", "classify", "lower", "move", "review", "link")),
        asset_id="asset",
    ),
    "assets:unlink": Place(Reach.OBJECT, things(asset_id="asset", dependency_id="dependency")),
    "assets:merge": Place(Reach.OBJECT, things(asset_id="asset", duplicate_id="other_asset")),
}

DETECTION = {
    **_places(
        Reach.PLACE,
        "detection:library",
        "detection:batches",
        "detection:exceptions",
        "detection:coverage",
        "detection:attack",
        "detection:layer",
        "detection:release",
        "api:attack_release",
        "api:bring_attack",
        "api:attack_techniques",
        "api:attack_tags",
        "detection:layers",
        "api:layers",
        "api:bring_layer",
        "detection:health",
        "detection:placeholders",
        "detection:add_placeholder",
        "api:placeholders",
        "api:add_placeholder",
        "detection:trials",
        "detection:ask_trial",
        "api:trials",
        "api:ask_trial",
        "detection:switches",
        "detection:switch_on",
        "api:library_rules",
        "api:rule_exceptions",
        "api:rule_coverage",
        "api:decide_rules",
        "api:batches",
        "api:switches",
        "api:switch_rule_off",
    ),
    "api:switch_rule_on": Place(Reach.PLACE, things(rule_id="rule")),
    "detection:switch_off": Place(Reach.PLACE, things(rule_version_id="rule")),
    "detection:except_rule": Place(Reach.PLACE, things(rule_version_id="rule")),
    **_objects(("detection:except_alert",), alert_id="alert"),
    **_objects(
        ("detection:exception", "detection:decide_exception", "api:rule_exception"), exception_id="rule_exception"
    ),
    **{
        name: Place(Reach.PLACE, things(library_rule_id="library_rule"))
        for name in ("detection:rule", "detection:decide_rule", "api:library_rule")
    },
    **{
        name: Place(Reach.PLACE, things(layer_id="attack_layer"))
        for name in (
            "detection:brought_layer",
            "detection:replace_layer",
            "detection:remove_layer",
            "api:layer",
            "api:replace_layer",
            "api:remove_layer",
        )
    },
    **{name: Place(Reach.PLACE, things(batch_id="rule_batch")) for name in ("detection:batch", "api:batch_faults")},
    **_objects(
        (
            "detection:placeholder",
            "detection:remove_placeholder",
            "api:placeholder",
            "api:change_placeholder",
            "api:remove_placeholder",
        ),
        placeholder_id="rule_placeholder",
    ),
    **{
        name: Place(Reach.PLACE, things(trial_id="rule_trial"))
        for name in ("detection:trial", "detection:cancel_trial", "api:trial", "api:cancel_trial", "api:tried_rules")
    },
    **{
        name: Place(Reach.PLACE, things(trial_id="rule_trial", library_rule_id="library_rule"))
        for name in ("detection:tried", "api:tried_rule")
    },
}
ASSURANCE = {
    **_places(Reach.PLACE, "assurance:evidence", "assurance:bundles", "assurance:log_key"),
    "assurance:log_key_download": Place(Reach.PLACE, things(form="key_form")),
    **_objects(
        (
            "assurance:evidence_record",
            "assurance:evidence_download",
            "assurance:hold_evidence",
            "assurance:release_evidence",
        ),
        evidence_id="evidence",
    ),
    **_objects(("assurance:bundle", "assurance:bundle_download"), bundle_id="bundle"),
    **_places(
        Reach.PLACE,
        *(
            f"assurance:{name}"
            for name in (
                "standings",
                "frameworks",
                "adopt_frameworks",
                "load_framework",
                "coverage",
                "measures",
                "add_measure",
                "checks",
                "findings",
                "raise_finding",
                "actions",
            )
        ),
    ),
    "assurance:framework": Place(Reach.PLACE, things(framework_id="framework")),
    **{
        f"assurance:{name}": Place(Reach.PLACE, things(requirement_id="requirement"))
        for name in ("requirement", "assert_standing", "withdraw_assertion")
    },
    **_objects(tuple(f"assurance:{name}" for name in ("measure", "edit_measure", "add_check")), measure_id="measure"),
    **_objects(
        tuple(f"assurance:{name}" for name in ("check", "edit_check", "run_check", "do_check", "retire_check")),
        check_id="check",
    ),
    **_objects(("assurance:run", "assurance:attach_to_run"), run_id="check_run"),
    **_objects(("assurance:asset",), asset_id="asset"),
    **_objects(
        tuple(f"assurance:{name}" for name in ("finding", "close_finding", "reopen_finding", "open_action")),
        finding_id="finding",
    ),
    **_objects(
        tuple(
            f"assurance:{name}"
            for name in (
                "action",
                "plan_action",
                "implement_action",
                "judge_action",
                "reopen_action",
                "attach_to_action",
            )
        ),
        action_id="action",
    ),
}

ISMS = {
    **_places(Reach.PLACE, "isms:statements", "isms:indicators", "isms:matrix"),
    **_places(Reach.PLACE, "isms:committees", "isms:add_committee", "isms:decisions"),
    **_places(Reach.PLACE, "isms:reviews", "isms:plan_review", "isms:soa_frameworks"),
    **_objects(
        (
            "isms:soa_framework",
            "isms:decide_applicability",
            "isms:generate_soa",
            "api:soa_live",
            "api:decide_applicability",
            "api:generate_soa",
        ),
        framework_id="stated_framework",
    ),
    **_objects(
        ("isms:soa", "isms:approve_soa", "isms:soa_report", "api:soa", "api:approve_soa", "api:soa_report"),
        soa_id="soa",
    ),
    **_objects(
        tuple(f"isms:{name}" for name in ("committee", "edit_committee", "seat", "plan_meeting")),
        committee_id="committee",
    ),
    "isms:end_term": Place(Reach.OBJECT, things(committee_id="committee", member_id="member")),
    **_objects(
        tuple(
            f"isms:{name}"
            for name in (
                "meeting",
                "change_meeting",
                "write_minutes",
                "decide",
                "approve_minutes",
                "cancel_meeting",
                "minutes_report",
            )
        ),
        meeting_id="meeting",
    ),
    **_objects(("isms:decision",), decision_id="decision"),
    **_objects(
        tuple(
            f"isms:{name}"
            for name in (
                "review_record",
                "change_review",
                "hold_review",
                "decide_in_review",
                "approve_review",
                "review_report",
            )
        ),
        review_id="review",
    ),
    **_places(Reach.OWN, "isms:calendar", "isms:month", "isms:feeds", "isms:revoke_feed", "api:calendar"),
    "isms:feed": Place(Reach.PUBLIC, things(token="dead_token")),
    **_places(Reach.PLACE, "api:committees", "api:found_committee", "api:decisions", "api:management_reviews"),
    **_places(Reach.PLACE, "api:plan_management_review", "api:process_maturity", "api:cycle"),
    **_objects(
        ("api:committee", "api:change_committee", "api:seat_member", "api:plan_meeting"), committee_id="committee"
    ),
    "api:end_member_term": Place(Reach.OBJECT, things(committee_id="committee", member_id="member")),
    **_objects(
        tuple(
            f"api:{name}"
            for name in (
                "meeting",
                "change_meeting",
                "cancel_meeting",
                "write_minutes",
                "decide_in_meeting",
                "minutes_report",
                "approve_minutes",
            )
        ),
        meeting_id="meeting",
    ),
    **_objects(("api:decision", "api:close_decision"), decision_id="decision"),
    **_objects(
        tuple(
            f"api:{name}"
            for name in (
                "management_review",
                "change_management_review",
                "hold_review",
                "decide_in_review",
                "approve_review",
                "review_pack",
            )
        ),
        review_id="review",
    ),
    **_objects(("api:confirm_statement", "api:rate_process"), statement_id="statement"),
    "api:withdraw_indicator_reading": Place(Reach.OBJECT, things(statement_id="indicator", reading_id="reading")),
    "isms:add": Place(Reach.PLACE, things(kind="statement_kind")),
    **_objects(
        tuple(f"isms:{name}" for name in ("statement", "edit", "approve", "review", "retire")), statement_id="statement"
    ),
    **_places(Reach.PLACE, "isms:overview", "isms:maturity"),
    **_objects(("isms:rate",), statement_id="statement"),
    "isms:take_reading": Place(Reach.OBJECT, things(statement_id="indicator")),
    "isms:withdraw_reading": Place(Reach.OBJECT, things(statement_id="indicator", reading_id="reading")),
    **_places(Reach.PLACE, "api:statements", "api:write_statement", "api:indicators", "api:responsibility_matrix"),
    **_objects(
        tuple(f"api:{name}" for name in ("statement", "edit_statement", "approve_statement", "retire_statement")),
        statement_id="statement",
    ),
    **_objects(("api:readings", "api:take_reading"), statement_id="indicator"),
}

API = {
    **_places(Reach.PLACE, "api:search"),
    **_places(Reach.OWN, "api:api-root", "api:openapi-json", "api_docs"),
    **_places(
        Reach.PLACE,
        "api:event_files",
        "api:correlation_memories",
        "api:upload",
        "api:alerts",
        "api:triage",
        "api:cases",
    ),
    **_objects(("api:event_file", "api:unreadable"), event_file_id="event_file"),
    **_objects(("api:alert", "api:matches"), alert_id="alert"),
    **_objects(("api:case", "api:case_report"), number="case"),
    **_places(
        Reach.PLACE,
        *(f"api:ledger_{name}" for name in ("standing", "records", "checkpoints", "growth")),
    ),
    **{
        f"api:ledger_{name}": Place(Reach.PLACE, things(position="position"))
        for name in ("record", "proof", "verification")
    },
    "api:ledger_record_by_id": Place(Reach.PLACE, things(record_id="record")),
    "api:ledger_checkpoint": Place(Reach.PLACE, things(size="checkpoint")),
    **_places(Reach.PLACE, "api:assets", "api:add_asset", "api:asset_register_report", "api:duplicate_assets"),
    **_objects(
        tuple(f"api:{name}" for name in ("asset", "edit_asset", "classify", "lower_need", "link", "merge_assets")),
        asset_id="asset",
    ),
    **_places(Reach.PLACE, "api:evidence", "api:bundles", "api:ledger_key", "api:anchors", "api:timestamps"),
    **_objects(
        ("api:evidence_record", "api:evidence_content", "api:hold_evidence", "api:release_evidence"),
        evidence_id="evidence",
    ),
    **_objects(("api:bundle", "api:bundle_content"), bundle_id="bundle"),
    **_places(
        Reach.PLACE,
        *(
            f"api:{name}"
            for name in (
                "frameworks",
                "requirements",
                "measures",
                "add_measure",
                "checks",
                "findings",
                "raise_finding",
                "actions",
            )
        ),
    ),
    "api:framework": Place(Reach.PLACE, things(framework_id="framework")),
    "api:adopt_framework": Place(Reach.PLACE),
    "api:load_framework": Place(Reach.PLACE, things(identifier="framework_name")),
    **{
        f"api:{name}": Place(Reach.PLACE, things(requirement_id="requirement"))
        for name in ("standing", "assert_standing")
    },
    **_objects(("api:measure", "api:add_check"), measure_id="measure"),
    **_objects(("api:check", "api:run_check", "api:do_check"), check_id="check"),
    **_objects(("api:asset_requirements",), asset_id="asset"),
    **_objects(("api:finding", "api:close_finding", "api:open_action"), finding_id="finding"),
    **_objects(("api:action", "api:plan_action", "api:implement_action", "api:judge_action"), action_id="action"),
    **{
        f"api:{name}": Place(Reach.PLACE, things(timestamp_id="timestamp")) for name in ("timestamp", "timestamp_token")
    },
    "api:unlink": Place(Reach.OBJECT, things(asset_id="asset", dependency_id="dependency")),
}

OPERATIONS = {
    **_places(Reach.PLACE, "operations:overview", "operations:jobs", "operations:retry_kind", "operations:schedules"),
    **{f"operations:{name}": Place(Reach.PLACE, things(number="job")) for name in ("job", "retry", "cancel")},
    **{
        f"operations:{name}": Place(Reach.PLACE, things(name="schedule"))
        for name in ("schedule", "change_schedule", "run_schedule", "pause_schedule", "resume_schedule")
    },
    **_places(Reach.PLACE, "api:figures", "api:workers", "api:jobs", "api:retry_jobs", "api:schedules"),
    **{f"api:{name}": Place(Reach.PLACE, things(number="job")) for name in ("job", "retry_job", "cancel_job")},
    **{
        f"api:{name}": Place(Reach.PLACE, things(name="schedule"))
        for name in ("schedule", "change_schedule", "run_schedule", "pause_schedule", "resume_schedule")
    },
}

PEOPLE_API = {
    **_places(Reach.OWN, "api:tokens", "api:make_token"),
    **_places(
        Reach.PLACE,
        "api:persons",
        "api:access_rights_report",
        "api:add_person",
        "api:units",
        "api:add_unit",
        "api:roles",
        "api:make_role",
    ),
    **{
        f"api:{name}": Place(Reach.PLACE, things(code="role"))
        for name in ("role", "edit_role", "retire_role", "delete_role")
    },
    **_objects(
        tuple(f"api:{name}" for name in ("person", "edit_person", "invite", "deactivate", "reactivate", "grant")),
        person_id="person",
    ),
    **_objects(("api:revoke",), grant_id="grant"),
    **_objects(("api:revoke_token",), token_id="token"),
    **_places(Reach.OWN, "api:delegations"),
    **_objects(("api:take_back",), delegation_id="delegation"),
    # The grant that is lent is named in the body.
    **_places(Reach.OWN, "api:delegate"),
    **_objects(tuple(f"api:{name}" for name in ("unit", "rename_unit", "move_unit")), unit_id="unit"),
    # Without the parameters of its query neither says anything.
    **_places(Reach.OWN, "api:explain", "api:holders"),
}

SAMPLE = _places(Reach.PLACE, "sample:sample", "sample:load", "sample:remove")
NOTIFICATIONS = {
    **_places(Reach.OWN, "notifications:inbox", "notifications:read_all", "notifications:preferences"),
    **_objects(("notifications:notice", "notifications:acknowledge"), notice_id="notice"),
    **_places(Reach.PLACE, "notifications:webhooks", "notifications:add_webhook"),
    **{
        f"notifications:{name}": Place(Reach.PLACE, things(webhook_id="webhook"))
        for name in (
            "webhook",
            "edit_webhook",
            "renew_secret",
            "send_test",
            "pause_webhook",
            "resume_webhook",
            "remove_webhook",
        )
    },
    **_places(Reach.OWN, "api:inbox", "api:unread", "api:read_all", "api:preferences", "api:change_preferences"),
    **_objects(("api:read_notice", "api:acknowledge_notice"), notice_id="notice"),
    **_places(Reach.PLACE, "api:webhooks", "api:add_webhook"),
    **{
        f"api:{name}": Place(Reach.PLACE, things(webhook_id="webhook"))
        for name in (
            "webhook",
            "change_webhook",
            "remove_webhook",
            "deliveries",
            "renew_secret",
            "send_test",
            "pause_webhook",
            "resume_webhook",
        )
    },
}

PLACES: dict[str, Place] = {
    **NOTIFICATIONS,
    **WEB,
    **DUTIES,
    **LIBRARY,
    **IMPORTS,
    **PEOPLE,
    **OPERATIONS,
    **LEDGER,
    **LISTS,
    **ASSETS,
    **ASSURANCE,
    **ISMS,
    **DETECTION,
    **INCIDENTS,
    **EVENTS,
    **INTAKE,
    **MAPPINGS,
    **API,
    **PEOPLE_API,
    **SAMPLE,
    **API,
}


def _with_file(values: Values) -> Values:
    return lambda world: {**values(world), "file": SimpleUploadedFile("x.jsonl", b"{}\n")}


def _fixed(**fields: str) -> Values:
    return lambda _world: fields


MAPPING = {"name": "X", "header": ["a", "b"]}
WORDS = {"reason": "x", "text": "x", "title": "Case", "severity": "high", "summary": "x", "version": "1"}
SENDS: dict[str, Values] = {
    **dict.fromkeys(
        (
            "assurance:retire_check",
            "assurance:close_finding",
            "assurance:reopen_finding",
            "assurance:reopen_action",
        ),
        _fixed(version="1", reason="x"),
    ),
    "assurance:implement_action": _fixed(version="1", done="x"),
    "assurance:judge_action": _fixed(version="1", verdict="x", effective="yes"),
    "api:hunt_sql": _fixed(sql="SELECT 1"),
    **dict.fromkeys(("api:hold_evidence", "api:release_evidence"), _fixed(reason="x")),
    "events:download": _fixed(query="", format="csv"),
    "api:download_hunt": _fixed(sql="SELECT 1"),
    "api:change_retention": _fixed(days="30"),
    "events:change_retention": _fixed(days="30", segment_days="30", version="1"),
    "api:publish_policy": _fixed(effective_on=None),
    "api:adopt_framework": _fixed(identifier="MLPS"),
    "api:load_framework": _fixed(title="X", requirements=[{"identifier": "1", "title": "x"}]),
    "api:assert_standing": _fixed(standing="met", reason="x", expires_on="2099-01-01"),
    **dict.fromkeys(
        ("api:measures", "api:add_measure"), lambda world: {"name": "X", "unit_id": str(world.things["unit"])}
    ),
    **dict.fromkeys(
        ("api:findings", "api:raise_finding"), lambda world: {"title": "X", "unit_id": str(world.things["unit"])}
    ),
    "api:add_check": _fixed(title="X", steps=["x"]),
    "api:do_check": _fixed(answers=[True], note="x"),
    "api:close_finding": _fixed(reason="x"),
    "api:open_action": _fixed(title="X"),
    "api:plan_action": _fixed(title="X"),
    "api:implement_action": _fixed(done="x"),
    "api:judge_action": _fixed(is_effective=True, verdict="x"),
    "people:add_person": lambda world: {
        "name": "X",
        "email": "x@example.org",
        "language": "en",
        "unit": world.things["unit"],
    },
    "people:add_unit": lambda world: {"name": "X", "parent": world.things["unit"]},
    "people:unit": _fixed(name="X", version="1"),
    **dict.fromkeys(
        ("api:persons", "api:add_person", "api:edit_person"),
        lambda world: {"name": "X", "email": "x@example.org", "unit_id": str(world.things["unit"])},
    ),
    **dict.fromkeys(
        ("api:units", "api:add_unit", "api:move_unit", "api:rename_unit"),
        lambda world: {"name": "X", "parent_id": str(world.things["unit"])},
    ),
    **dict.fromkeys(
        ("api:make_role", "api:roles", "api:edit_role"),
        lambda _world: {"name": "X", "permissions": ["people.read"]},
    ),
    "api:grant": lambda world: {"role": "employee", "unit_id": str(world.things["unit"])},
    **dict.fromkeys(("api:deactivate", "api:reactivate"), lambda _world: {"reason": "x"}),
    "people:move_unit": lambda world: {"parent": world.organisation.root, "version": "1"},
    **dict.fromkeys(
        ("people:make_role", "people:edit_role", "people:retire_role", "people:delete_role"),
        _fixed(name="X", permissions="people.read", version="1"),
    ),
    "people:edit_person": lambda world: {
        "name": "X",
        "email": "x@example.org",
        "version": "1",
        "unit": world.things["unit"],
    },
    "people:grant": lambda world: {"role": "employee", "unit": world.things["unit"]},
    "people:deactivate": _fixed(**WORDS),
    "people:delegate": _fixed(email="frieda@example.org", reason="x", last_day="2026-03-09"),
    **dict.fromkeys(
        ("api:delegations", "api:delegate"),
        lambda world: {
            "grant_id": str(world.things["own_grant"]),
            "email": "frieda@example.org",
            "reason": "x",
            "ends_at": "2099-01-01T00:00:00Z",
        },
    ),
    "people:reset_factors": _fixed(**WORDS),
    "people:end_sessions": _fixed(**WORDS),
    "people:factor_rules": _fixed(role="", grace_days="1"),
    "lists:act": lambda world: {
        "act": "review",
        "confirmed": "1",
        "selected": str(world.things["asset"]),
    },
    **dict.fromkeys(("api:views", "api:keep_view"), lambda world: {"list_name": world.things["list"], "name": "X"}),
    **dict.fromkeys(("api:view", "api:change_view", "api:remove_view"), _fixed(name="X")),
    "lists:change_view": _fixed(version="1", query="q=x"),
    "api:export_list": _fixed(format="csv"),
    "api:act_on_list": lambda world: {
        "act": "review",
        "confirmed": 1,
        "selected": [str(world.things["asset"])],
    },
    "assets:add": lambda world: {
        "name": "X",
        "type": "system",
        "unit": str(world.things["unit"]),
        "review_every_days": "365",
    },
    "assets:edit": lambda world: {
        "name": "X",
        "type": "system",
        "unit": str(world.things["unit"]),
        "review_every_days": "365",
        "version": "1",
    },
    "assets:classify": _fixed(confidentiality="4", version="1"),
    "assets:lower": _fixed(confidentiality="4", reason="x", version="1"),
    "assets:move": _fixed(to="retiring", version="1"),
    "assets:review": _fixed(version="1"),
    "assets:link": lambda world: {"kind": "depends_on", "support": str(world.things["asset"])},
    "assets:merge": _fixed(reason="x", version="1", duplicate_version="1"),
    "api:merge_assets": lambda world: {
        "duplicate_id": str(world.things["other_asset"]),
        "duplicate_version": 1,
        "reason": "x",
    },
    "policies:add": lambda world: {
        "kind": "norm",
        "english": "X",
        "unit": str(world.things["unit"]),
        "review_every_days": "365",
    },
    "policies:edit": lambda world: {"unit": str(world.things["unit"]), "review_every_days": "30", "version": "1"},
    "policies:starter": lambda world: {"unit": str(world.things["unit"]), "language": "en"},
    "policies:variables": _fixed(english="a = b"),
    "policies:review": _fixed(version="1"),
    "policies:retire": _fixed(version="1", reason="x"),
    "policies:edit_text": _fixed(english="# X", version="1"),
    "policies:preview": _fixed(english="# X"),
    "policies:submit": _fixed(version="1", quorum_1="1"),
    "policies:act": _fixed(text="x"),
    "policies:resolve": _fixed(resolution="x"),
    "policies:report": _fixed(format="docx"),
    **dict.fromkeys(
        ("api:policies", "api:add_policy"),
        lambda world: {
            "kind": "norm",
            "unit_id": str(world.things["unit"]),
            "texts": [{"language": "en", "source": "# X"}],
        },
    ),
    "api:save_policy_texts": lambda _world: {"texts": [{"language": "en", "source": "# X"}]},
    "api:confirm": _fixed(digest="c" * 64),
    **dict.fromkeys(("api:set_audience", "api:count_audience"), lambda _world: {"parts": [{"kind": "everybody"}]}),
    **dict.fromkeys(
        ("api:exceptions", "api:request_exception"),
        lambda world: {
            "document_id": str(world.things["document"]),
            "clause": "ID-03",
            "unit_id": str(world.things["unit"]),
            "justification": "x",
            "risk": "low",
            "starts_on": "2030-01-01",
            "ends_on": "2030-02-01",
        },
    ),
    **dict.fromkeys(("api:refuse_exception", "api:revoke_exception", "api:abandon_run"), _fixed(reason="x")),
    "api:extend_exception": _fixed(until="2030-01-01", reason="x"),
    **dict.fromkeys(
        ("api:runs", "api:start_run"),
        lambda world: {
            "document_id": str(world.things["document"]),
            "unit_id": str(world.things["unit"]),
            "due_on": f"{timezone.localdate()}",
        },
    ),
    "api:settle_step": lambda _world: {"position": 1, "state": "done"},
    "api:finish_run": lambda _world: {"raises_finding": False},
    "api:submit_policy": lambda world: {"steps": [{"approvers": [str(world.things["person"])], "quorum": 1}]},
    "api:approve_policy": lambda _world: {"sha256": "0" * 64},
    "api:reject_policy": lambda _world: {"reason": "x"},
    "api:withdraw_policy": lambda _world: {"reason": "x"},
    "api:policy_report": lambda _world: {"format": "docx", "language": "en"},
    "assets:scheme": _fixed(name0="A", name1="B", version="0"),
    "assets:register": _fixed(format="csv"),
    "people:access_report": _fixed(format="csv"),
    "incidents:case_report": _fixed(format="csv"),
    **dict.fromkeys(
        ("isms:add", "isms:edit"),
        lambda world: {
            "title": "X",
            "unit": str(world.things["unit"]),
            "origin": "internal",
            "topic": "law",
            "effect": "risk",
            "text": "x",
            "review_every_days": "365",
            "version": "1",
        },
    ),
    **dict.fromkeys(
        ("isms:add_committee", "isms:edit_committee"),
        lambda world: {
            "name": "X",
            "unit": str(world.things["unit"]),
            "quorum": "1",
            "every_days": "90",
            "version": "1",
        },
    ),
    "isms:seat": lambda world: {
        "person": str(world.things["person"]),
        "function": "member",
        "from_on": "2026-03-02",
    },
    **dict.fromkeys(("isms:plan_meeting", "isms:change_meeting"), _fixed(planned_at="2026-03-02T12:00", version="1")),
    "isms:write_minutes": _fixed(text="x", version="1"),
    "isms:cancel_meeting": _fixed(reason="x", version="1"),
    **dict.fromkeys(
        ("isms:minutes_report", "isms:review_report", "api:review_pack", "api:minutes_report"), _fixed(format="csv")
    ),
    **dict.fromkeys(
        ("api:committees", "api:found_committee", "api:committee", "api:change_committee"),
        lambda world: {"name": "X", "unit_id": str(world.things["unit"]), "quorum": 1},
    ),
    "api:seat_member": lambda world: {
        "person_id": str(world.things["person"]),
        "function": "member",
        "from_on": "2026-03-02",
    },
    "api:end_member_term": _fixed(until_on="2099-01-01"),
    **dict.fromkeys(
        ("api:plan_meeting", "api:meeting", "api:change_meeting"), _fixed(planned_at="2026-03-02T12:00:00Z")
    ),
    "api:cancel_meeting": _fixed(reason="x"),
    "api:write_minutes": _fixed(text="x"),
    **dict.fromkeys(
        ("api:decide_in_meeting", "api:decide_in_review"),
        lambda world: {"text": "x", "owner_id": str(world.things["person"]), "due_on": "2099-01-01"},
    ),
    **dict.fromkeys(
        (
            "api:management_reviews",
            "api:plan_management_review",
            "api:management_review",
            "api:change_management_review",
        ),
        lambda world: {
            "title": "X",
            "unit_id": str(world.things["unit"]),
            "period_from": "2026-01-01",
            "period_to": "2026-03-02",
            "planned_on": "2026-03-02",
        },
    ),
    "api:hold_review": lambda world: {"attendees": [str(world.things["person"])], "text": "x"},
    "api:rate_process": _fixed(level=3, evidence="x"),
    "api:confirm_statement": _fixed(x=""),
    "api:withdraw_indicator_reading": _fixed(reason="x"),
    **dict.fromkeys(
        ("isms:decide", "isms:decide_in_review"),
        lambda world: {"text": "x", "owner": str(world.things["person"]), "due_on": "2099-01-01"},
    ),
    "isms:decision": _fixed(state="done", outcome="x", version="1"),
    **dict.fromkeys(
        ("isms:plan_review", "isms:change_review"),
        lambda world: {
            "title": "X",
            "unit": str(world.things["unit"]),
            "period_from": "2026-01-01",
            "period_to": "2026-03-02",
            "planned_on": "2026-03-02",
            "version": "1",
        },
    ),
    "isms:decide_applicability": lambda world: {
        "selected": str(world.things["stated_requirement"]),
        "applies": "yes",
        "reason": "x",
    },
    "api:decide_applicability": lambda world: {
        "requirements": [str(world.things["stated_requirement"])],
        "applies": "yes",
        "reason": "x",
    },
    "isms:approve_soa": _fixed(digest="0" * 64),
    **dict.fromkeys(("isms:soa_report", "api:soa_report"), _fixed(format="csv")),
    "isms:hold_review": lambda world: {"attendees": str(world.things["person"]), "text": "x", "version": "1"},
    **dict.fromkeys(("api:approve_minutes", "api:approve_review", "api:approve_soa"), _fixed(digest="0" * 64)),
    **dict.fromkeys(("api:decision", "api:close_decision"), _fixed(state="done", outcome="x")),
    "isms:review": _fixed(version="1"),
    "isms:retire": _fixed(reason="x", version="1"),
    "isms:take_reading": _fixed(on="2026-03-02", value="1"),
    "isms:withdraw_reading": _fixed(reason="x"),
    "isms:rate": _fixed(level="3", evidence="x"),
    **dict.fromkeys(
        ("api:statements", "api:write_statement", "api:edit_statement"),
        lambda world: {
            "title": "X",
            "unit_id": str(world.things["unit"]),
            "content": {"kind": "issue", "origin": "internal", "topic": "law", "effect": "risk", "text": "x"},
        },
    ),
    "api:approve_statement": _fixed(digest="0" * 64),
    "api:retire_statement": _fixed(reason="x"),
    **dict.fromkeys(("api:readings", "api:take_reading"), _fixed(on="2026-03-02", value="1")),
    **dict.fromkeys(
        ("api:log_sources", "api:add_log_source", "api:edit_log_source"),
        lambda world: {"name": "X", "unit_id": str(world.things["unit"]), "kind": "upload"},
    ),
    "api:move_log_source": _fixed(state="paused"),
    "api:make_source_token": _fixed(expires_at="2026-12-31T00:00:00Z"),
    "api:source_tokens": _fixed(expires_at="2026-12-31T00:00:00Z"),
    **dict.fromkeys(
        ("api:event_mappings", "api:add_event_mapping"),
        lambda world: {"unit_id": str(world.things["unit"]), "mapping": MAPPING},
    ),
    "api:save_event_mapping": _fixed(**MAPPING),
    "api:try_event_mapping": _fixed(mapping=MAPPING, example="a,b\n1,2\n"),
    "intake:new_mapping": _with_file(things(unit="unit")),
    "intake:event_mapping": _fixed(version="1", act="save", name="X"),
    "intake:edit": lambda world: {"name": "X", "unit": str(world.things["unit"]), "version": "1", "silent_unit": "60"},
    "intake:move": _fixed(to="paused", version="1"),
    "intake:make_token": _fixed(expires_on="2026-12-31"),
    "incidents:upload": _with_file(things(unit="unit")),
    **dict.fromkeys(("imports:upload", "api:bring_file"), _with_file(nothing)),
    "api:map_import": lambda _world: {"columns": {"name": "name"}},
    "imports:table": _fixed(formulas="take", version_shown="1"),
    "imports:columns": _fixed(version="1"),
    "imports:apply": _fixed(version="1"),
    "incidents:triage": lambda world: {"act": "acknowledge", "selected": f"{world.things['alert']}:1"},
    "incidents:attach_evidence": _with_file(nothing),
    "assurance:attach_to_run": _with_file(nothing),
    "assurance:attach_to_action": _with_file(nothing),
    **{
        f"incidents:{name}": _fixed(**WORDS)
        for name in ("edit_case", "move_case", "close_case", "reopen_case", "add_note", "withdraw_entry")
    },
    "incidents:add_entry": _fixed(at="2026-03-02T12:00", text="x"),
    "api:upload": _with_file(things(unit="unit")),
    **dict.fromkeys(
        ("api:assets", "api:add_asset", "api:edit_asset"),
        lambda world: {"name": "X", "type": "system", "unit_id": str(world.things["unit"])},
    ),
    "api:classify": lambda _world: {"confidentiality": 4},
    "api:lower_need": lambda _world: {"confidentiality": 4, "reason": "x"},
    "api:link": lambda world: {"support_id": str(world.things["asset"]), "kind": "depends_on"},
    "api:retry_jobs": _fixed(kind="tidy"),
    **dict.fromkeys(("api:asset_register_report", "api:access_rights_report", "api:case_report"), _fixed(format="csv")),
    **dict.fromkeys(
        ("api:webhooks", "api:add_webhook", "api:change_webhook", "api:remove_webhook"),
        _fixed(name="X", url="https://hooks.example.org/"),
    ),
    "notifications:add_webhook": _fixed(name="X", url="https://hooks.example.org/"),
    "notifications:edit_webhook": _fixed(name="X", url="https://hooks.example.org/", version="1"),
    "detection:decide_exception": _fixed(act="approve", version="1"),
    "api:decide_rules": lambda world: {
        "rules": [str(world.things["library_rule"])],
        "acts": ["enable"],
        "reason": "x",
    },
    "detection:remove_placeholder": _fixed(version="1", reason="x"),
    "detection:placeholder": _fixed(version="1", reason="x", values="z"),
    **dict.fromkeys(
        ("api:placeholders", "api:add_placeholder"),
        lambda world: {
            "name": "p",
            "unit_id": str(world.things["unit"]),
            "values": ["x"],
            "owner_id": str(uuid4()),
            "reason": "x",
        },
    ),
    **dict.fromkeys(
        ("api:placeholder", "api:change_placeholder", "api:remove_placeholder"),
        lambda _world: {"values": ["x"], "owner_id": str(uuid4()), "reason": "x"},
    ),
    "detection:remove_layer": _fixed(version="1", reason="x"),
    **dict.fromkeys(
        ("api:layers", "api:bring_layer", "api:layer", "api:replace_layer", "api:remove_layer"),
        _fixed(layer={}, reason="x"),
    ),
    "detection:ask_trial": lambda world: {"rule": str(world.things["library_rule"]), "period": "week"},
    **dict.fromkeys(("api:trials", "api:ask_trial"), lambda world: {"rules": [str(world.things["library_rule"])]}),
    **dict.fromkeys(
        ("api:switches", "api:switch_rule_off"),
        lambda world: {"rule_version_id": str(world.things["rule"]), "reason": "x"},
    ),
    "api:triage": lambda world: {
        "act": "acknowledge",
        "alerts": [{"alert_id": str(world.things["alert"]), "version": 1}],
    },
}
"""What a POST carries, where it would do something if it were let in: the objects it names belong to Operations."""


OF_NO_UNIT = {
    "api:hunt_sql",
    "events:download",
    "api:download_hunt",
    "api:try_event_mapping",
    "imports:upload",
    "api:bring_file",
    "assets:register",
    "people:access_report",
    "api:asset_register_report",
    "api:access_rights_report",
    "api:export_list",
    "api:views",
    "api:keep_view",
}
"""What whoever holds the permission anywhere may send: an import asks at every step where it leads, a report or a file
of a list holds what its reader may read and nothing else, a view is an address, and a dry run keeps nothing."""

OTHER_METHODS = {
    "api:layer": "PUT",
    "api:replace_layer": "PUT",
    "api:change_placeholder": "PUT",
    "api:load_framework": "PUT",
    "api:plan_action": "PUT",
    "api:edit_asset": "PUT",
    "api:change_retention": "PUT",
    "api:hold_evidence": "PUT",
    "api:edit_log_source": "PUT",
    "api:move_log_source": "PUT",
    "api:save_event_mapping": "PUT",
    "api:remove_event_mapping": "DELETE",
    "api:revoke_source_token": "DELETE",
    "api:close_decision": "PUT",
    "api:change_committee": "PUT",
    "api:end_member_term": "PUT",
    "api:change_meeting": "PUT",
    "api:cancel_meeting": "PUT",
    "api:write_minutes": "PUT",
    "api:change_management_review": "PUT",
    "api:hold_review": "PUT",
    "api:withdraw_indicator_reading": "PUT",
    "api:edit_statement": "PUT",
    "api:retire_statement": "PUT",
    "api:save_policy_texts": "PUT",
    "api:edit_person": "PUT",
    "api:reactivate": "DELETE",
    "api:revoke": "DELETE",
    "api:rename_unit": "PUT",
    "api:move_unit": "PUT",
    "api:edit_role": "PUT",
    "api:retire_role": "PUT",
    "api:delete_role": "DELETE",
    "api:revoke_token": "DELETE",
    "api:take_back": "DELETE",
    "api:classify": "PUT",
    "api:read_import_as": "PUT",
    "api:map_import": "PUT",
    "api:lower_need": "PUT",
    "api:unlink": "DELETE",
    "api:change_schedule": "PUT",
    "api:change_view": "PUT",
    "api:remove_view": "DELETE",
    "api:change_webhook": "PUT",
    "api:settle_step": "PUT",
    "api:remove_webhook": "DELETE",
}
"""The addresses that take neither GET nor POST."""


@dataclass(frozen=True, slots=True)
class Address:
    """A pattern of the resolver: its name, its route as written, and its parameters."""

    name: str
    route: str
    parameters: frozenset[str]
    pattern: URLPattern


def addresses() -> tuple[Address, ...]:
    """Every pattern of the whole project."""
    return tuple(_walk(get_resolver(), route="/", spaces=()))


def _walk(resolver: URLResolver, *, route: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry, route=here, spaces=inner)
        elif isinstance(entry, URLPattern):
            name = ":".join((*spaces, entry.name or f"nameless {here}"))
            yield Address(name=name, route=here, parameters=frozenset(entry.pattern.regex.groupindex), pattern=entry)


def path_of(address: Address, world: World) -> str:
    """The path of an address with the parameters of its place filled in."""
    values = PLACES[address.name].values(world)
    assert set(values) == address.parameters, f"{address.name} takes {sorted(address.parameters)}, got {values}"
    return reverse(address.name, kwargs=values)


@pytest.fixture
def erik(organisation: CastOrganisation) -> Actor:
    """Holds every role, in Sales."""
    unit = organisation.sales
    return hire("Erik Ebert", unit_id=unit, roles=tuple((str(role), unit) for role in RoleCode))


@pytest.fixture
def world(organisation: CastOrganisation, alice: Actor) -> World:
    now = timezone.now()
    unit = organisation.operations
    invited = commands.add_person(email="frieda@example.org", name="Frieda Funk", unit_id=unit, actor=alice, now=now)
    grant = commands.grant(
        invited.person_id,
        role=RoleCode.INCIDENT_RESPONDER,
        unit_id=unit,
        expires_at=None,
        actor=alice,
        now=now,
    )
    role = commands.make_role(name="Desk", note="", permissions=frozenset({"people.read"}), actor=alice, now=now)
    token = commands.make_token(
        name="Script",
        permissions=frozenset({"people.read"}),
        unit_id=None,
        expires_at=now + timedelta(days=1),
        actor=alice,
        now=now,
    )
    own_grant = people.Grant.objects.get(person_id=alice.person_id, role_id="head_of_security").pk
    delegation = commands.delegate(
        own_grant,
        email="frieda@example.org",
        units=frozenset({unit}),
        permissions=frozenset({"ledger.read"}),
        begins_at=now,
        ends_at=now + timedelta(days=1),
        reason="Leave",
        actor=alice,
        now=now,
    )
    made = {
        "dead_token": "dead",
        "unit": unit,
        "person": invited.person_id,
        "grant": grant,
        "role": role,
        "token": token.token_id,
        "own_grant": own_grant,
        "delegation": delegation,
    }
    return World(
        organisation=organisation,
        things={
            **made,
            **_of_operations(now),
            **_of_notifications(alice, now=now),
            **_of_incidents(unit, alice=alice, now=now),
            **_of_detection(unit, alice=alice, now=now),
            **_of_the_ledger(now),
            **_of_assets(unit, alice=alice, now=now),
            **_of_imports(alice=alice, now=now),
            **_of_the_management_system(unit, alice=alice, now=now),
            **_of_assurance(unit, alice=alice, now=now),
            **_of_duties(unit, alice=alice, now=now),
            **_of_library(unit, alice=alice, now=now),
        },
    )


def _of_detection(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """An import with a rule that waits."""
    files = detection_commands.opened(LIBRARY_RULE, name="r.yml")
    arrived = detection_commands.loaded(files, name="r.yml", tell=lambda _done, _total: None)
    made = detection_commands.import_rules(arrived, actor=alice, now=now)
    assert alice.person_id is not None
    asked = ExceptionFacts(
        rule=RuleOfException(rule_id="r", title="Rule", product="windows"),
        conditions=(Condition(field="User", comparison=Comparison.IS, value="x"),),
        reason="Expected",
        owner_id=alice.person_id,
        ends_on=now.date() + timedelta(days=30),
        unit_id=unit,
    )
    return {
        "library_rule": made.new[0],
        "rule_batch": detection.Batch.objects.get().pk,
        "rule_placeholder": detection_commands.add_placeholder(
            PlaceholderFacts(name="x", unit_id=unit, values=("y",), owner_id=alice.person_id, reason="x"),
            actor=alice,
            now=now,
        ),
        "attack_release": detection_commands.bring_attack(io.BytesIO(bundle()), actor=alice, now=now),
        "attack_layer": detection_commands.bring_layer(ATTACK_LAYER, name="Plan", actor=alice, now=now),
        "rule_trial": detection_commands.ask_trial(
            TrialFacts(library_rule_ids=tuple(made.new), period=Period.DAY), actor=alice, now=now
        ),
        "rule_exception": detection_commands.ask_exception(asked, actor=alice, now=now),
    }


def _of_incidents(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A file, a rule, an alert, a draft and a case with a timeline entry."""
    file = incidents.EventFile.objects.create(
        unit_id=unit, name="attack.evtx", sha256="a" * 64, size_bytes=1, evidence_id=uuid4(), received_at=now
    )
    rule = incidents.RuleVersion.objects.create(
        rule_id="r",
        sha256="b" * 64,
        title="Rule",
        level="high",
        level_rank=4,
        path="r.yml",
        source="x",
        origin="shipped",
        loaded_at=now,
    )
    alert = incidents.Alert.objects.create(
        priority="high",
        priority_rank=3,
        unit_id=unit,
        rule=rule,
        rule_key="r",
        level="high",
        level_rank=4,
        matches=1,
        raised_at=now,
        changed_at=now,
    )
    draft = incident_commands.begin_draft(alert_ids=[alert.pk], unit_id=unit, actor=alice, now=now)
    facts = CaseFacts(title="Case", severity=Severity.HIGH, summary="")
    case_id = incident_commands.open_case(facts, lead_id=None, unit_id=unit, actor=alice, now=now)
    entry = incident_commands.add_timeline_entry(case_id, at=now, text="It began.", actor=alice, now=now)
    return {
        "event_file": file.pk,
        **_of_kept_events(unit, now=now),
        **_of_log_sources(unit, alice=alice, now=now),
        "rule": rule.pk,
        "alert": alert.pk,
        "draft": draft,
        "case": incidents.Case.objects.get(pk=case_id).number,
        "state": "contained",
        "entry": entry,
    }


def _of_duties(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A published document that Alice is asked to confirm."""
    document = policies.Document.objects.create(
        number="POL-77", kind="policy", title="Passwords", unit_id=unit, added_at=now, changed_at=now
    )
    version = policies.Version.objects.create(
        document=document,
        ordinal=1,
        label="1.0",
        state="published",
        digest="c" * 64,
        effective_on=now.date(),
        made_at=now,
        changed_at=now,
    )
    policies.VersionText.objects.create(version=version, language="en", title="Passwords", source="# Passwords")
    ask = policies.Ask.objects.create(
        document=document,
        version=version,
        person_id=people.Person.objects.get(email="frieda@example.org").pk,
        asked_at=now,
        due_on=now.date(),
    )
    policies.Ask.objects.create(
        document=document, version=version, person_id=alice.person_id, asked_at=now, due_on=now.date()
    )
    exception = policies.ClauseException.objects.create(
        serial=1,
        document=document,
        clause="ID-03",
        unit_id=unit,
        requester_id=alice.person_id,
        justification="It cannot be followed.",
        risk="low",
        starts_on=now.date(),
        ends_on=now.date() + timedelta(days=9),
        state="requested",
        requested_at=now,
        changed_at=now,
    )
    run = policies.Run.objects.create(
        serial=1,
        document=document,
        pinned=version,
        unit_id=unit,
        started_at=now,
        due_on=now.date(),
        steps_count=1,
        changed_at=now,
    )
    policies.RunItem.objects.create(run=run, position=1, identifier="S-1", text="Do it.")
    return {
        "document": document.pk,
        "version": version.pk,
        "ask": ask.pk,
        "exception": exception.pk,
        "run": run.pk,
        "run_position": 1,
    }


def _of_library(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A document that Alice writes, with a comment, and one that is signed."""
    facts = DocumentFacts(kind=Kind.NORM, unit_id=unit)
    written = policy_commands.add_document(facts, Draft(sources={Language.ENGLISH: "# Logs\n"}), actor=alice, now=now)
    draft = policies.Version.objects.get(document_id=written)
    comment = policy_commands.comment(draft.pk, clause="", language=None, text="Why?", actor=alice, now=now)
    signed = policies.Version.objects.create(
        document=policies.Document.objects.create(
            number="POL-78", kind="policy", title="Signed", unit_id=unit, added_at=now, changed_at=now
        ),
        ordinal=1,
        label="1.0",
        state="published",
        digest="d" * 64,
        code="ABCD-EFGH-JKLM-NPQR",
        statement="burgrave-policy-statement/1\n",
        effective_on=now.date(),
        published_at=now,
        made_at=now,
        changed_at=now,
    )
    policies.VersionText.objects.create(version=signed, language="en", title="Signed", source="# Signed")
    return {
        "written": written,
        "draft_version": draft.pk,
        "signed_version": signed.pk,
        "comment": comment,
        "policy_code": signed.code,
        "policy_file": "statement",
        "policy_act": "comment",
    }


def _of_operations(now: datetime) -> dict[str, Any]:
    """A job that waits, and the schedule that it is of."""
    timing = Timing(cron="15 3 * * *")
    jobs.write_schedules([ScheduleSpec(name="tidy", kind="tidy", timing=timing, words="Tidy")], now=now)
    return {"job": jobs.fire_now("tidy", now=now), "schedule": "tidy"}


def _of_notifications(alice: Actor, *, now: datetime) -> dict[str, Any]:
    """A notice of Alice's own, and a webhook."""
    assert alice.person_id
    with transaction.atomic():
        notifications.notify(
            topic="incidents.opened",
            to=Recipients(persons=(alice.person_id,)),
            subject="",
            words=Words(sentence="x"),
            link="/",
            now=now,
        )
    facts = WebhookFacts(name="Chat", url="https://hooks.example.org/")
    webhook = notifications.add_webhook(facts, actor=alice, now=now).webhook_id
    return {"notice": Notice.objects.get().pk, "webhook": webhook}


def _of_assets(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """Two assets, the first of which depends on the second."""
    first, second = (
        asset_commands.add_asset(AssetFacts(name=name, type=AssetType.SYSTEM, unit_id=unit), actor=alice, now=now)
        for name in ("First", "Second")
    )
    asset_commands.link(first, second, DependencyKind.RUNS_ON, actor=alice, now=now)
    view = list_commands.save_view(
        asset_commands.LIST, name="All", query="", audience=Audience.PRIVATE, actor=alice, now=now
    )
    things = {"asset": first, "other_asset": second, "dependency": Dependency.objects.get().pk}
    return {**things, "list": asset_commands.LIST.name, "view": view}


def _of_kept_events(unit: UnitId, *, now: datetime) -> dict[str, Any]:
    """One event of a file."""
    fields = {"EventID": "1"}
    event = Event("x", "1", now, "Security", "1", "x", "WS-7", fields, raw="{}")
    keeper = event_commands.Keeper(event_file_id=uuid4(), unit_id=unit)
    keeper.add(next(windows([event])), first_place=0)
    keeper.write()
    event_commands.keep_events(keeper)
    event_commands.finish_intake(keeper.event_file_id, now=now)
    return {"kept_file": keeper.event_file_id, "kept_place": 0}


def _of_log_sources(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A source that is sent over HTTP, with a token."""
    facts = LogSourceFacts(name="Proxy", unit_id=unit, kind=SourceKind.HTTP)
    made = intake_commands.add_log_source(facts, actor=alice, now=now)
    token = intake_commands.make_source_token(made, expires_at=now + timedelta(days=1), actor=alice, now=now)
    mapped = intake_commands.begin_event_mapping(
        b"a,b\n1,2\n", example_name="X.csv", unit_id=unit, actor=alice, now=now
    )
    return {"log_source": made, "source_token": token.token_id, "event_mapping": mapped}


def _of_the_management_system(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """An issue, and an indicator with a reading."""
    issue = Issue(origin=Origin.INTERNAL, topic=Topic.PEOPLE, effect=Effect.RISK, text="x")

    def write(content: Content) -> StatementId:
        draft = StatementDraft(title="X", unit_id=unit, content=content)
        return isms_commands.write_statement(draft, actor=alice, now=now)

    indicator = write(
        Indicator(
            objective_id=write(Objective(text="x")),
            unit_of_measure="h",
            direction=Direction.AT_MOST,
            target=Decimal(1),
            every_days=30,
        )
    )
    reading = isms_commands.take_reading(
        indicator, ReadingDraft(on=now.date() - timedelta(days=1), value=Decimal(1)), actor=alice, now=now
    )
    made = {"statement": write(issue), "statement_kind": "issue", "indicator": indicator, "reading": reading}
    return {**made, **_of_the_committee(unit, alice=alice, now=now), **_of_applicability(unit, alice=alice, now=now)}


def _of_applicability(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A framework with one requirement, and a Statement of Applicability."""
    draft = FrameworkDraft(
        identifier="STATED",
        title="X",
        origin=FrameworkOrigin.EXTERNAL,
        unit_id=unit,
        requirements=(RequirementDraft(identifier="A.1", title="X"),),
    )
    framework = assurance.put_framework(draft, actor=alice, now=now)
    requirement = assurance_queries.requirements_in_force(framework)[0].requirement_id
    soa = isms_commands.generate_soa(framework, actor=alice, now=now)
    return {"stated_framework": framework, "stated_requirement": requirement, "soa": soa}


def _of_the_committee(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A committee with a member, its meeting with a decision, and a management review."""
    assert alice.person_id
    committee = isms_commands.found_committee(
        CommitteeDraft(name="Board", unit_id=unit, quorum=1), actor=alice, now=now
    )
    seated = Term(person_id=alice.person_id, function=Function.CHAIR, from_on=now.date() - timedelta(days=9))
    member = isms_commands.seat(committee, seated, actor=alice, now=now)
    planned = MeetingDraft(planned_at=now - timedelta(days=1))
    meeting = isms_commands.plan_meeting(committee, planned, actor=alice, now=now)
    minutes = MinutesDraft(present=(alice.person_id,), text="x")
    isms_commands.write_minutes(meeting, minutes, version=1, actor=alice, now=now)
    decision = DecisionDraft(text="x", owner_id=alice.person_id, due_on=now.date())
    review = ReviewDraft(
        title="X",
        unit_id=unit,
        period_from=now.date() - timedelta(days=30),
        period_to=now.date(),
        planned_on=now.date(),
    )
    return {
        "committee": committee,
        "member": member,
        "meeting": meeting,
        "decision": isms_commands.decide(meeting, decision, actor=alice, now=now),
        "review": isms_commands.plan_review(review, actor=alice, now=now),
    }


def _of_imports(*, alice: Actor, now: datetime) -> dict[str, Any]:
    """A file that Alice brought."""
    with blob_store().writer() as writer:
        writer.write(b"reference,name,type\nA,Alpha,system\n")
        digest = writer.finish()
    made = import_commands.receive_file(digest, name="a.csv", target="assets", actor=alice, now=now)
    return {"import": made, "import_target": "assets"}


def _of_the_ledger(now: datetime) -> dict[str, Any]:
    """What was recorded so far has its place, and a checkpoint is signed."""
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    custody.seal(now=now)
    stamp = anchors.Timestamp.objects.create(authority="x", size=1, note="x", token=b"x", stamped_at=now)
    return {
        "position": 0,
        "checkpoint": ledger.head().size,
        "record": ledger.record(0).record_id,
        "tile": _tile_of(ledger.head()),
        "timestamp": stamp.pk,
        "timestamp_part": "token",
    }


def _of_assurance(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A piece of evidence about the unit, and a bundle with it. The ledger's key exists already."""
    writer, subject = blob_store().writer(), f"people.unit:{unit}"
    writer.write(b"what Operations alone may read")
    with transaction.atomic():
        evidence = assurance.keep(
            writer.finish(),
            name="secret.txt",
            media_type="text/plain",
            unit_id=unit,
            subject=subject,
            actor=alice,
            now=now,
        )
    bundle = assurance.issue_bundle(subjects=(subject,), title="Operations", unit_id=unit, actor=alice, now=now)
    return {"evidence": evidence, "bundle": bundle.bundle_id, "key_form": "pem", **_chain(unit, alice=alice, now=now)}


def _chain(unit: UnitId, *, alice: Actor, now: datetime) -> dict[str, Any]:
    """A framework of the organisation, and a measure, a check, a run, a finding and an action of the unit."""
    draft = FrameworkDraft(
        identifier="NRM-01",
        title="Norm",
        origin=FrameworkOrigin.INTERNAL,
        requirements=(RequirementDraft(identifier="A", title="Do"),),
    )
    framework = assurance.put_framework(draft, actor=alice, now=now)
    measure = assurance.put_measure(
        MeasureDraft(name="Measure", unit_id=unit, requirements=("NRM-01:A",)), actor=alice, now=now
    )
    check = assurance.put_check(CheckDraft(measure_id=measure, title="Check", steps=("Done?",)), actor=alice, now=now)
    run = assurance.do_check(check, ManualRun(answers=(True,), note="Seen"), actor=alice, now=now)
    finding = assurance.raise_finding(
        FindingDraft(
            unique_key="k",
            origin=FindingOrigin.AUDIT,
            subject="",
            title="Finding",
            unit_id=unit,
            action=CorrectiveActionDraft(title="Action"),
        ),
        actor=alice,
        now=now,
    )
    (action,) = assurance_queries.actions_of(finding, today=now.date())
    (requirement,) = assurance_queries.requirement_ids((("NRM-01", "A"),)).values()
    return {
        "framework": framework,
        "requirement": requirement,
        "measure": measure,
        "check": check,
        "check_run": run,
        "finding": finding,
        "action": action.action_id,
        "framework_name": "MINE",
    }


def _tile_of(head: Head | None) -> str:
    assert head is not None
    return f"0/000.p/{head.size}"


def knock(client: Client, address: Address, world: World) -> Iterator[tuple[str, HttpResponseBase]]:
    here = path_of(address, world)
    yield "GET", client.get(here)
    yield "POST", send(client, address, world)
    if method := OTHER_METHODS.get(address.name):
        body, headers = SENDS.get(address.name, nothing)(world), {"If-Match": '"v1"'}
        yield method, client.generic(method, here, json.dumps(body), "application/json", headers=headers)


def send(client: Client, address: Address, world: World) -> HttpResponse:
    """Post what the address expects: a form, or JSON where it is of the API and carries no file."""
    body = SENDS.get(address.name, nothing)(world)
    if address.name.startswith("api:") and body and "file" not in body:
        headers = {"If-Match": '"v1"'}
        return client.post(path_of(address, world), body, content_type="application/json", headers=headers)
    return client.post(path_of(address, world), body)


def without_a_place(found: tuple[Address, ...]) -> list[str]:
    return sorted({address.name for address in found} - set(PLACES))


def test_every_address_has_its_place() -> None:
    missing = without_a_place(addresses())
    assert not missing, (
        f"these addresses are in no table of {__name__}: {missing}. "
        "Say there whom each lets in, and for an object how one of another unit is made."
    )


def test_the_table_names_no_address_that_is_gone() -> None:
    gone = sorted(set(PLACES) - {address.name for address in addresses()})
    assert not gone


def test_no_address_is_nameless_or_named_twice() -> None:
    names = [address.name for address in addresses()]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    assert not [name for name in names if "nameless" in name]


def listed() -> list[Address]:
    return [address for address in addresses() if address.name in PLACES]


def test_alice_finds_every_object_that_the_others_are_tried_on(
    world: World, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)
    for address in listed():
        if PLACES[address.name].reach in {Reach.OBJECT, Reach.PLACE}:
            response = client.get(path_of(address, world))
            assert response.status_code in {200, 302, 405}, f"GET {address.route}: {response.status_code}"


def test_nobody_gets_in_anywhere_but_where_it_is_public(world: World, ledger_tail: Callable[[], list[str]]) -> None:
    let_in = []
    for address in listed():
        public = PLACES[address.name].reach is Reach.PUBLIC
        for method, response in knock(Client(), address, world):
            if PLACES[address.name].reach is Reach.TOKEN and response.status_code == 405:
                continue
            if _asks_to_sign_in(response) is public or response.status_code >= 500:
                let_in.append(f"{method} {address.route}: {response.status_code}")
    assert let_in == []
    assert ledger_tail() == []


def _asks_to_sign_in(response: HttpResponseBase) -> bool:
    if response.status_code == 302:
        return response.headers["Location"].startswith(SIGN_IN)
    return response.status_code == 401


REFUSED = {
    Reach.TOKEN: {401},
    # An object is not there for a stranger; a place says that a permission is missing.
    Reach.OBJECT: {404},
    Reach.PLACE: {403},
}
UNREAD = {
    "assurance:attach_to_action",
    "assurance:attach_to_run",
    "incidents:attach_evidence",
    "policies:attach_to_step",
}
"""Uploads: from somebody without the permission anywhere nothing is read, not even which object is meant."""


def doors_open_for(visitor: Callable[[], Client], world: World) -> list[str]:
    """Where somebody without any role gets in although the place is not for everybody."""
    let_in = []
    for address in listed():
        reach = PLACES[address.name].reach
        answers = {method: each.status_code for method, each in knock(visitor(), address, world)}
        # A method that the address does not know may say so; the one that it knows must refuse.
        given = set(answers.values()) - {405}
        if reach in REFUSED:
            allowed = REFUSED[reach] | ({404} if address.name in SENDS else set())
            right = bool(given) and given <= allowed | ({403} if address.name in UNREAD else set())
        else:
            right = max(given) < 500 and not (reach is Reach.OWN and 403 in given)
        if not right:
            let_in.append(f"{address.route}: {answers}")
    return let_in


@pytest.mark.one_round
def test_charlie_gets_in_only_where_everybody_does(
    world: World,
    charlie: Actor,
    client_of: Callable[[Actor], Client],
    ledger_tail: Callable[[], list[str]],
) -> None:
    # A sign-out among the addresses would end the visit, so each gets a fresh browser.
    assert doors_open_for(lambda: client_of(charlie), world) == []
    assert set(ledger_tail()) <= {"people.signed_out", "people.sessions_ended"}


@pytest.mark.one_round
def test_a_door_that_was_left_open_is_found(
    world: World,
    charlie: Actor,
    client_of: Callable[[Actor], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = next(address for address in addresses() if address.name == "people:person")
    monkeypatch.setattr(person.pattern, "callback", lambda _request, **_values: HttpResponse("all about Frieda"))
    found = doors_open_for(lambda: client_of(charlie), world)
    assert found == ["/people/<uuid:person_id>/: {'GET': 200, 'POST': 200}"]


def test_an_address_without_a_place_is_found() -> None:
    planted = path("planted/", lambda _request: HttpResponse("open"), name="planted")
    address = Address(name="planted", route="/planted/", parameters=frozenset(), pattern=planted)
    assert without_a_place((*addresses(), address)) == ["planted"]


def test_erik_of_another_unit_does_not_find_the_objects_of_operations(
    world: World,
    erik: Actor,
    client_of: Callable[[Actor], Client],
    ledger_tail: Callable[[], list[str]],
) -> None:
    client, let_in = client_of(erik), []
    for address in listed():
        if PLACES[address.name].reach is Reach.OBJECT:
            for method, response in knock(client, address, world):
                if response.status_code not in {404, 405}:
                    let_in.append(f"{method} {address.route}: {response.status_code}")
        elif address.name in SENDS and address.name not in OF_NO_UNIT:
            # The place is his too, but what the form names is not.
            for method, response in knock(client, address, world):
                # An address that takes another method may not know POST.
                unknown = {405} if address.name in OTHER_METHODS else set()
                if method != "GET" and response.status_code not in {403, 404, 422} | unknown:
                    let_in.append(f"{method} {address.route}: {response.status_code}")
    assert let_in == []
    assert ledger_tail() == []


def test_an_address_that_does_not_exist_tells_nobody_anything(
    charlie: Actor, client_of: Callable[[Actor], Client]
) -> None:
    for client in (Client(), client_of(charlie)):
        assert client.get(f"/people/{UUID(int=7)}/nothing/").status_code == 404
