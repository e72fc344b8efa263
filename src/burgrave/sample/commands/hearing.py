"""The log sources of the sample: who sends events, and one that fell silent."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from burgrave.intake import commands as intake
from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules import content

ADDED_AGO = timedelta(days=90)


@transaction.atomic
def load_log_sources(loading: Loading) -> None:
    """Every source of the table stands in the register, and was heard when it says; further copies have none.

    None of them is listened for at an address or in a folder: of a made-up company nothing is heard.
    """
    if loading.copy:
        return
    tongue, actor = loading.wanted.tongue, loading.acting("officer")
    for row in content.table("log_sources"):
        facts = LogSourceFacts(
            name=content.both(row).said(tongue),
            unit_id=loading.units[row["unit"]],
            kind=SourceKind(row["kind"]),
            product=row["product"],
            category=row["category"],
            service=row["service"],
            owner_id=loading.persons[row["owner"]],
            silent_after=timedelta(hours=int(row["silent_hours"])) if row["silent_hours"] else None,
        )
        made = intake.add_log_source(facts, actor=actor, now=loading.now - ADDED_AGO)
        intake.note_heard(made, at=loading.now - timedelta(hours=int(row["heard_hours"])))
