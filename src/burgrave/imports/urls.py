"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.imports import views

app_name = "imports"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/new/", views.new, name="new"),
    path("imports/new/<slug:target>/", views.upload, name="upload"),
    path("imports/<uuid:import_id>/", views.one, name="one"),
    path("imports/<uuid:import_id>/table/", views.table, name="table"),
    path("imports/<uuid:import_id>/columns/", views.columns, name="columns"),
    path("imports/<uuid:import_id>/check/", views.check, name="check"),
    path("imports/<uuid:import_id>/apply/", views.apply, name="apply"),
    path("imports/<uuid:import_id>/cancel/", views.cancel, name="cancel"),
    path("imports/<uuid:import_id>/discard/", views.discard, name="discard"),
    path("imports/<uuid:import_id>/invitations.csv", views.invitations_csv, name="invitations_csv"),
    path("imports/<uuid:import_id>/faults.csv", views.faults_csv, name="faults_csv"),
]
