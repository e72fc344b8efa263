"""What people know rows of the chain's lists by, where an act on many of them is to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from burgrave.assurance import models
from burgrave.assurance.queries.speaking import in_readers_language
from burgrave.assurance.terms import READ, requirement_key
from burgrave.assurance.terms.saying import heard
from burgrave.people import queries as people
from burgrave.web.errors import Said
from burgrave.web.terms import Actor


def requirement_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these requirements by framework and place. One statement."""
    actor.must_anywhere(READ)
    found = models.Requirement.objects.filter(pk__in=ids).order_by("framework__sort_key", "place", "pk")
    names = found.values_list("framework__identifier", "identifier", "title", "titles")[:most]
    return tuple(
        _numbered(requirement_key(framework, own), in_readers_language(title, titles))
        for framework, own, title, titles in names
    )


def measure_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these measures by number, as far as the actor may see them. One statement."""
    found = models.Measure.objects.filter(people.within(actor, READ), pk__in=ids).order_by("number")
    return tuple(_numbered(number, name) for number, name in found.values_list("number", "name")[:most])


def check_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these checks by number, as far as the actor may see them. One statement."""
    found = models.Check.objects.filter(people.within(actor, READ), pk__in=ids).order_by("number")
    return tuple(_numbered(number, title) for number, title in found.values_list("number", "title")[:most])


def finding_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these findings by number, as far as the actor may see them. One statement."""
    found = models.Finding.objects.filter(people.within(actor, READ), pk__in=ids).order_by("number")
    names = found.values_list("number", "title", "title_said")[:most]
    return tuple(_numbered(number, heard(title, said)) for number, title, said in names)


def action_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    """The first of these corrective actions by number, as far as the actor may see them. One statement."""
    found = models.CorrectiveAction.objects.filter(people.within(actor, READ), pk__in=ids).order_by("number")
    names = found.values_list("number", "title", "title_said")[:most]
    return tuple(_numbered(number, heard(title, said)) for number, title, said in names)


def _numbered(number: str, title: str) -> str:
    """Both; what Burgrave wrote as a title is still said in the reader's language."""
    return Said("%(number)s %(title)s", {"number": number, "title": title})
