"""A release of ATT&CK is brought from a person's own file."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import permit
from burgrave.detection.rules import attack as rules
from burgrave.detection.rules.layers import refused
from burgrave.detection.terms.records import AttackBrought
from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.releases import Release, read_release
from burgrave.engines.attack.terms import TechniqueState
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor

ONE = 1


def bring_attack(file: BinaryIO, *, actor: Actor, now: datetime) -> None:
    """The release in the STIX bundle is what names and orders techniques from now on; the one before is forgotten.

    The file is read before anything is locked. Raises AttackFileRefused, Forbidden.
    """
    permit(actor)
    try:
        release = read_release(file)
    except AttackFileError as fault:
        raise refused(fault) from fault
    _keep(release, actor=actor, now=now)


@transaction.atomic
def _keep(release: Release, *, actor: Actor, now: datetime) -> None:
    catalogue = release.catalogue
    before = models.AttackRelease.objects.select_for_update().filter(pk=ONE).first()

    states = rules.states(catalogue)

    models.AttackRelease(
        pk=ONE,
        release=catalogue.version,
        tactics=rules.plain_tactics(catalogue),
        techniques=rules.plain_techniques(catalogue),
        sha256=release.sha256,
        size_bytes=release.size_bytes,
        brought_at=now,
        brought_by=actor.name[:200],
    ).save()

    brought = AttackBrought(
        release=catalogue.version,
        sha256=release.sha256,
        was_sha256=before.sha256 if before else "",
        count=len(catalogue.techniques),
        revoked=states[TechniqueState.REVOKED],
        deprecated=states[TechniqueState.DEPRECATED],
    )
    ledger.append(brought, actor=actor, at=now)
