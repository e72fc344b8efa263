"""Why somebody may do something somewhere, or not; and who may."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from burgrave.people import queries
from burgrave.people.forms import ExplainForm
from burgrave.people.terms import NamedUnit
from burgrave.people.terms.explanations import Reason
from burgrave.people.views import words
from burgrave.people.views.persons import with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import Refusal
from burgrave.web.pages import page_number, page_size


@require_safe
def explain(request: BurgraveRequest) -> HttpResponse:
    """One answer with its reasons. Everybody may ask about themselves; about others whoever sees them."""
    asked = "permission" in request.GET
    form = ExplainForm(request.GET if asked else None, chapters=words.permissions_by_chapter(), units=_units(request))
    shown: dict[str, object] = {"asked": False, "own_email": queries.email_of(request.actor)}
    refusal: Refusal | None = None
    if asked and form.is_valid():
        try:
            shown |= _answer(request, form) | {"asked": True}
        except Refusal as error:
            refusal = error
    return with_form(request, "people/explain.html", form, refusal=refusal, **shown)


def _units(request: BurgraveRequest) -> tuple[NamedUnit, ...]:
    """The units that can be asked about: those that the reader sees, and those where they hold anything."""
    return queries.askable_units(actor=request.actor)


def _answer(request: BurgraveRequest, form: ExplainForm) -> dict[str, object]:
    permission, unit_id = form.cleaned_data["permission"], UUID(form.cleaned_data["unit"])
    email, now = form.cleaned_data["person"], timezone.now()
    shown: dict[str, object] = {"permission": words.permission_word(permission), "code": permission}
    if not email:
        page = queries.who_may(
            permission,
            unit_id,
            number=page_number(request),
            size=page_size(request),
            actor=request.actor,
            now=now,
        )
        rows = [(row, [_in_words(reason) for reason in row.because]) for row in page.rows]
        return shown | {"page": page, "rows": rows, "unit": _name_of(form, unit_id)}
    person_id = queries.person_id_by_email(email, actor=request.actor)
    answer = queries.explain(person_id, permission, unit_id, actor=request.actor, now=now)
    found = answer.explanation
    return shown | {
        "answer": answer,
        "judged_at": now,
        "unit": answer.unit_name,
        "state": words.MAY[found.allowed],
        "because": [_in_words(reason) for reason in found.because],
        "nearest": [_in_words(reason) for reason in found.nearest],
    }


def _name_of(form: ExplainForm, unit_id: UUID) -> str:
    return str(dict(form.fields["unit"].choices).get(str(unit_id), _("this unit")))  # type: ignore[attr-defined]  # a ChoiceField has them


def _in_words(reason: Reason) -> tuple[Reason, str, list[str]]:
    claim = reason.claim
    return reason, words.role_word(claim.role, claim.role_name), [str(words.LACKS[lack]) for lack in reason.lacks]
