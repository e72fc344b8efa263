"""The day on which a version begins to hold, and the one on which nothing of a document does any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from burgrave.assurance import commands as assurance
from burgrave.assurance.terms import TITLE_MAX
from burgrave.assurance.terms.frameworks import FrameworkDraft, FrameworkOrigin
from burgrave.engines.norms import Kind, Language, Norm
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.policies import models
from burgrave.policies.commands.loading import follow, index, known_of, open_version
from burgrave.policies.errors import WrongState
from burgrave.policies.queries.variables import known_variables
from burgrave.policies.queries.versions import ONCE_IN_FORCE
from burgrave.policies.rules import effect, reading
from burgrave.policies.rules.chaining import in_languages, requirements_of
from burgrave.policies.rules.reviewing import due_on
from burgrave.policies.terms import PUBLISH, READ, DocumentState, VersionState, document_subject, records
from burgrave.web.editing import touch
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, PersonId, UnitId

ASKING = frozenset({Kind.POLICY, Kind.NORM, Kind.GUIDELINE})
"""What asks for something; a procedure says how, and a record form what is written down."""
AT_ONCE = 20
HOLDS = gettext_noop("%(number)s %(label)s is in force from today")


@transaction.atomic
def take_effect_some(*, actor: Actor, now: datetime) -> int:
    """Up to 20 published versions whose first day has come hold. Returns how many; 0 when none is left."""
    due = models.Version.objects.filter(is_waiting=True, effective_on__lte=now.date())
    rows = list(due.order_by("effective_on", "id").values_list("pk", "document_id")[:AT_ONCE])
    for version_id, document_id in rows:
        document = models.Document.objects.select_for_update().get(pk=document_id)
        version = models.Version.objects.select_for_update().get(pk=version_id)
        if not version.is_waiting:
            continue
        version.document, version.is_waiting = document, False
        version.save(update_fields=["is_waiting"])
        took = records.VersionTookEffect(
            document_id=document_id, version_id=version_id, number=document.number, label=version.label
        )
        ledger.append(took, actor=actor, at=now)
        take_effect(version, norms_of_version(version), actor=actor, now=now)
        _tell(document, version, now=now)
    return len(rows)


def _tell(document: models.Document, version: models.Version, *, now: datetime) -> None:
    owner = (PersonId(document.owner_id),) if document.owner_id else ()
    notifications.notify(
        topic="policies.in_force",
        to=Recipients(persons=owner) if owner else Recipients(permission=PUBLISH, unit_id=UnitId(document.unit_id)),
        subject=document_subject(document.pk),
        words=Words(sentence=HOLDS, params={"number": document.number, "label": version.label}),
        link=f"/policies/versions/{version.pk}/",
        dedupe_key=f"policies.in_force:{version.pk}",
        now=now,
    )


def take_effect(version: models.Version, norms: Mapping[Language, Norm], *, actor: Actor, now: datetime) -> None:
    """The document is what the version says, its clauses are requirements, and what it supersedes is retired.

    The caller has locked the document.
    """
    document, today = version.document, now.date()
    document.state, document.label = DocumentState.IN_FORCE, version.label
    document.review_due_on = due_on(from_on=today, every_days=document.review_every_days)
    document.reviewed_on, document.reviewed_by, document.reminded_on = today, version.published_by, None
    touch(document, actor=actor, now=now)
    follow(document, version, norms)
    document.save()
    index(document)
    _put(document, version, norms, actor=actor, now=now)
    for other in _replaced(document, norms):
        row = other.versions.select_for_update().filter(state=VersionState.PUBLISHED).first()
        if row is not None:
            reason = Said("replaced by %(number)s", {"number": document.number})
            end_document(other, row, reason=str(reason), actor=actor, now=now)


def must_be_replaceable(document: models.Document, norms: Mapping[Language, Norm], *, actor: Actor) -> None:
    """Return when all that the texts supersede can be retired by the actor. Raises WrongState, Forbidden."""
    for other in _replaced(document, norms):
        if actor.may(READ, UnitId(other.unit_id)):
            actor.must(PUBLISH, UnitId(other.unit_id))
        else:
            raise WrongState(
                "the text supersedes %(number)s, which is no document that you may retire",
                words={"number": other.number},
                mend="Ask somebody who may, or take the line 'supersedes:' out of the front matter.",
            )
        if going := open_version(other):
            raise WrongState(
                "version %(label)s of %(number)s is on its way, and this text supersedes %(number)s",
                words={"label": going.label, "number": other.number},
                mend="Publish or discard it first.",
            )


def _replaced(document: models.Document, norms: Mapping[Language, Norm]) -> Iterable[models.Document]:
    """The documents in force that the texts supersede, locked, by number."""
    numbers = {each.strip().upper() for norm in norms.values() for each in norm.facts.supersedes} - {document.number}
    found = models.Document.objects.select_for_update().filter(
        number__in=numbers, is_sample=document.is_sample, state=DocumentState.IN_FORCE
    )
    return list(found.order_by("number"))


def end_document(document: models.Document, row: models.Version, *, reason: str, actor: Actor, now: datetime) -> None:
    """Nothing of the document holds from today, and its requirements bind nobody. The caller has locked it."""
    was_in_force = document.state == DocumentState.IN_FORCE
    end_versions(document, on=now.date())
    document.versions.filter(pk=row.pk).update(state=VersionState.RETIRED, end_reason=reason)
    document.state, document.review_due_on = DocumentState.RETIRED, None
    touch(document, actor=actor, now=now)
    document.save()
    index(document)

    retired = records.DocumentRetired(
        document_id=document.pk, version_id=row.pk, ended_on=now.date(), reason=Sealed(reason)
    )
    ledger.append(retired, actor=actor, at=now)
    if was_in_force and Kind(document.kind) in ASKING:
        assurance.withdraw_framework(framework_of(document), actor=actor, now=now)


def end_versions(document: models.Document, *, on: date) -> dict[UUID, date]:
    """Nothing of the document holds from that day on. Returns the ends by version."""
    beyond = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    ends: dict[UUID, date] = {}
    for row in document.versions.filter(beyond, state__in=ONCE_IN_FORCE, effective_on__isnull=False):
        if row.effective_on is not None:
            ends[row.pk] = row.ended_on = effect.end_of(row.effective_on, successor_on=on)
            row.is_waiting = False
            row.save(update_fields=["ended_on", "is_waiting"])
    return ends


def norms_of_version(version: models.Version) -> dict[Language, Norm]:
    return {
        Language(each.language): reading.norm_of(
            each.source, known_of(version.document, Language(each.language), label=version.label)
        )
        for each in version.texts.order_by("language")
    }


def variables_of(version: models.Version) -> dict[str, dict[str, str]]:
    """What each language's text stands for: its own front matter, and above it the organisation's."""
    shared = known_variables()
    return {
        str(language): {**norm.facts.variables, **shared.get(language, {})}
        for language, norm in norms_of_version(version).items()
    }


def framework_of(document: models.Document) -> str:
    """The name of the framework that the document is in the chain; made-up ones never stand for real ones."""
    return f"SAMPLE-{document.number}" if document.is_sample else document.number


def _put(
    document: models.Document, version: models.Version, norms: Mapping[Language, Norm], *, actor: Actor, now: datetime
) -> None:
    """The clauses of a policy or norm are requirements. Its first language says how they bind, since all bind alike."""
    if Kind(document.kind) not in ASKING:
        return
    titles = {str(language): f"{document.number} {norm.title}"[:TITLE_MAX] for language, norm in norms.items()}
    said = {
        str(language): requirements_of(norm, version.variables.get(str(language), {}))
        for language, norm in norms.items()
    }
    draft = FrameworkDraft(
        identifier=framework_of(document),
        title=next(iter(titles.values())),
        titles=titles if len(titles) > 1 else {},
        origin=FrameworkOrigin.INTERNAL,
        version=version.label,
        source_subject=document_subject(document.pk),
        requirements=in_languages(said),
        unit_id=UnitId(document.unit_id),
    )
    assurance.put_framework(draft, actor=actor, now=now)
