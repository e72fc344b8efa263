"""What a record shows that depends on its kind."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from burgrave.isms import figures, queries, words
from burgrave.isms.forms import ReadingForm
from burgrave.isms.terms import EDIT, Content, Indicator, Issue, Kind, Objective, Party, Process, Scope, StatementState
from burgrave.isms.terms.rows import IndicatorRow, StatementView
from burgrave.people import queries as people
from burgrave.web.terms import Actor

LATELY = 12


def content(given: Content, *, actor: Actor) -> dict[str, Any]:
    """The content in words; the template knows the kind by which of these are there."""
    match given:
        case Issue():
            return {
                "text": given.text,
                "issue": given,
                "origin": words.ORIGINS[given.origin],
                "topic": words.TOPICS[given.topic],
                "effect": words.EFFECTS[given.effect],
            }
        case Party():
            return {"text": given.text, "party": given, "relation": words.RELATIONS[given.relation]}
        case Scope():
            known = {each.unit_id: each.name for each in people.named_units("isms.read", actor=actor)}
            seen = [known[each] for each in given.units if each in known]
            return {"text": given.text, "scope": given, "units": seen, "hidden_units": len(given.units) - len(seen)}
        case Objective():
            return {"text": given.text, "objective": given}
        case Indicator():
            source = queries.SOURCES.get(given.source)
            href = ""
            if source is not None:
                href = reverse(source.url_name) + (f"?{source.query}" if source.query else "")
            return {
                "text": given.text,
                "indicator": given,
                "direction": words.DIRECTIONS[given.direction],
                "source": source,
                "source_href": href,
            }
        case Process():
            names = queries.bearer_names([bearer for bearer, _duty in given.duties()])
            duties = [
                (words.DUTIES[duty], words.bearer(bearer, names.get(bearer, ""))) for bearer, duty in given.duties()
            ]
            return {"text": given.text, "process": given, "duties": duties}


def measured(view: StatementView, *, actor: Actor, today: date) -> dict[str, Any]:
    """Indicators of an objective, or readings of an indicator."""
    row = view.row
    if row.kind is Kind.OBJECTIVE:
        rows = queries.indicators_of(row.statement_id, actor=actor, today=today)
        return {"indicators": [shown(each) for each in rows]}
    found = view.shown.content
    if not isinstance(found, Indicator):
        return {}
    readings = queries.readings(row.statement_id)
    last = queries.last_readings([row.statement_id]).get(row.statement_id)
    now_is = next(
        (each for each in queries.indicators_of(found.objective_id, actor=actor, today=today) if each.row == row), None
    )
    parent = next((each for each in queries.objectives(actor=actor) if each.statement_id == found.objective_id), None)
    return {
        "readings": readings,
        "last": last,
        "standing": words.STANDINGS[now_is.standing] if now_is else None,
        "next_on": now_is.next_on if now_is else None,
        "course": figures.course(row.title, found, readings) if readings else None,
        "reading_form": ReadingForm(initial={"on": today}),
        "may_read_by_hand": actor.may(EDIT, row.unit_id) and row.state is not StatementState.RETIRED,
        "parent": parent,
    }


def shown(row: IndicatorRow) -> dict[str, Any]:
    """An indicator in a table."""
    return {"row": row, "standing": words.STANDINGS[row.standing], "direction": words.DIRECTIONS[row.direction]}
