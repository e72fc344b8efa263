"""Addresses of the ledger. Under ``tile`` and ``checkpoint`` it answers as c2sp.org/tlog-tiles says."""

from __future__ import annotations

from django.urls import path

from burgrave.ledger import views

app_name = "ledger"

urlpatterns = [
    path("ledger/", views.records, name="records"),
    path("ledger/checkpoint", views.checkpoint, name="checkpoint"),
    path("ledger/tile/<path:tile>", views.tile, name="tile"),
    path("ledger/records/<uuid:record_id>/", views.record_by_id, name="record_by_id"),
    path("ledger/<int:position>/", views.record, name="record"),
    path("ledger/<int:position>/leaf", views.leaf, name="leaf"),
    path("ledger/<int:position>/proof", views.proof, name="proof"),
]
