"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.lists.views import searching

app_name = "lists"
urlpatterns = [
    path("search/", searching.search, name="search"),
    path("search/palette/", searching.palette, name="palette"),
]
