"""What an assessor types."""

from __future__ import annotations

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.isms.forms.choices import LEVEL_MEANINGS, LEVELS, text_area
from burgrave.isms.terms import TEXT_MAX
from burgrave.isms.terms.maturity import Level, RatingDraft


class RatingForm(forms.Form):
    level = forms.ChoiceField(
        label=_("Level"),
        choices=[
            (str(int(level)), format_lazy("{} {}: {}", int(level), word, LEVEL_MEANINGS[level]))
            for level, word in LEVELS.items()
        ],
        widget=forms.RadioSelect,
    )
    evidence = forms.CharField(
        label=_("What shows it"), max_length=TEXT_MAX, widget=text_area(4), help_text=_("What you saw, and where.")
    )

    def draft(self) -> RatingDraft:
        """What was typed. Raises BadInput."""
        given = self.cleaned_data
        return RatingDraft(level=Level(int(given["level"])), evidence=given["evidence"])
