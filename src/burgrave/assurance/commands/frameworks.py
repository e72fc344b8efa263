"""A framework is put whole: what is new is added, what is gone is withdrawn, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.commands.numbering import SAMPLE
from burgrave.assurance.commands.renewing import relink
from burgrave.assurance.errors import FrameworkTaken
from burgrave.assurance.rules import frameworks as rules
from burgrave.assurance.rules.shipped import shipped, shipped_draft
from burgrave.assurance.terms import MANAGE
from burgrave.assurance.terms.frameworks import FrameworkDraft, FrameworkId, FrameworkOrigin, RequirementDraft
from burgrave.assurance.terms.records import FrameworkPut
from burgrave.engines.norms import Language
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import storable
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.people.errors import NotSetUp
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

AT_ONCE = 500
Key = TypeVar("Key", UUID, int)
_CONTENT = ("title", "text", "modality", "binding", "parameters", "need", "asset_types")


def load_framework(draft: FrameworkDraft, *, actor: Actor, now: datetime) -> FrameworkId:
    """A framework from a person's own file stands. Raises Forbidden, BadInput, FrameworkTaken."""
    _must_manage(actor)
    return put_framework(draft, actor=actor, now=now)


@transaction.atomic
def adopt_framework(
    identifier: str, language: Language, *, unit_id: UnitId | None = None, actor: Actor, now: datetime
) -> FrameworkId:
    """A framework that ships along stands, this language first; in a unit of the sample it is the sample's.

    Adopted twice it changes nothing. Raises NotFound, Forbidden, BadInput, and FrameworkTaken where the organisation
    has it already in other words, loaded from its own file.
    """
    draft = replace(shipped_draft(identifier, language), unit_id=unit_id)
    if unit_id is None or unit_id not in people.sample_units():
        _must_manage(actor)
        _must_be_ours(identifier)
        return put_framework(replace(draft, unit_id=None), actor=actor, now=now)
    actor.must(MANAGE, unit_id)
    return put_framework(replace(draft, identifier=f"{SAMPLE}{identifier}"), actor=actor, now=now)


@transaction.atomic
def put_framework(draft: FrameworkDraft, *, actor: Actor, now: datetime) -> FrameworkId:
    """The framework consists of exactly these requirements; those that are gone are withdrawn, with their history.

    The same framework put again changes and records nothing. Permission is asked for by the command that calls this,
    since only its domain knows the source. What is made up answers what is made up: its links name the frameworks of
    the sample. Raises FrameworkTaken where the identifier belongs to another source.
    """
    if draft.unit_id in people.sample_units():
        draft = rules.apart(draft, prefix=SAMPLE)
    framework, digest = _locked(draft, actor=actor, now=now), rules.digest(draft)
    if framework.digest == digest:
        return FrameworkId(framework.pk)
    known = {row.identifier: row for row in framework.requirements.all()}
    difference = rules.difference(
        draft.requirements,
        known={identifier: _content(row) for identifier, row in known.items()},
        withdrawn=frozenset(identifier for identifier, row in known.items() if row.withdrawn_at),
    )

    _write(framework, draft, difference, known, now=now)
    _link(known, draft.requirements, now=now)
    _resolve(framework, known)
    framework.title, framework.version, framework.digest = storable(draft.title.strip()), draft.version, digest
    framework.titles = {language: storable(title) for language, title in draft.titles.items()}
    framework.in_force, framework.put_at, framework.put_by = len(draft.requirements), now, actor.name
    framework.save()
    relink([row.pk for row in known.values()], today=now.astimezone(UTC).date())
    _index(framework, known)

    ledger.append(_record(framework, draft, difference), actor=actor, at=now)
    return FrameworkId(framework.pk)


def withdraw_framework(identifier: str, *, actor: Actor, now: datetime) -> None:
    """None of its requirements binds anybody any more. Permission as for put_framework. Raises BadInput."""
    row = models.Framework.objects.filter(identifier=identifier).first()
    if row is None:
        raise BadInput("there is no framework %(identifier)s", words={"identifier": identifier})
    draft = FrameworkDraft(
        identifier=identifier,
        title=row.title,
        origin=FrameworkOrigin(row.origin),
        version=row.version,
        source_subject=row.source_subject,
        unit_id=UnitId(row.unit_id),
    )
    put_framework(draft, actor=actor, now=now)


