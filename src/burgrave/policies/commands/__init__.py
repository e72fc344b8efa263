"""Every write of the domain."""

from burgrave.policies.commands.adopting import adopt_starter, plan_starter, starter_texts
from burgrave.policies.commands.asking import (
    ASK_JOB,
    MEET_JOB,
    RENEW_JOB,
    ask_everybody,
    ask_some,
    asking_version,
    begin_asking,
    finish_asking,
    meet,
    note_newcomer,
    renew_audiences,
    set_audience,
    stop_asking,
)
from burgrave.policies.commands.asks_list import ASKS
from burgrave.policies.commands.confirming import confirm, give_attempt, open_text, set_quiz
from burgrave.policies.commands.documents import add_document, edit_document, set_variables
from burgrave.policies.commands.drafting import begin_draft, discard_draft, save_draft
from burgrave.policies.commands.importing import DocumentFiles, import_files, plan_import
from burgrave.policies.commands.listing import LIST
from burgrave.policies.commands.publishing import publish, retire, review
from burgrave.policies.commands.reminding import escalate_some, remind_some
from burgrave.policies.commands.reporting import record_report
from burgrave.policies.commands.reviewing import approve, comment, reject, resolve, submit, withdraw
from burgrave.policies.commands.sample import drop_sample

__all__ = [
    "ASKS",
    "ASK_JOB",
    "LIST",
    "MEET_JOB",
    "RENEW_JOB",
    "DocumentFiles",
    "add_document",
    "adopt_starter",
    "approve",
    "ask_everybody",
    "ask_some",
    "asking_version",
    "begin_asking",
    "begin_draft",
    "comment",
    "confirm",
    "discard_draft",
    "drop_sample",
    "edit_document",
    "escalate_some",
    "finish_asking",
    "give_attempt",
    "import_files",
    "meet",
    "note_newcomer",
    "open_text",
    "plan_import",
    "plan_starter",
    "publish",
    "record_report",
    "reject",
    "remind_some",
    "renew_audiences",
    "resolve",
    "retire",
    "review",
    "save_draft",
    "set_audience",
    "set_quiz",
    "set_variables",
    "starter_texts",
    "stop_asking",
    "submit",
    "withdraw",
]
