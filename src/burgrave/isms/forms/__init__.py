"""What people type about the management system."""

from burgrave.isms.forms.maturity import RatingForm
from burgrave.isms.forms.meetings import (
    CommitteeForm,
    DecisionForm,
    FeedForm,
    MeetingForm,
    MinutesForm,
    OutcomeForm,
    TermForm,
)
from burgrave.isms.forms.reviews import ConclusionForm, ReviewForm
from burgrave.isms.forms.statements import FORMS, ReadingForm, StatementForm, typed

__all__ = [
    "FORMS",
    "CommitteeForm",
    "ConclusionForm",
    "DecisionForm",
    "FeedForm",
    "MeetingForm",
    "MinutesForm",
    "OutcomeForm",
    "RatingForm",
    "ReadingForm",
    "ReviewForm",
    "StatementForm",
    "TermForm",
    "typed",
]
