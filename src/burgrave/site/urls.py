"""Every address of Burgrave."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    *[
        path("", include(f"burgrave.{domain}.urls"))
        for domain in ("web", "people", "ledger", "assurance", "incidents")
        if find_spec(f"burgrave.{domain}.urls")
    ],
]

handler400 = "burgrave.web.views.bad_request"
handler403 = "burgrave.web.views.permission_denied"
handler404 = "burgrave.web.views.page_not_found"
handler500 = "burgrave.web.views.server_error"
