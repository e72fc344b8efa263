"""The library of rules: its list, one rule with its texts, imports, what is off, and what reading is handed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Mapping
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from burgrave.detection import models
from burgrave.detection.queries.exceptions import filters
from burgrave.detection.queries.placeholders import placeholder_values
from burgrave.detection.rules.life import possible
from burgrave.detection.terms import (
    READ,
    Act,
    BatchFaultRow,
    BatchId,
    BatchRow,
    LibraryDetail,
    LibraryFigures,
    LibraryFilterBy,
    LibraryRow,
    LibraryRuleId,
    LibraryVersionId,
    RuleCase,
    RuleState,
    SwitchRow,
    VersionRow,
    VersionState,
)
from burgrave.incidents.terms import Level, Library, LibraryRules, LibraryText, tactics, techniques
from burgrave.incidents.terms.faults import fault_said
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page, PersonId

ORDERS: Mapping[str, str] = {
    "level": "level_rank title pk",
    "title": "title pk",
    "state": "state title pk",
    "changed": "changed_at pk",
}
BATCH_ORDERS: Mapping[str, str] = {"time": "at pk", "name": "name pk"}


def library(now: datetime) -> Library:
    """What is handed down to reading: enabled rules, what is off, the exceptions of the day. One statement to see."""
    today = now.date()
    mark = models.Standing.objects.filter(pk=1).values_list("mark", flat=True).first()
    return Library(mark=f"library:{mark}:{today}", read=partial(_rules, today))


def _rules(today: date) -> LibraryRules:
    enabled = models.Rule.objects.filter(state=RuleState.ENABLED).order_by("live__path", "pk")
    documents: defaultdict[str, set[int]] = defaultdict(set)
    paths: dict[str, str] = {}
    for sha256, document, path in enabled.values_list("live__text_id", "live__document", "live__path"):
        documents[sha256].add(document)
        paths.setdefault(sha256, path)
    sources = dict(models.Text.objects.filter(pk__in=_enabled_texts()).values_list("sha256", "source"))
    taken: set[str] = set()
    texts = []
    for sha256, found in documents.items():
        path = paths[sha256] if paths[sha256] not in taken else f"{paths[sha256]} ({sha256[:12]})"
        taken.add(path)
        texts.append(LibraryText(path=path, source=bytes(sources[sha256]), documents=frozenset(found)))
    off = {
        *models.Switch.objects.values_list("rule_id", flat=True),
        *models.Rule.objects.filter(state=RuleState.DISABLED).values_list("rule_id", flat=True),
    }
    return LibraryRules(
        texts=tuple(texts), filters=filters(on=today), off=frozenset(off), placeholders=placeholder_values()
    )


def _enabled_texts() -> QuerySet[models.Rule, str]:
    return models.Rule.objects.filter(state=RuleState.ENABLED).values_list("live__text_id", flat=True)


def library_rules(
    wanted: LibraryFilterBy,
    *,
    order: tuple[str, ...] = ("-level_rank", "title", "pk"),
    number: int = 1,
    size: int = 50,
    actor: Actor,
) -> Page[LibraryRow]:
    """One page of the library. Two statements."""
    actor.must_anywhere(READ)
    return page_of(narrowed(wanted).order_by(*order), number=number, size=size).of(row_of)


def ids_of(wanted: LibraryFilterBy, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    actor.must_anywhere(READ)
    return tuple(narrowed(wanted).order_by("pk").values_list("pk", flat=True)[:most])


def names_of(ids: Collection[UUID], *, most: int, actor: Actor) -> tuple[str, ...]:
    """The titles of the first of these rules by title. One statement."""
    actor.must_anywhere(READ)
    found = models.Rule.objects.filter(pk__in=ids).order_by("title", "pk")
    return tuple(found.values_list("title", flat=True)[:most])


def export(wanted: LibraryFilterBy, *, order: tuple[str, ...], actor: Actor) -> Generator[LibraryRow, None, None]:
    """Every rule of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    actor.must_anywhere(READ)
    for row in narrowed(wanted).order_by(*order).iterator(chunk_size=2_000):
        yield row_of(row)