def _must_manage(actor: Actor) -> None:
    """Return when the actor manages assurance in the whole organisation. Raises Forbidden, BadInput."""
    if not actor.may_everywhere(MANAGE):
        actor.must_anywhere(MANAGE)
        raise BadInput("a framework belongs to the whole organisation; your permission holds in a part of it")


def _must_be_ours(identifier: str) -> None:
    """Return unless a framework of this name was loaded from the organisation's own file. Raises FrameworkTaken."""
    row = models.Framework.objects.filter(identifier=identifier).first()
    if row is not None and row.title not in shipped()[identifier].title.values():
        raise FrameworkTaken(
            "%(identifier)s is here already as %(title)s, in words of your own, which would be lost",
            words={"identifier": identifier, "title": row.title},
            mend="Keep yours: the identifiers are the same, so that every link finds them.",
        )


def _locked(draft: FrameworkDraft, *, actor: Actor, now: datetime) -> models.Framework:
    unit_id = draft.unit_id or _root()
    models.Framework.objects.get_or_create(
        identifier=draft.identifier,
        defaults={
            "title": draft.title.strip(),
            "origin": draft.origin,
            "source_subject": draft.source_subject,
            "unit_id": unit_id,
            "put_at": now,
            "put_by": actor.name,
        },
    )
    row = models.Framework.objects.select_for_update(of=("self",)).get(identifier=draft.identifier)
    if row.origin != draft.origin or row.source_subject != draft.source_subject:
        raise FrameworkTaken(
            "the identifier %(identifier)s belongs to %(title)s already, which comes from elsewhere",
            words={"identifier": draft.identifier, "title": row.title},
            mend="Give this one another identifier.",
        )
    return row


def _root() -> UnitId:
    organisation = people.organisation()
    if organisation is None:
        raise NotSetUp("there is no organisation yet", mend="Open the set-up link that the first start prints.")
    return organisation.root_unit_id


def _content(row: models.Requirement) -> rules.Content:
    need = [row.need_confidentiality, row.need_integrity, row.need_availability]
    return (
        row.title,
        row.text,
        row.modality,
        row.binding,
        row.parameters,
        need if any(need) else [],
        row.asset_types,
    )


def _write(
    framework: models.Framework,
    draft: FrameworkDraft,
    difference: rules.Difference,
    known: dict[str, models.Requirement],
    *,
    now: datetime,
) -> None:
    """The requirements and their wordings are as the draft says; ``known`` holds the new ones too."""
    place = {each.identifier: number for number, each in enumerate(draft.requirements)}
    for each in difference.added:
        row = models.Requirement(id=uuid4(), framework=framework, identifier=each.identifier)
        known[each.identifier] = row
    for each in (*difference.changed, *difference.returned):
        if known[each.identifier].parameters != dict(each.parameters):
            known[each.identifier].asked_since = now
    for each in draft.requirements:
        _fill(known[each.identifier], each, place=place[each.identifier])
    for identifier in difference.withdrawn:
        known[identifier].withdrawn_at = now
    new = {each.identifier for each in difference.added}
    models.Requirement.objects.bulk_create([known[each] for each in new], batch_size=AT_ONCE)
    fields = (
        "place", "title", "titles", "text", "texts", "modality", "binding", "parameters", "has_scope",
        "need_confidentiality", "need_integrity", "need_availability", "asset_types", "asked_since", "withdrawn_at",
    )  # fmt: skip
    old = [row for identifier, row in known.items() if identifier not in new]
    models.Requirement.objects.bulk_update(old, fields, batch_size=AT_ONCE)
    _word(difference, known, now=now)


def _fill(row: models.Requirement, draft: RequirementDraft, *, place: int) -> None:
    title, text, modality, binding, parameters, need, types = rules.content(draft)
    row.title, row.text, row.modality = storable(str(title)), storable(str(text)), str(modality)
    row.titles = {language: storable(each) for language, each in draft.titles.items()}
    row.texts = {language: storable(each) for language, each in draft.texts.items()}
    row.binding, row.parameters, row.asset_types = bool(binding), parameters, types
    ranks = draft.applies_to_need
    row.need_confidentiality = ranks.confidentiality if ranks else 0
    row.need_integrity = ranks.integrity if ranks else 0
    row.need_availability = ranks.availability if ranks else 0
    row.has_scope, row.place, row.withdrawn_at = bool(need or types), place, None


