"""Addresses of the management system."""

from __future__ import annotations

from django.urls import path

from burgrave.isms.views import readings, statements

app_name = "isms"

urlpatterns = [
    path("isms/statements/", statements.statements, name="statements"),
    path("isms/statements/add/<str:kind>/", statements.add, name="add"),
    path("isms/statements/<uuid:statement_id>/", statements.statement, name="statement"),
    path("isms/statements/<uuid:statement_id>/edit/", statements.edit, name="edit"),
    path("isms/statements/<uuid:statement_id>/approve/", statements.approve, name="approve"),
    path("isms/statements/<uuid:statement_id>/review/", statements.review, name="review"),
    path("isms/statements/<uuid:statement_id>/retire/", statements.retire, name="retire"),
    path("isms/statements/<uuid:statement_id>/readings/", readings.take, name="take_reading"),
    path(
        "isms/statements/<uuid:statement_id>/readings/<uuid:reading_id>/withdraw/",
        readings.withdraw,
        name="withdraw_reading",
    ),
    path("isms/indicators/", readings.indicators, name="indicators"),
    path("isms/matrix/", readings.matrix, name="matrix"),
]
