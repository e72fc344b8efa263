"""Which of the frameworks that ship along are adopted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from burgrave.assurance.forms.typed import Choices, choose
from burgrave.engines.norms import Language


class AdoptForm(forms.Form):
    """The frameworks, and the language of their titles."""

    framework = forms.MultipleChoiceField(
        label=_("Frameworks"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one framework.")},
    )
    language = forms.ChoiceField(
        label=_("Language of the titles"),
        choices=settings.LANGUAGES,
        help_text=_("Adopted again in the other language, the titles change and the identifiers stay."),
    )

    def __init__(self, *args: Any, frameworks: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["framework"], frameworks)

    def chosen_language(self) -> Language:
        return Language(self.cleaned_data["language"])
