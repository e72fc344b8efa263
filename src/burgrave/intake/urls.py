"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.intake.views import receiving, sources, tokens

app_name = "intake"
urlpatterns = [
    path("intake/<uuid:log_source_id>/", receiving.receive, name="receive"),
    path("log-sources/", sources.log_sources, name="log_sources"),
    path("log-sources/add/", sources.add, name="add"),
    path("log-sources/<uuid:log_source_id>/", sources.log_source, name="log_source"),
    path("log-sources/<uuid:log_source_id>/edit/", sources.edit, name="edit"),
    path("log-sources/<uuid:log_source_id>/move/", sources.move, name="move"),
    path("log-sources/<uuid:log_source_id>/token/", tokens.make_token, name="make_token"),
    path("log-sources/<uuid:log_source_id>/token/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
]
