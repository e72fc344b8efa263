"""Addresses of evidence."""

from __future__ import annotations

from django.urls import path

from burgrave.assurance import views

app_name = "assurance"

urlpatterns = [
    path("evidence/", views.evidence, name="evidence"),
    path("evidence/bundles/", views.bundles, name="bundles"),
    path("evidence/bundles/<uuid:bundle_id>/", views.bundle, name="bundle"),
    path("evidence/bundles/<uuid:bundle_id>/download/", views.bundle_download, name="bundle_download"),
    path("evidence/key/", views.log_key, name="log_key"),
    path("evidence/key/<str:form>/", views.log_key_download, name="log_key_download"),
    path("evidence/<uuid:evidence_id>/", views.evidence_record, name="evidence_record"),
    path("evidence/<uuid:evidence_id>/download/", views.evidence_download, name="evidence_download"),
]
