"""A confirmation is of exactly the text that was shown, by the person who read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from burgrave.notifications.models import News, Notice
from burgrave.people.models import Grant, Person
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, models, queries
from burgrave.policies.errors import (
    AlreadyConfirmed,
    AttemptsUsedUp,
    DigestOutdated,
    NothingAsked,
    PersonsOnly,
    QuizInUse,
    QuizNotPassed,
)
from burgrave.policies.queries import Grouped
from burgrave.policies.terms.acknowledging import AskFilter, AskState, Question, Quiz
from burgrave.policies.tests.duty_house import ask, document, later, publish
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
QUIZ = Quiz(
    questions=(Question(text="How long is a password?", choices=("8", "14"), right=frozenset({1})),),
    pass_mark=1,
    attempts=1,
)
RIGHT, WRONG = (frozenset({1}),), (frozenset({0}),)


@pytest.fixture
def passwords(organisation: CastOrganisation, alice: Actor, charlie: Actor) -> models.Document:
    """Asked of Alice and Charlie."""
    found = document(organisation.root)
    ask(found, alice)
    assert charlie.person_id
    return found


def digest_of(found: models.Document) -> str:
    return models.Version.objects.get(document=found, state="published").digest


def test_charlie_confirms_the_digest_that_was_shown(
    passwords: models.Document, charlie: Actor, ledger_tail: Tail
) -> None:
    text = queries.duty(passwords.pk, language="en", actor=charlie, today=NOON.date())
    commands.confirm(passwords.pk, digest=text.digest, actor=charlie, now=NOON)
    assert ledger_tail() == ["policies.acknowledged"]
    mine = queries.duties(actor=charlie, today=NOON.date())
    assert (mine.open, [row.confirmed_digest for row in mine.known]) == ((), [text.digest])
    assert (mine.rate.asked, mine.rate.confirmed) == (1, 1)
    assert mine.history == mine.known


def test_an_outdated_digest_confirms_nothing(passwords: models.Document, charlie: Actor, ledger_tail: Tail) -> None:
    shown = digest_of(passwords)
    publish(passwords, "# Passwords\n\nEverybody shall use 16 characters.\n", label="1.1")
    with pytest.raises(DigestOutdated, match=r"version 1\.1 is in force now, and nothing was confirmed"):
        commands.confirm(passwords.pk, digest=shown, actor=charlie, now=NOON)
    assert ledger_tail() == []
    commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=NOON)
    row = models.Ask.objects.get(person_id=charlie.person_id)
    assert row.confirmed
    assert (row.confirmed.label, row.version.label) == ("1.1", "1.0")


def test_opened_is_not_read(passwords: models.Document, charlie: Actor) -> None:
    commands.open_text(passwords.pk, actor=charlie, now=NOON)
    commands.open_text(passwords.pk, actor=charlie, now=later(1))
    row = models.Ask.objects.get(person_id=charlie.person_id)
    assert (row.opened_at, row.confirmed_at) == (NOON, None)
    rate = queries.rate(on=NOON.date(), document_id=passwords.pk)
    assert (rate.asked, rate.confirmed, rate.opened) == (2, 0, 1)


def test_nothing_is_confirmed_twice_or_unasked(passwords: models.Document, charlie: Actor, bob: Actor) -> None:
    commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=NOON)
    with pytest.raises(AlreadyConfirmed):
        commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=NOON)
    with pytest.raises(NotFound, match="not asked of you"):
        commands.confirm(passwords.pk, digest=digest_of(passwords), actor=bob, now=NOON)
    commands.stop_asking(passwords.pk, now=NOON)
    with pytest.raises(NothingAsked, match="not asked of you any more"):
        commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=NOON)
    models.Version.objects.update(state="retired")
    with pytest.raises(NothingAsked, match="holds any more"):
        commands.confirm(passwords.pk, digest="x", actor=charlie, now=NOON)
    with pytest.raises(NotFound):
        queries.duty(passwords.pk, language="en", actor=charlie, today=NOON.date())


def test_a_program_confirms_nothing_for_a_person(passwords: models.Document, charlie: Actor) -> None:
    with pytest.raises(PersonsOnly, match="not by a program"):
        commands.confirm(passwords.pk, digest=digest_of(passwords), actor=replace(charlie, token_id=uuid4()), now=NOON)


def test_a_wrong_answer_is_kept_and_refused_and_another_attempt_can_be_given(
    passwords: models.Document, alice: Actor, charlie: Actor, bob: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    version = models.Version.objects.get()
    commands.set_quiz(version.pk, QUIZ, actor=alice, now=NOON)
    digest = version.digest
    with pytest.raises(QuizNotPassed, match=r"0 of 1 answers are right; 1 are needed\. Attempts left: 0"):
        commands.confirm(passwords.pk, digest=digest, answers=WRONG, actor=charlie, now=NOON)
    with pytest.raises(AttemptsUsedUp, match="all 1 attempts"):
        commands.confirm(passwords.pk, digest=digest, answers=RIGHT, actor=charlie, now=NOON)
    row = models.Ask.objects.get(person_id=charlie.person_id)
    with pytest.raises(NotFound):
        commands.give_attempt(row.pk, actor=bob, now=NOON)
    with pytest.raises(Forbidden):
        commands.give_attempt(row.pk, actor=dora, now=NOON)
    commands.give_attempt(row.pk, actor=alice, now=NOON)
    commands.confirm(passwords.pk, digest=digest, answers=RIGHT, actor=charlie, now=NOON)
    assert list(row.tries.order_by("number").values_list("number", "right", "is_enough")) == [
        (1, 0, False),
        (2, 1, True),
    ]
    assert ledger_tail() == ["policies.quiz_set", "policies.attempt_given", "policies.acknowledged"]
    with pytest.raises(QuizInUse, match="stay as they were"):
        commands.set_quiz(version.pk, QUIZ, actor=alice, now=NOON)


def test_a_minor_version_keeps_the_questions(passwords: models.Document, alice: Actor, charlie: Actor) -> None:
    commands.set_quiz(models.Version.objects.get().pk, QUIZ, actor=alice, now=NOON)
    publish(passwords, "# Passwords\n\nEverybody shall use fourteen characters.\n", label="1.1")
    assert queries.duty(passwords.pk, language="zh-hans", actor=charlie, today=NOON.date()).quiz == QUIZ
    version = models.Version.objects.get(label="1.0")
    with pytest.raises(QuizInUse, match="holds no more"):
        commands.set_quiz(version.pk, QUIZ, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        commands.set_quiz(uuid4(), QUIZ, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        commands.set_quiz(version.pk, QUIZ, actor=charlie, now=NOON)


def test_the_questions_are_for_who_may_edit(passwords: models.Document, dora: Actor) -> None:
    assert passwords.pk
    with pytest.raises(Forbidden):
        commands.set_quiz(models.Version.objects.get().pk, QUIZ, actor=dora, now=NOON)


def test_reminders_and_the_word_to_the_head_go_out_once(
    organisation: CastOrganisation, passwords: models.Document, alice: Actor, charlie: Actor
) -> None:
    head = hire("Hanna Haupt", unit_id=organisation.sales, roles=(("unit_head", organisation.sales),))
    commands.confirm(passwords.pk, digest=digest_of(passwords), actor=alice, now=NOON)
    Notice.objects.all().delete()
    News.objects.all().delete()

    assert commands.remind_some(now=later(6)) == 0
    assert commands.remind_some(now=later(7)) == 1
    assert commands.remind_some(now=later(7)) == 0
    assert list(Notice.objects.values_list("person_id", "news__topic")) == [(charlie.person_id, "policies.reminder")]
    assert models.Ask.objects.get(person_id=charlie.person_id).next_reminder_on == later(13).date()

    assert commands.escalate_some(now=later(20)) == 0
    assert commands.escalate_some(now=later(21)) == 1
    assert commands.escalate_some(now=later(21)) == 0
    told = News.objects.get(topic="policies.late")
    assert (told.params, told.notices.get().person_id) == ({"count": 1}, head.person_id)


def test_a_unit_that_nobody_oversees_is_passed_over(passwords: models.Document, charlie: Actor) -> None:
    Grant.objects.all().delete()
    assert commands.escalate_some(now=later(30)) == 2
    assert not News.objects.filter(topic="policies.late").exists()
    assert passwords.pk
    assert charlie.person_id


def test_rates_have_denominators_and_stop_at_what_one_oversees(
    organisation: CastOrganisation, passwords: models.Document, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    commands.ask_some(
        models.Asking.objects.get(),
        models.Version.objects.get(),
        [bob.person_id],
        now=NOON,  # type: ignore[list-item]
    )
    commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=later(20))
    day = later(20).date()
    whole, units = queries.rates(Grouped.UNIT, on=day, actor=alice)
    assert (whole.asked, whole.confirmed, whole.overdue) == (3, 1, 2)
    assert [(each.name, each.rate.asked, each.rate.confirmed) for each in units] == [
        ("Nordhafen Works", 1, 0),
        ("Operations", 1, 0),
        ("Sales", 1, 1),
    ]
    _whole, documents = queries.rates(Grouped.DOCUMENT, on=day, actor=alice, document_id=passwords.pk)
    assert [(each.name, each.rate.ratio) for each in documents] == [("POL-01 Passwords", 1 / 3)]
    _whole, roles = queries.rates(Grouped.ROLE, on=day, actor=alice)
    assert ("Incident responder", 1) in {(each.name, each.rate.asked) for each in roles}
    before, _groups = queries.rates(Grouped.UNIT, on=later(19).date(), actor=alice)
    assert (before.asked, before.confirmed, before.overdue) == (3, 0, 3)

    head = hire("Hanna Haupt", unit_id=organisation.sales, roles=(("unit_head", organisation.sales),))
    mine, _groups = queries.rates(Grouped.UNIT, on=day, actor=head)
    assert (mine.asked, mine.confirmed) == (1, 1)
    last, _groups = queries.rates(Grouped.UNIT, on=date.max, actor=alice)
    assert last.asked == 3
    nobody, _groups = queries.rates(Grouped.UNIT, on=day, actor=charlie)
    assert (nobody.asked, nobody.ratio) == (0, None)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        (AskState.CONFIRMED, ["Charlie Cordes"]),
        (AskState.OVERDUE, ["Alice Amsel"]),
        (AskState.OPEN, []),
        (AskState.ENDED, []),
    ],
)
def test_the_list_is_narrowed_by_state(
    passwords: models.Document, alice: Actor, charlie: Actor, state: AskState, names: list[str]
) -> None:
    commands.confirm(passwords.pk, digest=digest_of(passwords), actor=charlie, now=NOON)
    wanted = AskFilter(document_id=passwords.pk, states=(state,))
    page = queries.asks(wanted, actor=alice, today=later(20).date())
    assert [row.name for row in page.rows] == names
    assert [row.state for row in page.rows] == [state] * len(names)


def test_the_list_is_narrowed_by_unit_and_name(
    organisation: CastOrganisation, passwords: models.Document, alice: Actor
) -> None:
    def names(wanted: AskFilter) -> list[str]:
        return [row.name for row in queries.asks(wanted, actor=alice, today=NOON.date()).rows]

    assert names(AskFilter(units=(organisation.sales,))) == ["Charlie Cordes"]
    assert names(AskFilter(text="amsel", document_id=passwords.pk)) == ["Alice Amsel"]
    assert queries.asked_documents(actor=alice) == ((passwords.pk, "POL-01 Passwords"),)


@pytest.mark.parametrize("count", [1, 50])
def test_what_one_must_know_is_one_statement_whatever_there_is(
    organisation: CastOrganisation,
    alice: Actor,
    charlie: Actor,
    django_assert_num_queries: Callable[..., object],
    count: int,
) -> None:
    row = Person.objects.get(pk=charlie.person_id)
    found = [document(organisation.root, number=f"POL-{place:02d}") for place in range(count)]
    for each in found:
        version = publish(each)
        models.Ask.objects.create(
            document=each, version=version, person=row, asked_at=NOON, due_on=later(14).date(), next_reminder_on=None
        )
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(queries.duties(actor=charlie, today=NOON.date()).open) == count
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(queries.asks(AskFilter(), actor=alice, today=NOON.date(), size=100).rows) == count
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        queries.rates(Grouped.DOCUMENT, on=NOON.date(), actor=alice)
