"""Addresses of evidence."""

from __future__ import annotations

from django.urls import path

from burgrave.assurance.views import adopting, chain, checks, evidence, findings, frameworks

app_name = "assurance"

urlpatterns = [
    path("standing/", frameworks.standings, name="standings"),
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("frameworks/adopt/", adopting.adopt, name="adopt_frameworks"),
    path("frameworks/load/", frameworks.load, name="load_framework"),
    path("frameworks/coverage/", frameworks.coverage, name="coverage"),
    path("frameworks/<uuid:framework_id>/", frameworks.framework, name="framework"),
    path("requirements/<uuid:requirement_id>/", frameworks.requirement, name="requirement"),
    path("requirements/<uuid:requirement_id>/assert/", frameworks.assert_standing, name="assert_standing"),
    path("requirements/<uuid:requirement_id>/withdraw/", frameworks.withdraw_assertion, name="withdraw_assertion"),
    path("measures/", chain.measures, name="measures"),
    path("measures/add/", chain.add_measure, name="add_measure"),
    path("measures/<uuid:measure_id>/", chain.measure, name="measure"),
    path("measures/<uuid:measure_id>/edit/", chain.edit_measure, name="edit_measure"),
    path("measures/<uuid:measure_id>/checks/add/", checks.add_check, name="add_check"),
    path("checks/", checks.checks, name="checks"),
    path("checks/<uuid:check_id>/", checks.check, name="check"),
    path("checks/<uuid:check_id>/edit/", checks.edit_check, name="edit_check"),
    path("checks/<uuid:check_id>/run/", checks.run_check, name="run_check"),
    path("checks/<uuid:check_id>/do/", checks.do_check, name="do_check"),
    path("checks/<uuid:check_id>/retire/", checks.retire_check, name="retire_check"),
    path("checks/runs/<uuid:run_id>/", checks.run, name="run"),
    path("checks/runs/<uuid:run_id>/attach/", checks.attach_to_run, name="attach_to_run"),
    path("assurance/assets/<uuid:asset_id>/", chain.asset, name="asset"),
    path("findings/", findings.findings, name="findings"),
    path("findings/raise/", findings.raise_finding, name="raise_finding"),
    path("findings/actions/", findings.actions, name="actions"),
    path("findings/actions/<uuid:action_id>/", findings.action, name="action"),
    path("findings/actions/<uuid:action_id>/plan/", findings.plan, name="plan_action"),
    path("findings/actions/<uuid:action_id>/implement/", findings.implement, name="implement_action"),
    path("findings/actions/<uuid:action_id>/judge/", findings.judge, name="judge_action"),
    path("findings/actions/<uuid:action_id>/reopen/", findings.reopen_action, name="reopen_action"),
    path("findings/actions/<uuid:action_id>/attach/", findings.attach_to_action, name="attach_to_action"),
    path("findings/<uuid:finding_id>/", findings.finding, name="finding"),
    path("findings/<uuid:finding_id>/close/", findings.close, name="close_finding"),
    path("findings/<uuid:finding_id>/reopen/", findings.reopen, name="reopen_finding"),
    path("findings/<uuid:finding_id>/actions/add/", findings.open_action, name="open_action"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/bundles/", evidence.bundles, name="bundles"),
    path("evidence/bundles/<uuid:bundle_id>/", evidence.bundle, name="bundle"),
    path("evidence/bundles/<uuid:bundle_id>/download/", evidence.bundle_download, name="bundle_download"),
    path("evidence/key/", evidence.log_key, name="log_key"),
    path("evidence/key/<str:form>/", evidence.log_key_download, name="log_key_download"),
    path("evidence/<uuid:evidence_id>/", evidence.evidence_record, name="evidence_record"),
    path("evidence/<uuid:evidence_id>/hold/", evidence.hold_evidence, name="hold_evidence"),
    path("evidence/<uuid:evidence_id>/release/", evidence.release_evidence, name="release_evidence"),
    path("evidence/<uuid:evidence_id>/download/", evidence.evidence_download, name="evidence_download"),
]
