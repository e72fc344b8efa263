"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.people.terms import Language, NamedUnit, Theme
from burgrave.people.terms.roles import DELEGATION_REASON_MAX, ROLE_NAME_MAX, ROLE_NOTE_MAX, TOKEN_NAME_MAX

PASSWORD_MAX = 1_000
NAME_MAX = 200
EMAIL_MAX = 254
PASSWORD_RULES = _("At least 12 characters, not a common password, not digits alone, and unlike your name and address.")


def password_field(label: Any, *, autocomplete: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=PASSWORD_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _unit_choices(units: Iterable[NamedUnit]) -> list[tuple[str, str]]:
    return [(str(unit.unit_id), unit.name) for unit in units]


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth is untyped
    """E-mail address and password; nothing else signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("E-mail address"), _("Password")
        login.widget.attrs = {"autocomplete": "username", "autofocus": True}
        password.widget.attrs = {"autocomplete": "current-password"}
        password.help_text = ""


class NewPasswordForm(forms.Form):
    """A password, typed twice so that a slip of the finger locks nobody out."""

    password = password_field(_("Password"), autocomplete="new-password", help_text=PASSWORD_RULES)
    again = password_field(_("Password again"), autocomplete="new-password")

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and self.cleaned_data["password"] != again:
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class SetUpForm(NewPasswordForm):
    """The organisation and its first administrator."""

    organisation = forms.CharField(
        label=_("Name of the organisation"),
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=NAME_MAX, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You sign in with it. Nothing is sent there."),
        max_length=EMAIL_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    sample = forms.BooleanField(
        label=_("Load the sample"),
        help_text=_(
            "A made-up company with people, assets, alerts and incidents, marked as a sample everywhere. "
            "One act removes it."
        ),
        required=False,
    )

    field_order = ("organisation", "name", "email", "password", "again", "language", "sample")

    def __init__(self, *args: Any, sample: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sample:
            del self.fields["sample"]


class PersonForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("name of a person", "Name"), max_length=NAME_MAX)
    email = forms.EmailField(
        label=_("E-mail address"), help_text=_("The person signs in with it."), max_length=EMAIL_MAX
    )
    unit = forms.ChoiceField(label=_("Unit"))

    def __init__(self, *args: Any, units: Iterable[NamedUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = forms.ChoiceField(label=_("Unit"), choices=_unit_choices(units))


class AddPersonForm(PersonForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial=Language.ENGLISH)


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))
    unit = forms.ChoiceField(label=_("Unit"), help_text=_("The role holds here and in every unit below."))
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("The role ends at midnight after this day, in your time zone. Empty: no end."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, *args: Any, units: Iterable[NamedUnit], roles: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=list(roles))
        self.fields["unit"] = forms.ChoiceField(
            label=_("Unit"),
            help_text=_("The role holds here and in every unit below."),
            choices=_unit_choices(units),
        )

    @property
    def expires_at(self) -> datetime | None:
        """The instant at which the last day is over in the reader's zone."""
        last_day = self.cleaned_data["last_day"]
        if last_day is None:
            return None
        return timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min))


class DeactivateForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept in the ledger, sealed."),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UnitNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_MAX)


