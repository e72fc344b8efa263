"""Every write of the management system."""

from burgrave.isms.commands.listing import LIST
from burgrave.isms.commands.readings import take_due_readings, take_reading, withdraw_reading
from burgrave.isms.commands.statements import approve, edit_statement, retire, review, review_many, write_statement

__all__ = [
    "LIST",
    "approve",
    "edit_statement",
    "retire",
    "review",
    "review_many",
    "take_due_readings",
    "take_reading",
    "withdraw_reading",
    "write_statement",
]
