"""A corrective action begins: with its finding, or later. What is named must be there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from burgrave.assurance import models, queries
from burgrave.assurance.errors import UnknownRequirement
from burgrave.assurance.rules import actions as rules
from burgrave.assurance.terms import requirement_key, split_key
from burgrave.assurance.terms.findings import ActionState, CorrectiveActionDraft
from burgrave.assurance.terms.records import ActionMoved
from burgrave.assurance.terms.saying import kept
from burgrave.ledger.terms import Sealed, storable
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor


def open_row(
    finding: models.Finding, draft: CorrectiveActionDraft, *, number: str, actor: Actor, now: datetime
) -> ActionMoved:
    """The action stands, planned at once when nothing of the plan is missing. Returns what is to be recorded."""
    must_exist(draft.owner_id)
    row = models.CorrectiveAction(
        id=uuid4(),
        number=number,
        finding=finding,
        unit_id=finding.unit_id,
        state=ActionState.PLANNED if rules.is_planned(draft) else ActionState.OPEN,
        opened_at=now,
        changed_by=actor.name,
        changed_at=now,
    )
    fill(row, draft)
    row.save(force_insert=True)
    return moved(row, note=row.plan)


def fill(row: models.CorrectiveAction, draft: CorrectiveActionDraft) -> None:
    title = storable(draft.title.strip())
    if row.title != title:
        row.title, row.title_said = title, kept(draft.title)
    row.owner_id, row.due_on = draft.owner_id, draft.due_on
    row.root_cause, row.plan = storable(draft.root_cause.strip()), storable(draft.plan.strip())


def moved(row: models.CorrectiveAction, *, note: str) -> ActionMoved:
    """The record of the state that the action has now."""
    return ActionMoved(
        action_id=row.pk,
        number=row.number,
        finding_id=row.finding_id,
        to=ActionState(row.state),
        owner_id=row.owner_id,
        due_on=row.due_on,
        note=Sealed(note),
    )


def must_exist(person_id: UUID | None) -> None:
    """Return when that person works here. Raises BadInput."""
    if person_id is not None and not people.active_person(person_id):
        raise BadInput("the person who was chosen as owner does not work here", mend="Choose somebody from the list.")


def named_requirements(keys: tuple[str, ...]) -> list[UUID]:
    """The requirements with these keys, each once, in their order. Raises UnknownRequirement."""
    pairs = tuple(dict.fromkeys(split_key(key) for key in keys))
    known = queries.requirement_ids(pairs)
    for pair in pairs:
        if pair not in known:
            raise UnknownRequirement(
                "%(key)s is no requirement of a framework that is loaded",
                words={"key": requirement_key(*pair)},
                mend="Load the framework, or choose a requirement from the list.",
            )
    return [known[pair] for pair in pairs]
