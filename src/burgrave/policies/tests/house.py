"""Documents for tests."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from burgrave.engines.norms import Kind, Language
from burgrave.people.tests_cast import NOON
from burgrave.policies import commands, models
from burgrave.policies.rules import canonical
from burgrave.policies.terms import DocumentId, VersionId
from burgrave.policies.terms.drafts import DocumentFacts, Draft, PlanStep
from burgrave.web.terms import Actor, PersonId, UnitId

ENGLISH = """---
title: Passwords
owner: Head of security
review: annually
satisfies: {ISO27001: [A.5.17]}
---

# Passwords

ID-03 Users shall choose a password of at least [[password.length = 14 characters]].

Evidence: export of the settings

ID-04 The service desk should answer within 2 days.
"""
CHINESE = """---
title: 口令
---

# 口令

ID-03 用户应当选择不少于[[password.length = 14个字符]]的口令。

证据：设置导出

ID-04 服务台宜在2天内答复。
"""
BOTH = {Language.ENGLISH: ENGLISH, Language.CHINESE: CHINESE}


def norm(unit_id: UnitId, *, actor: Actor, number: str = "NRM-06", kind: Kind = Kind.NORM) -> DocumentId:
    facts = DocumentFacts(kind=kind, unit_id=unit_id, number=number)
    return commands.add_document(facts, Draft(sources=BOTH), actor=actor, now=NOON)


def open_version(document_id: UUID) -> models.Version:
    return models.Version.objects.filter(document_id=document_id).order_by("-ordinal")[0]


def digest(version_id: UUID) -> str:
    texts = models.VersionText.objects.filter(version_id=version_id).values_list("language", "source")
    return canonical.draft_digest(dict(texts))


def ask(*groups: tuple[Actor, ...], quorum: int = 1) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(approvers=tuple(PersonId(each.person_id) for each in group if each.person_id), quorum=quorum)
        for group in groups
    )


def published(
    document_id: UUID,
    *,
    by: Actor,
    approver: Actor,
    publisher: Actor | None = None,
    now: datetime = NOON,
    effective_on: date | None = None,
) -> VersionId:
    """The open version went all the way."""
    version = open_version(document_id)
    commands.submit(version.pk, ask((approver,)), edition=version.edition, actor=by, now=now)
    commands.approve(version.pk, sha256=digest(version.pk), actor=approver, now=now)
    commands.publish(version.pk, effective_on=effective_on, actor=publisher or by, now=now)
    return VersionId(version.pk)
