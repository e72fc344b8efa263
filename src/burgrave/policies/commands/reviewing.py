"""Review: asked for, withdrawn, approved, sent back; and what is said about clauses meanwhile.

Whoever decides takes the lock of the document first, so that two decisions at once come one after the other, and the
second is judged by what the first has made of the version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.engines.norms import Language, Norm
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.loading import authors_of, index, known_of, locked_version
from burgrave.policies.errors import PlanUnusable, SeparationOfDuties
from burgrave.policies.rules import approval, canonical, changes, numbering, reading
from burgrave.policies.rules.approval import Review, must_be
from burgrave.policies.terms import (
    APPROVE,
    EDIT,
    READ,
    DocumentState,
    Verdict,
    VersionId,
    VersionState,
    records,
    version_subject,
)
from burgrave.policies.terms.drafts import PlanStep
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, NotFound, Said
from burgrave.web.terms import Actor, PersonId, UnitId

ASKED = gettext_noop("Version %(label)s of %(number)s waits for your approval")
SENT_BACK = gettext_noop("Version %(label)s of %(number)s was sent back")
APPROVED = gettext_noop("Version %(label)s of %(number)s is approved and can be published")
COMMENT_MAX = 5_000


@transaction.atomic
def submit(
    version_id: UUID,
    steps: Sequence[PlanStep],
    *,
    is_major: bool | None = None,
    major_reason: str = "",
    edition: int,
    actor: Actor,
    now: datetime,
) -> None:
    """The version is in review, and the approvers of the first step know it.

    Raises PlanUnusable, SeparationOfDuties, ReasonMissing, WrongState, StaleEdit, NotFound, Forbidden.
    """
    version = locked_version(version_id, permission=EDIT, actor=actor)
    document = version.document
    must_be(version.label, VersionState(version.state), VersionState.DRAFT, act=Said("submitted"))
    if version.edition != edition:
        raise PlanUnusable(
            "the draft was saved by %(by)s since you opened it",
            words={"by": version.changed_by},
            mend="Read the present draft, then submit it.",
        )
    plan = approval.plan(steps, authors=authors_of(version))
    _must_be_able(plan, UnitId(document.unit_id), now=now)
    before, norms = _before(document, version), _norms(version)
    weight = changes.decided(
        changes.weigh(_norms(before) if before else None, norms), is_major=is_major, reason=major_reason
    )

    version.steps.all().delete()
    for ordinal, step in enumerate(plan):
        row = models.Step.objects.create(version=version, ordinal=ordinal, quorum=step.quorum)
        models.Approver.objects.bulk_create(models.Approver(step=row, person_id=each) for each in step.approvers)
    version.state, version.round, version.submitted_at = VersionState.IN_REVIEW, version.round + 1, now
    version.is_major, version.major_reason = weight.is_major, str(weight.reason)
    if before:
        version.label = numbering.label(before.label, is_major=weight.is_major)
    version.save()
    _keep_stage(document, version, actor=actor, now=now)

    requested = records.ReviewRequested(
        document_id=document.pk,
        version_id=version.pk,
        round=version.round,
        quorums=tuple(step.quorum for step in plan),
        approvers=tuple(each for step in plan for each in step.approvers),
        sha256=_digest(version),
    )
    ledger.append(requested, actor=actor, at=now)
    _tell(version, plan[0].approvers, ASKED, "policies.approval_asked", step=0, now=now)


@transaction.atomic
def withdraw(version_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The version is a draft again; what was decided in this round counts no more. Raises WrongState, ReasonMissing."""
    version = locked_version(version_id, permission=EDIT, actor=actor)
    must_be(
        version.label,
        VersionState(version.state),
        VersionState.IN_REVIEW,
        VersionState.APPROVED,
        act=Said("withdrawn"),
    )
    said = storable(approval.reasoned(reason, why=Said("a version is taken out of review only with a reason")))

    _back_to_draft(version, actor=actor, now=now)

    withdrawn = records.ReviewWithdrawn(
        document_id=version.document_id, version_id=version.pk, round=version.round, reason=Sealed(said)
    )
    ledger.append(withdrawn, actor=actor, at=now)


