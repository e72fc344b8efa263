"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.lists.views import listing, searching

app_name = "lists"
urlpatterns = [
    path("search/", searching.search, name="search"),
    path("search/palette/", searching.palette, name="palette"),
    path("lists/<str:name>/views/", listing.save_view, name="save_view"),
    path("lists/<str:name>/views/<uuid:view_id>/", listing.change_view, name="change_view"),
    path("lists/<str:name>/views/<uuid:view_id>/remove/", listing.remove_view, name="remove_view"),
    path("lists/<str:name>/arrange/", listing.arrange, name="arrange"),
    path("lists/<str:name>/export/", listing.export, name="export"),
    path("lists/<str:name>/act/", listing.act, name="act"),
]
