"""The questions of a version."""

from __future__ import annotations

from uuid import UUID

from burgrave.policies import models
from burgrave.policies.terms.acknowledging import Question, Quiz


def sheet_for(version: models.Version, *, asked_id: UUID) -> models.QuizSheet | None:
    """The questions that go with the text: its own, or those of the version that asked. One statement."""
    sheets = {each.version_id: each for each in models.QuizSheet.objects.filter(version_id__in={version.pk, asked_id})}
    return sheets.get(version.pk) or sheets.get(asked_id)


def quiz_of_sheet(sheet: models.QuizSheet) -> Quiz:
    return Quiz(
        questions=tuple(
            Question(text=each["text"], choices=tuple(each["choices"]), right=frozenset(each["right"]))
            for each in sheet.questions
        ),
        pass_mark=sheet.pass_mark,
        attempts=sheet.attempts,
    )


def quiz_of_version(version_id: UUID) -> Quiz | None:
    """The questions that were set for this version. One statement."""
    sheet = models.QuizSheet.objects.filter(pk=version_id).first()
    return quiz_of_sheet(sheet) if sheet else None
