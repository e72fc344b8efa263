"""Who acts on which news, which function runs which kind of job, and what is due when. The worker hands these down."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_noop

from burgrave.assets import commands as asset_commands
from burgrave.assets import queries as asset_queries
from burgrave.assets.terms import records as assets
from burgrave.assurance import queries as assurance_queries
from burgrave.imports import handlers as imports
from burgrave.imports.commands import PeopleSheet
from burgrave.imports.terms import APPLY_JOB, CHECK_JOB, Targets
from burgrave.incidents import handlers as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.jobs.terms import CatchUp, JobFunction, KindPolicy, ScheduleSpec, Timing
from burgrave.ledger.terms import Handler, Record
from burgrave.lists.terms import Source
from burgrave.people import queries as people_queries
from burgrave.people.terms import OrganisationSetUp
from burgrave.sample import handlers as sample
from burgrave.sample.terms import Desk
from burgrave.site import chores

DESK = Desk(read=incidents.read_event_file, ready=incidents.make_rules_live)

HANDLERS: dict[type[Record], tuple[Handler, ...]] = {
    OrganisationSetUp: (sample.on_organisation_set_up,),
    assets.AssetClassified: (incidents.on_need_changed,),
    assets.NeedLowered: (incidents.on_need_changed,),
    assets.AssetEdited: (incidents.on_need_changed,),
    assets.AssetMoved: (incidents.on_need_changed,),
    assets.DependencyAdded: (incidents.on_need_changed,),
    assets.DependencyRemoved: (incidents.on_need_changed,),
    assets.AssetsSaved: (incidents.on_need_changed,),
    assets.SchemeDefined: (incidents.on_need_changed,),
}

JOBS: dict[str, JobFunction] = {
    "assurance.sweep_orphans": chores.sweep_orphans,
    APPLY_JOB: imports.apply_file,
    CHECK_JOB: imports.check_file,
    "incidents.read_event_file": incidents.read_event_file,
    "incidents.reweigh": incidents.reweigh,
    "jobs.prune": chores.prune_jobs,
    "web.forget_answers": chores.forget_answers,
    "sample.load": sample.loader(DESK),
    "sample.remove": sample.remove_sample,
}

POLICIES: dict[str, KindPolicy] = {
    "assurance.sweep_orphans": KindPolicy(
        first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=1), concurrency=1
    ),
    APPLY_JOB: KindPolicy(is_long=True),
    CHECK_JOB: KindPolicy(is_long=True),
    "incidents.read_event_file": KindPolicy(is_long=True),
    "sample.load": KindPolicy(is_long=True),
    "sample.remove": KindPolicy(is_long=True),
    "jobs.prune": KindPolicy(first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=1), concurrency=1),
}
"""What a kind that is not named here gets stands in `KindPolicy`."""

SCHEDULES: tuple[ScheduleSpec, ...] = (
    ScheduleSpec(
        name="assurance.sweep_orphans",
        kind="assurance.sweep_orphans",
        timing=Timing(cron="20 2 * * *"),
        words=gettext_noop("Remove stored files that nothing refers to"),
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
    "assurance.evidence": assurance_queries.evidence_entries,
    "people.person": people_queries.person_entries,
    "people.unit": people_queries.unit_entries,
}
"""From what the index of the search is made anew."""
IMPORTS: Targets = {
    each.kind: each for each in (asset_commands.AssetSheet(), asset_commands.BomDocument(), PeopleSheet())
}
"""What files can be imported as; the setting ``BURGRAVE_IMPORTS`` names this table."""
