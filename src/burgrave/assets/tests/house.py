"""What the tests of this domain build again and again."""

from __future__ import annotations

from typing import Any

from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.web.terms import UnitId


def system(name: str, unit_id: UnitId, **facts: Any) -> AssetFacts:
    return AssetFacts(**({"type": AssetType.SYSTEM} | facts), name=name, unit_id=unit_id)
