"""When a Statement of Applicability may be approved, how two differ, and the digest by which one is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from burgrave.engines.canonical import JSON, canonical_json
from burgrave.isms.errors import Incomplete, WrongState
from burgrave.isms.terms.applicability import ApplicabilityState, Applies, Change, ChangeKind, SoaMeasure, SoaRow
from burgrave.web.errors import BadInput

ANNEX, SIGNED = "A.", "burgrave-applicability-statement/1"


def open_to_choice(identifiers: Iterable[str]) -> frozenset[str]:
    """The requirements that a statement is about: where there is an annex of controls (``A.…``), these alone.

    No clause of a management-system standard itself may be left out (ISO/IEC 27001:2022, 1).
    """
    known = frozenset(identifiers)
    return frozenset(each for each in known if each.startswith(ANNEX)) or known


def must_be_open(asked: Iterable[str], *, known: Iterable[str]) -> None:
    """Return when each may apply or not. Raises BadInput."""
    free = open_to_choice(known)
    bound = sorted(each for each in asked if each not in free)
    if bound:
        raise BadInput(
            "%(identifier)s is a clause of the standard itself and always applies",
            words={"identifier": bound[0]},
            mend="Decide about the controls of its annex.",
        )


def must_be_made(state: ApplicabilityState, *, what: str) -> None:
    """Return when the version waits for approval. Raises WrongState."""
    if state is not ApplicabilityState.MADE:
        raise WrongState(
            "%(what)s is approved already", words={"what": what}, mend="Generate a new version when something changed."
        )


def must_be_newest(version: int, *, newest: int, what: str) -> None:
    """Return when no newer version stands beside it. Raises WrongState."""
    if version != newest:
        raise WrongState("%(what)s is not the newest version", words={"what": what}, mend="Approve the newest one.")


def must_be_decided(rows: Iterable[SoaRow], *, what: str) -> None:
    """Return when somebody decided about every requirement. Raises Incomplete."""
    missing = [each.identifier for each in rows if each.applies is Applies.UNDECIDED]
    if missing:
        raise Incomplete(
            "%(what)s has %(count)s requirements about which nobody decided, such as %(first)s",
            words={"what": what, "count": str(len(missing)), "first": missing[0]},
            mend="Decide with a reason whether they apply, then generate a new version.",
        )


def changes(before: Sequence[SoaRow], after: Sequence[SoaRow]) -> tuple[Change, ...]:
    """What differs, in the order of the newer statement; what is gone comes last."""
    known = {each.identifier: each for each in before}
    found: list[Change] = []
    for row in after:
        old = known.pop(row.identifier, None)
        if old is None:
            found.append(Change(identifier=row.identifier, kind=ChangeKind.ADDED, before="", after=row.title))
        else:
            found += _differences(old, row)
    found += [
        Change(identifier=each.identifier, kind=ChangeKind.GONE, before=each.title, after="") for each in known.values()
    ]
    return tuple(found)


def _differences(old: SoaRow, row: SoaRow) -> list[Change]:
    pairs = (
        (ChangeKind.WORDING, old.title, row.title),
        (ChangeKind.APPLIES, str(old.applies), str(row.applies)),
        (ChangeKind.REASON, old.reason, row.reason),
        (ChangeKind.STANDING, old.standing, row.standing),
        (ChangeKind.MEASURES, _named(old), _named(row)),
    )
    return [
        Change(identifier=row.identifier, kind=kind, before=before, after=after)
        for kind, before, after in pairs
        if before != after
    ]


def canonical(*, framework: str, version: int, rows: Iterable[SoaRow]) -> bytes:
    """The canonical form (RFC 8785) of the statement."""
    said: dict[str, JSON] = {"framework": framework, "rows": plain(rows), "version": version}
    return canonical_json(said)


def digest(*, framework: str, version: int, rows: Iterable[SoaRow]) -> str:
    """SHA-256, in hex, of the canonical form."""
    return hashlib.sha256(canonical(framework=framework, version=version, rows=rows)).hexdigest()


def signed_text(*, framework: str, version: int, digest: str, approved_at: datetime) -> str:
    """What the signature is of: short enough to be read, and bound to one framework, version and moment."""
    return (
        f"{SIGNED}\nframework: {framework}\nversion: {version}\nsha256: {digest}\n"
        f"approved: {approved_at.astimezone(UTC).isoformat(timespec='seconds')}\n"
    )


def plain(rows: Iterable[SoaRow]) -> list[JSON]:
    """The rows as JSON; ``rows_of`` is the inverse."""
    return [
        {
            "requirement_id": str(each.requirement_id),
            "identifier": each.identifier,
            "title": each.title,
            "applies": str(each.applies),
            "reason": each.reason,
            "decided_by": each.decided_by,
            "standing": each.standing,
            "asserted": each.asserted,
            "measures": [{"number": one.number, "name": one.name, "state": one.state} for one in each.measures],
            "proven_on": each.proven_on.isoformat() if each.proven_on else None,
            "valid_until": each.valid_until.isoformat() if each.valid_until else None,
        }
        | ({"titles": dict(sorted(each.titles.items()))} if each.titles else {})
        for each in rows
    ]


def rows_of(given: Iterable[Mapping[str, Any]]) -> tuple[SoaRow, ...]:
    return tuple(
        SoaRow(
            requirement_id=UUID(each["requirement_id"]),
            identifier=each["identifier"],
            title=each["title"],
            titles=each.get("titles", {}),
            applies=Applies(each["applies"]),
            reason=each["reason"],
            decided_by=each["decided_by"],
            standing=each["standing"],
            asserted=each["asserted"],
            measures=tuple(SoaMeasure(**one) for one in each["measures"]),
            proven_on=_day(each["proven_on"]),
            valid_until=_day(each["valid_until"]),
        )
        for each in given
    )


def _named(row: SoaRow) -> str:
    return ", ".join(sorted(each.number or "?" for each in row.measures))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
