"""Jobs and news of the domain."""

from burgrave.assurance.handlers.news import (
    on_action_moved,
    on_assets_merged,
    on_finding_raised,
    tell_due_checks,
    tell_overdue_actions,
)
from burgrave.assurance.handlers.running import renew_standings, run_due_checks

__all__ = [
    "on_action_moved",
    "on_assets_merged",
    "on_finding_raised",
    "renew_standings",
    "run_due_checks",
    "tell_due_checks",
    "tell_overdue_actions",
]
