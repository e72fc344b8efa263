"""The pages of the domain."""

from burgrave.imports.views.columns import columns
from burgrave.imports.views.lists import imports, new, upload
from burgrave.imports.views.steps import apply, cancel, check, discard, faults_csv, invitations_csv, one
from burgrave.imports.views.tables import table

__all__ = [
    "apply",
    "cancel",
    "check",
    "columns",
    "discard",
    "faults_csv",
    "imports",
    "invitations_csv",
    "new",
    "one",
    "table",
    "upload",
]
