"""What the people of the sample confirm, where they need not follow a norm, and how they go through procedures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from burgrave.assets import queries as assets
from burgrave.assets.terms import AssetFilter, AssetType
from burgrave.engines.blobs import Digest
from burgrave.people import commands as people
from burgrave.people import queries as people_now
from burgrave.people.terms import SamplePerson
from burgrave.policies import commands as policies
from burgrave.policies import queries
from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, Cadence
from burgrave.policies.terms.exceptions import ExceptionFacts, RiskLevel
from burgrave.policies.terms.runs import CadenceFacts, RunFacts, RunId, StepState
from burgrave.sample.commands.making import Here, Loading
from burgrave.sample.rules import content
from burgrave.sample.rules import people as plans
from burgrave.sample.terms import Tongue
from burgrave.web.terms import Actor, PersonId
from burgrave.web.uploads import blob_store

Row = Mapping[str, Any]
HEAD: Final = "head"
TEN: Final = 10
STATES: Final = {"d": StepState.DONE, "s": StepState.SKIPPED, "o": StepState.DEVIATED}


@cache
def _file() -> Row:
    return tomllib.loads((content.FOLDER / "duties.toml").read_text(encoding="utf-8"))


def load_duties(loading: Loading) -> None:
    """Audiences with who confirmed, exceptions in three states, and runs of a procedure; of the first copy only."""
    if loading.copy:
        return
    told = _file()
    documents = loading.documents
    for row in told["audience"]:
        _ask(loading, documents[row["number"]], row)
    _join(loading, documents[told["audience"][0]["number"]], told["joiner"])
    for row in told["exception"]:
        _except(loading, documents[row["number"]], row)
    for row in told["run"]:
        _run(loading, documents[row["number"]], row)
    _repeat(loading, documents[told["cadence"]["number"]], told["cadence"])


@transaction.atomic
def _ask(loading: Loading, document_id: UUID, row: Row) -> None:
    """The audience was asked; some confirmed within days, the others are open or late."""
    at = loading.now - timedelta(days=row["asked_ago"])
    parts = tuple(AudiencePart(kind=AudienceKind.UNIT, unit_id=loading.units[each]) for each in row["units"])
    cadence = Cadence(due_days=row["due_days"], remind_before_days=(7, 1))
    policies.set_audience(document_id, parts, cadence, version=0, actor=loading.acting(HEAD), now=at)
    loading.desk.ask(Here(at), {"document_id": str(document_id)})
    shown = queries.in_force(document_id, on=at.date())
    late = {loading.persons[each] for each in row["late"]}
    for place, key in enumerate(_asked(loading, row)):
        if not shown or place % TEN > row["confirmed_of_ten"]:
            continue
        read_at, actor = at + timedelta(days=1 + place % 7, minutes=7 * place), people_now.actor_of(key, at)
        policies.open_text(document_id, actor=actor, now=read_at)
        if place % TEN < row["confirmed_of_ten"] and key not in late:
            policies.confirm(document_id, digest=shown.digest, actor=actor, now=read_at + timedelta(minutes=6))


def _asked(loading: Loading, row: Row) -> list[PersonId]:
    """Whoever works in these units or below them, in the order of the plan."""
    below = {line.key: line.below for line in content.units()}
    wanted = set(row["units"])
    planned = plans.people(loading.wanted.tongue, seed=loading.wanted.seed, copy=loading.copy)
    return [loading.persons[each.key] for each in planned if {each.unit, below[each.unit]} & wanted]


@transaction.atomic
def _join(loading: Loading, document_id: UUID, row: Row) -> None:
    """Somebody came after everybody had been asked, and is asked by themselves."""
    at = loading.now - timedelta(days=row["ago"])
    unit_id = loading.units[row["unit"]]
    joiner = SamplePerson(
        email=f"{row['login']}@{plans.DOMAIN}",
        name=row["zh"] if loading.wanted.tongue is Tongue.CHINESE else row["en"],
        unit_id=unit_id,
        joined_at=at,
        language=str(loading.wanted.tongue),
        time_zone=plans.ZONES["de"],
        roles=((plans.EMPLOYEE, unit_id, None),),
    )
    people.add_sample_people([joiner], actor=loading.actor, now=at)
    loading.count(persons=1)
    loading.desk.ask(Here(at), {"document_id": str(document_id)})


@transaction.atomic
def _except(loading: Loading, document_id: UUID, row: Row) -> None:
    """Somebody asked for it and another granted it; what ended meanwhile became a finding by itself."""
    then, unit_id = loading.now - timedelta(days=row["ago"]), loading.units[row["unit"]]
    asker = loading.acting(row["by"])
    justification, compensation = _said(loading, row)
    types = tuple(AssetType(each) for each in row["asset_types"])
    narrowed = AssetFilter(units=(unit_id,), types=types)
    found = assets.assets(narrowed, actor=asker, today=then.date(), size=2).rows if types else ()
    facts = ExceptionFacts(
        document_id=document_id,
        clause=row["clause"],
        unit_id=unit_id,
        assets=tuple(each.asset_id for each in found),
        justification=justification,
        risk=RiskLevel(row["risk"]),
        compensation=compensation,
        starts_on=then.date(),
        ends_on=(then + timedelta(days=row["days"])).date(),
    )
    exception_id = policies.request_exception(facts, actor=asker, now=then)
    if not row["decided_by"]:
        return
    decider = loading.acting(row["decided_by"])
    policies.approve_exception(exception_id, version=1, actor=decider, now=then + timedelta(days=1))
    over = then + timedelta(days=row["days"] + 1)
    if over < loading.now:
        policies.expire_some(units=(unit_id,), actor=loading.actor, now=over)


@transaction.atomic
def _run(loading: Loading, document_id: UUID, row: Row) -> None:
    """The procedure was gone through, in time or late, with what was left out or done otherwise."""
    begun, actor = loading.now - timedelta(days=row["ago"]), loading.acting(row["by"])
    what_for, otherwise, left_out = _said(loading, row)
    facts = RunFacts(
        document_id=document_id,
        unit_id=loading.units[row["unit"]],
        starts_on=begun.date(),
        due_on=(begun + timedelta(days=row["due"])).date(),
        title=what_for,
    )
    run_id = policies.start_run(facts, actor=actor, now=begun)
    version = 1
    for position, code in enumerate(row["steps"], 1):
        at = begun + timedelta(hours=3 * position)
        if code == "-":
            continue
        if code == "d":
            _show(loading, run_id, position, version=version, actor=actor, now=at)
            version += 1
        note = {"o": otherwise, "s": left_out}.get(code, "")
        policies.settle_step(run_id, position, STATES[code], note=note, version=version, actor=actor, now=at)
        version += 1
    if "ended" in row:
        ended = loading.now - timedelta(days=row["ended"])
        raises = bool(row.get("finding"))
        policies.finish_run(run_id, raises_finding=raises, version=version, actor=actor, now=ended)


def _show(loading: Loading, run_id: RunId, position: int, *, version: int, actor: Actor, now: datetime) -> None:
    name = f"{now:%Y-%m-%d}-{position}.txt"
    kept = _stored(f"{loading.wanted.tongue} {name}\n".encode())
    policies.attach_to_step(run_id, position, [(kept, name, "text/plain")], version=version, actor=actor, now=now)


def _stored(content: bytes) -> Digest:
    with blob_store().writer() as writer:
        writer.write(content)
        return writer.finish()


@transaction.atomic
def _repeat(loading: Loading, document_id: UUID, row: Row) -> None:
    facts = CadenceFacts(
        document_id=document_id,
        unit_id=loading.units[row["unit"]],
        every_days=row["every_days"],
        due_days=row["due_days"],
        next_on=(loading.now + timedelta(days=row["next_in"])).date(),
        lead_id=loading.persons[row["lead"]],
    )
    policies.set_cadence(facts, version=0, actor=loading.acting(row["lead"]), now=loading.now)


def _said(loading: Loading, row: Row) -> list[str]:
    return list(row["zh"] if loading.wanted.tongue is Tongue.CHINESE else row["en"])
