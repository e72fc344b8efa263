"""Tables of the domain."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from burgrave.people.terms import Language, Theme
from burgrave.people.terms.roles import DELEGATION_REASON_MAX, ROLE_NAME_MAX, ROLE_NOTE_MAX, TOKEN_NAME_MAX
from burgrave.web.sorting import SortKeyField

ORGANISATION_PK = 1


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by e-mail address without regard to case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class UnitQuerySet(models.QuerySet["Unit"]):
    """Keeps the table of what stands above what in step with the units."""

    def bulk_create(self, objs: Any, *arguments: Any, **named: Any) -> Any:  # Django's own signature
        made = super().bulk_create(objs, *arguments, **named)
        rebuild_places()
        return made


class Unit(models.Model):
    """A part of the organisation; the one without a parent is the whole.

    ``is_sample``: made up, like everything that lies below it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    sort_key = SortKeyField(of="name")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    is_sample = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    objects = UnitQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint("parent", Lower("name"), name="people_unit_name_unique_below_parent"),)

    def __str__(self) -> str:
        return self.name

    def save(self, **named: Any) -> None:  # Django's own arguments, by name
        is_new, was_below = self._state.adding, getattr(self, "_was_below", None)
        with transaction.atomic():
            if is_new or was_below != self.parent_id:
                # One change of the tree at a time: two at once could each miss what the other puts below it.
                list(Organisation.objects.select_for_update().values_list("pk"))
            super().save(**named)
            place(self, was_below=was_below, is_new=is_new)
        self._was_below = self.parent_id

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **named: Any) -> Self:  # Django's own signature
        unit = super().from_db(db, field_names, values, **named)
        unit._was_below = unit.__dict__.get("parent_id")  # noqa: SLF001 - what the table says, on the row itself
        return unit


class Place(models.Model):
    """``unit`` is ``upper`` or stands below it: the whole tree, so that a filter on a part of it is one subquery."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="places")
    upper = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["upper", "unit"], name="people_place_once"),)

    def __str__(self) -> str:
        return f"{self.unit_id} below {self.upper_id}"


def place(unit: Unit, *, was_below: uuid.UUID | None, is_new: bool) -> None:
    """The unit and what stands below it are found below what stands above it now, and every cached tree is stale."""
    above = Place.objects.filter(unit_id__in=[unit.parent_id] if unit.parent_id else []).values_list(
        "upper_id", flat=True
    )
    if is_new:
        Place.objects.bulk_create(Place(unit=unit, upper_id=upper) for upper in (unit.pk, *above))
    elif was_below != unit.parent_id:
        below = list(Place.objects.filter(upper=unit).values_list("unit_id", flat=True))
        Place.objects.filter(unit_id__in=below).exclude(upper_id__in=below).delete()
        uppers = list(above)
        Place.objects.bulk_create(Place(unit_id=lower, upper_id=upper) for lower in below for upper in uppers)
    else:
        return
    Organisation.objects.update(tree_tag=uuid.uuid4())


def rebuild_places() -> None:
    """The table of places says what the parents of the units say."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    Place.objects.all().delete()
    rows: list[Place] = []
    for unit_id in parents:
        step: uuid.UUID | None = unit_id
        while step is not None:
            rows.append(Place(unit_id=unit_id, upper_id=step))
            step = parents[step]
    Place.objects.bulk_create(rows, batch_size=2_000)
    Organisation.objects.update(tree_tag=uuid.uuid4())


