"""Rows locked for a change, seen only by who may change them, and what follows from their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from uuid import UUID

from burgrave.engines.norms import Kind, Language, Norm
from burgrave.engines.search import folded
from burgrave.lists import commands as lists
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.errors import NumberTaken
from burgrave.policies.queries.finding import entry_of
from burgrave.policies.rules import numbering, reading
from burgrave.policies.terms import (
    OPEN_STATES,
    PREFIXES,
    READ,
    TITLE_MAX,
    DocumentState,
    LinkKind,
    VersionState,
)
from burgrave.policies.terms.drafts import Draft
from burgrave.web import editing
from burgrave.web.errors import BadInput, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId, UnitId

_NUMBERED_FILE = re.compile(r"(?P<number>[a-z]+-\d+)(?:[-_.].*)?$")
MOST_LINKS = 500


def locked(document_id: UUID, *, permission: str, actor: Actor) -> models.Document:
    """The document, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.Document.objects.select_for_update().filter(pk=document_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no document with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def locked_version(version_id: UUID, *, permission: str, actor: Actor) -> models.Version:
    """The version, behind the lock of its document: changes come one after the other. Raises as above."""
    document_id = models.Version.objects.filter(pk=version_id).values_list("document_id", flat=True).first()
    if document_id is None:
        raise NotFound("no version with this identifier is visible to you")
    document = locked(document_id, permission=permission, actor=actor)
    row = models.Version.objects.select_for_update().filter(pk=version_id).first()
    if row is None:
        raise NotFound("no version with this identifier is visible to you")
    row.document = document
    return row


def must_be_current(row: models.Document, *, version: int) -> None:
    """Return when nobody changed the document since. Raises StaleEdit."""
    editing.must_be_current(row, version=version, name=row.number)


def must_be_edition(row: models.Version, *, edition: int) -> None:
    """Return when the draft is the one that was opened. Raises StaleEdit."""
    if row.edition != edition:
        raise StaleEdit(
            "the draft was saved by %(by)s since you opened it; nothing was overwritten, and your text is still here",
            words={"by": row.changed_by},
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            mend="Open the present draft in another tab, bring both together, and save.",
        )


def authors_of(version: models.Version) -> frozenset[PersonId]:
    """Everybody who wrote the version."""
    wrote = {PersonId(each) for each in version.co_authors.values_list("person_id", flat=True)}
    return frozenset(wrote | ({PersonId(version.author_id)} if version.author_id else set()))


def give_number(wanted: str, kind: Kind, *, is_sample: bool) -> str:
    """The wanted number, or the next of the kind; whoever asks at the same time waits. Raises NumberTaken, BadInput."""
    models.Catalogue.objects.get_or_create(pk=models.documents.CATALOGUE_PK)
    models.Catalogue.objects.select_for_update().get(pk=models.documents.CATALOGUE_PK)
    if not wanted:
        taken = models.Document.objects.filter(is_sample=is_sample, number__startswith=PREFIXES[kind])
        return numbering.next_number(kind, taken.values_list("number", flat=True))
    number = numbering.number(wanted)
    if models.Document.objects.filter(number=number, is_sample=is_sample).exists():
        raise NumberTaken(
            "another document has the number %(number)s already",
            words={"number": number},
            mend="Leave the number empty to get the next one, or begin a new version of that document.",
        )
    return number


def must_be_owner(owner_id: PersonId | None, unit_id: UnitId) -> None:
    """Return when the owner is somebody here, and made up only where the unit is. Raises BadInput."""
    if owner_id is None:
        return
    if not people.contacts([owner_id]):
        raise BadInput("the owner is nobody who is active here", mend="Choose somebody from the list.")
    if (owner_id in people.sample_persons([owner_id])) != (unit_id in people.sample_units()):
        raise BadInput(
            "what is made up and what is real are never mixed: the owner is of the other kind",
            mend="Choose an owner of the same kind as the unit.",
        )


def known_of(document: models.Document, language: Language, *, label: str = "") -> reading.Known:
    return reading.Known(
        number=document.number,
        kind=Kind(document.kind),
        language=language,
        label=label,
        owner=document.owner.name if document.owner else "",
        review_days=document.review_every_days,
    )


def write_texts(version: models.Version, draft: Draft) -> dict[Language, Norm]:
    """The version says exactly this. Returns the norms that were read. Raises TextUnreadable, BadInput."""
    document = version.document
    norms = {
        language: reading.norm_of(source, known_of(document, language, label=version.label))
        for language, source in sorted(draft.sources.items())
    }
    if not norms:
        raise BadInput("a version has a text in at least one language", mend="Write one, then save.")
    kept = {each.language: each for each in version.texts.all()}
    rows = [_text(version, language, norm, draft, kept.get(language)) for language, norm in norms.items()]
    version.texts.all().delete()
    version.clauses.all().delete()
    models.VersionText.objects.bulk_create(rows)
    models.Clause.objects.bulk_create(_clauses(version, norms), batch_size=500)
    return norms


def _text(
    version: models.Version, language: Language, norm: Norm, draft: Draft, before: models.VersionText | None
) -> models.VersionText:
    """The row of a text; what its file held besides stays listed when the text is edited."""
    held = (
        [reading.beside(each) for each in draft.unplaced[language]]
        if language in draft.unplaced
        else [each for each in before.unplaced if each.get("of_file")]
        if before
        else []
    )
    return models.VersionText(
        version=version,
        language=language,
        title=norm.title[:TITLE_MAX],
        source=draft.sources[language],
        origin=(draft.origins.get(language) or (before.origin if before else ""))[:300],
        unplaced=[*reading.unplaced(norm), *held],
    )


def _clauses(version: models.Version, norms: Mapping[Language, Norm]) -> Iterable[models.Clause]:
    for language, norm in norms.items():
        for ordinal, facts in enumerate(reading.clause_facts(norm), 1):
            yield models.Clause(
                version=version,
                language=language,
                ordinal=ordinal,
                identifier=facts.identifier,
                is_named=facts.is_named,
                heading=facts.heading,
                text=facts.text,
                modality=facts.modality,
                actor=facts.actor,
                verb=facts.verb,
                object=facts.object,
                condition=facts.condition,
                cadence_days=facts.cadence_days,
                evidence=facts.evidence,
                quantities=facts.quantities,
                parameters=dict(facts.parameters),
                satisfies=facts.satisfies,
                requirements=facts.requirements,
                is_step=facts.is_step,
                line=facts.line,
            )


def follow(document: models.Document, version: models.Version, norms: Mapping[Language, Norm]) -> None:
    """The document bears the titles, languages and links of the texts, unless an older version is what holds."""
    titles = {str(language): norm.title[:TITLE_MAX] for language, norm in norms.items()}
    if document.state != DocumentState.IN_FORCE or version.state == VersionState.PUBLISHED:
        document.titles, document.title = titles, next(iter(titles.values()))
        document.languages = sorted(titles)
        document.clauses = max((len(norm.clauses) for norm in norms.values()), default=0)
        document.search_text = folded(" ".join([document.number, *titles.values(), *_said(norms)]))[:200_000]
        write_links(document, norms.values())


def _said(norms: Mapping[Language, Norm]) -> Iterable[str]:
    return (block.text.value for norm in norms.values() for block in norm.blocks)


def write_links(document: models.Document, norms: Iterable[Norm]) -> None:
    """The links that the texts write down; those that people set by hand stay."""
    wanted: dict[tuple[LinkKind, str], None] = {}
    for norm in norms:
        wanted |= {(LinkKind.IMPLEMENTS, each.strip().upper()[:300]): None for each in norm.facts.implements}
        wanted |= {
            (LinkKind.SUPERSEDES, name): None
            for each in norm.facts.supersedes
            if (name := each.strip().upper()[:300]) != document.number
        }
        wanted |= {
            (LinkKind.REFERS_TO, name): None
            for each in norm.references
            if each.path and (name := named_by(each.path)) != document.number
        }
    document.links.filter(is_written=True).delete()
    by_hand = set(document.links.values_list("kind", "words"))
    fresh = [pair for pair in wanted if pair not in by_hand][:MOST_LINKS]
    others = models.Document.objects.filter(is_sample=document.is_sample, number__in=[words for _kind, words in fresh])
    targets = {each.number: each for each in others}
    models.DocumentLink.objects.bulk_create(
        models.DocumentLink(document=document, kind=kind, words=words, target=targets.get(words))
        for kind, words in fresh
    )


def named_by(path: str) -> str:
    """The number that a file name begins with, or else the name itself."""
    stem = PurePosixPath(path).stem
    found = _NUMBERED_FILE.match(stem.lower())
    return (found["number"] if found else stem).upper()[:300]


def adopt_links(document: models.Document) -> None:
    """Links of others that name this number lead here now."""
    models.DocumentLink.objects.filter(
        words=document.number, target=None, document__is_sample=document.is_sample
    ).update(target=document)


def index(document: models.Document) -> None:
    lists.index([entry_of(document)])


def open_version(document: models.Document) -> models.Version | None:
    """The version that is on its way."""
    return models.Version.objects.filter(document=document, state__in=sorted(OPEN_STATES)).first()
