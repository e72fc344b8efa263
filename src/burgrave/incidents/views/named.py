"""The assets that the computers of alerts are, with what they need: what an attack on them would touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from burgrave.assets import queries as assets
from burgrave.assets.terms import READ, AssetId, Scheme
from burgrave.web.terms import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAsset:
    """An asset by the name that an event gave its computer; ``need`` is its highest, in words."""

    computer: str
    asset_id: AssetId
    number: str
    name: str
    owner_name: str
    need: str


def named_assets(actor: Actor, computers: Iterable[str], *, scheme: Scheme) -> tuple[NamedAsset, ...]:
    """Those that the actor may see, gravest need first; one statement, none without computers or permission."""
    names = [name for name in computers if name]
    if not names or not actor.may_anywhere(READ):
        return ()
    found = assets.by_hosts(names, actor=actor)
    chinese = (get_language() or "").startswith("zh")
    rows = [(row.need.highest, name, row) for name, rows in found.items() for row in rows]
    return tuple(
        NamedAsset(
            computer=name,
            asset_id=row.asset_id,
            number=row.number,
            name=row.name,
            owner_name=row.owner_name,
            need=scheme.name(rank, chinese=chinese) or _("not assessed"),
        )
        for rank, name, row in sorted(rows, key=lambda each: (-each[0], each[1], each[2].name))
    )


def need_word(rank: int, *, scheme: Scheme) -> str:
    """The need in words of the scheme."""
    chinese = (get_language() or "").startswith("zh")
    return scheme.name(rank, chinese=chinese) or _("not assessed")
