"""What the calendar shows, of every domain."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.assets import queries as asset_queries
from burgrave.assurance import queries as assurance_queries
from burgrave.isms import queries as isms_queries
from burgrave.jobs import queries as job_queries
from burgrave.people import queries as people_queries
from burgrave.policies import queries as policy_queries
from burgrave.web.recurring import CalendarSource

CALENDAR: dict[str, CalendarSource] = {
    name: CalendarSource(
        label=label,
        icon=icon,
        permission=permission,
        url_name=url_name,
        parameter=parameter,
        query=query,
        stays_due=stays_due,
    )
    for name, label, icon, permission, url_name, parameter, query, stays_due in (
        (
            "isms.statement",
            _("Review of a statement"),
            "compass",
            "isms.read",
            "isms:statement",
            "statement_id",
            isms_queries.statement_reviews,
            True,
        ),
        (
            "isms.reading",
            _("Reading of an indicator"),
            "gauge",
            "isms.read",
            "isms:statement",
            "statement_id",
            isms_queries.readings_due,
            True,
        ),
        (
            "isms.meeting",
            _("Meeting"),
            "users",
            "isms.read",
            "isms:meeting",
            "meeting_id",
            isms_queries.meetings_planned,
            True,
        ),
        (
            "isms.decision",
            _("Decision to be carried out"),
            "list-checks",
            "isms.read",
            "isms:decision",
            "decision_id",
            isms_queries.decisions_due,
            True,
        ),
        (
            "isms.review",
            _("Management review"),
            "clipboard-check",
            "isms.read",
            "isms:review_record",
            "review_id",
            isms_queries.reviews_planned,
            True,
        ),
        (
            "isms.soa",
            _("Review of a Statement of Applicability"),
            "clipboard-check",
            "isms.read",
            "isms:soa_framework",
            "framework_id",
            isms_queries.soa_reviews,
            True,
        ),
        (
            "assurance.check",
            _("Check that is due"),
            "shield-check",
            "assurance.read",
            "assurance:check",
            "check_id",
            assurance_queries.checks_due,
            True,
        ),
        (
            "assurance.action",
            _("Corrective action that is due"),
            "list-checks",
            "assurance.read",
            "assurance:action",
            "action_id",
            assurance_queries.actions_due,
            True,
        ),
        (
            "assurance.assertion",
            _("End of what a person asserts"),
            "compass",
            "assurance.read",
            "assurance:requirement",
            "requirement_id",
            assurance_queries.assertions_ending,
            False,
        ),
        (
            "policies.review",
            _("Review of a document"),
            "book-open",
            "policies.read",
            "policies:document",
            "document_id",
            policy_queries.document_reviews,
            True,
        ),
        (
            "policies.exception",
            _("End of an exception"),
            "triangle-alert",
            "policies.read",
            "policies:exception",
            "exception_id",
            policy_queries.exceptions_ending,
            False,
        ),
        (
            "policies.run",
            _("Run of a procedure that is due"),
            "list-checks",
            "policies.read",
            "policies:run",
            "run_id",
            policy_queries.runs_due,
            True,
        ),
        (
            "assets.review",
            _("Review of an asset"),
            "boxes",
            "assets.read",
            "assets:asset",
            "asset_id",
            asset_queries.reviews_due,
            True,
        ),
        (
            "people.grant",
            _("End of a role"),
            "user-x",
            "people.read",
            "people:person",
            "person_id",
            people_queries.roles_ending,
            False,
        ),
        (
            "jobs.schedule",
            _("Work in the background"),
            "activity",
            "jobs.read",
            "operations:schedule",
            "name",
            job_queries.next_runs,
            False,
        ),
    )
}
"""What the calendar shows: of each kind a query from day to day; the setting ``BURGRAVE_CALENDAR`` names this table."""
