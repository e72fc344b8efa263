"""Addresses of detection as content."""

from __future__ import annotations

from django.urls import path

from burgrave.detection.views import library

app_name = "detection"
urlpatterns = [
    path("detection/library/", library.rules, name="library"),
    path("detection/library/<uuid:library_rule_id>/", library.rule, name="rule"),
    path("detection/library/<uuid:library_rule_id>/decide/", library.decide, name="decide_rule"),
    path("detection/imports/", library.batches, name="batches"),
    path("detection/imports/<uuid:batch_id>/", library.batch, name="batch"),
    path("detection/switches/", library.switches, name="switches"),
    path("detection/switches/on/", library.switch_on, name="switch_on"),
    path("detection/switches/<uuid:rule_version_id>/off/", library.switch_off, name="switch_off"),
]
