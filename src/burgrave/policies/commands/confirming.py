"""A person confirms exactly the text that they saw, after its questions if it has some."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.policies import models
from burgrave.policies.commands.reach import document_for
from burgrave.policies.errors import NothingAsked, PersonsOnly, QuizInUse
from burgrave.policies.queries.quizzes import quiz_of_sheet, sheet_for
from burgrave.policies.queries.reach import own_asks, published
from burgrave.policies.rules import acknowledging as rules
from burgrave.policies.terms import EDIT, OPEN_STATES, OVERSEE, VersionState
from burgrave.policies.terms.acknowledging import AskFacts, Quiz, Score, Shown
from burgrave.policies.terms.duty_records import Acknowledged, AttemptGiven, QuizSet
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def open_text(document_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The text was shown to the person. That is not that it was read, and counts for nothing."""
    asks = own_asks(actor).filter(document_id=document_id, ended_at=None)
    asks.filter(opened_at=None, confirmed_at=None).update(opened_at=now)


def confirm(
    document_id: UUID, *, digest: str, answers: Sequence[frozenset[int]] = (), actor: Actor, now: datetime
) -> None:
    """The person knows the text with this digest, and that is on record.

    Answers that are not enough are kept as an attempt. Raises DigestOutdated, AlreadyConfirmed, NothingAsked,
    QuizUnanswered, QuizNotPassed, AttemptsUsedUp, PersonsOnly.
    """
    score = _confirm(document_id, digest=digest, answers=answers, actor=actor, now=now)
    if score is not None:
        # After the transaction: a failed attempt stays on record though it is refused.
        rules.must_be_enough(score)


@transaction.atomic
def _confirm(
    document_id: UUID, *, digest: str, answers: Sequence[frozenset[int]], actor: Actor, now: datetime
) -> Score | None:
    ask = _own(document_id, actor=actor)
    version = published(document_id)
    if version is None:
        raise NothingAsked("nothing of this document holds any more", mend="Open the list of what you must know.")

    rules.must_be_open(_facts(ask))
    rules.must_be_current(
        Shown(version_id=version.pk, number=version.label, digest=version.digest), confirmed_digest=digest
    )
    sheet = sheet_for(version, asked_id=ask.version_id)
    score = rules.mark(quiz_of_sheet(sheet), answers, attempts=ask.attempts) if sheet else None

    if score:
        _keep_attempt(ask, version, answers, score, now=now)
    if score is None or score.is_enough:
        ask.confirmed_at, ask.confirmed, ask.confirmed_digest = now, version, version.digest
        ask.next_reminder_on = ask.escalate_on = None
    ask.save()

    if ask.confirmed_at is not None:
        record = Acknowledged(
            document_id=document_id,
            version_id=version.pk,
            person_id=ask.person_id,
            digest=version.digest,
            right_answers=score.right if score else None,
        )
        ledger.append(record, actor=actor, at=now)
    return score


def _own(document_id: UUID, *, actor: Actor) -> models.Ask:
    if actor.token_id is not None or actor.person_id is None:
        raise PersonsOnly(
            "a document is confirmed by the person who read it, not by a program in their name",
            mend="Sign in, and confirm it on the page that shows it.",
        )
    asks = own_asks(actor).select_for_update().filter(document_id=document_id)
    ask = asks.order_by("ended_at", "-asked_at").filter(ended_at=None).first() or asks.order_by("-asked_at").first()
    if ask is None:
        raise NotFound("this document is not asked of you")
    return ask


def _facts(ask: models.Ask) -> AskFacts:
    return AskFacts(person_id=PersonId(ask.person_id), confirmed_at=ask.confirmed_at, ended_at=ask.ended_at)


def _keep_attempt(
    ask: models.Ask, version: models.Version, answers: Sequence[frozenset[int]], score: Score, *, now: datetime
) -> None:
    ask.attempts += 1
    models.QuizAttempt.objects.create(
        ask=ask,
        version=version,
        number=ask.tries.count() + 1,
        answers=[sorted(answer) for answer in answers],
        right=score.right,
        is_enough=score.is_enough,
        at=now,
    )


@transaction.atomic
def give_attempt(ask_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Somebody who used up their attempts at the questions has one more, by who may edit the document.

    Raises NotFound, Forbidden.
    """
    ask = models.Ask.objects.select_for_update().filter(pk=ask_id).select_related("person", "document").first()
    if ask is None or not actor.may(OVERSEE, UnitId(ask.person.unit_id)):
        raise NotFound("nobody whom you oversee is asked so")
    actor.must(EDIT, UnitId(ask.document.unit_id))

    rules.must_be_open(_facts(ask))

    ask.attempts = max(0, ask.attempts - 1)
    ask.save(update_fields=["attempts"])

    record = AttemptGiven(document_id=ask.document_id, version_id=ask.version_id, person_id=ask.person_id)
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def set_quiz(version_id: UUID, quiz: Quiz, *, actor: Actor, now: datetime) -> None:
    """The version has these questions. Raises QuizInUse once somebody answered, NotFound, Forbidden."""
    version = models.Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise NotFound("no version with this identifier is visible to you")
    document_for(version.document_id, permission=EDIT, actor=actor)

    if version.state not in {*OPEN_STATES, VersionState.PUBLISHED}:
        raise QuizInUse("this version holds no more; nobody answers questions about it")
    if models.QuizAttempt.objects.filter(version=version).exists():
        raise QuizInUse(
            "somebody has answered the questions already; they stay as they were",
            mend="Put the new questions into the next version.",
        )

    written = [
        {"text": each.text.strip(), "choices": [choice.strip() for choice in each.choices], "right": sorted(each.right)}
        for each in quiz.questions
    ]
    models.QuizSheet.objects.update_or_create(
        version=version,
        defaults={
            "questions": written,
            "pass_mark": quiz.pass_mark,
            "attempts": quiz.attempts,
            "set_at": now,
            "set_by": actor.name,
        },
    )

    canonical = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    record = QuizSet(
        document_id=version.document_id,
        version_id=version.pk,
        questions=len(written),
        pass_mark=quiz.pass_mark,
        attempts=quiz.attempts,
        sha256=sha256(canonical).hexdigest(),
    )
    ledger.append(record, actor=actor, at=now)