class Person(AbstractBaseUser):
    """Somebody who may sign in. ``session_generation`` ends every session when it is raised."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    sort_key = SortKeyField(of="name", is_person=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="persons")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default=Language.ENGLISH)
    theme = models.CharField(max_length=10, default=Theme.AUTO)
    time_zone = models.CharField(max_length=64, default="UTC")
    joined_at = models.DateTimeField()
    session_generation = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="people_person_email_unique_any_case"),)
        indexes = (
            models.Index(fields=["name", "id"], name="people_person_by_name"),
            models.Index(fields=["sort_key", "id"], name="people_person_by_sort_key"),
            models.Index(fields=["unit", "sort_key", "id"], name="people_person_by_unit_and_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes) -> str:
        value = f"{self.password}:{self.session_generation}"
        return salted_hmac("burgrave.people.session", value, secret=secret, algorithm="sha256").hexdigest()


class Organisation(models.Model):
    """The one organisation of this installation; it exists from the set-up on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ORGANISATION_PK, editable=False)
    name = models.CharField(max_length=200)
    root = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="+")
    set_up_at = models.DateTimeField()
    # Changes with every change of the tree, to a value that never was: a cached tree is known by it.
    tree_tag = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=ORGANISATION_PK), name="people_organisation_is_one"),)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions: a shipped one, which follows ``terms.ROLES``, or one of the organisation's own.

    ``made_at`` is empty for the shipped ones.
    """

    code = models.CharField(max_length=50, primary_key=True)
    name = models.CharField(max_length=ROLE_NAME_MAX)
    permissions = models.JSONField(default=list)
    note = models.CharField(max_length=ROLE_NOTE_MAX, default="", blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role given to a person in a unit and everything below it, until ``expires_at`` if there is one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")
    expires_at = models.DateTimeField(null=True, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "role", "unit"], name="people_grant_once"),)
        # Who holds this role above this unit: found by both at once, whatever a database knows of its rows.
        indexes = (models.Index(fields=["role", "unit", "person"], name="people_grant_by_role_and_unit"),)

    def __str__(self) -> str:
        return f"{self.role_id} for {self.person_id} in {self.unit_id}"


class OneTimeLink(models.Model):
    """The hash of a token that may be used once: for the set-up (no person), or to choose a password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"one-time link {self.id}"


class ApiToken(models.Model):
    """The hash of a token with which a program acts for a person, within ``permissions`` and below ``unit``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=TOKEN_NAME_MAX)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=20)
    permissions = models.JSONField(default=list)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"token {self.hint}…"


class Delegation(models.Model):
    """A grant lent to somebody else for a time. Empty ``units`` or ``permissions`` lend the whole of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="delegations")
    delegate = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="delegations")
    units = models.JSONField(default=list)
    permissions = models.JSONField(default=list)
    reason = models.CharField(max_length=DELEGATION_REASON_MAX)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=200, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.grant_id} lent to {self.delegate_id}"


class FactorRule(models.Model):
    """A second factor is demanded from whoever holds the role; the rule without one binds everybody."""

    role = models.OneToOneField(Role, null=True, blank=True, on_delete=models.CASCADE, related_name="factor_rule")
    since = models.DateTimeField()
    grace_days = models.PositiveSmallIntegerField()
    set_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = (
            # NULL differs from NULL for a unique index; of the rules for everybody there is one.
            models.UniqueConstraint(
                models.Value(1), condition=Q(role__isnull=True), name="people_factor_rule_for_everybody_once"
            ),
        )

    def __str__(self) -> str:
        return f"second factor for {self.role_id or 'everybody'}"


class FactorTries(models.Model):
    """How often in a row codes and passkeys of a person were refused."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="factor_tries")
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.failures} refused factors of {self.person_id}"


class PersonSession(models.Model):
    """A session that began with a sign-in; it lives as long as Django's row of the same key and the generation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    generation = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, default="", blank=True)
    browser = models.CharField(max_length=30, default="", blank=True)
    system = models.CharField(max_length=30, default="", blank=True)
    proof = models.CharField(max_length=10)

    def __str__(self) -> str:
        return f"session {self.id}"


class ForeignIdentity(models.Model):
    """A subject of an identity provider that signs in as this person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="foreign_identities")
    provider = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["provider", "subject"], name="people_foreign_subject_once"),
            models.UniqueConstraint(fields=["provider", "person"], name="people_foreign_person_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.provider}"


class ForeignAnswer(models.Model):
    """An assertion that came in, known until it expires so that it is taken once; ``claims`` wait for the browser."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField()
    token_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    claims = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return f"answer {self.digest[:12]}"
