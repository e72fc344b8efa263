"""Documents: added, edited, and the words that all texts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.engines.norms import Language
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.drafting import save_first
from burgrave.policies.commands.loading import (
    adopt_links,
    give_number,
    index,
    locked,
    must_be_current,
    must_be_owner,
)
from burgrave.policies.terms import EDIT, PUBLISH, DocumentId, records
from burgrave.policies.terms.drafts import DocumentFacts, Draft
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, UnitId

MOST_VARIABLES, VALUE_MAX = 200, 300
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")


@transaction.atomic
def add_document(facts: DocumentFacts, draft: Draft, *, actor: Actor, now: datetime) -> DocumentId:
    """The document has a number and a first draft. Raises NumberTaken, TextUnreadable, BadInput, Forbidden."""
    actor.must(EDIT, facts.unit_id)
    is_sample = facts.unit_id in people.sample_units()
    must_be_owner(facts.owner_id, facts.unit_id)
    number = give_number(facts.number, facts.kind, is_sample=is_sample)

    row = models.Document(
        id=uuid4(),
        number=number,
        is_sample=is_sample,
        kind=facts.kind,
        unit_id=facts.unit_id,
        owner_id=facts.owner_id,
        review_every_days=facts.review_every_days,
        added_at=now,
        changed_by=actor.name,
        changed_at=now,
    )
    row.save(force_insert=True)
    drafted = save_first(row, draft, actor=actor, now=now)
    adopt_links(row)

    added = records.DocumentAdded(
        document_id=row.pk, number=number, document_kind=facts.kind, unit_id=facts.unit_id, title=Sealed(row.title)
    )
    ledger.append_all((added, *drafted), actor=actor, at=now)
    return DocumentId(row.pk)


@transaction.atomic
def edit_document(document_id: UUID, facts: DocumentFacts, *, version: int, actor: Actor, now: datetime) -> None:
    """Unit, owner and review of the document are these; its number and kind stay. Raises StaleEdit, NotFound."""
    row = locked(document_id, permission=EDIT, actor=actor)
    if facts.unit_id != row.unit_id:
        actor.must(EDIT, facts.unit_id)

    must_be_current(row, version=version)
    must_be_owner(facts.owner_id, facts.unit_id)
    samples = people.sample_units()
    if (facts.unit_id in samples) != (UnitId(row.unit_id) in samples):
        raise BadInput("what is made up stays in the units of the sample, and what is real outside of them")

    wanted = {
        "unit_id": facts.unit_id,
        "owner_id": facts.owner_id,
        "review_every_days": facts.review_every_days,
    }
    changed = tuple(sorted(name for name, value in wanted.items() if getattr(row, name) != value))
    if not changed:
        return
    for name, value in wanted.items():
        setattr(row, name, value)
    touch(row, actor=actor, now=now)
    row.save()
    index(row)

    ledger.append(records.DocumentEdited(document_id=row.pk, fields=changed), actor=actor, at=now)


@transaction.atomic
def set_variables(values: Mapping[str, Mapping[Language, str]], *, actor: Actor, now: datetime) -> None:
    """Texts that are published from now on stand for these; what was published keeps its own. Raises BadInput."""
    if not actor.may_everywhere(PUBLISH):
        actor.must_anywhere(PUBLISH)
        raise BadInput("variables belong to the whole organisation; your permission holds in a part of it")
    if len(values) > MOST_VARIABLES:
        raise BadInput("there are at most %(most)s variables", words={"most": str(MOST_VARIABLES)})
    for name, by_language in values.items():
        if not _NAME.fullmatch(name):
            raise BadInput(
                "%(name)s is no name of a variable",
                words={"name": name[:60] or "–"},
                mend="Begin with a letter; use letters, digits, dots and hyphens.",
            )
        if any(len(value) > VALUE_MAX or not value.isprintable() for value in by_language.values()):
            raise BadInput(
                "the value of %(name)s is one line of at most %(most)s characters",
                words={"name": name, "most": str(VALUE_MAX)},
            )

    models.Variable.objects.all().delete()
    models.Variable.objects.bulk_create(
        models.Variable(name=name, language=language, value=value.strip())
        for name, by_language in sorted(values.items())
        for language, value in by_language.items()
        if value.strip()
    )

    ledger.append(records.VariablesSet(names=tuple(sorted(values))), actor=actor, at=now)
