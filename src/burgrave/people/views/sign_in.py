"""The page of the sign-in: every way that is open here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.views import LoginView
from django.conf import settings
from django.urls import reverse


class SignInView(LoginView):  # type: ignore[misc]  # allauth is untyped
    """Password, passkey, and the identity providers of the operator's file."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**kwargs)
        back = shown.get("redirect_field_value")
        query = f"?{urlencode({'next': back})}" if back else ""
        shown["passwords"] = settings.BURGRAVE_PASSWORD_SIGN_IN
        shown["providers"] = [
            (provider.name, reverse("people:foreign_begin", args=[provider.slug]) + query)
            for provider in settings.BURGRAVE_IDENTITY_PROVIDERS
        ]
        return shown
