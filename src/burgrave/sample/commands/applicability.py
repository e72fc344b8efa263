"""The standard that the sample follows, and its Statement of Applicability: decided, generated, approved, made anew."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import transaction

from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as assured
from burgrave.assurance.terms import FrameworkId
from burgrave.engines.norms import Language
from burgrave.isms import commands as isms
from burgrave.isms import queries
from burgrave.isms.terms.applicability import Applies, Choice
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules.content import FOLDER
from burgrave.sample.terms import Tongue

Row = Mapping[str, Any]
OFFICER, HEAD = "officer", "head"
CONTROL = "A."


@cache
def _file() -> Row:
    return tomllib.loads((FOLDER / "applicability.toml").read_text(encoding="utf-8"))


@transaction.atomic
def load_standard(loading: Loading) -> None:
    """The standard stands, as the sample's own; of the first copy only."""
    if loading.copy:
        return
    at = loading.now - timedelta(days=_file()["adopted_ago"])
    tongue = Language.CHINESE if loading.wanted.tongue is Tongue.CHINESE else Language.ENGLISH
    assurance.adopt_framework(_file()["framework"], tongue, unit_id=loading.root, actor=loading.acting(OFFICER), now=at)


@transaction.atomic
def load_applicability(loading: Loading) -> None:
    """What applies was decided; one version is approved, and a newer one waits for approval."""
    if loading.copy:
        return
    told, officer, head = _file(), loading.acting(OFFICER), loading.acting(HEAD)
    framework = assured.framework_named(f"SAMPLE-{told['framework']}")
    if framework is None:
        return
    _decide(loading, framework.framework_id)
    for days, approved in zip(told["stated_ago"], (True, False), strict=True):
        at = loading.now - timedelta(days=days)
        soa_id = isms.generate_soa(framework.framework_id, actor=officer, now=at)
        if approved:
            digest = queries.soa(soa_id, actor=head).version.digest
            isms.approve_soa(soa_id, digest=digest, actor=head, now=at + timedelta(days=told["approved_after"]))


def _decide(loading: Loading, framework_id: FrameworkId) -> None:
    told, at = _file(), loading.now - timedelta(days=_file()["decided_ago"])
    rows = assured.requirements_in_force(framework_id)
    controls = {each.identifier: each.requirement_id for each in rows if each.identifier.startswith(CONTROL)}
    own = {control: row for row in told["own"] for control in row["controls"]}
    common = {"applies": True, "en": told["en"], "zh": told["zh"]}
    for row in (common, *told["own"]):
        keys = [key for control, key in controls.items() if own.get(control, common) is row]
        choice = Choice(applies=Applies.YES if row["applies"] else Applies.NO, reason=_said(loading, row))
        isms.decide_applicability(framework_id, keys, choice, actor=loading.acting(OFFICER), now=at)


def _said(loading: Loading, row: Row) -> str:
    return str(row["zh"] if loading.wanted.tongue is Tongue.CHINESE else row["en"])
