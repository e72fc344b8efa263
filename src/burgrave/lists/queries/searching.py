"""What a question finds: the same in both databases, and only what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse

from burgrave.engines.search import Document, Question, folded, question, score
from burgrave.lists import models
from burgrave.lists.rules import Scope, match_expression, scopes, tsquery
from burgrave.lists.terms import MOST_FOUND, MOST_MATCHING, MOST_NAMED, Found, Hit, Matching, SearchKind
from burgrave.web.terms import Actor

_ON_SQLITE = "SELECT rowid FROM lists_search_fts WHERE lists_search_fts MATCH %s ORDER BY rowid DESC LIMIT %s"
_ON_POSTGRESQL = "SELECT id FROM lists_searchentry WHERE vector @@ %s::tsquery ORDER BY id DESC LIMIT %s"


def kinds(*, actor: Actor) -> tuple[SearchKind, ...]:
    """What the actor may search for, in the order of the settings."""
    return tuple(kind for kind in settings.LISTS_SEARCH_KINDS if actor.may_anywhere(kind.permission))


def search(text: str, *, only: Sequence[str] = (), most: int = 50, actor: Actor) -> Found:
    """The best hits of the kinds in ``only``, or of all. Two statements at most, however much there is.

    What is called so is looked for first; the newest MOST_FOUND candidates of each way are ranked.
    """
    asked = question(text)
    chosen = {kind.kind: kind for kind in kinds(actor=actor) if not only or kind.kind in only}
    where = scopes(chosen.values(), actor=actor)
    if not asked or not where:
        return Found(hits=(), total=0, is_all=True)
    called, all_called = _candidates(asked, where, titles=True, most=MOST_FOUND)
    told, all_told = ([], False) if not all_called else _candidates(asked, where, titles=False, most=MOST_FOUND)
    rows = {row.pk: row for row in (*called, *told) if asked.stands_in(_text(row))}
    ranked = sorted(rows.values(), key=lambda row: (*score(asked, _document(row)), row.title, str(row.object_id)))
    return Found(
        hits=tuple(_hit(row, chosen[row.kind]) for row in ranked[:most]),
        total=len(ranked),
        is_all=all_called and all_told,
    )


def matching(text: str, kind: str, *, actor: Actor) -> Matching:
    """The objects of one kind that match, for a list that is narrowed by text. Two statements."""
    asked = question(text)
    where = scopes((each for each in kinds(actor=actor) if each.kind == kind), actor=actor)
    if not asked or not where:
        return Matching(ids=(), is_all=True)
    keys = list(_newest(asked, where, titles=False, most=MOST_NAMED).values_list("pk", "object_id"))
    texts = models.SearchEntry.objects.filter(pk__in=[pk for pk, _object_id in keys[:MOST_MATCHING]])
    rows = texts.values_list("object_id", "identifier", "title", "text") if keys else ()
    ids = tuple(row[0] for row in rows if asked.stands_in(folded(" ".join(row[1:]))))
    if len(keys) <= MOST_MATCHING:
        return Matching(ids=ids, is_all=True)
    return Matching(
        ids=ids,
        is_all=False,
        at_least=len(ids) + (len(ids) == MOST_MATCHING),
        candidates=tuple(key for _pk, key in keys) if len(keys) <= MOST_NAMED else None,
    )


def entries() -> int:
    """How many objects the search knows."""
    return models.SearchEntry.objects.count()


def _candidates(
    asked: Question, where: Sequence[Scope], *, titles: bool, most: int
) -> tuple[list[models.SearchEntry], bool]:
    """The newest candidates, and whether they are all."""
    rows = list(_newest(asked, where, titles=titles, most=most).select_related("unit").defer("tokens"))
    return rows[:most], len(rows) <= most


def _newest(
    asked: Question, where: Sequence[Scope], *, titles: bool, most: int
) -> QuerySet[models.SearchEntry, models.SearchEntry]:
    """The newest candidates, one more than ``most`` where there are more."""
    if connection.vendor == "postgresql":
        raw = RawSQL(_ON_POSTGRESQL, (tsquery(asked, where, titles=titles), most + 1))  # noqa: S611 - no text of a person stands in it unquoted
    else:
        raw = RawSQL(_ON_SQLITE, (match_expression(asked, where, titles=titles), most + 1))  # noqa: S611 - as above
    return models.SearchEntry.objects.filter(pk__in=raw).order_by("-pk")


def _text(row: models.SearchEntry) -> str:
    return folded(f"{row.identifier} {row.title} {row.text}")


def _document(row: models.SearchEntry) -> Document:
    return Document(row.identifier, row.title, row.text)


def _hit(row: models.SearchEntry, kind: SearchKind) -> Hit:
    object_id: UUID = row.object_id
    return Hit(
        kind=kind,
        object_id=object_id,
        href=reverse(kind.url_name, kwargs={kind.parameter: row.key}),
        identifier=row.identifier,
        title=row.title,
        text=row.text,
        unit_name=row.unit.name if row.unit else "",
    )
