"""Files become drafts: what is new is added, what differs becomes the next draft, what is the same is left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.engines.norms import Arrival, Language, NormError, arrive
from burgrave.engines.sheets import Change, Fault, Field
from burgrave.imports import queries as imports
from burgrave.imports.terms import Option, Outcome, Plan, Reads, Source, Tell
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import storable
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.documents import add_document
from burgrave.policies.commands.drafting import begin_draft, save_draft
from burgrave.policies.commands.loading import open_version
from burgrave.policies.rules import importing as rules
from burgrave.policies.rules.importing import Incoming
from burgrave.policies.rules.saying import said, said_error
from burgrave.policies.terms import EDIT, MOST_SOURCE_BYTES, VersionState, records
from burgrave.policies.terms.drafts import DEFAULT_REVIEW_DAYS, MOST_REVIEW_DAYS, DocumentFacts, Draft
from burgrave.web.errors import BadInput, Said
from burgrave.web.terms import Actor, PersonId, UnitId

MOST_NOTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an incoming document goes: to ``document`` with the texts of ``newest``, or nowhere yet."""

    incoming: Incoming
    document: models.Document | None
    newest: models.Version | None
    texts: dict[Language, str]

    @property
    def is_same(self) -> bool:
        return self.document is not None and all(
            self.texts.get(language) == source for language, source in self.incoming.sources.items()
        )


def plan_import(arrival: Arrival, *, unit_id: UnitId, actor: Actor) -> Plan:
    """What these files would do; nothing is changed. Raises Forbidden."""
    actor.must(EDIT, unit_id)
    incoming, clashes = rules.gathered(arrival)
    places = [_place(each, unit_id=unit_id) for each in incoming]
    faults = [*_unreadable(arrival), *_clashing(clashes), *_standing_in_the_way(places, actor=actor)]
    new = [each for each in places if each.document is None]
    changed = [each for each in places if each.document is not None and not each.is_same]
    owners = _owners()
    listed = sum(
        len(rules.unplaced(each, owner_is_known=each.owner in owners)[language]) + len(text.norm.unplaced)
        for each in incoming
        for language, text in each.texts.items()
    )
    return Plan(
        rows=len(places),
        new=len(new),
        changed=len(changed),
        same=len(places) - len(new) - len(changed),
        faults=faults,
        fault_count=len(faults),
        changes=[_change(each, place) for place, each in enumerate(places, 1) if not each.is_same],
        notes=list(rules.passed_over(arrival, most=MOST_NOTES)),
        figures=(
            (Said("Texts"), sum(len(each.texts) for each in incoming)),
            (Said("Clauses"), sum(len(text.norm.clauses) for each in incoming for text in each.texts.values())),
            (Said("Passed over"), sum(not each.is_fault for each in arrival.refused)),
            (Said("Could not be placed"), listed),
        ),
    )


@transaction.atomic
def import_files(arrival: Arrival, *, unit_id: UnitId, actor: Actor, now: datetime) -> Outcome:
    """Every document of the files is here, as a draft where it is new or differs. All of them or none.

    Raises BadInput where a file stands in the way, Forbidden.
    """
    plan = plan_import(arrival, unit_id=unit_id, actor=actor)
    if plan.faults:
        first = plan.faults[0]
        raise BadInput(
            "%(count)s files cannot be taken, the first is %(path)s, line %(line)s: %(expected)s",
            words={
                "count": str(plan.fault_count),
                "path": first.column,
                "line": str(first.line),
                "expected": first.expected,
            },
            mend="Mend them and send all of them again; nothing was changed.",
        )
    owners = _owners()
    new: list[UUID] = []
    changed: list[UUID] = []
    incoming, _clashes = rules.gathered(arrival)
    for each in incoming:
        place = _place(each, unit_id=unit_id)
        if place.is_same:
            continue
        (changed if place.document else new).append(_take(place, owners, unit_id=unit_id, actor=actor, now=now))
    if new or changed:
        imported = records.DocumentsImported(
            new=len(new), changed=len(changed), same=plan.same, refused=len(arrival.refused)
        )
        ledger.append(imported, actor=actor, at=now)
    return Outcome(new=new, changed=changed, same=plan.same)


def _take(place: Place, owners: dict[str, PersonId], *, unit_id: UnitId, actor: Actor, now: datetime) -> UUID:
    each = place.incoming
    draft = Draft(
        sources={language: storable(source) for language, source in {**place.texts, **each.sources}.items()},
        origins=each.origins,
        unplaced=rules.unplaced(each, owner_is_known=each.owner in owners),
    )
    if place.document is None:
        facts = DocumentFacts(
            kind=each.kind,
            unit_id=unit_id,
            number=each.number,
            owner_id=owners.get(each.owner),
            review_every_days=min(each.review_days or DEFAULT_REVIEW_DAYS, MOST_REVIEW_DAYS),
        )
        return add_document(facts, draft, actor=actor, now=now)
    version = open_version(place.document)
    version_id = version.pk if version else begin_draft(place.document.pk, actor=actor, now=now)
    edition = models.Version.objects.values_list("edition", flat=True).get(pk=version_id)
    save_draft(version_id, draft, edition=edition, actor=actor, now=now)
    return place.document.pk