class AddUnitForm(UnitNameForm):
    parent = forms.ChoiceField(label=_("Below"))

    def __init__(self, *args: Any, units: Iterable[NamedUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = forms.ChoiceField(label=_("Below"), choices=_unit_choices(units))


class MoveUnitForm(forms.Form):
    parent = forms.ChoiceField(label=_("Below"))

    def __init__(self, *args: Any, units: Iterable[NamedUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = forms.ChoiceField(
            label=_("Below"),
            help_text=_("Whoever holds a role above it there holds it here too."),
            choices=_unit_choices(units),
        )


class RoleForm(forms.Form):
    """A role of the organisation's own; the permissions stand together by domain."""

    name = forms.CharField(label=pgettext_lazy("name of a role", "Name"), max_length=ROLE_NAME_MAX)
    note = forms.CharField(
        label=_("What it is for"),
        max_length=ROLE_NOTE_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    permissions = forms.MultipleChoiceField()

    def __init__(self, *args: Any, chapters: Iterable[tuple[str, Iterable[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"] = forms.MultipleChoiceField(
            label=_("Whoever holds it may"),
            widget=forms.CheckboxSelectMultiple,
            choices=[(chapter, list(inside)) for chapter, inside in chapters],
        )


class TokenForm(forms.Form):
    """A token of the reader's own: for what, where, until when."""

    name = forms.CharField(
        label=pgettext_lazy("name of a token", "Name"),
        help_text=_("What will use it, such as the script that hands in event files."),
        max_length=TOKEN_NAME_MAX,
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("It ends at midnight after this day, in your time zone; at most a year from now."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    unit = forms.ChoiceField(required=False)
    permissions = forms.MultipleChoiceField()

    def __init__(
        self,
        *args: Any,
        chapters: Iterable[tuple[str, Iterable[tuple[str, str]]]],
        units: Iterable[NamedUnit],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = forms.ChoiceField(
            label=_("Only in"),
            help_text=_("The unit and everything below it."),
            choices=[("", _("Wherever you may yourself")), *_unit_choices(units)],
            required=False,
        )
        self.fields["permissions"] = forms.MultipleChoiceField(
            label=_("The program may"),
            widget=forms.CheckboxSelectMultiple,
            choices=[(chapter, list(inside)) for chapter, inside in chapters],
        )

    @property
    def expires_at(self) -> datetime:
        """The instant at which the last day is over in the reader's zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["last_day"] + timedelta(days=1), time.min))


class DelegateForm(forms.Form):
    """Who gets it, for how long, why, and how much of it."""

    email = forms.EmailField(
        label=_("E-mail address of the person"), help_text=_("Who acts in your stead."), max_length=EMAIL_MAX
    )
    reason = forms.CharField(
        label=_("Reason"), help_text=_("Both of you and the administrators see it."), max_length=DELEGATION_REASON_MAX
    )
    first_day = forms.DateField(
        label=_("First day"),
        help_text=_("Empty: from this moment on."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("It ends at midnight after this day, in your time zone; at most 184 days later."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    permissions = forms.MultipleChoiceField(required=False)
    units = forms.MultipleChoiceField(required=False)

    def __init__(
        self,
        *args: Any,
        units: Iterable[tuple[str, str]],
        permissions: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"] = forms.MultipleChoiceField(
            label=_("Only to"),
            help_text=_("None ticked: everything that the role allows and that can be delegated."),
            widget=forms.CheckboxSelectMultiple,
            choices=list(permissions),
            required=False,
        )
        self.fields["units"] = forms.MultipleChoiceField(
            label=_("Only in"),
            help_text=_("None chosen: wherever the role holds. A chosen unit counts with everything below it."),
            widget=forms.SelectMultiple(attrs={"size": 6}),
            choices=list(units),
            required=False,
        )

    @property
    def begins_at(self) -> datetime | None:
        """The instant at which the first day begins in the reader's zone."""
        first_day = self.cleaned_data["first_day"]
        return timezone.make_aware(datetime.combine(first_day, time.min)) if first_day else None

    @property
    def ends_at(self) -> datetime:
        """The instant at which the last day is over in the reader's zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["last_day"] + timedelta(days=1), time.min))


class ExplainForm(forms.Form):
    """Who, what, where; without a person the question is who may."""

    person = forms.EmailField(
        label=_("E-mail address of the person"),
        help_text=_("Empty: everybody who may."),
        max_length=EMAIL_MAX,
        required=False,
    )
    permission = forms.ChoiceField(label=_("Permission"))
    unit = forms.ChoiceField(label=_("Unit"))

    def __init__(
        self,
        *args: Any,
        chapters: Iterable[tuple[str, Iterable[tuple[str, str]]]],
        units: Iterable[NamedUnit],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        permissions = [(chapter, list(inside)) for chapter, inside in chapters]
        self.fields["permission"] = forms.ChoiceField(label=_("Permission"), choices=permissions)
        self.fields["unit"] = forms.ChoiceField(label=_("Unit"), choices=_unit_choices(units))


class ProfileForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[(Theme.AUTO, _("As the system")), (Theme.LIGHT, _("Light")), (Theme.DARK, _("Dark"))],
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)


class ChangePasswordForm(NewPasswordForm):
    old = password_field(_("Current password"), autocomplete="current-password")

    field_order = ("old", "password", "again")
