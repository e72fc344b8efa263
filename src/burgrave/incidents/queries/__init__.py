"""Every read of the incident desk: frozen rows out, only what the actor may see."""

from burgrave.incidents.queries.alerts import alert, alert_detail, alert_facets, alert_matches, alerts, sought
from burgrave.incidents.queries.cases import (
    case,
    case_facets,
    case_id_of,
    cases,
    draft,
    drafts,
    files_of_case,
    numbered_case,
    open_cases,
    with_files,
)
from burgrave.incidents.queries.correlating import (
    CHECKS,
    correlation_memories,
    findings_in,
    holders_of_findings,
    units_that_wait,
)
from burgrave.incidents.queries.counted import with_counted
from burgrave.incidents.queries.excepting import excepted_by_day, excepted_figures
from burgrave.incidents.queries.files import (
    event_file,
    event_file_facets,
    event_file_to_read,
    event_files,
    events_of_log_sources,
    head_of_event_file,
    is_stream_being_read,
    reading_of,
    unreadable_records,
)
from burgrave.incidents.queries.finding import alert_entries, case_entries, event_file_entries, rule_entries
from burgrave.incidents.queries.home import home
from burgrave.incidents.queries.listing import narrowed_alerts, narrowed_cases, narrowed_files, narrowed_rules
from burgrave.incidents.queries.measuring import DeskFigures, PeriodFigures, desk_figures, period_figures
from burgrave.incidents.queries.origins import origin_of_upload, upload_sources
from burgrave.incidents.queries.raising import matches_to_raise, parts_to_raise
from burgrave.incidents.queries.rule_figures import alert_figures_by_rule, live_rules, rule_sources, rules_on_disk
from burgrave.incidents.queries.rulebook import (
    detection_rules,
    live_version_of,
    matched_fields,
    rule_detail,
    rule_faults,
    rule_set,
)
from burgrave.incidents.queries.segments import (
    bare_segments,
    expired_segments,
    held_segments,
    kept_segments,
    named_segments,
    segment_days,
    streams_with_segments,
    summed_streams,
)
from burgrave.incidents.queries.silence import newest_files

__all__ = [
    "CHECKS",
    "DeskFigures",
    "PeriodFigures",
    "alert",
    "alert_detail",
    "alert_entries",
    "alert_facets",
    "alert_figures_by_rule",
    "alert_matches",
    "alerts",
    "bare_segments",
    "case",
    "case_entries",
    "case_facets",
    "case_id_of",
    "cases",
    "correlation_memories",
    "desk_figures",
    "detection_rules",
    "draft",
    "drafts",
    "event_file",
    "event_file_entries",
    "event_file_facets",
    "event_file_to_read",
    "event_files",
    "events_of_log_sources",
    "excepted_by_day",
    "excepted_figures",
    "expired_segments",
    "files_of_case",
    "findings_in",
    "head_of_event_file",
    "held_segments",
    "holders_of_findings",
    "home",
    "is_stream_being_read",
    "kept_segments",
    "live_rules",
    "live_version_of",
    "matched_fields",
    "matches_to_raise",
    "named_segments",
    "narrowed_alerts",
    "narrowed_cases",
    "narrowed_files",
    "narrowed_rules",
    "newest_files",
    "numbered_case",
    "open_cases",
    "origin_of_upload",
    "parts_to_raise",
    "period_figures",
    "reading_of",
    "rule_detail",
    "rule_entries",
    "rule_faults",
    "rule_set",
    "rule_sources",
    "rules_on_disk",
    "segment_days",
    "sought",
    "streams_with_segments",
    "summed_streams",
    "units_that_wait",
    "unreadable_records",
    "upload_sources",
    "with_counted",
    "with_files",
]
