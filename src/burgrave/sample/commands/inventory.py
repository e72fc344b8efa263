"""The assets of the sample, their dependencies, and what was decided about them since they came."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Final

from django.db import transaction

from burgrave.assets import commands as assets
from burgrave.assets import queries
from burgrave.assets.terms import AssetFacts, AssetId, DependencyKind, Need
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules import assets as plans
from burgrave.sample.rules import people as people_plans
from burgrave.sample.rules.assets import AssetPlan, Inventory
from burgrave.sample.rules.content import Both

OFFICER: Final = "officer"
LOWERED: Final = ("S-WEB1", "S-WEB2")
LOWERED_TO: Final = Need(availability=3)
LOWERED_BECAUSE: Final = Both(
    en="Two web servers stand side by side; the shop goes on with one of them.",
    zh="两台网页服务器互为备份，任意一台停机商城仍可运行。",
)
Link = tuple[str, DependencyKind, str]


def load_assets(loading: Loading) -> None:
    """The inventory of this copy stands, grown over the last year; some of it is overdue for review."""
    everybody = people_plans.people(loading.wanted.tongue, seed=loading.wanted.seed, copy=loading.copy)
    inventory = plans.inventory(loading.wanted.tongue, everybody, seed=loading.wanted.seed, copy=loading.copy)
    ids = _save(loading, inventory)
    loading.inventory = inventory
    if not loading.copy:
        _review(loading, inventory, ids)
        _lower(loading, ids)


def _save(loading: Loading, inventory: Inventory) -> dict[str, AssetId]:
    waves: dict[int, list[AssetPlan]] = defaultdict(list)
    for plan in inventory.assets:
        waves[plan.added_days_ago].append(plan)
    came = {plan.ref: plan.added_days_ago for plan in inventory.assets}
    links: dict[int, list[Link]] = defaultdict(list)
    for link in inventory.links:
        links[min(came[link[0]], came[link[2]])].append(link)
    ids: dict[str, AssetId] = {}
    for days in sorted(waves, reverse=True):
        counts = assets.save_many(
            [_facts(loading, plan) for plan in waves[days]],
            links=links[days],
            actor=loading.actor,
            now=loading.now - timedelta(days=days),
        )
        ids |= counts.ids
    loading.count(assets=len(inventory.assets), dependencies=len(inventory.links))
    return ids


def _facts(loading: Loading, plan: AssetPlan) -> AssetFacts:
    return AssetFacts(
        name=plan.name,
        type=plan.type,
        unit_id=loading.units[plan.unit],
        reference=plan.ref,
        description=plan.about,
        owner_id=loading.persons[plan.owner] if plan.owner else None,
        custodian_id=loading.persons[plan.custodian] if plan.custodian else None,
        own=plan.own,
        value_minor=None if plan.value is None else plan.value * 100,
        currency="" if plan.value is None else plan.currency,
        personal_data=plan.personal,
        lifecycle=plan.phase,
        tags=plan.tags,
        identifiers=plan.identifiers,
    )


@transaction.atomic
def _review(loading: Loading, inventory: Inventory, ids: dict[str, AssetId]) -> None:
    officer = loading.acting(OFFICER)
    looked_at = [(plan.reviewed_days_ago, plan.ref) for plan in inventory.assets if plan.reviewed_days_ago is not None]
    for days, ref in sorted(looked_at, reverse=True):
        assets.review(ids[ref], version=1, actor=officer, now=loading.now - timedelta(days=days))


@transaction.atomic
def _lower(loading: Loading, ids: dict[str, AssetId]) -> None:
    officer = loading.acting(OFFICER)
    for short in LOWERED:
        asset_id = ids[f"{plans.PREFIX}-{short}"]
        assets.lower_need(
            asset_id,
            LOWERED_TO,
            reason=LOWERED_BECAUSE.said(loading.wanted.tongue),
            version=queries.asset(asset_id, actor=officer).row.version,
            actor=officer,
            now=loading.now,
        )
