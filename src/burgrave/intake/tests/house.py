"""What the tests of this domain build again and again."""

from __future__ import annotations

from typing import Any

from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.web.terms import UnitId


def facts_of(name: str, unit_id: UnitId, **facts: Any) -> LogSourceFacts:
    return LogSourceFacts(**({"kind": SourceKind.HTTP} | facts), name=name, unit_id=unit_id)
