"""Rule files become proposals: a new rule, a new text of a known one, or nothing where the text is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import permit
from burgrave.detection.commands.referring import keep_references, unmet_notes
from burgrave.detection.queries.placeholders import placeholder_values
from burgrave.detection.rules.archives import opened
from burgrave.detection.terms import (
    RULES,
    RuleFiles,
    RuleProposed,
    RulesImported,
    RuleState,
    VersionState,
)
from burgrave.engines import detection
from burgrave.engines.sheets import Change, Choice, Fault, Field
from burgrave.imports.terms import Option, Outcome, Plan, Reads, Source, Tell
from burgrave.incidents.terms import Level
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.errors import BadInput, Said
from burgrave.web.terms import Actor

MOST_NOTES = 50
KEEP, REFUSE = "leave_out", "refuse"

AnyRule = detection.Rule | detection.CorrelationRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What an archive or folder holds, loaded: ``sha256`` is of the archive, or over the digests of the files."""

    name: str
    sha256: str
    files: RuleFiles
    rules: tuple[AnyRule, ...]
    faults: tuple[detection.RuleFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The newest text of a rule that is in the library."""

    pk: UUID
    sha256: str
    document: int


def loaded(files: RuleFiles, *, name: str, digest: str = "", tell: Tell) -> Arrived:
    """The rules of the files; every file and document is a rule or a fault with its place."""
    texts = [(Path(each.path), each.source) for each in files.files]
    kept_in = Path(settings.BURGRAVE_HOME) / "cache" / "rules"
    limits = detection.RuleLimits(placeholders=detection.placeholder_values(placeholder_values()))
    found = detection.load_many(
        texts, limits=limits, correlations=detection.CorrelationUse.APART, kept_in=kept_in, tell=tell
    )
    unread = tuple(detection.RuleFault(path=Path(path), line=1, char=None, sentence=why) for path, why in files.refused)
    listed = "\n".join(sorted(f"{sha256(each.source).hexdigest()} {each.path}" for each in files.files))
    return Arrived(
        name=name,
        sha256=digest or sha256(listed.encode("utf-8", "replace")).hexdigest(),
        files=files,
        rules=(*found.rules, *found.correlations),
        faults=(*unread, *found.faults),
    )


def plan_import(arrived: Arrived, *, must_all_run: bool, actor: Actor) -> Plan:
    """What these files would do; nothing is changed. Raises Forbidden."""
    permit(actor)
    known = _known()
    new = [each for each in arrived.rules if _key(each) not in known]
    changed = [each for each in arrived.rules if _key(each) in known and not _is_same(each, known[_key(each)])]
    without_id = [each for each in arrived.rules if each.id.startswith("sha256:")]
    notes = [
        Said(
            "%(path)s names no id: the next time that its text changes it will be another rule",
            {"path": str(each.path)},
        )
        for each in without_id[:MOST_NOTES]
    ]
    return Plan(
        rows=len(arrived.rules) + len(arrived.faults),
        new=len(new),
        changed=len(changed),
        same=len(arrived.rules) - len(new) - len(changed),
        faults=[_fault(each) for each in arrived.faults],
        fault_count=len(arrived.faults),
        faults_block=must_all_run,
        changes=[_change(each, known.get(_key(each))) for each in (*new, *changed)],
        notes=[*notes, *unmet_notes(arrived.rules)[:MOST_NOTES]],
        figures=(
            (Said("Rule files"), len(arrived.files.files)),
            (Said("Other files, passed over"), arrived.files.passed_over),
        ),
    )


@transaction.atomic
def import_rules(arrived: Arrived, *, actor: Actor, now: datetime, is_sample: bool = False) -> Outcome:
    """Every rule of the files that can run is in the library: as a proposal where it is new or differs.

    Raises Forbidden.
    """
    permit(actor)
    known = _known()
    new = [each for each in arrived.rules if _key(each) not in known]
    changed = [each for each in arrived.rules if _key(each) in known and not _is_same(each, known[_key(each)])]
    same = len(arrived.rules) - len(new) - len(changed)

    batch = _batch(arrived, new=len(new), changed=len(changed), same=same, actor=actor, now=now)
    batch.is_sample = is_sample
    batch.save(force_insert=True)
    _keep_faults(batch, arrived.faults)
    _keep_texts((*new, *changed))
    fresh = _fresh(new, actor=actor, now=now, is_sample=is_sample)
    rows = [*fresh, *_locked(changed, known)]
    texts = _propose(batch, rows, (*new, *changed), actor=actor, now=now)
    # A new rule names its text from the first; both databases look at foreign keys at the end of the transaction.
    models.Rule.objects.bulk_create(fresh, batch_size=200)
    models.Rule.objects.bulk_update(rows[len(fresh) :], [*_CHANGED, *_SAID], batch_size=50)
    models.Version.objects.bulk_create(texts, batch_size=200)
    keep_references(texts, (*new, *changed))

    proposals = [
        RuleProposed(
            library_rule_id=row.pk,
            rule_id=row.rule_id,
            rule_sha256=text.text_id,
            batch_id=batch.pk,
            number=text.number,
        )
        for row, text in zip(rows, texts, strict=True)
    ]
    ledger.append_bulk(proposals, actor=actor, at=now)
    imported = RulesImported(
        batch_id=batch.pk,
        sha256=arrived.sha256,
        name=Sealed(batch.name),
        new=len(new),
        changed=len(changed),
        same=same,
        faults=len(arrived.faults),
    )
    ledger.append(imported, actor=actor, at=now)
    return Outcome(new=[row.pk for row in rows[: len(new)]], changed=[row.pk for row in rows[len(new) :]], same=same)


def _key(rule: AnyRule) -> str:
    return rule.id[:200]


def _known() -> Mapping[str, Known]:
    rows = models.Rule.objects.values_list("rule_id", "pk", "newest_sha256", "newest_document")
    return {rule_id: Known(pk=pk, sha256=digest, document=document) for rule_id, pk, digest, document in rows}


def _is_same(rule: AnyRule, known: Known) -> bool:
    return (rule.sha256, rule.document) == (known.sha256, known.document)


def _batch(arrived: Arrived, *, new: int, changed: int, same: int, actor: Actor, now: datetime) -> models.Batch:
    return models.Batch(
        id=uuid4(),
        name=storable(arrived.name)[:255] or "unnamed",
        sha256=arrived.sha256,
        at=now,
        person_id=actor.person_id,
        by=actor.name[:200],
        files=len(arrived.files.files),
        passed_over=arrived.files.passed_over,
        new=new,
        changed=changed,
        same=same,
        faults=len(arrived.faults),
    )


def _keep_faults(batch: models.Batch, faults: Sequence[detection.RuleFault]) -> None:
    models.BatchFault.objects.bulk_create(
        (
            models.BatchFault(
                batch=batch,
                path=storable(str(each.path))[:1000],
                line=max(0, each.line),
                column=each.char or 0,
                sentence=storable(each.sentence)[:4000],
            )
            for each in faults
        ),
        batch_size=500,
    )


def _keep_texts(rules: Sequence[AnyRule]) -> None:
    texts = {each.sha256: each.yaml for each in rules}
    models.Text.objects.bulk_create(
        (models.Text(sha256=digest, source=source) for digest, source in texts.items()),
        batch_size=200,
        ignore_conflicts=True,
    )


def _fresh(rules: Sequence[AnyRule], *, actor: Actor, now: datetime, is_sample: bool) -> list[models.Rule]:
    return [
        models.Rule(
            id=uuid4(),
            rule_id=_key(each),
            state=RuleState.PROPOSED,
            changed_at=now,
            changed_by=actor.name[:200],
            is_sample=is_sample,
            **_said_by(each),
        )
        for each in rules
    ]


def _locked(rules: Sequence[AnyRule], known: Mapping[str, Known]) -> list[models.Rule]:
    keys = [known[_key(each)].pk for each in rules]
    found: dict[UUID, models.Rule] = {}
    for start in range(0, len(keys), 500):
        rows = models.Rule.objects.select_for_update(of=("self",)).filter(pk__in=keys[start : start + 500])
        found.update((row.pk, row) for row in rows.select_related("pending"))
    return [found[key] for key in keys]


def _propose(
    batch: models.Batch, rows: Sequence[models.Rule], rules: Sequence[AnyRule], *, actor: Actor, now: datetime
) -> list[models.Version]:
    """Each row waits for a decision on the text that is given; what waited before is superseded."""
    before = [row.pending for row in rows if row.pending is not None]
    for old in before:
        old.state, old.decided_at = VersionState.SUPERSEDED, now
    models.Version.objects.bulk_update(before, ["state", "decided_at"], batch_size=100)
    texts = [
        models.Version(
            id=uuid4(),
            rule=row,
            number=row.number + 1,
            text_id=rule.sha256,
            document=rule.document,
            name=storable(rule.name)[:200],
            title=storable(rule.title)[:300],
            level=_level(rule.level),
            description=storable(rule.description),
            falsepositives=[storable(each) for each in rule.falsepositives],
            path=storable(str(rule.path))[:1000],
            batch=batch,
            state=VersionState.PROPOSED,
            proposed_at=now,
        )
        for row, rule in zip(rows, rules, strict=True)
    ]
    for row, rule, text in zip(rows, rules, texts, strict=True):
        row.pending, row.number, row.version = text, text.number, row.version + 1
        row.changed_at, row.changed_by = now, actor.name[:200]
        if row.state == RuleState.RETIRED:
            row.state, row.live, row.reason = RuleState.PROPOSED, None, ""
        for name, value in _said_by(rule).items():
            setattr(row, name, value)
    return texts


def _said_by(rule: AnyRule) -> dict[str, object]:
    """What the text says of the rule, as the columns keep it."""
    level = _level(rule.level)
    return {
        "title": storable(rule.title)[:300],
        "level": level,
        "level_rank": level.rank,
        "status": rule.status[:40],
        "author": storable(rule.author),
        "licence": storable(rule.license)[:200],
        **_logsource(rule),
        "tags": [storable(tag) for tag in rule.tags],
        "path": storable(str(rule.path))[:1000],
        "newest_sha256": rule.sha256,
        "newest_document": rule.document,
    }


def _logsource(rule: AnyRule) -> dict[str, str]:
    """What the rule names as its log source; a correlation has none of its own."""
    if isinstance(rule, detection.CorrelationRule):
        return dict.fromkeys(("product", "category", "service"), "")
    source = rule.logsource
    return {name: storable(getattr(source, name))[:100] for name in ("product", "category", "service")}


_CHANGED = ("pending", "live", "state", "reason", "number", "version", "changed_at", "changed_by")
_SAID = (
    "title", "level", "level_rank", "status", "author", "licence", "product", "category", "service", "tags", "path",
    "newest_sha256", "newest_document",
)  # fmt: skip


def _level(word: str) -> Level:
    """The level of the rule; a rule without one is taken for medium, as Sigma's own tools do."""
    return Level(word) if word in set(Level) else Level.MEDIUM


def _fault(fault: detection.RuleFault) -> Fault:
    return Fault(
        line=fault.line,
        column=str(fault.path),
        found="",
        expected=fault.sentence,
        mend=Said("Mend that line in the file, or leave the rule out."),
    )


def _change(rule: AnyRule, known: Known | None) -> Change:
    fields = () if known is None else (("sha256", known.sha256[:12], rule.sha256[:12]),)
    return Change(line=rule.line, key="" if known is None else str(known.pk), name=rule.title, fields=fields)


class RuleArchive:
    """Sigma rules out of a zip archive or a single file, as the imports know them."""

    kind, label, label_zh = "rules", "Detection rules (Sigma)", "检测规则（Sigma）"
    permission, reads, address = RULES, Reads.DOCUMENT, "detection:rule"
    accept = ".zip,.yml,.yaml"
    listed = ("detection:library", "waits=yes")

    def fields(self, *, actor: Actor) -> tuple[Field, ...]:  # noqa: ARG002 - the signature is the target's
        return ()

    def options(self, *, actor: Actor) -> tuple[Option, ...]:  # noqa: ARG002 - as above
        """What becomes of rules that cannot run."""
        return (
            Option(
                name="faults",
                label="Rules that cannot run",
                label_zh="无法运行的规则",
                help="Each is listed with its path and line either way.",
                help_zh="无论如何，每条都会列出路径和行号。",
                choices=(
                    Choice(value=KEEP, label="Leave them out", label_zh="略过"),
                    Choice(value=REFUSE, label="Refuse the whole file", label_zh="拒绝整个文件"),
                ),
                default=KEEP,
            ),
        )

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:  # noqa: ARG002 - as above
        """What the file would do. Raises ArchiveRefused, BadInput, Forbidden."""
        permit(actor)
        return plan_import(_arrived(source, tell), must_all_run=_must_all_run(source), actor=actor)

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The file is read. Raises ArchiveRefused, BadInput, Forbidden."""
        permit(actor)
        arrived = _arrived(source, tell)

        def write() -> Outcome:
            return import_rules(arrived, actor=actor, now=now)

        return write


def _must_all_run(source: Source) -> bool:
    return source.options.get("faults", KEEP) == REFUSE


def _arrived(source: Source, tell: Tell) -> Arrived:
    name = source.name or "rules.yml"
    files = opened(source.content, name=name)
    if not files.files and not files.refused:
        raise BadInput(
            "%(name)s holds no file that ends in .yml or .yaml",
            words={"name": name},
            mend="Send a zip archive of Sigma rules, or a single rule.",
        )
    return loaded(files, name=name, digest=sha256(source.content).hexdigest(), tell=tell)
