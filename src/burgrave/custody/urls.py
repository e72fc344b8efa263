"""Addresses of custody."""

from __future__ import annotations

from django.urls import path, re_path

from burgrave.custody import views

app_name = "custody"
urlpatterns = [
    path("ledger/anchors/", views.anchors, name="anchors"),
    path("ledger/checkpoints/", views.checkpoints, name="checkpoints"),
    path("ledger/growth/", views.growth, name="growth"),
    path("ledger/<int:position>/verification/", views.verification, name="verification"),
    re_path(r"^ledger/timestamps/(?P<timestamp_id>[0-9]{1,15})/(?P<part>token|checkpoint)$", views.token, name="token"),
]