@transaction.atomic
def approve(version_id: UUID, *, sha256: str, actor: Actor, now: datetime) -> bool:
    """The approval of these very texts counts. Returns whether the whole version is approved by it.

    ``sha256`` is the digest of the draft that the approver had in front of them. Raises WrongState, NotAsked,
    SeparationOfDuties, BadInput, NotFound, Forbidden.
    """
    version = locked_version(version_id, permission=APPROVE, actor=actor)
    document, review = version.document, _review(version)
    _must_stand_apart(review, UnitId(document.unit_id), actor=actor)
    given = approval.approve(review, person_id=actor.person_id)
    digest = _digest(version)
    if sha256 != digest:
        raise BadInput(
            "you approve another text than the one that is in review",
            mend="Read the version once more; its text is what you approve.",
        )

    _decide(version, given.step, Verdict.APPROVED, "", actor=actor, now=now)
    if given.completes:
        version.state, version.approved_at = VersionState.APPROVED, now
        version.save(update_fields=["state", "approved_at"])
        _keep_stage(document, version, actor=actor, now=now)

    recorded = records.ApprovalGiven(
        document_id=document.pk,
        version_id=version.pk,
        round=version.round,
        step=given.step + 1,
        approver_id=_person(actor),
        completes=given.completes,
        sha256=digest,
    )
    ledger.append(recorded, actor=actor, at=now)
    _tell_on(version, given.step, now=now)
    return given.completes