def _place(each: Incoming, *, unit_id: UnitId) -> Place:
    is_sample = unit_id in people.sample_units()
    found = models.Document.objects.filter(is_sample=is_sample)
    if each.number:
        document = found.filter(number=each.number).first()
    else:
        same = models.VersionText.objects.filter(origin=each.path, version__document__is_sample=is_sample)
        document = found.filter(pk__in=same.values("version__document_id")).order_by("added_at").first()
    newest = document.versions.order_by("-ordinal").first() if document else None
    texts = {Language(row.language): row.source for row in newest.texts.all()} if newest else {}
    return Place(incoming=each, document=document, newest=newest, texts=texts)


def _owners() -> dict[str, PersonId]:
    """Everybody by name and by address; a name that two people bear names nobody."""
    names: dict[str, list[PersonId]] = {}
    for key, name in people.everybody().items():
        names.setdefault(name, []).append(key)
    return {**{name: keys[0] for name, keys in names.items() if len(keys) == 1}, **people.by_email()}


def _unreadable(arrival: Arrival) -> Sequence[Fault]:
    return [
        Fault(
            line=each.line,
            column=each.path,
            found="",
            expected=said(each.reason),
            mend=Said("Mend that line in the file."),
        )
        for each in arrival.refused
        if each.is_fault
    ]


def _clashing(clashes: Sequence[rules.Clash]) -> Sequence[Fault]:
    return [
        Fault(
            line=1,
            column=each.path,
            found=each.number,
            expected=Said("one file a number and language; %(other)s has it already", {"other": each.other}),
            mend=Said("Give one of the two another number."),
        )
        for each in clashes
    ]


def _standing_in_the_way(places: Sequence[Place], *, actor: Actor) -> Sequence[Fault]:
    faults = []
    for each in places:
        path, document = each.incoming.path, each.document
        if any(len(source.encode("utf-8", "replace")) > MOST_SOURCE_BYTES for source in each.incoming.sources.values()):
            expected = Said("at most %(most)s bytes a text", {"most": str(MOST_SOURCE_BYTES)})
            mend = Said("Divide it into several documents.")
            faults.append(Fault(line=1, column=path, found="", expected=expected, mend=mend))
        if document is None or each.is_same:
            continue
        if not actor.may(EDIT, UnitId(document.unit_id)):
            faults.append(
                Fault(
                    line=1,
                    column=path,
                    found=document.number,
                    expected=Said("a number that is free, or a document that you may edit"),
                    mend=Said("Give the document another number."),
                )
            )
        elif each.newest and each.newest.state in {VersionState.IN_REVIEW, VersionState.APPROVED}:
            faults.append(
                Fault(
                    line=1,
                    column=path,
                    found=document.number,
                    expected=Said("a document that nobody is reviewing"),
                    mend=Said("Take its version back to draft, or wait until it is published."),
                )
            )
    return faults


def _change(each: Place, line: int) -> Change:
    document = each.document
    fields = tuple(
        (
            f"text {language}",
            f"{len(each.texts.get(language, ''))} characters" if language in each.texts else "",
            f"{len(source)} characters, {len(each.incoming.texts[language].norm.clauses)} clauses",
        )
        for language, source in each.incoming.sources.items()
        if each.texts.get(language) != source
    )
    name = f"{each.incoming.number or each.incoming.path} {each.incoming.title}"
    return Change(line=line, key=str(document.pk) if document else "", name=name, fields=fields)


class DocumentFiles:
    """Policies, norms and procedures out of files, as the imports know them."""

    kind, label, label_zh = "policies", "Policies, norms and procedures", "方针、规范和规程"
    permission, reads, address = EDIT, Reads.DOCUMENT, "policies:document"
    accept = ".zip,.md,.markdown,.docx,.html,.htm,.txt"
    listed = ("policies:documents", "")

    def fields(self, *, actor: Actor) -> tuple[Field, ...]:  # noqa: ARG002 - the signature is the target's
        return ()

    def options(self, *, actor: Actor) -> tuple[Option, ...]:
        """The unit to which what is new belongs."""
        unit = Option(
            name="unit",
            label="Unit of what is new",
            label_zh="新文件所属部门",
            help="What is here already stays where it is. A folder is sent as a zip archive.",
            help_zh="已有的文件保留在原部门。文件夹请打包为 zip 上传。",
        )
        return (imports.of_units(unit, permission=EDIT, actor=actor),)

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:  # noqa: ARG002 - the signature is the target's
        """What the files would do. Raises BadInput, Forbidden."""
        arrival = _arrived(source, tell)
        return plan_import(arrival, unit_id=_unit(source, actor), actor=actor)

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The files are read. Raises BadInput, Forbidden."""
        arrival, unit_id = _arrived(source, tell), _unit(source, actor)

        def write() -> Outcome:
            return import_files(arrival, unit_id=unit_id, actor=actor, now=now)

        return write


def _arrived(source: Source, tell: Tell) -> Arrival:
    tell(0, 1)
    try:
        found = arrive(source.content)
    except NormError as error:
        raise BadInput("the file cannot be read: %(why)s", words={"why": said_error(error)}) from error
    tell(1, 1)
    return found


def _unit(source: Source, actor: Actor) -> UnitId:
    actor.must_anywhere(EDIT)
    named = source.options.get("unit", "")
    units = {str(each): each for each in actor.units(EDIT)}
    if not named and len(units) == 1:
        named = next(iter(units))
    if named not in units:
        raise BadInput("no unit was chosen where you may write documents", mend="Choose the unit of what is new.")
    return units[named]
