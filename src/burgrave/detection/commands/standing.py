"""What is enabled changes: counted, and made known to whoever reads."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from burgrave.detection import models
from burgrave.incidents.terms import LOAD_RULES_JOB
from burgrave.jobs import commands as jobs


def touch(*, now: datetime) -> None:
    """Every process loads the rules anew before it reads on, and the tables of the live rules follow."""
    models.Standing.objects.update_or_create(pk=1, defaults={"mark": uuid4()})
    jobs.enqueue(LOAD_RULES_JOB, {}, now=now, unique_key=LOAD_RULES_JOB)
