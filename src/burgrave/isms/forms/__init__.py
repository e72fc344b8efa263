"""What people type about the management system."""

from burgrave.isms.forms.statements import FORMS, ReadingForm, StatementForm, typed

__all__ = ["FORMS", "ReadingForm", "StatementForm", "typed"]