def library_rule(library_rule_id: UUID, *, version_id: UUID | None = None, actor: Actor) -> LibraryDetail:
    """A rule with its texts; ``shown`` is the named one, else what waits, else what holds. Raises NotFound."""
    actor.must_anywhere(READ)
    found = models.Rule.objects.filter(pk=library_rule_id).first()
    if found is None:
        raise NotFound("there is no such rule in the library")
    versions = list(found.versions.select_related("text", "batch").order_by("-number"))
    by_id: dict[UUID | None, models.Version] = {each.pk: each for each in versions}
    shown = by_id.get(version_id or found.pending_id or found.live_id, versions[0])
    live = by_id.get(found.live_id)
    waiting = by_id.get(found.pending_id)
    return LibraryDetail(
        row=row_of(found),
        versions=tuple(map(_version_row, versions)),
        shown=_version_row(shown),
        live=None if live is None else _version_row(live),
        source=_told(shown),
        live_source="" if live is None else _told(live),
        description=shown.description,
        falsepositives=tuple(shown.falsepositives),
        proposer_id=None if waiting is None or waiting.batch.person_id is None else PersonId(waiting.batch.person_id),
        live_version_id=found.live_id,
    )


def texts_of(library_rule_id: UUID, *, actor: Actor) -> Mapping[int, str]:
    """Every text of the rule by its number. Raises NotFound."""
    actor.must_anywhere(READ)
    found = models.Version.objects.filter(rule_id=library_rule_id).select_related("text").order_by("number")
    texts = {each.number: _told(each) for each in found}
    if not texts:
        raise NotFound("there is no such rule in the library")
    return texts


def library_rule_of(rule_id: str, *, actor: Actor) -> LibraryRow | None:
    """The rule of the library with this id, or None."""
    actor.must_anywhere(READ)
    found = models.Rule.objects.filter(rule_id=rule_id).first()
    return None if found is None else row_of(found)


def acts_on(detail: LibraryDetail) -> frozenset[Act]:
    """What the state of the rule allows, whoever does it."""
    row = detail.row
    case = RuleCase(title=row.title, state=row.state, waits=row.waits, is_approved=detail.live_version_id is not None)
    return frozenset(act for act in Act if possible(case, act))


def figures(*, actor: Actor) -> LibraryFigures:
    """The library in figures. Three statements."""
    actor.must_anywhere(READ)
    counts = models.Rule.objects.aggregate(
        waiting=Count("pk", filter=Q(pending__isnull=False)),
        **{str(state): Count("pk", filter=Q(state=state)) for state in RuleState},
    )
    return LibraryFigures(
        states={state: counts[str(state)] for state in RuleState},
        waiting=counts["waiting"],
        switched_off=models.Switch.objects.count(),
        batches=models.Batch.objects.count(),
    )


def facets(*, actor: Actor) -> Mapping[str, list[tuple[str, int]]]:
    """How many rules there are of each level and product. Two statements."""
    actor.must_anywhere(READ)
    found: dict[str, list[tuple[str, int]]] = {}
    for name in ("level", "product"):
        rows = models.Rule.objects.order_by().values_list(name).annotate(Count("pk"))
        found[name] = sorted(rows, key=lambda each: (-each[1], each[0]))
    return found


def batches(*, order: tuple[str, ...] = ("-at", "pk"), number: int = 1, size: int = 50, actor: Actor) -> Page[BatchRow]:
    """The imports, newest first. Two statements."""
    actor.must_anywhere(READ)
    return page_of(_batches().order_by(*order), number=number, size=size).of(_batch_row)


def batch(batch_id: UUID, *, actor: Actor) -> BatchRow:
    """One import. Raises NotFound."""
    actor.must_anywhere(READ)
    found = _batches().filter(pk=batch_id).first()
    if found is None:
        raise NotFound("there is no such import of rules")
    return _batch_row(found)