@transaction.atomic
def reject(version_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The version is a draft again, and its authors know why. Raises as ``approve``, and ReasonMissing."""
    version = locked_version(version_id, permission=APPROVE, actor=actor)
    review = _review(version)
    _must_stand_apart(review, UnitId(version.document.unit_id), actor=actor)
    step = approval.reject(review, person_id=actor.person_id, reason=reason)
    said = storable(reason.strip())

    _decide(version, step, Verdict.REJECTED, said, actor=actor, now=now)
    _back_to_draft(version, actor=actor, now=now)

    rejected = records.VersionRejected(
        document_id=version.document_id,
        version_id=version.pk,
        round=version.round,
        step=step + 1,
        approver_id=_person(actor),
        reason=Sealed(said),
    )
    ledger.append(rejected, actor=actor, at=now)
    _tell(version, tuple(review.authors), SENT_BACK, "policies.sent_back", step=step, now=now)


@transaction.atomic
def comment(
    version_id: UUID, *, clause: str, language: Language | None, text: str, actor: Actor, now: datetime
) -> UUID:
    """Something is said about a clause, or about the whole. Raises BadInput, NotFound, Forbidden."""
    version = locked_version(version_id, permission=READ, actor=actor)
    said = storable(text.strip())
    if not said or len(said) > COMMENT_MAX:
        raise BadInput(
            "a comment has 1 to %(most)s characters, got %(got)s",
            words={"most": str(COMMENT_MAX), "got": str(len(said))},
        )
    if clause and not version.clauses.filter(identifier=clause).exists():
        raise BadInput(
            "version %(label)s has no clause %(clause)s",
            words={"label": version.label, "clause": clause[:60]},
            mend="It may have been renamed since; comment on the present text.",
        )

    row = models.Comment.objects.create(
        id=uuid4(),
        version=version,
        clause=clause,
        language=language or "",
        text=said,
        person_id=actor.person_id,
        at=now,
    )

    made = records.CommentMade(
        document_id=version.document_id, version_id=version.pk, comment_id=row.pk, clause=clause, text=Sealed(said)
    )
    ledger.append(made, actor=actor, at=now)
    return row.pk


@transaction.atomic
def resolve(comment_id: UUID, *, resolution: str, actor: Actor, now: datetime) -> VersionId:
    """The comment is answered, by whoever may edit or by who made it; returns the version that it is about.

    Raises BadInput, NotFound, Forbidden.
    """
    found = models.Comment.objects.filter(pk=comment_id).first()
    if found is None:
        raise NotFound("no comment with this identifier is visible to you")
    is_own = actor.person_id is not None and found.person_id == actor.person_id
    version = locked_version(found.version_id, permission=READ if is_own else EDIT, actor=actor)
    row = models.Comment.objects.select_for_update().get(pk=comment_id)
    said = storable(resolution.strip())
    if len(said) > COMMENT_MAX:
        raise BadInput("an answer has at most %(most)s characters", words={"most": str(COMMENT_MAX)})
    if row.resolved_at is not None:
        raise BadInput("the comment was resolved by %(by)s already", words={"by": row.resolved_by})

    row.resolved_at, row.resolved_by, row.resolution = now, actor.name, said
    row.save(update_fields=["resolved_at", "resolved_by", "resolution"])

    resolved = records.CommentResolved(
        document_id=version.document_id, version_id=version.pk, comment_id=row.pk, resolution=Sealed(said)
    )
    ledger.append(resolved, actor=actor, at=now)
    return VersionId(version.pk)


def _review(version: models.Version) -> Review:
    plan = tuple(
        PlanStep(approvers=tuple(PersonId(each.person_id) for each in step.approvers.all()), quorum=step.quorum)
        for step in version.steps.order_by("ordinal").prefetch_related("approvers")
    )
    decisions = version.decisions.filter(round=version.round).values_list("step", "person_id", "verdict")
    return Review(
        label=version.label,
        state=VersionState(version.state),
        authors=authors_of(version),
        plan=plan,
        decisions=tuple(
            approval.Given(step=step, person_id=PersonId(who), verdict=Verdict(verdict))
            for step, who, verdict in decisions
        ),
    )


def _must_stand_apart(review: Review, unit_id: UnitId, *, actor: Actor) -> None:
    """Return when the actor decides neither as an author nor only in an author's stead. Raises SeparationOfDuties."""
    for author in review.authors:
        if not actor.may_apart_from(author, APPROVE, unit_id):
            raise SeparationOfDuties(
                "version %(label)s was written by you, or by the one in whose stead you act",
                words={"label": review.label},
                mend="Somebody who did not write it decides.",
            )


def _must_be_able(plan: Sequence[PlanStep], unit_id: UnitId, *, now: datetime) -> None:
    able = {person_id for person_id, _name in people.holders(APPROVE, unit_id, now=now)}
    asked = {each for step in plan for each in step.approvers}
    if missing := asked - able:
        names = people.names(missing)
        raise PlanUnusable(
            "%(names)s may not approve in this unit",
            words={"names": ", ".join(sorted(names.values())) or Said("nobody that is known")},
            mend="Name people who hold the permission to approve there.",
        )


def _before(document: models.Document, version: models.Version) -> models.Version | None:
    """The version that was published last before this one."""
    return (
        document.versions.filter(ordinal__lt=version.ordinal, published_at__isnull=False).order_by("-ordinal").first()
    )


def _norms(version: models.Version) -> dict[Language, Norm]:
    return {
        Language(each.language): reading.norm_of(
            each.source, known_of(version.document, Language(each.language), label=version.label)
        )
        for each in version.texts.all()
    }


def _digest(version: models.Version) -> str:
    return canonical.draft_digest(dict(version.texts.values_list("language", "source")))


def _decide(version: models.Version, step: int, verdict: Verdict, reason: str, *, actor: Actor, now: datetime) -> None:
    models.Decision.objects.create(
        version=version,
        step=step,
        round=version.round,
        person_id=_person(actor),
        verdict=verdict,
        reason=reason,
        at=now,
    )


def _back_to_draft(version: models.Version, *, actor: Actor, now: datetime) -> None:
    version.state, version.approved_at = VersionState.DRAFT, None
    version.edition += 1
    version.save(update_fields=["state", "approved_at", "edition"])
    _keep_stage(version.document, version, actor=actor, now=now)


def _keep_stage(document: models.Document, version: models.Version, *, actor: Actor, now: datetime) -> None:
    document.stage = version.state
    if document.state == DocumentState.NEW:
        document.label = version.label
    touch(document, actor=actor, now=now)
    document.save()
    index(document)


def _person(actor: Actor) -> PersonId:
    if actor.person_id is None:
        raise SeparationOfDuties("only a person approves", mend="Sign in as the one whom the plan asks.")
    return actor.person_id


def _tell_on(version: models.Version, step: int, *, now: datetime) -> None:
    """Whoever is next hears of it: the approvers of the next step, or the authors."""
    review = _review(version)
    if review.state is VersionState.APPROVED:
        _tell(version, tuple(review.authors), APPROVED, "policies.approved", step=step, now=now)
    elif review.step is not None and review.step != step:
        _tell(version, review.plan[review.step].approvers, ASKED, "policies.approval_asked", step=review.step, now=now)


def _tell(
    version: models.Version, persons: Sequence[PersonId], sentence: str, topic: str, *, step: int, now: datetime
) -> None:
    if not persons:
        return
    notifications.notify(
        topic=topic,
        to=Recipients(persons=tuple(persons)),
        subject=version_subject(version.pk),
        words=Words(sentence=sentence, params={"label": version.label, "number": version.document.number}),
        link=f"/policies/versions/{version.pk}/",
        dedupe_key=f"{topic}:{version.pk}:{version.round}:{step}",
        now=now,
    )
