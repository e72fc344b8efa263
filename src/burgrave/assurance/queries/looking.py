"""The automatic checks of what lies below: the ledger, the people, the assets. Each reads and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from burgrave.assets import queries as assets
from burgrave.assurance.terms import Exhibit, Outcome
from burgrave.custody import queries as custody
from burgrave.engines.standing import Result
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import LedgerBroken
from burgrave.people import queries as people
from burgrave.web.errors import Said

JSON_TYPE = "application/json"


def ledger_verifies(now: datetime) -> Outcome:
    """Every leaf, tile, root, signature and opening is derived anew from the records, and all agree."""
    if not ledger.head().size:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("no record has its place in the ledger yet"))
    try:
        verified = ledger.verify(verifier=custody.verifier(), kept=custody.kept_checkpoints())
    except LedgerBroken as broken:
        faults = [f"{type(fault).__name__}: {fault}" for fault in broken.faults]
        return Outcome(
            result=Result.FAILED,
            note=Said("the ledger does not verify"),
            figures={Said("Faults"): len(faults)},
            exhibits=(_listed("faults.json", faults, now=now),),
        )
    figures: dict[str, int] = {
        Said("Records"): verified.size,
        Said("Checkpoints"): verified.checkpoints,
        Said("Records that wait for their place"): verified.pending,
    }
    if not verified.checkpoints:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("nobody has signed the ledger yet"), figures=figures)
    return Outcome(
        result=Result.PASSED,
        note=Said("every record follows from the one before, and the signed checkpoints agree"),
        figures=figures,
        exhibits=(Exhibit(name="verified.txt", media_type="text/plain", content=f"{verified}\n".encode()),),
    )


def second_factors(now: datetime) -> Outcome:
    """Everybody with a role that changes who may do what signs in with a second factor."""
    found = people.privileged_factors(now=now)
    figures: dict[str, int] = {
        Said("People with a privileged role"): found.people,
        Said("Without a second factor"): len(found.without),
    }
    if not found.people:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("nobody holds a privileged role"), figures=figures)
    exhibit = _listed("without-second-factor.json", found.without, now=now)
    if found.without:
        note = Said("somebody with a privileged role signs in without a second factor")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    note = Said("everybody with a privileged role signs in with a second factor")
    return Outcome(result=Result.PASSED, note=note, figures=figures, exhibits=(exhibit,))


def reviews_of_assets(now: datetime) -> Outcome:
    """No asset in use is overdue for its review."""
    total, overdue = assets.reviews(today=now.astimezone(UTC).date())
    figures: dict[str, int] = {Said("Assets in use"): total, Said("Overdue for review"): len(overdue)}
    if not total:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("the inventory is empty"), figures=figures)
    exhibit = _listed("overdue-assets.json", overdue, now=now)
    if overdue:
        note = Said("reviews of assets are overdue")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    note = Said("every asset was reviewed in time")
    return Outcome(result=Result.PASSED, note=note, figures=figures, exhibits=(exhibit,))


def _listed(name: str, items: Sequence[str | UUID], *, now: datetime) -> Exhibit:
    """The items as a file, with the moment at which they were read."""
    told = {"at": now.isoformat(), "items": [str(each) for each in items]}
    return Exhibit(name=name, media_type=JSON_TYPE, content=json.dumps(told, indent=1).encode())
