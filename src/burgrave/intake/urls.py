"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.intake.views import mappings, receiving, sources, tokens

app_name = "intake"
urlpatterns = [
    path("event-mappings/", mappings.event_mappings, name="event_mappings"),
    path("event-mappings/new/", mappings.new_mapping, name="new_mapping"),
    path("event-mappings/of/<uuid:event_file_id>/", mappings.map_file, name="map_file"),
    path("event-mappings/<uuid:event_mapping_id>/", mappings.event_mapping, name="event_mapping"),
    path("event-mappings/<uuid:event_mapping_id>/export/", mappings.export_mapping, name="export_mapping"),
    path("event-mappings/<uuid:event_mapping_id>/remove/", mappings.remove_mapping, name="remove_mapping"),
    path("intake/<uuid:log_source_id>/", receiving.receive, name="receive"),
    path("log-sources/", sources.log_sources, name="log_sources"),
    path("log-sources/add/", sources.add, name="add"),
    path("log-sources/<uuid:log_source_id>/", sources.log_source, name="log_source"),
    path("log-sources/<uuid:log_source_id>/edit/", sources.edit, name="edit"),
    path("log-sources/<uuid:log_source_id>/move/", sources.move, name="move"),
    path("log-sources/<uuid:log_source_id>/token/", tokens.make_token, name="make_token"),
    path("log-sources/<uuid:log_source_id>/token/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
]
