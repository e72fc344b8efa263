"""Addresses of the sample."""

from __future__ import annotations

from django.urls import path

from burgrave.sample import views

app_name = "sample"
urlpatterns = [
    path("sample/", views.sample, name="sample"),
    path("sample/load/", views.load, name="load"),
    path("sample/remove/", views.remove, name="remove"),
]
