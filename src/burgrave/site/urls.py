"""Every address of Burgrave."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from burgrave.site.api import api
from burgrave.web.rest.docs import docs_view

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs/", docs_view(api), name="api_docs"),
    path("api/", api.urls),
    path("", include("burgrave.web.urls")),
    path("", include("burgrave.people.urls")),
    path("", include("burgrave.ledger.urls")),
    path("", include("burgrave.lists.urls")),
    path("", include("burgrave.imports.urls")),
    path("", include("burgrave.custody.urls")),
    path("", include("burgrave.assets.urls")),
    path("", include("burgrave.assurance.urls")),
    path("", include("burgrave.policies.urls")),
    path("", include("burgrave.events.urls")),
    path("", include("burgrave.incidents.urls")),
    path("", include("burgrave.intake.urls")),
    path("", include("burgrave.detection.urls")),
    path("", include("burgrave.isms.urls")),
    path("", include("burgrave.sample.urls")),
    path("", include("burgrave.operations.urls")),
    path("", include("burgrave.notifications.urls")),
]

handler400 = "burgrave.web.views.bad_request"
handler403 = "burgrave.web.views.permission_denied"
handler404 = "burgrave.web.views.page_not_found"
handler500 = "burgrave.web.views.server_error"
