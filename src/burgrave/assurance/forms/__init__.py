"""What is typed into the pages of the domain, and its codes in words."""

from burgrave.assurance.forms import words
from burgrave.assurance.forms.adopting import AdoptForm
from burgrave.assurance.forms.typed import (
    ActionForm,
    AssertionForm,
    CheckForm,
    DoneForm,
    FindingForm,
    FrameworkForm,
    MeasureForm,
    ReasonForm,
    RunForm,
    VerdictForm,
)

__all__ = [
    "ActionForm",
    "AdoptForm",
    "AssertionForm",
    "CheckForm",
    "DoneForm",
    "FindingForm",
    "FrameworkForm",
    "MeasureForm",
    "ReasonForm",
    "RunForm",
    "VerdictForm",
    "words",
]
