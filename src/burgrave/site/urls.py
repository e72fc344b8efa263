"""Every address of Burgrave."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
for _domain in ("people", "ledger", "assurance", "incidents"):
    if find_spec(f"burgrave.{_domain}.urls"):
        urlpatterns.append(path("", include(f"burgrave.{_domain}.urls")))
urlpatterns.append(path("accounts/", include("allauth.account.urls")))
