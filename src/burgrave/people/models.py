"""Tables of the domain."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from burgrave.people.terms import Language, Theme

ORGANISATION_PK = 1


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by e-mail address without regard to case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class Unit(models.Model):
    """A part of the organisation; the one without a parent is the whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=200, default="", blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("parent", Lower("name"), name="people_unit_name_unique_below_parent"),)

    def __str__(self) -> str:
        return self.name


class Person(AbstractBaseUser):
    """Somebody who may sign in. ``session_generation`` ends every session when it is raised."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
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

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=ORGANISATION_PK), name="people_organisation_is_one"),)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions. The rows follow ``terms.ROLES`` after every migration."""

    code = models.CharField(max_length=50, primary_key=True)
    name = models.CharField(max_length=100)
    permissions = models.JSONField(default=list)

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
