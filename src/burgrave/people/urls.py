"""Addresses of the domain. Of allauth only sign-in and sign-out are there: everything else is done by commands."""

from __future__ import annotations

from allauth.account.views import LoginView, LogoutView
from django.urls import include, path

from burgrave.people.views import delegations, explain, me, persons, roles, setup, tokens, units

_people = [
    path("setup/", setup.not_set_up, name="not_set_up"),
    path("setup/<str:token>/", setup.set_up, name="set_up"),
    path("join/<str:token>/", setup.join, name="join"),
    path("me/", me.me, name="me"),
    path("me/password/", me.change_password, name="change_password"),
    path("me/delegations/", delegations.delegations, name="delegations"),
    path("me/delegations/of/<uuid:grant_id>/", delegations.delegate, name="delegate"),
    path("me/delegations/<uuid:delegation_id>/take-back/", delegations.take_back, name="take_back"),
    path("me/tokens/", tokens.tokens, name="tokens"),
    path("me/tokens/make/", tokens.make_token, name="make_token"),
    path("me/tokens/<uuid:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("people/", persons.persons, name="persons"),
    path("people/add/", persons.add_person, name="add_person"),
    path("people/units/", units.units, name="units"),
    path("people/units/add/", units.add_unit, name="add_unit"),
    path("people/units/<uuid:unit_id>/", units.unit, name="unit"),
    path("people/units/<uuid:unit_id>/move/", units.move_unit, name="move_unit"),
    path("people/roles/", roles.roles, name="roles"),
    path("people/roles/make/", roles.make_role, name="make_role"),
    path("people/roles/<slug:code>/", roles.role, name="role"),
    path("people/roles/<slug:code>/edit/", roles.edit_role, name="edit_role"),
    path("people/roles/<slug:code>/retire/", roles.retire_role, name="retire_role"),
    path("people/roles/<slug:code>/delete/", roles.delete_role, name="delete_role"),
    path("people/explain/", explain.explain, name="explain"),
    path("people/<uuid:person_id>/", persons.person, name="person"),
    path("people/<uuid:person_id>/edit/", persons.edit_person, name="edit_person"),
    path("people/<uuid:person_id>/grant/", persons.grant, name="grant"),
    path("people/<uuid:person_id>/grants/<uuid:grant_id>/revoke/", persons.revoke, name="revoke"),
    path("people/<uuid:person_id>/deactivate/", persons.deactivate, name="deactivate"),
    path("people/<uuid:person_id>/reactivate/", persons.reactivate, name="reactivate"),
    path("people/<uuid:person_id>/invite/", persons.invite, name="invite"),
    path("people/<uuid:person_id>/unlock/", persons.unlock, name="unlock"),
]

urlpatterns = [
    path("", include((_people, "people"))),
    path("accounts/login/", LoginView.as_view(), name="account_login"),
    path("accounts/logout/", LogoutView.as_view(), name="account_logout"),
    path("accounts/password/reset/", me.password_help, name="account_reset_password"),
]
