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
from burgrave.policies.commands.duty_lists import EXCEPTIONS, RUNS
from burgrave.policies.commands.effect import take_effect_some
from burgrave.policies.commands.excepting import (
    announce_ends,
    approve_exception,
    expire_some,
    extend_exception,
    refuse_exception,
    request_exception,
    revoke_exception,
    withdraw_exception,
)
from burgrave.policies.commands.importing import DocumentFiles, import_files, plan_import
from burgrave.policies.commands.listing import LIST
from burgrave.policies.commands.publishing import publish, retire, review
from burgrave.policies.commands.reminding import escalate_some, remind_some
from burgrave.policies.commands.reporting import record_report
from burgrave.policies.commands.reviewing import approve, comment, reject, resolve, submit, withdraw
from burgrave.policies.commands.running import (
    abandon_run,
    attach_to_step,
    finish_run,
    remind_late_runs,
    set_cadence,
    settle_step,
    start_due_runs,
    start_run,
)
from burgrave.policies.commands.sample import drop_sample

__all__ = [
    "ASKS",
    "ASK_JOB",
    "EXCEPTIONS",
    "LIST",
    "MEET_JOB",
    "RENEW_JOB",
    "RUNS",
    "DocumentFiles",
    "abandon_run",
    "add_document",
    "adopt_starter",
    "announce_ends",
    "approve",
    "approve_exception",
    "ask_everybody",
    "ask_some",
    "asking_version",
    "attach_to_step",
    "begin_asking",
    "begin_draft",
    "comment",
    "confirm",
    "discard_draft",
    "drop_sample",
    "edit_document",
    "escalate_some",
    "expire_some",
    "extend_exception",
    "finish_asking",
    "finish_run",
    "give_attempt",
    "import_files",
    "meet",
    "note_newcomer",
    "open_text",
    "plan_import",
    "plan_starter",
    "publish",
    "record_report",
    "refuse_exception",
    "reject",
    "remind_late_runs",
    "remind_some",
    "renew_audiences",
    "request_exception",
    "resolve",
    "retire",
    "review",
    "revoke_exception",
    "save_draft",
    "set_audience",
    "set_cadence",
    "set_quiz",
    "set_variables",
    "settle_step",
    "start_due_runs",
    "start_run",
    "starter_texts",
    "stop_asking",
    "submit",
    "take_effect_some",
    "withdraw",
    "withdraw_exception",
]