def _word(difference: rules.Difference, known: Mapping[str, models.Requirement], *, now: datetime) -> None:
    ended = [known[each].pk for each in (*difference.withdrawn, *(d.identifier for d in difference.changed))]
    for some in _batches(ended):
        models.Wording.objects.filter(requirement_id__in=some, until=None).update(until=now)
    begun = (*difference.added, *difference.changed, *difference.returned)
    models.Wording.objects.bulk_create(
        [
            models.Wording(
                requirement=known[each.identifier],
                asked_since=known[each.identifier].asked_since,
                since=now,
                **dict(zip(_CONTENT, rules.content(each), strict=True)),
            )
            for each in begun
        ],
        batch_size=AT_ONCE,
    )


def _link(known: Mapping[str, models.Requirement], drafts: tuple[RequirementDraft, ...], *, now: datetime) -> None:
    """What each requirement answers elsewhere is as the drafts say; the links keep their days."""
    wanted = {
        (known[each.identifier].pk, framework, identifier)
        for each in drafts
        for framework, identifier in each.satisfies
    }
    standing = {}
    for some in _batches([row.pk for row in known.values()]):
        for link in models.Satisfies.objects.filter(requirement_id__in=some, until=None):
            standing[link.requirement_id, link.framework, link.identifier] = link.pk
    gone = [key for triple, key in standing.items() if triple not in wanted]
    for some_keys in _batches(gone):
        models.Satisfies.objects.filter(pk__in=some_keys).update(until=now)
    new = sorted(wanted - set(standing), key=str)
    targets = _targets({framework for _requirement, framework, _identifier in new})
    models.Satisfies.objects.bulk_create(
        [
            models.Satisfies(
                requirement_id=requirement,
                framework=framework,
                identifier=identifier,
                target_id=targets.get((framework, identifier)),
                since=now,
            )
            for requirement, framework, identifier in new
        ],
        batch_size=AT_ONCE,
    )


def _targets(frameworks: Iterable[str]) -> dict[tuple[str, str], UUID]:
    found = models.Requirement.objects.filter(framework__identifier__in=list(frameworks))
    return {(each[0], each[1]): each[2] for each in found.values_list("framework__identifier", "identifier", "pk")}


def _resolve(framework: models.Framework, known: Mapping[str, models.Requirement]) -> None:
    """Links that named this framework before it was loaded lead to its requirements now."""
    waiting = list(models.Satisfies.objects.filter(framework=framework.identifier, target=None))
    for link in waiting:
        if link.identifier in known:
            link.target = known[link.identifier]
    models.Satisfies.objects.bulk_update([link for link in waiting if link.target_id], ["target"], batch_size=AT_ONCE)


def _index(framework: models.Framework, known: Mapping[str, models.Requirement]) -> None:
    samples = people.sample_units()
    lists.index([queries.framework_entry(framework, samples=samples)])
    in_force = [row for row in known.values() if row.withdrawn_at is None]
    lists.index([queries.requirement_entry(row, framework, samples=samples) for row in in_force])
    lists.unindex(queries.REQUIREMENT_KIND, [row.pk for row in known.values() if row.withdrawn_at])


def _record(framework: models.Framework, draft: FrameworkDraft, difference: rules.Difference) -> FrameworkPut:
    return FrameworkPut(
        framework_id=framework.pk,
        framework=framework.identifier,
        origin=draft.origin,
        version=draft.version,
        digest=framework.digest,
        requirements=len(draft.requirements),
        added=len(difference.added) + len(difference.returned),
        changed=len(difference.changed),
        withdrawn=len(difference.withdrawn),
        source=draft.source_subject,
    )


def _batches(keys: list[Key]) -> Iterable[list[Key]]:
    for first in range(0, len(keys), AT_ONCE):
        yield keys[first : first + AT_ONCE]
