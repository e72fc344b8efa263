"""What is typed into the pages of the sample."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class LoadForm(forms.Form):
    tongue = forms.ChoiceField(
        label=_("Language of the sample"),
        help_text=_("Names of units, assets and incidents are in this language; the pages stay in yours."),
        choices=settings.LANGUAGES,
    )


class RemoveForm(forms.Form):
    understood = forms.BooleanField(
        label=_("Remove everything of the sample"),
        help_text=_("What you changed in it goes too. It can be loaded again."),
    )