def batch_faults(batch_id: UUID, *, number: int = 1, size: int = 50, actor: Actor) -> Page[BatchFaultRow]:
    """What of the import cannot run, by path and line. Two statements."""
    actor.must_anywhere(READ)
    found = models.BatchFault.objects.filter(batch_id=batch_id).order_by("path", "line", "pk")
    return page_of(found, number=number, size=size).of(
        lambda each: BatchFaultRow(
            path=each.path, line=each.line, column=each.column, sentence=fault_said(each.sentence)
        )
    )


def switches(*, actor: Actor) -> tuple[SwitchRow, ...]:
    """The rules on disk that are switched off, by title. One statement."""
    actor.must_anywhere(READ)
    return tuple(
        SwitchRow(rule_id=each.rule_id, title=each.title, reason=each.reason, at=each.at, by=each.by)
        for each in models.Switch.objects.order_by("title", "pk")
    )


def narrowed(wanted: LibraryFilterBy) -> QuerySet[models.Rule]:
    found = models.Rule.objects.all()
    for name, values in (
        ("state__in", wanted.states),
        ("level__in", wanted.levels),
        ("product__in", wanted.products),
        ("category__in", wanted.categories),
        ("service__in", wanted.services),
    ):
        if values:
            found = found.filter(**{name: values})
    if wanted.batch_id is not None:
        found = found.filter(pk__in=models.Version.objects.filter(batch_id=wanted.batch_id).values("rule_id"))
    if wanted.trial_id is not None:
        tried = models.TriedRule.objects.filter(trial_id=wanted.trial_id)
        if wanted.noises:
            tried = tried.filter(noise__in=wanted.noises)
        found = found.filter(pk__in=tried.values("rule_id"))
    if wanted.waits:
        found = found.filter(pending__isnull=False)
    if text := wanted.text:
        found = found.filter(
            Q(title__icontains=text) | Q(rule_id__iexact=text) | Q(author__icontains=text) | Q(path__icontains=text)
        )
    return found


def row_of(found: models.Rule) -> LibraryRow:
    named = (("product", found.product), ("category", found.category), ("service", found.service))
    return LibraryRow(
        library_rule_id=LibraryRuleId(found.pk),
        rule_id=found.rule_id,
        title=found.title,
        level=Level(found.level),
        status=found.status,
        author=found.author,
        licence=found.licence,
        logsource={name: value for name, value in named if value},
        techniques=techniques(found.tags),
        tactics=tactics(found.tags),
        path=found.path,
        state=RuleState(found.state),
        waits=found.pending_id is not None,
        number=found.number,
        reason=found.reason,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
        version=found.version,
    )


def _version_row(found: models.Version) -> VersionRow:
    return VersionRow(
        version_id=LibraryVersionId(found.pk),
        number=found.number,
        state=VersionState(found.state),
        title=found.title,
        level=Level(found.level),
        sha256=found.text_id,
        path=found.path,
        proposed_at=found.proposed_at,
        proposed_by=found.batch.by,
        decided_at=found.decided_at,
        decided_by=found.decided_by,
        reason=found.reason,
        batch_id=BatchId(found.batch_id),
        batch_name=found.batch.name,
    )


def _told(version: models.Version) -> str:
    return bytes(version.text.source).decode("utf-8", "replace").replace("\x00", "\N{SYMBOL FOR NULL}")


def _batches() -> QuerySet[models.Batch]:
    return models.Batch.objects.annotate(waiting=Count("versions", filter=Q(versions__state=VersionState.PROPOSED)))


def _batch_row(found: models.Batch) -> BatchRow:
    return BatchRow(
        batch_id=BatchId(found.pk),
        name=found.name,
        sha256=found.sha256,
        at=found.at,
        by=found.by,
        files=found.files,
        passed_over=found.passed_over,
        new=found.new,
        changed=found.changed,
        same=found.same,
        faults=found.faults,
        waiting=found.waiting,  # type: ignore[attr-defined]  # annotated by _batches
    )
