"""What is typed about second factors, sessions and proofs of identity."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.people.rules import factors as rules

CODE_MAX = 40
REASON_MAX = 1_000


def _code_field(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=CODE_MAX,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class PasswordForm(forms.Form):
    proof_password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    proof_code = _code_field(_("Code"), _("Six digits of your app, or one of your recovery codes."))


class FactorNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the factor"),
        help_text=_("By which you know the device again, such as “Phone” or “Key on the ring”."),
        max_length=rules.NAME_MAX,
    )


class AddAppForm(FactorNameForm):
    code = _code_field(_("Code"), _("The six digits that the app shows now."))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept in the ledger, sealed."),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RequireFactorForm(forms.Form):
    role = forms.ChoiceField(label=_("From whom"), required=False)
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        help_text=_("So long everybody concerned may still work without one. 0: from their next page on."),
        min_value=0,
        max_value=rules.LONGEST_GRACE_DAYS,
        initial=14,
    )

    def __init__(self, *args: Any, roles: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(
            label=_("From whom"), choices=[("", _("Everybody")), *roles], required=False
        )
