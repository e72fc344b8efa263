"""Addresses of no domain."""

from __future__ import annotations

from django.urls import path

from burgrave.web import views

app_name = "web"
urlpatterns = [
    path("appearance/", views.appearance, name="appearance"),
    path("design/", views.design, name="design"),
]
