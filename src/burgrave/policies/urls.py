"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.policies.views import asking, mine

app_name = "policies"
urlpatterns = [
    path("me/policies/", mine.mine, name="mine"),
    path("me/policies/<uuid:document_id>/", mine.read, name="read"),
    path("policies/acknowledgements/", asking.acknowledgements, name="acknowledgements"),
    path("policies/acknowledgements/people/", asking.asks, name="asks"),
    path("policies/<uuid:document_id>/audience/", asking.audience, name="audience"),
    path("policies/versions/<uuid:version_id>/quiz/", asking.quiz, name="quiz"),
]
