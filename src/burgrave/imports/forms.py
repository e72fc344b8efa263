"""What is typed into the pages of the domain, parsed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from burgrave.engines.sheets import ENCODINGS, Choices, Formulas
from burgrave.web.errors import BadInput

GUESS = ("", _("Find out"))


class TableForm(forms.Form):
    """How a file is read as a table."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False, choices=[GUESS])
    encoding = forms.ChoiceField(
        label=_("Encoding"), required=False, choices=[GUESS, *((each, each.upper()) for each in ENCODINGS)]
    )
    delimiter = forms.ChoiceField(
        label=_("Delimiter"),
        required=False,
        choices=[GUESS, (",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Bar"))],
        widget=forms.Select(),
    )
    header_line = forms.IntegerField(
        label=_("Line of the column names"),
        required=False,
        min_value=0,
        max_value=10_000,
        help_text=_("Empty takes the first line that is not."),
    )
    formulas = forms.ChoiceField(
        label=_("Formulas"),
        choices=[
            (str(Formulas.TAKE), _("Take the value stored with each")),
            (str(Formulas.REFUSE), _("Refuse the file")),
        ],
    )
    version_shown = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **named: Any) -> None:
        super().__init__(data, **named)
        self.fields["delimiter"].strip = False  # type: ignore[attr-defined]
        named_sheet = (data or {}).get("sheet") or (named.get("initial") or {}).get("sheet")
        if named_sheet:
            self.offer((str(named_sheet),))

    def offer(self, names: Sequence[str]) -> None:
        """The sheets that there are."""
        field = self.fields["sheet"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [GUESS, *((name, name) for name in names)]

    def choices(self) -> Choices:
        """Raises SheetError."""
        said: Mapping[str, Any] = self.cleaned_data
        return Choices(
            sheet=said["sheet"],
            encoding=said["encoding"],
            delimiter=said["delimiter"],
            header_line=said["header_line"] or 0,
            formulas=Formulas(said["formulas"]),
        )

    def version(self) -> int:
        return int(self.cleaned_data["version_shown"])

    @staticmethod
    def initial_of(choices: Choices, *, version: int) -> dict[str, Any]:
        return asdict(choices) | {"header_line": choices.header_line or None, "version_shown": version}


def version_of(text: str | None) -> int:
    """The version that a page was made for. Raises BadInput."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > len("999999999"):
        raise BadInput("the form is not complete", mend="Open the page again and send it once more.")
    return int(text)
