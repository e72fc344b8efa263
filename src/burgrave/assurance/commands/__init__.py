"""Every write of the domain."""

from burgrave.assurance.commands.actions import (
    implement_action,
    judge_action,
    open_action,
    plan_action,
    reopen_action,
)
from burgrave.assurance.commands.asserting import assert_many, assert_standing, withdraw_assertion
from burgrave.assurance.commands.attaching import attach_to_action, attach_to_run
from burgrave.assurance.commands.bundling import issue_bundle
from burgrave.assurance.commands.checks import do_check, put_check, record_run, retire_check, run_check
from burgrave.assurance.commands.findings import (
    close_finding,
    mark_recovered,
    raise_finding,
    reopen_finding,
    report_finding,
)
from burgrave.assurance.commands.frameworks import adopt_framework, load_framework, put_framework, withdraw_framework
from burgrave.assurance.commands.keeping import keep, sweep_orphans
from burgrave.assurance.commands.listing import ACTIONS, CHECKS, EVIDENCE, FINDINGS, LISTS, MEASURES, STANDINGS
from burgrave.assurance.commands.measures import put_measure
from burgrave.assurance.commands.removing import forget_evidence, hold_evidence, release_evidence, remove_evidence
from burgrave.assurance.commands.renewing import renew_all
from burgrave.assurance.commands.sample import drop_sample
from burgrave.assurance.rules.loading import Named
from burgrave.assurance.rules.loading import parse as parse_framework

__all__ = [
    "ACTIONS",
    "CHECKS",
    "EVIDENCE",
    "FINDINGS",
    "LISTS",
    "MEASURES",
    "STANDINGS",
    "Named",
    "adopt_framework",
    "assert_many",
    "assert_standing",
    "attach_to_action",
    "attach_to_run",
    "close_finding",
    "do_check",
    "drop_sample",
    "forget_evidence",
    "hold_evidence",
    "implement_action",
    "issue_bundle",
    "judge_action",
    "keep",
    "load_framework",
    "mark_recovered",
    "open_action",
    "parse_framework",
    "plan_action",
    "put_check",
    "put_framework",
    "put_measure",
    "raise_finding",
    "record_run",
    "release_evidence",
    "remove_evidence",
    "renew_all",
    "reopen_action",
    "reopen_finding",
    "report_finding",
    "retire_check",
    "run_check",
    "sweep_orphans",
    "withdraw_assertion",
    "withdraw_framework",
]
