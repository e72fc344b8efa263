"""Every write of the incident desk."""

from burgrave.incidents.commands.cases import (
    change_case,
    change_cases,
    close_case,
    link_alerts,
    merge_case,
    move_case,
    open_case,
    reopen_case,
)
from burgrave.incidents.commands.correlating import correlate_segment, correlate_waiting
from burgrave.incidents.commands.drafts import (
    begin_draft,
    choose_alerts,
    describe_draft,
    discard_draft,
    lead_draft,
    open_draft,
)
from burgrave.incidents.commands.excepting import count_excepted
from burgrave.incidents.commands.expiring import expire_segments
from burgrave.incidents.commands.files import cancel_reading, read_again, read_mapped, receive_event_file
from burgrave.incidents.commands.listing import ALERTS, CASES, FILES, LISTS, RULES
from burgrave.incidents.commands.observing import clear_observation, raise_observation
from burgrave.incidents.commands.raising import raise_part
from burgrave.incidents.commands.reading import (
    begin_reading,
    end_reading,
    finish_reading,
    forget_findings,
    keep_correlated,
    keep_findings,
    note_findings,
    refuse_event_file,
)
from burgrave.incidents.commands.reporting import record_report
from burgrave.incidents.commands.rulebook import load_rules
from burgrave.incidents.commands.sample import drop_sample
from burgrave.incidents.commands.summing import sum_segments
from burgrave.incidents.commands.timeline import (
    add_note,
    add_timeline_entry,
    attach_evidence,
    issue_case_bundle,
    withdraw_timeline_entry,
)
from burgrave.incidents.commands.triage import acknowledge, assign, confirm, dismiss, reopen
from burgrave.incidents.commands.weighing import ask_for_weighing, reweigh

__all__ = [
    "ALERTS",
    "CASES",
    "FILES",
    "LISTS",
    "RULES",
    "acknowledge",
    "add_note",
    "add_timeline_entry",
    "ask_for_weighing",
    "assign",
    "attach_evidence",
    "begin_draft",
    "begin_reading",
    "cancel_reading",
    "change_case",
    "change_cases",
    "choose_alerts",
    "clear_observation",
    "close_case",
    "confirm",
    "correlate_segment",
    "correlate_waiting",
    "count_excepted",
    "describe_draft",
    "discard_draft",
    "dismiss",
    "drop_sample",
    "end_reading",
    "expire_segments",
    "finish_reading",
    "forget_findings",
    "issue_case_bundle",
    "keep_correlated",
    "keep_findings",
    "lead_draft",
    "link_alerts",
    "load_rules",
    "merge_case",
    "move_case",
    "note_findings",
    "open_case",
    "open_draft",
    "raise_observation",
    "raise_part",
    "read_again",
    "read_mapped",
    "receive_event_file",
    "record_report",
    "refuse_event_file",
    "reopen",
    "reopen_case",
    "reweigh",
    "sum_segments",
    "withdraw_timeline_entry",
]
