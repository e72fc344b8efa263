"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.events.views import downloading, hunting, keeping

app_name = "events"
urlpatterns = [
    path("hunting/", hunting.hunting, name="hunting"),
    path("hunting/<uuid:file>/<int:place>/", hunting.kept_event, name="kept_event"),
    path("hunting/download/", downloading.download, name="download"),
    path("hunting/kept/", keeping.kept, name="kept"),
    path("hunting/kept/retention/", keeping.change_retention, name="change_retention"),
]
