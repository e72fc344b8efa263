"""What the reader must know and confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.policies import commands, queries
from burgrave.policies.errors import PolicyError
from burgrave.policies.terms.acknowledging import DutyRow, DutyText, Quiz
from burgrave.policies.views.reading import text_parts
from burgrave.policies.words import ASK_STATES, KINDS
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest

FORM = ["GET", "HEAD", "POST"]
MOST_CHOSEN = 8


@require_safe
def mine(request: BurgraveRequest) -> HttpResponse:
    """Everything that the reader must know, due first, and what they confirmed when."""
    found = queries.duties(actor=request.actor, today=timezone.localdate())
    rate = found.rate
    return render(
        request,
        "policies/mine.html",
        {
            "open": _shown(found.open),
            "known": _shown(found.known),
            "history": found.history,
            "rate": rate,
            "today": timezone.localdate(),
        },
    )


def _shown(rows: Sequence[DutyRow]) -> list[dict[str, Any]]:
    language = _language()
    return [
        {
            "row": row,
            "title": row.titles.get(language, row.title),
            "state": ASK_STATES[row.state],
            "kind": KINDS[row.kind],
        }
        for row in rows
    ]


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"


@require_http_methods(FORM)
def read(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """The text that is asked of the reader, and their confirmation of exactly what is shown."""
    now = timezone.now()
    if request.method != "POST":
        commands.open_text(document_id, actor=request.actor, now=now)
        return _text(request, document_id)
    found = queries.duty(document_id, language=_language(), actor=request.actor, today=timezone.localdate())
    answers = _answers(request, found.quiz)
    try:
        commands.confirm(
            document_id, digest=request.POST.get("digest", "")[:64], answers=answers, actor=request.actor, now=now
        )
    except PolicyError as refusal:
        return _text(request, document_id, refusal=refusal, answers=answers)
    messages.success(request, _("Your confirmation is on record."))
    return HttpResponseRedirect(reverse("policies:mine"))


def _text(
    request: BurgraveRequest,
    document_id: UUID,
    *,
    refusal: Refusal | None = None,
    answers: Sequence[frozenset[int]] = (),
) -> HttpResponse:
    found = queries.duty(document_id, language=_language(), actor=request.actor, today=timezone.localdate())
    shown = {
        "text": found,
        "state": ASK_STATES[found.row.state],
        "kind": KINDS[found.row.kind],
        "parts": text_parts(found.source, found.variables, title=found.title),
        "questions": _questions(found, answers),
        "attempts_left": _attempts_left(found),
        "may_confirm": found.is_asked and found.row.confirmed_at is None,
        "refusal": refusal,
    }
    return render(request, "policies/read.html", shown, status=refusal.status if refusal else 200)


def _questions(found: DutyText, answers: Sequence[frozenset[int]]) -> list[dict[str, Any]]:
    if found.quiz is None:
        return []
    return [
        {
            "name": f"answer{place}",
            "text": question.text,
            "has_several": question.has_several,
            "choices": [
                (choice, words, place < len(answers) and choice in answers[place])
                for choice, words in enumerate(question.choices)
            ],
        }
        for place, question in enumerate(found.quiz.questions)
    ]


def _attempts_left(found: DutyText) -> int | None:
    return max(0, found.quiz.attempts - found.attempts) if found.quiz and found.quiz.attempts else None


def _answers(request: BurgraveRequest, quiz: Quiz | None) -> tuple[frozenset[int], ...]:
    if quiz is None:
        return ()
    return tuple(
        frozenset(
            int(value)
            for value in request.POST.getlist(f"answer{place}")[:MOST_CHOSEN]
            if len(value) == 1 and value in "01234567"
        )
        for place in range(len(quiz.questions))
    )
