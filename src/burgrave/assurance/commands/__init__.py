"""Every write of the domain."""

from burgrave.assurance.commands.actions import (
    implement_action,
    judge_action,
    open_action,
    plan_action,
    reopen_action,
)
from burgrave.assurance.commands.bundling import issue_bundle
from burgrave.assurance.commands.findings import (
    close_finding,
    mark_recovered,
    raise_finding,
    reopen_finding,
    report_finding,
)
from burgrave.assurance.commands.frameworks import load_framework, put_framework, withdraw_framework
from burgrave.assurance.commands.keeping import keep, sweep_orphans
from burgrave.assurance.commands.sample import drop_sample

__all__ = [
    "close_finding",
    "drop_sample",
    "implement_action",
    "issue_bundle",
    "judge_action",
    "keep",
    "load_framework",
    "mark_recovered",
    "open_action",
    "plan_action",
    "put_framework",
    "raise_finding",
    "reopen_action",
    "reopen_finding",
    "report_finding",
    "sweep_orphans",
    "withdraw_framework",
]
