"""The cast of every access test: Alice owns, Bob may, Dora reads, and Charlie is a stranger.

The cast is written straight into the tables, so that a test's ledger holds only what the test itself did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from burgrave.web.terms import Actor, UnitId

if TYPE_CHECKING:
    from django.test import Client

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CAST_PASSWORD = "violet-harbour-lantern-42"


@dataclass(frozen=True, slots=True, kw_only=True)
class CastOrganisation:
    """Nordhafen Works with three units below it; ``night_shift`` lies below ``operations``."""

    name: str
    root: UnitId
    operations: UnitId
    night_shift: UnitId
    sales: UnitId


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def organisation(db: None) -> CastOrganisation:  # noqa: ARG001 - opens the database
    from burgrave.people import models
    from burgrave.people.commands import write_roles

    write_roles()

    def unit(name: str, parent: models.Unit | None) -> models.Unit:
        return models.Unit.objects.create(name=name, parent=parent, changed_by="Alice Amsel", changed_at=NOON)

    root = unit("Nordhafen Works", None)
    operations = unit("Operations", root)
    night_shift = unit("Night shift", operations)
    sales = unit("Sales", root)
    models.Organisation.objects.create(name=root.name, root=root, set_up_at=NOON)
    return CastOrganisation(
        name=root.name,
        root=UnitId(root.pk),
        operations=UnitId(operations.pk),
        night_shift=UnitId(night_shift.pk),
        sales=UnitId(sales.pk),
    )


def hire(name: str, *, unit_id: UnitId, roles: tuple[tuple[str, UnitId], ...] = ()) -> Actor:
    """A person who can sign in with CAST_PASSWORD, with roles in units; the e-mail is the first name at example.org."""
    from django.contrib.auth.hashers import make_password

    from burgrave.people import models, queries

    person = models.Person.objects.create(
        id=uuid4(),
        email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
        name=name,
        unit_id=unit_id,
        password=make_password(CAST_PASSWORD),
        joined_at=NOON,
        changed_by=name,
        changed_at=NOON,
    )
    for role, where in roles:
        models.Grant.objects.create(
            person=person, role_id=role, unit_id=where, granted_at=NOON, granted_by="Alice Amsel"
        )
    return queries.actor_of(person.pk, NOON)


@pytest.fixture
def alice(organisation: CastOrganisation) -> Actor:
    """Head of security and administrator of the whole organisation."""
    root = organisation.root
    return hire("Alice Amsel", unit_id=root, roles=(("administrator", root), ("head_of_security", root)))


@pytest.fixture
def bob(organisation: CastOrganisation) -> Actor:
    """Incident responder in Operations, and so in the night shift below it."""
    unit = organisation.operations
    return hire("Bob Birnbaum", unit_id=unit, roles=(("incident_responder", unit),))


@pytest.fixture
def charlie(organisation: CastOrganisation) -> Actor:
    """A stranger: works in Sales, signs in, and holds no role."""
    return hire("Charlie Cordes", unit_id=organisation.sales)


@pytest.fixture
def dora(organisation: CastOrganisation) -> Actor:
    """Internal auditor of the whole organisation: reads, writes nothing."""
    return hire("Dora Dorn", unit_id=organisation.root, roles=(("internal_auditor", organisation.root),))


@pytest.fixture
def client_of(db: None) -> Callable[[Actor], Client]:  # noqa: ARG001 - opens the database
    """A browser in which the actor is signed in."""
    from django.test import Client
    from django.utils import timezone

    from burgrave.people import models

    def sign_in(actor: Actor, **defaults: Any) -> Client:
        client = Client(**defaults)
        assert actor.person_id is not None, "only a person can sign in"
        client.force_login(
            models.Person.objects.get(pk=actor.person_id),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        session = client.session
        session["people.proved_at"] = timezone.now().timestamp()
        session.save()
        return client

    return sign_in


@pytest.fixture
def ledger_tail(db: None) -> Callable[[], list[str]]:  # noqa: ARG001 - opens the database
    """The kinds of all records that were appended since this fixture was made, in order."""
    from django.apps import apps

    entries = apps.get_model("ledger", "Entry")
    last = entries.objects.order_by("-arrival").values_list("arrival", flat=True).first() or 0

    def tail() -> list[str]:
        rows = entries.objects.filter(arrival__gt=last).order_by("arrival").values_list("kind", "count")
        return [kind for kind, count in rows for _ in range(count)]

    return tail
