"""Who acts on which news, which function runs which kind of job, and what is due when. The worker hands these down."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from burgrave.assets import commands as asset_commands
from burgrave.assets import handlers as asset_handlers
from burgrave.assets import queries as asset_queries
from burgrave.assets.terms import records as assets
from burgrave.assurance import commands as assurance_commands
from burgrave.assurance import handlers as assurance
from burgrave.assurance import queries as assurance_queries
from burgrave.assurance.terms import AutomaticCheck
from burgrave.assurance.terms import records as assurance_records
from burgrave.custody import handlers as custody
from burgrave.custody.terms import records as custody_records
from burgrave.detection import commands as detection_commands
from burgrave.detection import handlers as detection
from burgrave.detection import queries as detection_queries
from burgrave.detection.terms.trials import TRY_JOB
from burgrave.events import commands as event_commands
from burgrave.events import handlers as events
from burgrave.events.terms import COMPACT_JOB, EXPIRE_JOB, SEAL_JOB
from burgrave.imports import handlers as imports
from burgrave.imports.commands import PeopleSheet
from burgrave.imports.terms import APPLY_JOB, CHECK_JOB, Targets
from burgrave.incidents import commands as incident_commands
from burgrave.incidents import handlers as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.incidents.terms import CORRELATE_JOB, EXPIRE_SEGMENTS_JOB, LOAD_RULES_JOB
from burgrave.incidents.terms import records as incident_records
from burgrave.intake import commands as intake_commands
from burgrave.intake import handlers as intake
from burgrave.intake import queries as intake_queries
from burgrave.isms import commands as isms_commands
from burgrave.isms import handlers as isms
from burgrave.isms import queries as isms_queries
from burgrave.jobs.terms import CatchUp, JobFunction, KindPolicy, ScheduleSpec, Timing
from burgrave.ledger.terms import Handler, Record
from burgrave.lists.terms import ListSpec, Source
from burgrave.notifications import handlers as notifications
from burgrave.operations import handlers as operations
from burgrave.people import commands as people_commands
from burgrave.people import queries as people_queries
from burgrave.people.terms import (
    GrantMade,
    GrantRevoked,
    LockoutBegan,
    OrganisationSetUp,
    PersonAdded,
    PersonDeactivated,
    PersonEdited,
    PersonReactivated,
    UnitMoved,
)
from burgrave.policies import commands as policy_commands
from burgrave.policies import handlers as policies
from burgrave.policies import queries as policy_queries
from burgrave.policies.terms import records as policy_records
from burgrave.sample import handlers as sample
from burgrave.sample.terms import Desk
from burgrave.site import chores

DESK = Desk(read=incidents.read_event_file, ask=policies.ask, ready=incidents.make_rules_live)

HANDLERS: dict[type[Record], tuple[Handler, ...]] = {
    OrganisationSetUp: (sample.on_organisation_set_up,),
    assets.AssetClassified: (incidents.on_need_changed,),
    assets.NeedLowered: (incidents.on_need_changed,),
    assets.AssetEdited: (incidents.on_need_changed,),
    assets.AssetMoved: (incidents.on_need_changed,),
    assets.DependencyAdded: (incidents.on_need_changed,),
    assets.DependencyRemoved: (incidents.on_need_changed,),
    assets.AssetsMerged: (incidents.on_need_changed, assurance.on_assets_merged),
    assets.AssetsSaved: (incidents.on_need_changed,),
    assets.SchemeDefined: (incidents.on_need_changed,),
    assurance_records.FindingRaised: (assurance.on_finding_raised,),
    assurance_records.ActionMoved: (assurance.on_action_moved,),
    LockoutBegan: (notifications.on_lockout_began,),
    PersonAdded: (policies.on_person_changed,),
    PersonEdited: (policies.on_person_changed,),
    PersonDeactivated: (policies.on_person_changed,),
    PersonReactivated: (policies.on_person_changed,),
    GrantMade: (policies.on_person_changed,),
    GrantRevoked: (policies.on_person_changed,),
    UnitMoved: (policies.on_unit_moved,),
    policy_records.VersionPublished: (policies.on_version_published,),
    policy_records.DocumentRetired: (policies.on_document_retired,),
    custody_records.WitnessDisagreed: (custody.on_witness_disagreed,),
    custody_records.AnchorWentAway: (custody.on_anchor_went_away,),
    incident_records.CaseOpened: (incidents.on_case_opened,),
    incident_records.CaseChanged: (incidents.on_case_changed,),
    incident_records.AlertAssigned: (incidents.on_alert_assigned,),
    incident_records.AlertRaised: (incidents.on_alert_raised,),
    incident_records.EventFileReceived: (intake.on_event_file_received,),
    incident_records.EventFileRefused: (incidents.on_event_file_refused,),
}

JOBS: dict[str, JobFunction] = {
    "assets.tell_due_reviews": asset_handlers.tell_due_reviews,
    "assurance.renew_standings": assurance.renew_standings,
    "assurance.run_due_checks": assurance.run_due_checks,
    "assurance.sweep_orphans": chores.sweep_orphans,
    "assurance.tell_due_checks": assurance.tell_due_checks,
    "assurance.tell_overdue_actions": assurance.tell_overdue_actions,
    COMPACT_JOB: events.compact,
    EXPIRE_JOB: events.expire,
    SEAL_JOB: events.seal,
    APPLY_JOB: imports.apply_file,
    CHECK_JOB: imports.check_file,
    "incidents.read_event_file": incidents.read_event_file,
    LOAD_RULES_JOB: incidents.load_live_rules,
    CORRELATE_JOB: incidents.correlate_waiting,
    EXPIRE_SEGMENTS_JOB: incidents.expire_segments,
    "incidents.reweigh": incidents.reweigh,
    "detection.look_at_exceptions": detection.look_at_exceptions,
    TRY_JOB: detection.try_rules,
    "intake.prune": intake.prune,
    "intake.watch": intake.watch,
    "isms.remind_of_decisions": isms.remind_of_decisions,
    "isms.take_readings": isms.take_due_readings,
    "jobs.prune": chores.prune_jobs,
    "notifications.ending_grants": notifications.tell_ending_grants,
    "notifications.escalate": notifications.escalate,
    "notifications.gather_digests": notifications.gather_digests,
    "notifications.prune": notifications.prune,
    "notifications.send_mail": notifications.send_mail,
    "notifications.send_webhook": notifications.send_webhook,
    "operations.watch": operations.watch,
    policy_commands.ASK_JOB: policies.ask,
    policy_commands.MEET_JOB: policies.meet,
    policy_commands.RENEW_JOB: policies.renew,
    "policies.look_at_exceptions": policies.look_at_exceptions,
    "policies.remind": policies.remind,
    "policies.start_runs": policies.start_runs,
    "policies.take_effect": policies.take_effect,
    "web.forget_answers": chores.forget_answers,
    "policies.tell_due_reviews": policies.tell_due_reviews,
    "sample.load": sample.loader(DESK),
    "sample.remove": sample.remove_sample,
}

POLICIES: dict[str, KindPolicy] = {
    "assurance.run_due_checks": KindPolicy(is_long=True, concurrency=1),
    "assurance.sweep_orphans": KindPolicy(
        first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=1), concurrency=1
    ),
    CORRELATE_JOB: KindPolicy(concurrency=1),
    **dict.fromkeys((COMPACT_JOB, EXPIRE_JOB, EXPIRE_SEGMENTS_JOB, SEAL_JOB), KindPolicy(is_long=True, concurrency=1)),
    APPLY_JOB: KindPolicy(is_long=True),
    CHECK_JOB: KindPolicy(is_long=True),
    "incidents.read_event_file": KindPolicy(is_long=True),
    TRY_JOB: KindPolicy(is_long=True, concurrency=1),
    policy_commands.ASK_JOB: KindPolicy(is_long=True),
    policy_commands.MEET_JOB: KindPolicy(concurrency=1),
    "sample.load": KindPolicy(is_long=True),
    "sample.remove": KindPolicy(is_long=True),
    "jobs.prune": KindPolicy(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=1), concurrency=1),
    # A mail server that is down for a night is outlasted; one that greylists wants a few minutes.
    "notifications.send_mail": KindPolicy(
        first_wait=timedelta(seconds=30), longest_wait=timedelta(hours=2), concurrency=4
    ),
    "notifications.send_webhook": KindPolicy(
        first_wait=timedelta(seconds=15), longest_wait=timedelta(hours=1), concurrency=4
    ),
}
"""What a kind that is not named here gets stands in `KindPolicy`."""

SCHEDULES: tuple[ScheduleSpec, ...] = (
    ScheduleSpec(
        name=CORRELATE_JOB,
        kind=CORRELATE_JOB,
        timing=Timing(every=timedelta(minutes=1)),
        words=gettext_noop("Decide what waits in the streams of events that nobody continues"),
    ),
    ScheduleSpec(
        name="assurance.sweep_orphans",
        kind="assurance.sweep_orphans",
        timing=Timing(cron="20 2 * * *"),
        words=gettext_noop("Remove stored files that nothing refers to"),
    ),
    ScheduleSpec(
        name="assurance.renew_standings",
        kind="assurance.renew_standings",
        timing=Timing(cron="5 0 * * *"),
        words=gettext_noop("Let evidence grow stale with the day, and say how requirements stand"),
    ),
    ScheduleSpec(
        name="assurance.run_due_checks",
        kind="assurance.run_due_checks",
        timing=Timing(cron="17 * * * *"),
        words=gettext_noop("Run the automatic checks that are due"),
    ),
    ScheduleSpec(
        name="assurance.tell_due_checks",
        kind="assurance.tell_due_checks",
        timing=Timing(cron="35 5 * * *"),
        words=gettext_noop("Tell who is to do a check"),
    ),
    ScheduleSpec(
        name="assurance.tell_overdue_actions",
        kind="assurance.tell_overdue_actions",
        timing=Timing(cron="40 5 * * *"),
        words=gettext_noop("Tell whose corrective action is overdue"),
    ),
    ScheduleSpec(
        name="assets.tell_due_reviews",
        kind="assets.tell_due_reviews",
        timing=Timing(cron="30 5 * * *"),
        words=gettext_noop("Tell whose asset reviews are due"),
    ),
    ScheduleSpec(
        name="intake.watch",
        kind="intake.watch",
        timing=Timing(every=timedelta(minutes=1)),
        words=gettext_noop("Watch for log sources that fell silent"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name="intake.prune",
        kind="intake.prune",
        timing=Timing(cron="45 2 * * *"),
        words=gettext_noop("Forget which batches of streams were taken in long ago"),
    ),
    ScheduleSpec(
        name=COMPACT_JOB,
        kind=COMPACT_JOB,
        timing=Timing(cron="50 * * * *"),
        words=gettext_noop("Make few files of kept events out of many"),
    ),
    ScheduleSpec(
        name=SEAL_JOB,
        kind=SEAL_JOB,
        timing=Timing(cron="30 0 * * *"),
        words=gettext_noop("Seal the kept events of days that are over"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name=EXPIRE_JOB,
        kind=EXPIRE_JOB,
        timing=Timing(cron="10 3 * * *"),
        words=gettext_noop("Remove events whose time is over"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name=EXPIRE_SEGMENTS_JOB,
        kind=EXPIRE_SEGMENTS_JOB,
        timing=Timing(cron="25 3 * * *"),
        words=gettext_noop("Remove raw segments of streams whose time is over"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name="isms.remind_of_decisions",
        kind="isms.remind_of_decisions",
        timing=Timing(cron="40 5 * * *"),
        words=gettext_noop("Tell whose decisions are to be carried out"),
    ),
    ScheduleSpec(
        name="isms.take_readings",
        kind="isms.take_readings",
        timing=Timing(cron="10 4 * * *"),
        words=gettext_noop("Read the indicators that are due"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name="policies.tell_due_reviews",
        kind="policies.tell_due_reviews",
        timing=Timing(cron="35 5 * * *"),
        words=gettext_noop("Tell whose documents are to be reviewed"),
    ),
    ScheduleSpec(
        name="notifications.ending_grants",
        kind="notifications.ending_grants",
        timing=Timing(cron="45 5 * * *"),
        words=gettext_noop("Tell whose role ends within a week"),
    ),
    ScheduleSpec(
        name="notifications.gather_digests",
        kind="notifications.gather_digests",
        timing=Timing(cron="*/15 * * * *"),
        words=gettext_noop("Gather digests"),
    ),
    ScheduleSpec(
        name="notifications.prune",
        kind="notifications.prune",
        timing=Timing(cron="50 2 * * *"),
        words=gettext_noop("Remove old news"),
    ),
    ScheduleSpec(
        name="operations.watch",
        kind="operations.watch",
        timing=Timing(cron="*/5 * * * *"),
        words=gettext_noop("Watch for dead letters and silent workers"),
    ),
    ScheduleSpec(
        name=policy_commands.RENEW_JOB,
        kind=policy_commands.RENEW_JOB,
        timing=Timing(cron="10 3 * * *"),
        words=gettext_noop("Compare the audiences of documents with who is asked"),
    ),
    ScheduleSpec(
        name="detection.look_at_exceptions",
        kind="detection.look_at_exceptions",
        timing=Timing(cron="2 0 * * *"),
        words=gettext_noop("Let exceptions to detection rules expire, and tell their owners"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name="policies.look_at_exceptions",
        kind="policies.look_at_exceptions",
        timing=Timing(cron="5 0 * * *"),
        words=gettext_noop("Let exceptions expire into findings, and announce their ends"),
    ),
    ScheduleSpec(
        name="policies.take_effect",
        kind="policies.take_effect",
        timing=Timing(cron="1 0 * * *"),
        words=gettext_noop("Put into force what was published for this day"),
        catch_up=CatchUp.ONCE,
    ),
    ScheduleSpec(
        name="policies.start_runs",
        kind="policies.start_runs",
        timing=Timing(cron="25 5 * * *"),
        words=gettext_noop("Start the procedures whose day has come"),
    ),
    ScheduleSpec(
        name="policies.remind",
        kind="policies.remind",
        timing=Timing(cron="15 5 * * *"),
        words=gettext_noop("Remind who has not confirmed a document"),
    ),
    ScheduleSpec(
        name="jobs.prune",
        kind="jobs.prune",
        timing=Timing(cron="40 2 * * *"),
        words=gettext_noop("Remove jobs that ended long ago"),
    ),
    ScheduleSpec(
        name="web.forget_answers",
        kind="web.forget_answers",
        timing=Timing(every=timedelta(hours=6)),
        words=gettext_noop("Forget kept answers of the API"),
        catch_up=CatchUp.ONCE,
    ),
)

SEARCHED: dict[str, Source] = {
    "assets.asset": asset_queries.asset_entries,
    "incidents.case": incident_queries.case_entries,
    "incidents.alert": incident_queries.alert_entries,
    "incidents.rule": incident_queries.rule_entries,
    "incidents.event_file": incident_queries.event_file_entries,
    "intake.log_source": intake_queries.log_source_entries,
    "assurance.check": assurance_queries.check_entries,
    "assurance.evidence": assurance_queries.evidence_entries,
    "isms.statement": isms_queries.statement_entries,
    "policies.document": policy_queries.document_entries,
    "assurance.finding": assurance_queries.finding_entries,
    "assurance.framework": assurance_queries.framework_entries,
    "assurance.measure": assurance_queries.measure_entries,
    "assurance.requirement": assurance_queries.requirement_entries,
    "people.person": people_queries.person_entries,
    "people.unit": people_queries.unit_entries,
}
"""From what the index of the search is made anew."""
IMPORTS: Targets = {
    each.kind: each
    for each in (
        asset_commands.AssetSheet(),
        asset_commands.BomDocument(),
        policy_commands.DocumentFiles(),
        PeopleSheet(),
        detection_commands.RuleArchive(),
    )
}
"""What files can be imported as; the setting ``BURGRAVE_IMPORTS`` names this table."""

LISTS: dict[str, ListSpec] = {
    spec.name: spec
    for spec in (
        asset_commands.LIST,
        event_commands.LIST,
        *incident_commands.LISTS,
        intake_commands.LIST,
        *detection_commands.LISTS,
        people_commands.LIST,
        *assurance_commands.LISTS,
        isms_commands.LIST,
        policy_commands.LIST,
        policy_commands.ASKS,
        policy_commands.EXCEPTIONS,
        policy_commands.RUNS,
    )
}
"""The lists that can be kept as views, arranged, exported, and acted on."""

CHECKS: dict[str, AutomaticCheck] = {
    check.name: check
    for check in (
        AutomaticCheck(
            name="ledger.verifies",
            title=_("The ledger verifies"),
            run=assurance_queries.ledger_verifies,
            about=_("Every leaf, tile, root, signature and opening is derived anew from the records, and all agree."),
        ),
        AutomaticCheck(
            name="people.second_factors",
            title=_("Privileged people sign in with a second factor"),
            run=assurance_queries.second_factors,
            about=_("Whoever holds a role that changes who may do what has an app or a passkey; all of them pass."),
        ),
        AutomaticCheck(
            name="assets.reviews",
            title=_("Assets are reviewed in time"),
            run=assurance_queries.reviews_of_assets,
            about=_("No asset in use is past the day on which its review was due."),
        ),
        AutomaticCheck(
            name="incidents.sources",
            title=_("Sources of events are heard"),
            run=intake_queries.source_silence,
            about=_(
                "No log source is silent for longer than it may be, and every unit that handed in files within 90 days "
                "did so in the last 7."
            ),
        ),
        AutomaticCheck(
            name="events.store",
            title=_("Kept events are unchanged"),
            run=event_commands.verify_event_store,
            about=_(
                "Every sealed day has the digest in the ledger; every file is read again within 30 days, at once when "
                "it looks changed, and some by chance."
            ),
        ),
        *incident_queries.CHECKS,
        *detection_queries.CHECKS,
        *policy_queries.CHECKS,
    )
}
"""The checks that run by themselves; the setting ``BURGRAVE_CHECKS`` names this table."""
