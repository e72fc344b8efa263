"""The left navigation: one entry for every place that a person goes to by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.lists.terms import SearchAct, SearchKind
from burgrave.web.shell import NavEntry, RecordLink

WEB_NAV: tuple[NavEntry, ...] = (
    NavEntry(label=_("Home"), url_name="incidents:home", icon="house", key="h"),
    NavEntry(label=_("What I must know"), url_name="policies:mine", icon="book-check", key="y"),
    NavEntry(
        label=_("Calendar"),
        url_name="isms:calendar",
        icon="calendar-days",
        key="c",
    ),
    NavEntry(
        label=_("Event files"),
        url_name="incidents:event_files",
        icon="file-input",
        permission="incidents.read",
        key="e",
        group=_("Detect and respond"),
    ),
    NavEntry(
        label=_("Log sources"),
        url_name="intake:log_sources",
        icon="radio-tower",
        permission="intake.read",
        key="z",
        group=_("Detect and respond"),
    ),
    NavEntry(
        label=_("Alerts"),
        url_name="incidents:alerts",
        icon="bell-ring",
        permission="incidents.read",
        key="a",
        group=_("Detect and respond"),
    ),
    NavEntry(
        label=_("Incidents"),
        url_name="incidents:cases",
        icon="siren",
        permission="incidents.read",
        key="i",
        group=_("Detect and respond"),
    ),
    NavEntry(
        label=_("Detection rules"),
        url_name="incidents:rules",
        icon="scan-search",
        permission="incidents.read",
        key="r",
        group=_("Detect and respond"),
    ),
    NavEntry(
        label=_("Management system"),
        url_name="isms:overview",
        icon="compass",
        permission="isms.read",
        key="t",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Policies and norms"),
        url_name="policies:documents",
        icon="book-open",
        permission="policies.read",
        key="n",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Acknowledgements"),
        url_name="policies:acknowledgements",
        icon="list-checks",
        permission="policies.oversee",
        key="k",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Exceptions"),
        url_name="policies:exceptions",
        icon="shield-off",
        permission="policies.read",
        key="x",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Procedure runs"),
        url_name="policies:runs",
        icon="list-todo",
        permission="policies.read",
        key="d",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Applicability"),
        url_name="isms:soa_frameworks",
        icon="list-checks",
        permission="isms.read",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Committees"),
        url_name="isms:committees",
        icon="users-round",
        permission="isms.read",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Management reviews"),
        url_name="isms:reviews",
        icon="clipboard-check",
        permission="isms.read",
        group=_("Govern"),
    ),
    NavEntry(
        label=_("Assets"),
        url_name="assets:assets",
        icon="boxes",
        permission="assets.read",
        key="s",
        group=_("Protect"),
    ),
    NavEntry(
        label=_("Requirements"),
        url_name="assurance:standings",
        icon="list-checks",
        permission="assurance.read",
        key="q",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("Measures"),
        url_name="assurance:measures",
        icon="shield-check",
        permission="assurance.read",
        key="u",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("Findings"),
        url_name="assurance:findings",
        icon="triangle-alert",
        permission="assurance.read",
        key="f",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("Evidence"),
        url_name="assurance:evidence",
        icon="archive",
        permission="assurance.read",
        key="v",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("Ledger"),
        url_name="ledger:records",
        icon="scroll-text",
        permission="ledger.read",
        key="l",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("Held from outside"),
        url_name="custody:anchors",
        icon="eye",
        permission="ledger.read",
        key="o",
        group=_("Prove"),
    ),
    NavEntry(
        label=_("People"),
        url_name="people:persons",
        icon="users",
        permission="people.read",
        key="p",
        group=_("Organisation"),
    ),
    NavEntry(
        label=_("Imports"),
        url_name="imports:imports",
        icon="import",
        permission="assets.edit",
        key="m",
        group=_("Organisation"),
    ),
    NavEntry(
        label=_("Background work"),
        url_name="operations:overview",
        icon="activity",
        permission="jobs.read",
        everywhere=True,
        key="b",
        group=_("Organisation"),
    ),
    NavEntry(
        label=_("Sample"),
        url_name="sample:sample",
        icon="flask-conical",
        permission="people.manage",
        group=_("Organisation"),
    ),
)

RECORD_LINKS: tuple[RecordLink, ...] = (
    RecordLink(
        subject="assets.asset",
        label=_("Required protection"),
        url_name="assurance:asset",
        parameter="asset_id",
        permission="assurance.read",
        icon="list-checks",
    ),
)
"""Pages of higher domains about objects of lower ones."""

SEARCH_KINDS: tuple[SearchKind, ...] = tuple(
    SearchKind(kind=kind, label=label, url_name=url_name, parameter=parameter, permission=permission, icon=icon)
    for kind, label, url_name, parameter, permission, icon in (
        ("assets.asset", _("Assets"), "assets:asset", "asset_id", "assets.read", "boxes"),
        ("incidents.case", _("Incidents"), "incidents:case", "number", "incidents.read", "siren"),
        ("incidents.alert", _("Alerts"), "incidents:alert", "alert_id", "incidents.read", "bell-ring"),
        ("incidents.rule", _("Detection rules"), "incidents:rule", "rule_version_id", "incidents.read", "scan-search"),
        (
            "incidents.event_file",
            _("Event files"),
            "incidents:event_file",
            "event_file_id",
            "incidents.read",
            "file-input",
        ),
        ("intake.log_source", _("Log sources"), "intake:log_source", "log_source_id", "intake.read", "radio-tower"),
        (
            "assurance.framework",
            _("Frameworks"),
            "assurance:framework",
            "framework_id",
            "assurance.read",
            "library",
        ),
        (
            "assurance.requirement",
            _("Requirements"),
            "assurance:requirement",
            "requirement_id",
            "assurance.read",
            "list-checks",
        ),
        ("assurance.measure", _("Measures"), "assurance:measure", "measure_id", "assurance.read", "shield-check"),
        ("assurance.check", _("Checks"), "assurance:check", "check_id", "assurance.read", "clipboard-check"),
        (
            "assurance.finding",
            _("Findings"),
            "assurance:finding",
            "finding_id",
            "assurance.read",
            "triangle-alert",
        ),
        (
            "assurance.evidence",
            _("Evidence"),
            "assurance:evidence_record",
            "evidence_id",
            "assurance.read",
            "archive",
        ),
        ("isms.statement", _("Management system"), "isms:statement", "statement_id", "isms.read", "compass"),
        (
            "policies.document",
            _("Policies and norms"),
            "policies:document",
            "document_id",
            "policies.read",
            "book-open",
        ),
        ("people.person", _("People"), "people:person", "person_id", "people.read", "users"),
        ("people.unit", _("Units"), "people:unit", "unit_id", "people.read", "network"),
    )
)
"""What the search finds, in the order in which its page shows the kinds."""

SEARCH_ACTS: tuple[SearchAct, ...] = tuple(
    SearchAct(label=label, url_name=url_name, permission=permission, icon=icon)
    for label, url_name, permission, icon in (
        (_("Add an asset"), "assets:add", "assets.edit", "plus"),
        (_("Open an incident"), "incidents:begin_case", "incidents.respond", "siren"),
        (_("Drop an event file"), "incidents:event_files", "incidents.submit", "file-input"),
        (_("Add a log source"), "intake:add", "intake.manage", "radio-tower"),
        (_("Add a document"), "policies:add", "policies.edit", "file-plus"),
        (_("What held on a day"), "policies:as_of", "policies.read", "calendar-search"),
        (_("Add a person"), "people:add_person", "people.manage", "user-plus"),
        (_("Add a unit"), "people:add_unit", "people.manage", "network"),
        (_("Add a measure"), "assurance:add_measure", "assurance.manage", "shield-check"),
        (_("Raise a finding"), "assurance:raise_finding", "assurance.assert", "triangle-alert"),
        (_("Adopt frameworks"), "assurance:adopt_frameworks", "assurance.manage", "library"),
        (_("Load a framework"), "assurance:load_framework", "assurance.manage", "library"),
        (_("Classification scheme"), "assets:scheme", "assets.read", "layers"),
        (_("Indicators"), "isms:indicators", "isms.read", "gauge"),
        (_("Responsibility matrix"), "isms:matrix", "isms.read", "grid-3x3"),
        (_("Board of assets"), "assets:board", "assets.read", "grid-3x3"),
    )
)
"""What can be begun from the palette."""
