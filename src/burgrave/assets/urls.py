"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.assets.views import duplicates, lists, records

app_name = "assets"
urlpatterns = [
    path("assets/", lists.assets, name="assets"),
    path("assets/register/", lists.register, name="register"),
    path("assets/board/", lists.board, name="board"),
    path("assets/scheme/", records.scheme, name="scheme"),
    path("assets/add/", records.add, name="add"),
    path("assets/duplicates/", duplicates.duplicates, name="duplicates"),
    path("assets/<uuid:asset_id>/", records.asset, name="asset"),
    path("assets/<uuid:asset_id>/map/", records.dependencies, name="map"),
    path("assets/<uuid:asset_id>/edit/", records.edit, name="edit"),
    path("assets/<uuid:asset_id>/classify/", records.classify, name="classify"),
    path("assets/<uuid:asset_id>/lower/", records.lower, name="lower"),
    path("assets/<uuid:asset_id>/move/", records.move, name="move"),
    path("assets/<uuid:asset_id>/review/", records.review, name="review"),
    path("assets/<uuid:asset_id>/merge/<uuid:duplicate_id>/", duplicates.merge, name="merge"),
    path("assets/<uuid:asset_id>/link/", records.link, name="link"),
    path("assets/<uuid:asset_id>/unlink/<int:dependency_id>/", records.unlink, name="unlink"),
]
