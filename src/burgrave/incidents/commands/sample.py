"""The alerts and incidents of the sample leave at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from burgrave.incidents import models
from burgrave.incidents.queries.finding import ALERT, CASE, EVENT_FILE
from burgrave.incidents.terms import RESPOND, SampleLeft, alert_subject, case_subject, event_file_subject, reading_key
from burgrave.jobs import commands as jobs
from burgrave.jobs import queries as job_queries
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.web.terms import Actor


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No event file, alert or incident of the sample is left. Returns the subjects that the ledger knows them by.

    Raises Forbidden.
    """
    units = people.sample_units()
    for unit_id in units:
        actor.must(RESPOND, unit_id)
    of_case, of_file, here = Q(case__unit_id__in=units), Q(event_file__unit_id__in=units), Q(unit_id__in=units)
    files = list(models.EventFile.objects.filter(here).values_list("pk", flat=True))
    alerts = list(models.Alert.objects.filter(here).values_list("pk", flat=True))
    cases = list(models.Case.objects.filter(here).values_list("pk", flat=True))
    for key in files:
        job = job_queries.progress_of(reading_key(key), now=now)
        if job is not None and job.state.is_open:
            jobs.cancel(job.job_id, now=now)

    models.CaseDraft.objects.filter(here | Q(author__unit_id__in=units)).delete()
    models.TimelineEntry.objects.filter(of_case).delete()
    models.Note.objects.filter(of_case).delete()
    models.Detection.objects.filter(of_file).delete()
    models.AlertSource.objects.filter(of_file).delete()
    models.CountedSource.objects.filter(of_file).delete()
    models.Alert.objects.filter(here).delete()
    models.Case.objects.filter(here).update(merged_into=None)
    models.Case.objects.filter(here).delete()
    models.UnreadableRecord.objects.filter(of_file).delete()
    models.MatchedEvent.objects.filter(of_file).delete()
    models.EventFile.objects.filter(here).delete()
    models.SegmentDay.objects.filter(here).delete()
    models.TriageDesk.objects.filter(here).delete()
    for kind, gone in ((EVENT_FILE, files), (ALERT, alerts), (CASE, cases)):
        lists.unindex(kind, gone)

    if files or alerts or cases:
        left = SampleLeft(event_files=len(files), alerts=len(alerts), cases=len(cases))
        ledger.append(left, actor=actor, at=now)
    return (*map(event_file_subject, files), *map(alert_subject, alerts), *map(case_subject, cases))
