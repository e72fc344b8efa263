"""Every write of the management system."""

from burgrave.isms.commands.applicability import approve_soa, decide_applicability, generate_soa
from burgrave.isms.commands.decisions import close_decision, decide
from burgrave.isms.commands.feeds import make_feed, note_use, revoke_feed
from burgrave.isms.commands.following import remind_of_decisions
from burgrave.isms.commands.listing import LIST
from burgrave.isms.commands.maturity import rate
from burgrave.isms.commands.meetings import (
    approve_minutes,
    cancel_meeting,
    change_meeting,
    edit_committee,
    end_term,
    found_committee,
    plan_meeting,
    seat,
    write_minutes,
)
from burgrave.isms.commands.readings import take_due_readings, take_reading, withdraw_reading
from burgrave.isms.commands.reporting import record_report
from burgrave.isms.commands.reviews import approve_review, change_review, decide_in_review, hold_review, plan_review
from burgrave.isms.commands.sample import drop_sample
from burgrave.isms.commands.statements import approve, edit_statement, retire, review, review_many, write_statement

__all__ = [
    "LIST",
    "approve",
    "approve_minutes",
    "approve_review",
    "approve_soa",
    "cancel_meeting",
    "change_meeting",
    "change_review",
    "close_decision",
    "decide",
    "decide_applicability",
    "decide_in_review",
    "drop_sample",
    "edit_committee",
    "edit_statement",
    "end_term",
    "found_committee",
    "generate_soa",
    "hold_review",
    "make_feed",
    "note_use",
    "plan_meeting",
    "plan_review",
    "rate",
    "record_report",
    "remind_of_decisions",
    "retire",
    "review",
    "review_many",
    "revoke_feed",
    "seat",
    "take_due_readings",
    "take_reading",
    "withdraw_reading",
    "write_minutes",
    "write_statement",
]
