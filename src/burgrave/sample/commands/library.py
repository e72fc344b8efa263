"""The documents of the sample: a few of the starter library, in every state of their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from burgrave.engines.norms import Kind
from burgrave.policies import commands as policies
from burgrave.policies import queries
from burgrave.policies.terms import DocumentId, VersionId
from burgrave.policies.terms.drafts import DocumentFacts, Draft, PlanStep
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules.content import Both
from burgrave.web.terms import Actor

AUTHOR, APPROVER = "officer", "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document of the story: written so many days ago, and how far it went; ``every`` is how often it is reviewed."""

    number: str
    days_ago: int
    goes: str
    every: int = 365


STORY: Final = (
    Told(number="POL-01", days_ago=290, goes="published"),
    Told(number="NRM-01", days_ago=285, goes="published"),
    Told(number="NRM-03", days_ago=280, goes="published"),
    Told(number="NRM-05", days_ago=275, goes="published"),
    Told(number="NRM-16", days_ago=270, goes="published"),
    Told(number="NRM-20", days_ago=265, goes="published"),
    Told(number="NRM-15", days_ago=250, goes="retired"),
    Told(number="NRM-14", days_ago=240, goes="published", every=180),
    Told(number="NRM-06", days_ago=150, goes="changed"),
    Told(number="PRC-07", days_ago=100, goes="published"),
    Told(number="NRM-09", days_ago=12, goes="approved"),
    Told(number="NRM-12", days_ago=6, goes="submitted"),
    Told(number="NRM-07", days_ago=3, goes="written"),
)
CHANGED_DAYS_AGO, RETIRED_DAYS_AGO = 20, 10
SUMMARY: Final = Both(
    en="Passwords have 16 characters now, after the review of the last incident.",
    zh="根据上次事件的复盘，口令长度改为16个字符。",
)
QUESTION: Final = Both(en="Who looks after the keys of the Ningbo plant?", zh="宁波工厂的密钥由谁管理？")
RETIRED_BECAUSE: Final = Both(
    en="The plants have a network norm of their own since the last reorganisation.",
    zh="上次重组后各工厂已有自己的网络规范。",
)


def load_documents(loading: Loading) -> None:
    """The library of the first copy stands, in two languages; further copies are of the same company and get none."""
    if loading.copy:
        return
    for told in STORY:
        _tell(loading, told)


@transaction.atomic
def _tell(loading: Loading, told: Told) -> None:
    author, approver = loading.acting(AUTHOR), loading.acting(APPROVER)
    then = loading.now - timedelta(days=told.days_ago)
    document_id = _add(loading, told, author=author, now=then)
    loading.documents[told.number] = document_id
    version_id = queries.document(document_id, actor=author).versions[0].version_id
    if told.goes == "written":
        policies.comment(version_id, clause="", language=None, text=_said(loading, QUESTION), actor=approver, now=then)
        return
    _ask(version_id, author=author, approver=approver, now=then)
    if told.goes == "submitted":
        return
    _approve(version_id, approver=approver, now=then)
    if told.goes == "approved":
        return
    policies.publish(version_id, actor=approver, now=then)
    if told.goes == "changed":
        _change(loading, document_id, author=author, approver=approver)
    if told.goes == "retired":
        policies.retire(
            document_id,
            reason=_said(loading, RETIRED_BECAUSE),
            version=queries.document(document_id, actor=approver).row.version,
            actor=approver,
            now=loading.now - timedelta(days=RETIRED_DAYS_AGO),
        )


def _add(loading: Loading, told: Told, *, author: Actor, now: datetime) -> DocumentId:
    texts = policies.starter_texts(told.number)
    first = next(iter(texts.values()))
    facts = DocumentFacts(
        kind=first.norm.kind or Kind.NORM,
        unit_id=loading.root,
        number=told.number,
        owner_id=author.person_id,
        review_every_days=told.every,
    )
    sources = {language: each.source for language, each in texts.items()}
    return policies.add_document(facts, Draft(sources=sources), actor=author, now=now)


def _change(loading: Loading, document_id: DocumentId, *, author: Actor, approver: Actor) -> None:
    """The second version asks for longer passwords."""
    then = loading.now - timedelta(days=CHANGED_DAYS_AGO)
    version_id = policies.begin_draft(document_id, actor=author, now=then)
    detail = queries.version(version_id, actor=author)
    longer = {
        each.language: each.source.replace("password.length = 14", "password.length = 16") for each in detail.texts
    }
    draft = Draft(sources=longer, summary=_said(loading, SUMMARY))
    policies.save_draft(version_id, draft, edition=detail.edition, actor=author, now=then)
    _ask(version_id, author=author, approver=approver, now=then)
    _approve(version_id, approver=approver, now=then)
    policies.publish(version_id, actor=approver, now=then)


def _ask(version_id: VersionId, *, author: Actor, approver: Actor, now: datetime) -> None:
    edition = queries.version(version_id, actor=author).edition
    steps = (PlanStep(approvers=(approver.person_id,), quorum=1),) if approver.person_id else ()
    policies.submit(version_id, steps, edition=edition, actor=author, now=now)


def _approve(version_id: VersionId, *, approver: Actor, now: datetime) -> None:
    seen = queries.draft_digest(queries.version(version_id, actor=approver))
    policies.approve(version_id, sha256=seen, actor=approver, now=now)


def _said(loading: Loading, both: Both) -> str:
    return both.said(loading.wanted.tongue)
