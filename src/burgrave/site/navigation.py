"""The left navigation: one entry for every place that a person goes to by itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.web.shell import NavEntry

WEB_NAV: tuple[NavEntry, ...] = (
    NavEntry(label=_("Home"), url_name="incidents:home", icon="house", key="h"),
    NavEntry(
        label=_("Event files"),
        url_name="incidents:event_files",
        icon="file-input",
        permission="incidents.read",
        key="e",
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
        label=_("Assets"),
        url_name="assets:assets",
        icon="boxes",
        permission="assets.read",
        key="s",
        group=_("Protect"),
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
        label=_("Background work"),
        url_name="operations:overview",
        icon="activity",
        permission="jobs.read",
        everywhere=True,
        key="b",
        group=_("Organisation"),
    ),
)
