"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.policies.views import asking, documents, excepting, lists, mine, running, starter, versions

app_name = "policies"
urlpatterns = [
    path("me/policies/", mine.mine, name="mine"),
    path("me/policies/<uuid:document_id>/", mine.read, name="read"),
    path("policies/acknowledgements/", asking.acknowledgements, name="acknowledgements"),
    path("policies/acknowledgements/people/", asking.asks, name="asks"),
    path("policies/<uuid:document_id>/audience/", asking.audience, name="audience"),
    path("policies/versions/<uuid:version_id>/quiz/", asking.quiz, name="quiz"),
    path("policies/", lists.documents, name="documents"),
    path("policies/as-of/", lists.as_of, name="as_of"),
    path("policies/lint/", lists.lint, name="lint"),
    path("policies/variables/", lists.variables, name="variables"),
    path("policies/starter/", starter.starter, name="starter"),
    path("policies/add/", documents.add, name="add"),
    path("policies/verify/", versions.verify, name="verify"),
    path("policies/verify/<slug:code>/", versions.verified, name="verified"),
    path("policies/<uuid:document_id>/", documents.document, name="document"),
    path("policies/<uuid:document_id>/edit/", documents.edit, name="edit"),
    path("policies/<uuid:document_id>/begin/", documents.begin, name="begin"),
    path("policies/<uuid:document_id>/review/", documents.review, name="review"),
    path("policies/<uuid:document_id>/retire/", documents.retire, name="retire"),
    path("policies/<uuid:document_id>/on/", documents.on_day, name="on_day"),
    path("policies/versions/<uuid:version_id>/", versions.version, name="version"),
    path("policies/versions/<uuid:version_id>/text/", versions.edit_text, name="edit_text"),
    path("policies/versions/<uuid:version_id>/preview/", versions.preview, name="preview"),
    path("policies/versions/<uuid:version_id>/submit/", versions.submit, name="submit"),
    path("policies/versions/<uuid:version_id>/redline/", versions.redline, name="redline"),
    path("policies/versions/<uuid:version_id>/report/", versions.report, name="report"),
    path("policies/versions/<uuid:version_id>/files/<slug:what>/", versions.file, name="file"),
    path("policies/versions/<uuid:version_id>/do/<slug:what>/", versions.act, name="act"),
    path("policies/comments/<uuid:comment_id>/resolve/", versions.resolve, name="resolve"),
    path("policies/exceptions/", excepting.exceptions, name="exceptions"),
    path("policies/exceptions/ask/", excepting.ask_exception, name="ask_exception"),
    path("policies/exceptions/<uuid:exception_id>/", excepting.exception, name="exception"),
    path("policies/exceptions/<uuid:exception_id>/decide/", excepting.decide_exception, name="decide_exception"),
    path("policies/runs/", running.runs, name="runs"),
    path("policies/runs/start/", running.start, name="start_run"),
    path("policies/runs/rhythm/", running.rhythm, name="rhythm"),
    path("policies/runs/<uuid:run_id>/", running.run, name="run"),
    path("policies/runs/<uuid:run_id>/end/", running.end, name="end_run"),
    path("policies/runs/<uuid:run_id>/steps/<int:position>/", running.settle, name="settle_step"),
    path("policies/runs/<uuid:run_id>/steps/<int:position>/evidence/", running.attach, name="attach_to_step"),
]
