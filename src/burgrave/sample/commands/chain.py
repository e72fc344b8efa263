"""What is required at the sample, the measures with half a year of checks, two findings and what is done about them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from django.db import transaction

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance import commands as assurance
from burgrave.assurance import queries
from burgrave.assurance.terms import (
    AssertionDraft,
    CheckDraft,
    CorrectiveActionDraft,
    FindingDraft,
    FindingOrigin,
    FindingSeverity,
    FrameworkDraft,
    FrameworkOrigin,
    ManualRun,
    MeasureDraft,
    MeasureId,
    Outcome,
    RequirementDraft,
    Scope,
    split_key,
)
from burgrave.engines.standing import Phase, Result, Standing
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules.content import FOLDER
from burgrave.sample.terms import Tongue
from burgrave.web.errors import Said
from burgrave.web.uploads import blob_store

Row = Mapping[str, Any]
STANDARD: Final = "SAMPLE-ISO27001"
OFFICER, BEGUN, MONTH = "officer", timedelta(days=240), timedelta(days=30)
RESULTS: Final = {"p": Result.PASSED, "f": Result.FAILED, "i": Result.INCONCLUSIVE}

SAID: Final = {
    ("incidents.sources", Result.PASSED): Said("every unit that hands in event files was heard within 7 days"),
    ("assets.reviews", Result.PASSED): Said("every asset was reviewed in time"),
    ("assets.reviews", Result.FAILED): Said("reviews of assets are overdue"),
}


@cache
def _file(name: str = "chain") -> Row:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@transaction.atomic
def load_chain(loading: Loading) -> None:
    """The first copy of the company has its norm, its measures and what their checks found; it goes into the past."""
    if loading.copy:
        return
    _put_norm(loading)
    for row in (*_file()["measure"], *_file("controls")["measure"]):
        _check(loading, row, _measure(loading, row))
    for row in _file()["finding"]:
        _find(loading, row)
    for row in _file()["assertion"]:
        _assert(loading, row)
    assurance.renew_all(today=loading.now.astimezone(UTC).date())


def _words(loading: Loading, row: Row, name: str = "") -> Any:
    """The words of the row in the language of the sample."""
    return row[f"{name}_zh" if name else "zh"] if loading.wanted.tongue is Tongue.CHINESE else row[name or "en"]


def _key(own: str) -> str:
    """A requirement of the norm of the plants, or of the document that the key names."""
    return own if ":" in own else f"{_file()['norm']['identifier']}:{own}"


def _answered(row: Row) -> Iterator[str]:
    """What the measure answers: named requirements, controls of the standard, and every clause of whole norms."""
    yield from (_key(each) for each in row.get("answers", ()))
    yield from (f"{STANDARD}:{each}" for each in row.get("controls", ()))
    for norm in row.get("norms", ()):
        framework = queries.framework_named(f"SAMPLE-{norm}")
        if framework is not None:
            clauses = queries.requirements_in_force(framework.framework_id)
            yield from (f"{framework.identifier}:{each.identifier}" for each in clauses)


def _put_norm(loading: Loading) -> None:
    norm = _file()["norm"]
    draft = FrameworkDraft(
        identifier=norm["identifier"],
        title=_words(loading, norm),
        origin=FrameworkOrigin.INTERNAL,
        version="2.1",
        unit_id=loading.root,
        requirements=tuple(_requirement(loading, row) for row in _file()["requirement"]),
    )
    assurance.put_framework(draft, actor=loading.acting(OFFICER), now=loading.now - BEGUN)


def _requirement(loading: Loading, row: Row) -> RequirementDraft:
    title, text = _words(loading, row)
    need = Need(confidentiality=row.get("confidentiality", 0), availability=row.get("availability", 0))
    return RequirementDraft(
        identifier=row["key"],
        title=title,
        text=text,
        satisfies=tuple(split_key(each) for each in row["satisfies"]),
        applies_to_need=need if need.highest else None,
        applies_to_types=tuple(AssetType(each) for each in row.get("types", ())),
    )


def _measure(loading: Loading, row: Row) -> MeasureId:
    name, description = _words(loading, row)
    draft = MeasureDraft(
        name=name,
        description=description,
        unit_id=loading.units[row["unit"]],
        owner_id=loading.persons[row["owner"]],
        phase=Phase[row.get("phase", "operating").upper()],
        yearly_cost_minor=row["cost"] * 100 if "cost" in row else None,
        currency="EUR" if "cost" in row else "",
        requirements=tuple(dict.fromkeys(_answered(row))),
        scope=Scope(
            units=tuple(loading.units[each] for each in row.get("units", ())),
            types=tuple(AssetType(each) for each in row.get("types", ())),
        ),
    )
    return assurance.put_measure(draft, actor=loading.acting(OFFICER), now=loading.now - BEGUN)


def _check(loading: Loading, row: Row, measure_id: MeasureId) -> None:
    for each in row.get("check", ()):
        title, *steps = _words(loading, each)
        note = "" if each.get("automatic") else steps.pop()
        automatic, cadence = each.get("automatic", ""), each.get("cadence", 30)
        draft = CheckDraft(
            measure_id=measure_id,
            title=title,
            automatic=automatic,
            steps=() if automatic else (title, *steps),
            owner_id=None if automatic else loading.persons[each["owner"]],
            cadence_days=cadence,
            valid_days=cadence + 15,
            severity=FindingSeverity(each.get("severity", "minor")),
        )
        check_id = assurance.put_check(draft, actor=loading.acting(OFFICER), now=loading.now - BEGUN)
        last = loading.now - timedelta(days=each["last"])
        for back, code in enumerate(reversed(each["runs"])):
            _run(loading, check_id, each, RESULTS[code], note, at=last - timedelta(days=cadence) * back)


def _run(loading: Loading, check_id: Any, each: Row, result: Result, note: str, *, at: datetime) -> None:
    if each.get("automatic"):
        outcome = Outcome(result=result, note=SAID[each["automatic"], result])
        assurance.record_run(check_id, outcome, actor=loading.actor, now=at)
        return
    count = len(_words(loading, each)) - 1
    answers = tuple(place == 0 or result is not Result.FAILED for place in range(count))
    run = ManualRun(answers=answers, note=note, could_look=result is not Result.INCONCLUSIVE)
    actor = loading.acting(each["owner"])
    run_id = assurance.do_check(check_id, run, actor=actor, now=at)
    with blob_store().writer() as writer:
        writer.write(f"{at:%Y-%m-%d}\n{note}\n".encode())
        digest = writer.finish()
    assurance.attach_to_run(run_id, digest, name=f"{at:%Y-%m-%d}.txt", media_type="text/plain", actor=actor, now=at)


def _find(loading: Loading, row: Row) -> None:
    title, detail = _words(loading, row)
    at = loading.now - timedelta(days=row["ago"])
    action: Row = row["action"]
    name, cause, plan = _words(loading, action)
    draft = FindingDraft(
        unique_key=f"sample:{row['ago']}",
        origin=FindingOrigin.AUDIT,
        subject="",
        title=title,
        detail=detail,
        severity=FindingSeverity.MINOR,
        unit_id=loading.units[row["unit"]],
        requirements=tuple(_key(each) for each in row["against"]),
        action=CorrectiveActionDraft(
            title=name,
            owner_id=loading.persons[action["owner"]],
            due_on=(loading.now + timedelta(days=action["due"])).date(),
            root_cause=cause,
            plan=plan,
        ),
    )
    finding_id = assurance.report_finding(draft, actor=loading.acting(row["by"]), now=at)
    if "closed" in row:
        _close(loading, finding_id, row)


def _close(loading: Loading, finding_id: Any, row: Row) -> None:
    action, over = row["action"], loading.now - timedelta(days=row["closed"])
    (standing,) = queries.actions_of(finding_id, today=over.date())
    key, owner, officer = standing.action_id, loading.acting(action["owner"]), loading.acting(OFFICER)
    done, verdict = _words(loading, action, "done"), _words(loading, action, "verdict")
    assurance.implement_action(key, done=done, version=1, actor=owner, now=over - MONTH)
    with blob_store().writer() as writer:
        writer.write(f"{verdict}\n".encode())
        digest = writer.finish()
    assurance.attach_to_action(key, digest, name="record.txt", media_type="text/plain", actor=officer, now=over)
    assurance.judge_action(key, is_effective=True, verdict=verdict, version=2, actor=officer, now=over)
    assurance.close_finding(finding_id, reason=verdict, version=1, actor=officer, now=over)


def _assert(loading: Loading, row: Row) -> None:
    keys: Sequence[tuple[str, str]] = (split_key(_key(row["key"])),)
    (requirement_id,) = queries.requirement_ids(tuple(keys)).values()
    draft = AssertionDraft(
        standing=Standing[row["standing"].upper()],
        reason=_words(loading, row),
        expires_on=(loading.now + timedelta(days=120)).date(),
    )
    assurance.assert_standing(requirement_id, draft, actor=loading.acting(row["by"]), now=loading.now - MONTH)
