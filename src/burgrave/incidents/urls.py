"""Addresses of the incident desk."""

from __future__ import annotations

from django.urls import path

from burgrave.incidents.views import alerts, cases, drafts, files, home, rulebook

app_name = "incidents"
urlpatterns = [
    path("", home.home, name="home"),
    path("events/", files.event_files, name="event_files"),
    path("events/upload/", files.upload, name="upload"),
    path("events/<uuid:event_file_id>/", files.event_file, name="event_file"),
    path("events/<uuid:event_file_id>/cancel/", files.cancel, name="cancel_reading"),
    path("events/<uuid:event_file_id>/again/", files.again, name="read_again"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/triage/", alerts.triage, name="triage"),
    path("alerts/<uuid:alert_id>/", alerts.alert, name="alert"),
    path("incidents/", cases.cases, name="cases"),
    path("incidents/new/", drafts.begin, name="begin_case"),
    path("incidents/new/<uuid:draft_id>/", drafts.choose, name="draft_alerts"),
    path("incidents/new/<uuid:draft_id>/facts/", drafts.describe, name="draft_facts"),
    path("incidents/new/<uuid:draft_id>/lead/", drafts.lead, name="draft_lead"),
    path("incidents/new/<uuid:draft_id>/check/", drafts.check, name="draft_check"),
    path("incidents/new/<uuid:draft_id>/discard/", drafts.discard, name="draft_discard"),
    path("incidents/timeline/<uuid:entry_id>/<str:number>/withdraw/", cases.withdraw, name="withdraw_entry"),
    path("incidents/<str:number>/", cases.case, name="case"),
    path("incidents/<str:number>/edit/", cases.edit, name="edit_case"),
    path("incidents/<str:number>/move/<str:to>/", cases.move, name="move_case"),
    path("incidents/<str:number>/close/", cases.close, name="close_case"),
    path("incidents/<str:number>/reopen/", cases.reopen, name="reopen_case"),
    path("incidents/<str:number>/merge/", cases.merge, name="merge_case"),
    path("incidents/<str:number>/note/", cases.note, name="add_note"),
    path("incidents/<str:number>/timeline/", cases.timeline, name="add_entry"),
    path("incidents/<str:number>/evidence/", cases.evidence, name="attach_evidence"),
    path("incidents/<str:number>/bundle/", cases.bundle, name="case_bundle"),
    path("incidents/<str:number>/report/", cases.report, name="case_report"),
    path("rules/", rulebook.rules, name="rules"),
    path("rules/load/", rulebook.load, name="load_rules"),
    path("rules/faults/", rulebook.faults, name="rule_faults"),
    path("rules/correlating/", rulebook.correlating, name="correlating"),
    path("rules/<uuid:rule_version_id>/", rulebook.rule, name="rule"),
]
